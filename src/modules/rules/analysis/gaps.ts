import { wordsOf } from '../explain-in-words.ts';
import type { Facts, RuleSet } from '../rule-set.ts';
import { factsAskedBy } from './coverage.ts';
import type { RuleFinding } from './finding.ts';
import { type AnalysisSubject, seenWhere } from './subject.ts';

/** Regions told of at most; the ones that really occurred first. */
const MOST_REGIONS = 8;
const MOST_CELLS = 60;

/** Where no rule holds and the default decides: by regions that have a name, weighed by what was recorded. */
export function gaps(subject: AnalysisSubject): RuleFinding[] {
  const { set, rules } = subject;
  const none = rules.map((rule) => rule.fails);
  if (rules.length === 0 || subject.possible(none, '有没有情况不被任何规则覆盖') !== true) return [];
  if (set.strategy === 'all') return [];
  const found = cellsOf(set, subject).flatMap((cell) => {
    const formulas = Object.entries(cell).map(([fact, value]) => subject.space.valueIs(fact, value));
    const facts = subject.example([...none, ...formulas], (evaluation) => evaluation.ruleId === null);
    if (!facts) return [];
    const inCell = (met: Facts) => Object.entries(cell).every(([fact, value]) => (met[fact] ?? null) === value);
    const { seen } = seenWhere(subject, (holding, met) => holding.size === 0 && inCell(met));
    return [{ cell, facts, seen }];
  });
  const ordered = found
    .map((item, index) => ({ ...item, index }))
    .sort((a, b) => (b.seen ?? 0) - (a.seen ?? 0) || a.index - b.index);
  const rest = ordered.length - MOST_REGIONS;
  return ordered.slice(0, MOST_REGIONS).map(({ cell, facts, seen }, index) => ({
    kind: 'gap',
    severity: 'note',
    rules: [],
    sentence: `没有规则命中：${sentenceOf(set, cell, facts, subject)}时可能落到默认结果（${set.default.reason}）。${
      index === MOST_REGIONS - 1 && rest > 0 ? `另有 ${rest} 类情况也可能这样。` : ''
    }`,
    mend: '如果默认结果就是要的，不必修改；否则请补一条规则。',
    facts,
    ...(seen === undefined ? {} : { seen }),
  }));
}

/** Combinations of the listed facts that rules ask for most, few enough to be read. */
function cellsOf(set: RuleSet, subject: AnalysisSubject): Facts[] {
  const asked = new Map<string, number>();
  for (const { rule } of subject.rules)
    for (const fact of factsAskedBy(rule.conditions)) asked.set(fact, (asked.get(fact) ?? 0) + 1);
  const listed = [...asked]
    .filter(
      ([fact]) => set.facts[fact]!.type === 'boolean' || (set.facts[fact]!.enum && set.facts[fact]!.type === 'string'),
    )
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  let cells: Facts[] = [{}];
  for (const [fact] of listed.slice(0, 3)) {
    const declared = set.facts[fact]!;
    const values: unknown[] = declared.enum ? Object.keys(declared.enum) : [true, false];
    if (!declared.required) values.push(null);
    if (cells.length * values.length > MOST_CELLS) continue;
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [fact]: value })));
  }
  return cells;
}

/** The region by its name; without one, by the values of an example that rules ask for. */
function sentenceOf(set: RuleSet, cell: Facts, facts: Facts, subject: AnalysisSubject): string {
  const named = Object.entries(cell);
  const told = (entries: [string, unknown][]) =>
    entries.map(([fact, value]) => `${set.facts[fact]!.title}＝${wordsOf(set, fact, value)}`).join('、');
  if (named.length > 0) return told(named);
  const asked = new Set(subject.rules.flatMap(({ rule }) => [...factsAskedBy(rule.conditions)]));
  return `例如${told([...asked].slice(0, 4).map((fact) => [fact, facts[fact] ?? null]))}`;
}
