import { Engine } from 'json-rules-engine';
import { compileRuleSet, decide, type Evaluation } from './compile-rule-set.ts';
import { readFacts } from './read-facts.ts';
import { atPath, type Facts, judgedRules, type RuleSet } from './rule-set.ts';

interface Prepared {
  engine: Engine;
  explain: (facts: Facts) => Evaluation;
}

const prepared = new WeakMap<RuleSet, Prepared>();

function prepare(ruleSet: RuleSet): Prepared {
  const known = prepared.get(ruleSet);
  if (known) return known;
  const engine = new Engine([], {
    // A rule file is input, not code: paths are plain property names, read by our own resolver.
    pathResolver: (value: object, path: string) => atPath(value, path) as never,
  });
  for (const { rule } of judgedRules(ruleSet)) {
    engine.addRule({
      name: rule.id,
      priority: rule.priority,
      // A copy: the library writes into the conditions it is given.
      conditions: structuredClone(rule.conditions) as never,
      event: { type: rule.event.type ?? rule.id, params: {} },
    });
  }
  const made = { engine, explain: compileRuleSet(ruleSet) };
  prepared.set(ruleSet, made);
  return made;
}

/**
 * Evaluates a rule set for facts. json-rules-engine decides; the explanation (every rule, every condition, what was not reached)
 * comes from the compiled form, and both must agree.
 */
export async function evaluateRuleSet(ruleSet: RuleSet, given: Facts): Promise<Evaluation> {
  const { engine, explain } = prepare(ruleSet);
  const facts = readFacts(ruleSet, given);
  const { results } = await engine.run(facts as Record<string, any>);
  const names = new Set(results.map((result) => result.name));
  const fired = judgedRules(ruleSet).flatMap(({ rule }) => (names.has(rule.id) ? [rule] : []));
  const decision = decide(ruleSet, fired, facts);
  const explained = explain(given);
  if (explained.fired.join() !== decision.fired.join()) {
    throw new Error(
      `rule set ${ruleSet.id}: explanation disagrees with json-rules-engine (${explained.fired} / ${decision.fired})`,
    );
  }
  return { ...decision, explanation: explained.explanation };
}
