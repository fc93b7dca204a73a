import { conflict, type FieldProblem, isDomainError } from '../../../../kernel/errors.ts';
import {
  addRule,
  conditionsFrom,
  copyRule,
  disableRule,
  emptyRow,
  lintRuleSet,
  moveRule,
  outcomeFrom,
  type RuleForm,
  type RuleSet,
  removeRule,
  writeHead,
  writeRule,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { type Ask, textOf } from '../../../route.ts';
import { typedRule, withoutOrWith } from './rule-fields.ts';
import { HEAD, type Head, partOf, showTable, type TableState } from './table.ts';
import { autosave, conflictOf, keep, refuseIfAny, revisionOf, workshopOf } from './workshop.ts';

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
  const part = partOf(req.body);
  const back = (place: { rule?: string; at?: string }, ok = 'draft-kept') => {
    const shown = place.rule ?? place.at;
    const query = new URLSearchParams({ ok, ...(part.q ? { q: part.q } : {}), ...place });
    if (!shown && part.page > 1) query.set('page', String(part.page));
    res.redirect(303, `/rules/${id}/edit?${query}${shown ? `#r-${encodeURIComponent(shown)}` : ''}`);
  };
  const typed = rule === HEAD || known ? typedRule(req.body) : undefined;
  const head: Head = {
    title: textOf(req.body.title) ?? '',
    effectiveFrom: textOf(req.body.effectiveFrom) ?? '',
    strategy: textOf(req.body.strategy) ?? '',
    basis: textOf(req.body.basis) ?? '',
    reason: textOf(req.body.reason) ?? '',
  };
  const again = async (state: TableState) =>
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
      return back({ rule: added.id }, 'rule-added');
    }
    if (rule === HEAD && typed) {
      const written = () => write(headWritten(set, draft.content, head, typed));
      if (act === 'autosave') return await autosave(ask, written);
      await written();
      return back({});
    }
    if (act === 'autosave') return await autosave(ask, () => write(writtenOrGone(set, draft.content, rule, typed)));
    if (!known || !typed) return res.redirect(303, `/rules/${id}/edit`);
    if (act === 'up' || act === 'down') await write(moveRule(draft.content, rule, act));
    else if (act === 'disable' || act === 'enable') await write(disableRule(draft.content, rule, act === 'disable'));
    else if (act === 'remove') {
      await write(removeRule(draft.content, rule));
      return back({});
    } else if (act === 'copy') {
      const copied = copyRule(draft.content, rule);
      await write(copied.text);
      return back({ rule: copied.id });
    } else if (act === 'save') {
      await write(ruleWritten(set, draft.content, rule, typed));
      return back({ at: rule });
    } else return await again({ form: withoutOrWith(typed, act, emptyRow) });
    back({ at: rule });
  } catch (error) {
    if (!isDomainError(error) || act === 'autosave') throw error;
    if (error.code === 'Conflict') return again({ conflict: await conflictOf(house, id), status: 409 });
    if (error.code !== 'Invalid') throw error;
    return again({ problems: error.problems, status: 422 });
  }
}

/** A rule that somebody else removed meanwhile is a conflict, not a thing to be kept. */
function writtenOrGone(set: RuleSet, content: string, id: string, typed: RuleForm | undefined): string {
  if (!typed) throw conflict('这条规则刚刚被删除，没有保存。请点“保存草稿”看变化。');
  return ruleWritten(set, content, id, typed);
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
