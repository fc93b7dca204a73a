import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { decide, type Evaluation } from '../compile-rule-set.ts';
import { outcomeInWords } from '../rule-in-words.ts';
import type { Facts, Outcome, Rule, RuleSet } from '../rule-set.ts';
import type { RuleFinding } from './finding.ts';
import { type AnalysisSubject, seenWhere } from './subject.ts';

/** Two rules that hold together and would decide otherwise: order or priority decides. Rules that never decide are told of elsewhere. */
export function overlaps(subject: AnalysisSubject, without: ReadonlySet<string>): RuleFinding[] {
  const { set, rules } = subject;
  const findings: RuleFinding[] = [];
  for (const [position, first] of rules.entries()) {
    for (let later = position + 1; later < rules.length; later += 1) {
      const second = rules[later]!;
      if (without.has(first.rule.id) || without.has(second.rule.id)) continue;
      if (differing(set, first.rule, second.rule).length === 0) continue;
      const question = `规则“${first.rule.title}”与“${second.rule.title}”能不能同时成立`;
      if (!subject.possible([first.holds, second.holds], question)) continue;
      // Where one decides, the pair matters only when no rule before it does.
      const before = set.strategy === 'all' ? [] : rules.slice(0, position).map((rule) => rule.fails);
      const shows = (evaluation: Evaluation) =>
        evaluation.fired.includes(first.rule.id) && evaluation.fired.includes(second.rule.id);
      let facts: Facts | undefined;
      const both = (evaluation: Evaluation) => shows(evaluation) && evaluation.ruleId === first.rule.id;
      if (set.strategy === 'all') facts = subject.example([first.holds, second.holds], shows);
      else facts = subject.example([first.holds, second.holds, ...before], both);
      const parts = facts ? apart(set, first.rule, second.rule, facts) : [];
      if (!facts || parts.length === 0) continue;
      const seen = seenWhere(
        subject,
        (holding, met) =>
          holding.has(position) &&
          holding.has(later) &&
          (set.strategy === 'all' || earliest(holding) === position) &&
          apart(set, first.rule, second.rule, met).length > 0,
      );
      findings.push(
        told(subject, first.rule, second.rule, facts, parts, seen, {
          special: subject.possible([first.holds, second.fails], question) === false,
        }),
      );
    }
  }
  return findings;
}

const earliest = (holding: ReadonlySet<number>) => Math.min(...holding);

function told(
  { set }: AnalysisSubject,
  first: Rule,
  second: Rule,
  facts: Facts,
  parts: readonly string[],
  seen: { seen?: number },
  { special }: { special: boolean },
): RuleFinding {
  const same = first.priority === second.priority;
  const say = (rule: Rule) =>
    outcomeInWords(
      set,
      Object.fromEntries(parts.slice(0, 2).map((key) => [key, outcomeOf(set, rule, facts)[key] ?? null])),
    )
      .map((item) => `${item.title} ${item.value}`)
      .join('，');
  const how = same
    ? '两条优先级相同，只凭先后次序'
    : special
      ? '前者是后者的特例，按优先级'
      : set.strategy === 'all'
        ? '优先级高的盖过低的，'
        : '按优先级';
  return {
    kind: 'overlap',
    severity: same ? 'warning' : 'note',
    rules: [first.id, second.id],
    sentence: `规则“${first.title}”与“${second.title}”会同时成立而结果不同（${say(first)}；${say(second)}）：${how}由前者决定。`,
    mend: same
      ? '请给两条规则不同的优先级，或写清楚条件使它们不同时成立。'
      : '如果这正是要的先后，不必修改；否则请调整次序或条件。',
    facts,
    ...seen,
  };
}

/** Parts of the outcome in which two rules may differ, judged by what is written. */
function differing(set: RuleSet, first: Rule, second: Rule): string[] {
  const [a, b] = [first.event.params, second.event.params];
  const keys = set.strategy === 'all' ? Object.keys(a).filter((key) => Object.hasOwn(b, key)) : keysOf(a, b);
  return keys.filter((key) => canonicalJson(a[key] ?? null) !== canonicalJson(b[key] ?? null));
}

/** … and in which they do on these facts. */
function apart(set: RuleSet, first: Rule, second: Rule, facts: Facts): string[] {
  const [a, b] = [outcomeOf(set, first, facts), outcomeOf(set, second, facts)];
  return differing(set, first, second).filter((key) => canonicalJson(a[key] ?? null) !== canonicalJson(b[key] ?? null));
}

const outcomeOf = (set: RuleSet, rule: Rule, facts: Facts): Outcome =>
  decide(set, [rule], nothingMissing(set, facts)).outcome;

const nothingMissing = (set: RuleSet, facts: Facts): Facts =>
  Object.fromEntries(Object.keys(set.facts).map((name) => [name, facts[name] ?? null]));

const keysOf = (a: Outcome, b: Outcome) => [...new Set([...Object.keys(a), ...Object.keys(b)])];
