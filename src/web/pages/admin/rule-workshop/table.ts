import { type FieldProblem, isDomainError } from '../../../../kernel/errors.ts';
import {
  addRule,
  analyseRuleSet,
  conditionsFrom,
  copyRule,
  disableRule,
  emptyRow,
  FINDING_KINDS,
  judgedRules,
  lintRuleSet,
  moveRule,
  outcomeFrom,
  outcomeInWords,
  type RuleFinding,
  type RuleForm,
  type RuleHistory,
  type RuleSet,
  removeRule,
  ruleForm,
  ruleHistory,
  rulesInWords,
  wordsOf,
  writeHead,
  writeRule,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { problemViews } from '../../../plain-form.ts';
import { type Ask, textOf } from '../../../route.ts';
import { clauseViews } from '../clauses.ts';
import { ruleFormView, typedRule, withoutOrWith } from './rule-fields.ts';
import { conflictOf, frameOf, keep, refuseIfAny, revisionOf, type Workshop, workshopOf } from './workshop.ts';

/** Months of recorded decisions that findings are weighed by. */
const MONTHS = 12;
/** Findings of one kind that are shown at once, and so many more that stand folded. */
const AT_ONCE = 6;
const FOLDED = 6;
const HEAD = '@head';

interface State {
  open?: string;
  form?: RuleForm;
  head?: Head;
  problems?: readonly FieldProblem[];
  conflict?: string;
  status?: number;
}
interface Head {
  title: string;
  effectiveFrom: string;
  strategy: string;
  basis: string;
  reason: string;
}

/** 表格: rules in the order they are judged, each a sentence that opens into fields; what is wrong with them as a whole beside. */
export async function showTable(house: House, ask: Pick<Ask, 'req' | 'res'>, workshop: Workshop, state: State = {}) {
  const { set } = workshop;
  const frame = await frameOf(house, workshop, 'table');
  if (!set) return ask.res.render('admin/rule-workshop/table', { ...frame, broken: workshop.mistakes, problems: [] });
  const open = state.open ?? textOf(ask.req.query.rule);
  const rule = set.rules.find((item) => item.id === open);
  const problems = problemViews(state.problems ?? [], 'r');
  const words = new Map(
    rulesInWords({ ...set, rules: set.rules.map((item) => ({ ...item, disabled: false })) }).map((item) => [
      item.id,
      item,
    ]),
  );
  const order = [...judgedRules(set).map((item) => item.rule), ...set.rules.filter((item) => item.disabled)];
  const form = state.form ?? (rule && ruleForm(set, { ...rule, outcome: rule.event.params }));
  ask.res.status(state.status ?? 200).render('admin/rule-workshop/table', {
    ...frame,
    broken: null,
    conflict: state.conflict ?? '',
    problems,
    set,
    rules: order.map((item, index) => ({
      ...words.get(item.id)!,
      note: item.note ?? '',
      disabled: item.disabled === true,
      place: index + 1,
      clause: clauseViews(house.clauses, item.basis ? [item.basis] : [])[0]?.name ?? '',
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

async function analysisOf(house: House, { id, examples }: Workshop, set: RuleSet) {
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
    tryIt: finding.facts ? `/rules/${id}/edit?${query}#result` : '',
  };
}

const headOf = (set: RuleSet): Head => ({
  title: set.title,
  effectiveFrom: set.effectiveFrom,
  strategy: set.strategy,
  basis: set.basis.join('、'),
  reason: set.default.reason,
});

/** One act on the table: a button beside a rule, or of its open form. */
export async function actOnTable(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const workshop = await workshopOf(house, id);
  const { draft, set } = workshop;
  if (!draft || !set) return res.redirect(303, `/rules/${id}/edit`);
  const act = textOf(req.body.act) ?? '';
  const rule = textOf(req.body.rule) ?? '';
  const known = set.rules.some((item) => item.id === rule);
  const back = (open?: string, ok = 'draft-kept') =>
    res.redirect(
      303,
      `/rules/${id}/edit?ok=${ok}${open ? `&rule=${encodeURIComponent(open)}#r-${encodeURIComponent(open)}` : ''}`,
    );
  const typed = rule === HEAD || known ? typedRule(req.body) : undefined;
  const head: Head = {
    title: textOf(req.body.title) ?? '',
    effectiveFrom: textOf(req.body.effectiveFrom) ?? '',
    strategy: textOf(req.body.strategy) ?? '',
    basis: textOf(req.body.basis) ?? '',
    reason: textOf(req.body.reason) ?? '',
  };
  const again = async (state: State) =>
    showTable(house, ask, await workshopOf(house, id), {
      open: rule,
      ...(typed ? { form: typed } : {}),
      ...(rule === HEAD ? { head } : {}),
      ...state,
    });
  try {
    const write = (content: string) => keep(house, actor, { id, content, revision: revisionOf(ask) });
    if (act === 'add') {
      const added = addRule(draft.content);
      await write(added.text);
      return back(added.id, 'rule-added');
    }
    if (rule === HEAD && typed) {
      await write(headWritten(set, draft.content, head, typed));
      return back();
    }
    if (!known || !typed) return res.redirect(303, `/rules/${id}/edit`);
    if (act === 'up' || act === 'down') await write(moveRule(draft.content, rule, act));
    else if (act === 'disable' || act === 'enable') await write(disableRule(draft.content, rule, act === 'disable'));
    else if (act === 'remove') {
      await write(removeRule(draft.content, rule));
      return back();
    } else if (act === 'copy') {
      const copied = copyRule(draft.content, rule);
      await write(copied.text);
      return back(copied.id);
    } else if (act === 'save') {
      await write(ruleWritten(set, draft.content, rule, typed));
      return back();
    } else return await again({ form: withoutOrWith(typed, act, emptyRow) });
    res.redirect(303, `/rules/${id}/edit?ok=draft-kept#r-${encodeURIComponent(rule)}`);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Conflict') return again({ conflict: await conflictOf(house, id), status: 409 });
    if (error.code !== 'Invalid') throw error;
    return again({ problems: error.problems, status: 422 });
  }
}

function ruleWritten(set: RuleSet, content: string, id: string, typed: RuleForm): string {
  const problems: FieldProblem[] = [];
  if (!typed.title)
    problems.push({ pointer: '/title', message: '规则还没有标题。请用一句话写它管什么，例如“契税由税政一股办”。' });
  const priority = Number(typed.priority);
  if (!Number.isInteger(priority) || priority < 1)
    problems.push({ pointer: '/priority', message: '优先级应当是不小于 1 的整数，大的先判断。' });
  const conditions = conditionsFrom(set, typed, problems);
  const outcome = outcomeFrom(set, typed.outcome, problems);
  refuseIfAny(problems);
  const { title, basis, note } = typed;
  const next = writeRule(content, id, { title, basis, note, priority, conditions, outcome });
  refuseIfAny(worse(next, typed));
  return next;
}

function headWritten(set: RuleSet, content: string, head: Head, typed: RuleForm): string {
  const problems: FieldProblem[] = [];
  if (!head.title) problems.push({ pointer: '/title', message: '规则集还没有名称。' });
  const outcome = outcomeFrom(set, typed.outcome, problems);
  refuseIfAny(problems);
  const basis = head.basis.split(/[、,，\s]+/).filter(Boolean);
  const next = writeHead(content, { ...head, basis, outcome });
  refuseIfAny(worse(next, typed));
  return next;
}

/** Errors the whole file would have that it has not now, at the field they are about. */
function worse(next: string, typed: RuleForm): FieldProblem[] {
  return lintRuleSet(JSON.parse(next))
    .filter((problem) => problem.severity === 'error')
    .map(({ pointer, message }) => ({ pointer: fieldOf(pointer, typed), message }));
}

/** `/rules/3/conditions/all/1/any/0/value` is the field `c.1.0.value`. */
function fieldOf(pointer: string, typed: RuleForm): string {
  const condition = /\/conditions\/(?:all|any)\/(\d+)(?:\/(?:all|any)\/(\d+))?/.exec(pointer);
  if (condition) {
    const inner = condition[2] === undefined || !typed.entries[Number(condition[1])] ? '' : `.${condition[2]}`;
    return `/c.${condition[1]}${inner}.value`;
  }
  const outcome = /\/(?:params|outcome)\/([^/]+)/.exec(pointer);
  if (outcome) return `/o.${outcome[1]}`;
  return `/${pointer.split('/').at(-1) ?? ''}`;
}
