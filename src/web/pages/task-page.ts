import type { Actor } from '../../kernel/actor.ts';
import { shanghaiTime } from '../../kernel/clock.ts';
import { notFound } from '../../kernel/errors.ts';
import { demandView, hasOpeningTask, may } from '../../modules/access/index.ts';
import { type Deadline, DeadlineEntity } from '../../modules/deadlines/index.ts';
import {
  acknowledgedOf,
  type CheckItem,
  type Demand,
  DemandEntity,
  type Extension,
  ExtensionEntity,
  writeOffChecklist,
} from '../../modules/demands/index.ts';
import { type Form, type PresentedNode, presentForm, type Values } from '../../modules/forms/index.ts';
import { peopleFor } from '../../modules/supervision/index.ts';
import { awaitsAcknowledgement, findDraft, noteOpening, type Task, TaskEntity } from '../../modules/tasks/index.ts';
import { fileOptions } from '../form-files.ts';
import { taskOptions } from '../form-options.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import type { Ask } from '../route.ts';
import { answersIn } from './answers-in.ts';
import { handlingPanel } from './demand/handling.ts';
import { extensionView, mayAskExtension } from './extension-view.ts';
import { confirmDefaults, dispatchHints, legalBeside } from './legal/legal-view.ts';
import { suggestedHost, suggestionOf } from './suggestion.ts';
import { dueText, effectOf } from './task-effects.ts';
import {
  answersBeside,
  attemptsBeside,
  clockBeside,
  demandBeside,
  returnsOf,
  visitsBeside,
  whyMe,
} from './task-rail.ts';
import { waysOf } from './ways-view.ts';

export interface TaskPage {
  values?: Values;
  problems?: any[];
  status?: number;
}

export const draftKey = (taskId: string, formKey: string) => ({ formKey, subject: taskId, draftId: '1' });

/** What a task stands on, loaded once for the page and for what is posted. */
export interface LoadedTask {
  task: Task;
  demand: Demand | null;
  form: Form;
  clock: Deadline | undefined;
  extension: Extension | null;
  mine: boolean;
  /** The person may know of the task, not of what the demand says. */
  hidden: boolean;
}

/** The task, when the person may see it: their own, one they have done, or one of a demand they may see. */
export async function loadTask(house: House, unit: Unit, actor: Actor, id: string): Promise<LoadedTask> {
  const task = await unit.em.findOne(TaskEntity, { id });
  if (!task) throw notFound('没有找到这项任务。它可能已经撤回；请回到“我的待办”查看。');
  const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
  const mine = task.candidates.includes(actor.login);
  const had = mine || task.completedBy === actor.login;
  const form = task.formId ? house.forms.get(task.formId) : undefined;
  const draft = form ? await findDraft(unit, draftKey(task.id, form.id)) : null;
  // A draft is its author's for good; it does not open the demand to somebody who may no longer see it.
  const sees = demand
    ? demandView(actor, demand as never, hasOpeningTask(actor, demand, [task]))
    : had
      ? 'CONTENT'
      : 'NONE';
  if (sees === 'NONE' && !draft) throw notFound('没有找到这项任务，或者它不在你能查看的范围内。');
  if (!form) throw notFound(`任务“${task.title}”的表单“${task.formId ?? ''}”不存在。请联系流程管理员。`);
  const [clock] =
    task.clock && demand
      ? await unit.em.find(
          DeadlineEntity,
          {
            subjectType: 'demand',
            subjectId: demand.id,
            kind: task.clock,
            // Several departments co-handle side by side, each on its own clock.
            ...(task.clock === 'CO_HANDLING' && task.departmentCode ? { departmentCode: task.departmentCode } : {}),
          },
          { orderBy: { round: 'desc' }, limit: 1 },
        )
      : [];
  const extension =
    task.formId === 'approve-extension' && demand
      ? await unit.em.findOne(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'desc' } })
      : null;
  return { task, demand, form, clock, extension, mine, hidden: sees !== 'CONTENT' };
}

/** What a person had before the eyes, to tell later what has changed since. */
export function seenOf(unit: Unit, { task, demand, clock }: LoadedTask): Record<string, string> {
  const person = (login: string | null | undefined) => (login ? (unit.directory.user(login)?.name ?? login) : '');
  const at = task.completedAt ? ` ${shanghaiTime(task.completedAt)}` : '';
  return {
    任务:
      { OPEN: '待办', COMPLETED: `已由 ${person(task.completedBy)} 办完${at}`, CANCELED: `已撤回${at}` }[task.status] ??
      task.status,
    办理人: person(task.assignee) || (task.candidates.length === 0 ? '待指派' : '待领取'),
    主办部门: demand?.hostDepartment ? (unit.directory.department(demand.hostDepartment)?.name ?? '') : '—',
    到期: clock?.status === 'OPEN' ? dueText(clock) : clock ? '已停' : '—',
  };
}

/** The page of one task: the demand always in sight, the form, why it came to this person, and what the button will do. */
export async function drawTask(house: House, { req, res, actor }: Ask, page: TaskPage): Promise<void> {
  const view = await house.transaction(actor, async (unit) => {
    const loaded = await loadTask(house, unit, actor, String(req.params.id));
    const { task, demand, form, clock, extension, mine, hidden } = loaded;
    const key = draftKey(task.id, form.id);
    const draft = page.values ? null : await findDraft(unit, key);
    const suggestion = task.formId === 'dispatch-demand' && demand ? await suggestionOf(unit, demand.id) : null;
    const done = task.status === 'COMPLETED';
    const values =
      page.values ??
      (done ? (task.values ?? {}) : (draft?.values ?? (await beginningOf(unit, task, demand, suggestion))));
    const options = {
      ...taskOptions(house, unit.directory, actor, demand),
      files: await fileOptions(unit, form, values, demand?.id),
    };
    const presented = presentForm(form, { values, problems: page.problems ?? [], options });
    const { decision, nodes } = decisionOf(form, presented.nodes);
    const mayWork = task.status === 'OPEN' && mine && (!task.assignee || task.assignee === actor.login);
    const others = task.status === 'OPEN' && mine ? await noteOpening(unit, task.id) : [];
    const person = (login: string | null | undefined) => (login ? (unit.directory.user(login)?.name ?? login) : '');
    return {
      title: `${task.title}${demand ? `：${hidden ? '限定可见件' : demand.title}` : ''}`,
      task,
      demand,
      hidden,
      mine,
      mayWork,
      awaits: mayWork && awaitsAcknowledgement(task),
      acknowledged: task.acknowledgedAt ? format.short(task.acknowledgedAt) : null,
      holder: person(task.assignee),
      doneBy: `${person(task.completedBy)}${task.completedOnBehalfOf ? `（代 ${person(task.completedOnBehalfOf)}）` : ''}`,
      completedAt: task.completedAt ? format.time(task.completedAt) : '',
      answers: done ? answersIn(presented.nodes) : [],
      next: done && demand ? await nextOf(unit, actor, demand.id) : null,
      draftAt: draft ? format.short(draft.savedAt) : null,
      draftAnswers: draft && !mayWork ? answersIn(presentForm(form, { values: draft.values, options }).nodes) : [],
      form: { ...presented, nodes },
      decision,
      ways: demand && !hidden ? await waysOf(unit, demand) : { cards: [], notices: [] },
      effect: await effectOf(unit, task, { demand, clock, extension }),
      suggestion,
      hints: mayWork && demand && task.formId === 'dispatch-demand' ? await dispatchHints(unit, demand) : null,
      legal: demand && !hidden && LEGAL_FORMS.includes(form.id) ? await legalBeside(unit, demand) : null,
      demandView: demand && !hidden ? demandBeside(unit, demand) : null,
      clock: demand && clock ? await clockBeside(unit, demand, clock) : null,
      back: demand && !hidden ? await returnsOf(unit, demand) : null,
      mayExtend: Boolean(demand && mayWork && task.formId === 'handle-demand' && (await mayAskExtension(unit, demand))),
      similar: demand && mayWork && task.formId === 'handle-demand' ? await answersBeside(unit, actor, demand) : [],
      attempts: demand && !hidden && task.formId === 'give-feedback' ? await attemptsBeside(unit, demand) : null,
      visits: demand && !hidden && isVisit(task) ? await visitsBeside(unit, demand) : null,
      checklist:
        demand && form.id.startsWith('write-off') ? checklistOf(demand, await acknowledgedOf(unit, demand.id)) : null,
      handling:
        demand && !hidden && HANDLING_FORMS.includes(task.formId ?? '') ? await handlingPanel(unit, demand) : null,
      extension: extension && demand && !hidden ? await extensionView(unit, loaded, extension, demand) : null,
      why: whyMe(unit, task, actor),
      others: others.map((item) => ({ name: item.name, at: shanghaiTime(item.openedAt) })),
      mayAssign: task.status === 'OPEN' && task.unassignable && may(actor, 'task.assign'),
      people: task.unassignable && may(actor, 'task.assign') ? await peopleFor(unit, task) : [],
      seen: JSON.stringify(seenOf(unit, loaded)),
      actionsAt: mayWork ? 'actions' : null,
    };
  });
  res
    .status(page.status ?? 200)
    .render(view.extension && view.task.formId === 'approve-extension' ? 'tasks/approve' : 'tasks/show', {
      ...view,
      once: house.ids.uuid(),
    });
}

const LEGAL_FORMS = [
  'confirm-legal-route',
  'decide-complaint',
  'acknowledge-hand-over',
  'examine-reconsideration',
  'record-supplement',
  'record-legal-result',
];

/** What a form begins with: the suggested host, or what the rules and the ledger say of the statutory route. */
async function beginningOf(
  unit: Unit,
  task: Task,
  demand: Demand | null,
  suggestion: Awaited<ReturnType<typeof suggestionOf>>,
): Promise<Values> {
  if (demand && task.formId === 'confirm-legal-route') return confirmDefaults(unit, demand);
  const host = suggestedHost(suggestion);
  // What touches several departments begins as a joint handling; who does not need the others takes them out.
  const others = suggestion?.shift ? [] : (suggestion?.others ?? []).map((item) => item.code);
  return host ? { hostDepartment: host, ...(others.length > 0 ? { coDepartments: others } : {}) } : {};
}

/** What the same person can go on with, now that this is done. */
const nextOf = async (unit: Unit, actor: Actor, demandId: string): Promise<Task | null> =>
  (await unit.em.find(TaskEntity, { demandId, status: 'OPEN' }, { orderBy: { createdAt: 'asc' } })).find(
    (task) => task.candidates.includes(actor.login) && (!task.assignee || task.assignee === actor.login),
  ) ?? null;

/** Tasks for which the parts of others matter: the host sums them up, a co-handler and who follows up see how it stands. */
const HANDLING_FORMS = ['handle-demand', 'give-co-opinion', 'follow-external-step', 'approve-extension'];

const isVisit = (task: Task) => ['conduct-return-visit', 'judge-dissatisfaction'].includes(task.formId ?? '');

interface Decision {
  name: string;
  buttons: { value: string; label: string }[];
  error: string | undefined;
}

/** A choice the form draws as its buttons (`properties.as = buttons`): 同意延期, 不同意, 退回补充. */
function decisionOf(form: Form, nodes: PresentedNode[]): { decision: Decision | null; nodes: PresentedNode[] } {
  const name = form.components.find((component) => component.properties?.as === 'buttons')?.key;
  const field = nodes.find((node) => node.kind === 'field' && node.name === name);
  if (field?.kind !== 'field') return { decision: null, nodes };
  return {
    decision: {
      name: field.name,
      buttons: field.options.map(({ value, label }) => ({ value, label })),
      error: field.error,
    },
    nodes: nodes.filter((node) => node !== field),
  };
}

/** The checklist of the write-off, from facts; what is missing links to where it is mended (R29). */
function checklistOf(demand: Demand, acknowledged: boolean) {
  const when: Record<string, Date | null | undefined> = {
    completed: demand.completedAt,
    fedBack: demand.feedbackAt,
    pushed: demand.pushedAt,
    visited: demand.visitedAt,
    judged: null,
  };
  const shown = (item: CheckItem) =>
    demand.restricted && demand.withdrawnAt ? { ...item, detail: '诉求人已撤回' } : item;
  return writeOffChecklist(demand, { acknowledged }).map((item) => ({
    ...shown(item),
    at: when[item.name] ? format.time(when[item.name]) : '',
    href: `/demands/${demand.number}`,
  }));
}
