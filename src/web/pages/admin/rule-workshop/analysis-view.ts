import {
  analyseRuleSet,
  FINDING_KINDS,
  type RuleFinding,
  type RuleHistory,
  type RuleSet,
  ruleHistory,
  wordsOf,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import type { Workshop } from './workshop.ts';

/** Months of recorded decisions that findings are weighed by. */
const MONTHS = 12;
/** Findings of one kind that are shown at once, and so many more that stand folded. */
const AT_ONCE = 6;
const FOLDED = 6;

/** What the analysis of a draft says, by kind, weighed by the decisions recorded lately. */
export async function analysisOf(house: House, { id, examples }: Workshop, set: RuleSet) {
  const until = house.clock.now();
  const from = new Date(until);
  from.setUTCMonth(from.getUTCMonth() - MONTHS);
  const history = await ruleHistory(house.sql, id, { from, until });
  const { findings, unsettled } = analyseRuleSet(set, { examples, history });
  const kinds = Object.entries(FINDING_KINDS).flatMap(([kind, title]) => {
    const own = findings.filter((finding) => finding.kind === kind);
    if (own.length === 0) return [];
    const views = own.slice(0, AT_ONCE + FOLDED).map((finding) => findingView(id, set, finding, history));
    return [
      {
        kind,
        title,
        count: own.length,
        first: views.slice(0, AT_ONCE),
        rest: views.slice(AT_ONCE),
        more: own.length - views.length,
      },
    ];
  });
  return {
    kinds,
    unsettled,
    decisions: history.decisions,
    complete: history.complete,
    warnings: findings.filter((item) => item.severity !== 'note').length,
  };
}

function findingView(id: string, set: RuleSet, finding: RuleFinding, history: RuleHistory) {
  const { decisions, complete } = history;
  const facts = Object.entries(finding.facts ?? {});
  const query = new URLSearchParams({ view: 'try' });
  for (const [name, value] of facts)
    for (const item of Array.isArray(value) && set.facts[name]!.enum ? value : [value])
      query.append(
        `fact.${name}`,
        Array.isArray(item) ? item.join('、') : typeof item === 'object' ? JSON.stringify(item) : String(item),
      );
  return {
    ...finding,
    seen:
      finding.seen !== undefined && decisions > 0 && finding.kind !== 'never-met'
        ? `${complete ? `近 ${MONTHS} 月` : `最近 ${decisions.toLocaleString('en')} 次判断里`} ${finding.seen} 件`
        : '',
    facts: facts.map(([name, value]) => `${set.facts[name]!.title}：${wordsOf(set, name, value)}`).join('；'),
    asExample: finding.kind === 'no-example' && finding.facts ? asExample(id, query) : '',
    tryIt: finding.facts ? `/rules/${id}/edit?${query}#result` : '',
  };
}

/** Where these facts become a new example. */
export function asExample(id: string, facts: URLSearchParams): string {
  const query = new URLSearchParams(facts);
  query.set('view', 'examples');
  query.set('example', 'new');
  return `/rules/${id}/edit?${query}#open`;
}
