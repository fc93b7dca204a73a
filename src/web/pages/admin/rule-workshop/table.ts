import type { FieldProblem } from '../../../../kernel/errors.ts';
import {
  judgedRules,
  outcomeInWords,
  type RuleForm,
  type RuleSet,
  ruleForm,
  rulesInWords,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { problemViews } from '../../../plain-form.ts';
import { type Ask, textOf } from '../../../route.ts';
import { clauseViews } from '../clauses.ts';
import { analysisOf } from './analysis-view.ts';
import { ruleFormView } from './rule-fields.ts';
import { frameOf, type Workshop } from './workshop.ts';

/** What stands for the rule set itself where a rule is named. */
export const HEAD = '@head';
/** Rules on one page: a set of some dozens stays whole, one of hundreds is turned over and searched. */
const ON_A_PAGE = 50;

export interface TableState {
  open?: string;
  form?: RuleForm;
  head?: Head;
  problems?: readonly FieldProblem[];
  conflict?: string;
  status?: number;
}
export interface Head {
  title: string;
  effectiveFrom: string;
  strategy: string;
  basis: string;
  reason: string;
}

/** Which part of a long table somebody looks at: words that rules must have, and a page, or the page of a rule. */
export interface Part {
  q: string;
  page: number;
  at: string;
}

/** The part of the table an address or a form names. */
export const partOf = (given: Record<string, unknown>): Part => ({
  q: (textOf(given.q) ?? '').slice(0, 100),
  page: Math.max(1, Math.trunc(Number(textOf(given.page))) || 1),
  at: textOf(given.at) ?? '',
});

/** 表格: rules in the order they are judged, each a sentence that opens into fields; what is wrong with them as a whole beside. */
export async function showTable(
  house: House,
  ask: Pick<Ask, 'req' | 'res'>,
  workshop: Workshop,
  state: TableState = {},
) {
  const { set } = workshop;
  const frame = await frameOf(house, workshop, 'table');
  if (!set) return ask.res.render('admin/rule-workshop/table', { ...frame, broken: workshop.mistakes, problems: [] });
  const open = state.open ?? textOf(ask.req.query.rule);
  const rule = set.rules.find((item) => item.id === open);
  const form = state.form ?? (rule && ruleForm(set, { ...rule, outcome: rule.event.params }));
  const all = rowsOf(house, set);
  const given = partOf(ask.req.method === 'POST' ? ask.req.body : ask.req.query);
  const part = shownOf(all, frame.named, { ...given, at: rule ? rule.id : given.at });
  ask.res.status(state.status ?? 200).render('admin/rule-workshop/table', {
    ...frame,
    broken: null,
    conflict: state.conflict ?? '',
    // What was typed and is not kept yet: the page goes on keeping it by itself.
    dirty: state.form !== undefined || state.head !== undefined,
    problems: problemViews(state.problems ?? [], 'r'),
    set,
    total: all.length,
    ...part,
    rules: part.rows.map((item) => ({
      ...item,
      open: item.id === open && form ? ruleFormView(set, form, state.problems ?? []) : null,
    })),
    head:
      open === HEAD
        ? {
            ...(state.head ?? headOf(set)),
            fields: ruleFormView(
              set,
              state.form ??
                ruleForm(set, { title: '', priority: 1, conditions: { all: [] }, outcome: set.default.outcome }),
              state.problems ?? [],
            ),
          }
        : null,
    fallback: outcomeInWords(set, set.default.outcome).slice(0, 8),
    analysis: await analysisOf(house, workshop, set),
  });
}

/** Every rule as a row, in the order of judgement; those out of use last. */
function rowsOf(house: House, set: RuleSet) {
  const words = new Map(
    rulesInWords({ ...set, rules: set.rules.map((item) => ({ ...item, disabled: false })) }).map((item) => [
      item.id,
      item,
    ]),
  );
  const order = [...judgedRules(set).map((item) => item.rule), ...set.rules.filter((item) => item.disabled)];
  return order.map((item, index) => ({
    ...words.get(item.id)!,
    note: item.note ?? '',
    disabled: item.disabled === true,
    place: index + 1,
    clause: clauseViews(house.clauses, item.basis ? [item.basis] : [])[0]?.name ?? '',
  }));
}

type Row = ReturnType<typeof rowsOf>[number];

/** The rows of one page. A rule that is asked for is shown wherever it stands, even when the words sought are not in it. */
function shownOf(all: readonly Row[], named: (text: string) => string, { q, page, at }: Part) {
  const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
  const said = (row: Row) => {
    const decides = row.decides.map((item) => `${item.title}：${item.value}`);
    const text = [row.id, row.title, row.when, row.clause, row.note, ...decides].join('\n');
    return `${text}\n${named(text)}`.toLowerCase();
  };
  const found = all.filter(
    (row) =>
      row.id === at || wanted.every((word) => said(row).includes(word) || (row.disabled && '停用'.includes(word))),
  );
  const pages = Math.max(1, Math.ceil(found.length / ON_A_PAGE));
  const place = found.findIndex((row) => row.id === at);
  const shown = place >= 0 ? Math.floor(place / ON_A_PAGE) + 1 : Math.min(page, pages);
  const address = (to: number) => `?${new URLSearchParams({ ...(q ? { q } : {}), page: String(to) })}`;
  return {
    q,
    page: shown,
    pages,
    found: found.length,
    rows: found.slice((shown - 1) * ON_A_PAGE, shown * ON_A_PAGE),
    searchable: all.length > ON_A_PAGE || q !== '',
    pageHref: address,
    ruleHref: (id: string) => `?${new URLSearchParams({ ...(q ? { q } : {}), rule: id })}#r-${encodeURIComponent(id)}`,
  };
}

const headOf = (set: RuleSet): Head => ({
  title: set.title,
  effectiveFrom: set.effectiveFrom,
  strategy: set.strategy,
  basis: set.basis.join('、'),
  reason: set.default.reason,
});
