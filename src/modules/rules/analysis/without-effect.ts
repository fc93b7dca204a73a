import type { Evaluation } from '../compile-rule-set.ts';
import { conditionInWords } from '../rule-in-words.ts';
import type { Condition, Rule } from '../rule-set.ts';
import type { RuleFinding } from './finding.ts';
import type { Formula } from './formula.ts';
import { type AnalysisSubject, type JudgedRule, seenWhere } from './subject.ts';

/** Rules that can never hold, and rules that never decide because others always do before them. */
export function withoutEffect(subject: AnalysisSubject): RuleFinding[] {
  return subject.rules.flatMap((judged, position) => {
    const { rule } = judged;
    if (subject.possible([judged.holds], `规则“${rule.title}”的条件能不能成立`) === false)
      return [contradiction(subject, judged)];
    const covering = coverOf(subject, position);
    return covering ? [shadowed(subject, position, covering)] : [];
  });
}

function contradiction(subject: AnalysisSubject, { rule }: JudgedRule): RuleFinding {
  const parts = clashing(subject, rule).map((part) => `“${conditionInWords(subject.set, part)}”`);
  return {
    kind: 'contradiction',
    severity: 'warning',
    rules: [rule.id],
    sentence: `规则“${rule.title}”永远不会成立：${parts.join('和')}${parts.length > 1 ? '不能同时成立' : '没有哪个值符合'}。`,
    mend: '请改其中一个条件，或删除这条规则。',
    ...(subject.met ? { seen: 0 } : {}),
  };
}

/** The fewest conditions of a rule that cannot hold together. */
function clashing(subject: AnalysisSubject, rule: Rule): Condition[] {
  const { conditions } = rule;
  if (!('all' in conditions)) return [conditions];
  let kept = conditions.all;
  for (const part of conditions.all) {
    const without = kept.filter((item) => item !== part);
    const formulas = without.map((item) => subject.space.formulaOf(item));
    if (subject.possible(formulas, `规则“${rule.title}”的哪些条件相冲突`) === false) kept = without;
  }
  return kept;
}

/** Earlier rules because of which this one never decides, as few as can be found; undefined when it can decide. */
function coverOf(subject: AnalysisSubject, position: number): JudgedRule[] | undefined {
  const { set, rules } = subject;
  const own = rules[position]!;
  const earlier = rules.slice(0, position);
  if (set.strategy !== 'all') return covering(subject, own, earlier);
  // Here every rule that holds has a say: one is without effect when each part of its outcome is always laid over.
  const keys = Object.keys(own.rule.event.params);
  const each = keys.map((key) =>
    covering(
      subject,
      own,
      earlier.filter(({ rule }) => Object.hasOwn(rule.event.params, key)),
    ),
  );
  if (keys.length === 0 || each.some((found) => !found)) return undefined;
  return [...new Set(each.flatMap((found) => found!))];
}

function covering(subject: AnalysisSubject, own: JudgedRule, earlier: readonly JudgedRule[]): JudgedRule[] | undefined {
  const question = `规则“${own.rule.title}”有没有机会决定结果`;
  const without = (others: readonly JudgedRule[]): Formula[] => [own.holds, ...others.map((other) => other.fails)];
  if (earlier.length === 0 || subject.possible(without(earlier), question) !== false) return undefined;
  const single = earlier.find((other) => subject.possible(without([other]), question) === false);
  if (single) return [single];
  let kept = [...earlier];
  for (const other of earlier) {
    const fewer = kept.filter((item) => item !== other);
    if (subject.possible(without(fewer), question) === false) kept = fewer;
  }
  return kept;
}

function shadowed(subject: AnalysisSubject, position: number, cover: readonly JudgedRule[]): RuleFinding {
  const { rule, holds } = subject.rules[position]!;
  const names = cover.map((other) => `“${other.rule.title}”`).join('、');
  const all = subject.set.strategy === 'all';
  const shows = ({ fired, ruleId }: Evaluation) =>
    fired.includes(rule.id) && (all ? fired.length > 1 : ruleId !== rule.id);
  // Where it can be, the rule that covers it is seen to decide.
  const [first] = cover;
  const before = subject.rules.slice(0, subject.rules.indexOf(first!)).map((other) => other.fails);
  const facts = subject.example([holds, first!.holds, ...before], shows) ?? subject.example([holds], shows);
  const why = all ? '它给出的每一项都被盖过' : '每次它成立，都已经由前面的规则决定';
  return {
    kind: 'shadowed',
    severity: 'warning',
    rules: [rule.id, ...cover.map((other) => other.rule.id)],
    sentence: `规则“${rule.title}”永远不会起作用：被规则${names}完全覆盖，${why}。`,
    mend: '请把它移到前面（提高优先级），或改窄前面的条件，或删除它。',
    ...(facts ? { facts } : {}),
    ...seenWhere(subject, (holding) => holding.has(position)),
  };
}
