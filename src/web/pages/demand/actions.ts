import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, isDomainError } from '../../../kernel/errors.ts';
import { demandScopeSql, requirePermission } from '../../../modules/access/index.ts';
import {
  assessExtension,
  currentHandlingClock,
  type Demand,
  decideBy,
  type ExtensionInput,
  type ExtensionOutlook,
  extensionOutlook,
  handlingRefusal,
  lockDemand,
  maskText,
  mergeCandidates,
  requestExtension,
  statusTitle,
  totalAge,
  voidDemand,
  WAYS,
  type Way,
  wayRefusal,
  withdrawDemand,
} from '../../../modules/demands/index.ts';
import { type Form, presentForm, submitForm, type Values } from '../../../modules/forms/index.ts';
import { actOnHandling, tasksToPassOn, urgeTask } from '../../../modules/supervision/index.ts';
import { formOptions } from '../../form-options.ts';
import { format } from '../../format.ts';
import { handlingAction, handlingOptions } from '../../handling-actions.ts';
import type { House, Unit } from '../../house.ts';
import { visibleDemand } from '../../load-demand.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { alreadySubmitted, noteSubmission, wasSubmitted } from '../../submit-once.ts';
import { wayBeginning, wayOf } from '../../ways/ways.ts';
import { isLegalAction, legalBeginning, performLegal } from '../legal/actions.ts';
import { ACTIONS, type ActionText } from './action-table.ts';
import { clocksOf } from './clocks.ts';
import { chosenDate, withLegalDates } from './extension-form.ts';
import { namesOf } from './names.ts';
import { othersTasks, runningClock, tasksOf } from './tasks.ts';

interface Redraw {
  values?: Values;
  problems?: readonly { pointer: string; message: string }[];
  conflict?: string;
  status?: number;
}

/** The forms and confirmations of a demand. Each says beforehand what it will do; a stale page never wins. */
export function actionRoutes(house: House): Route[] {
  return ACTIONS.flatMap((action): Route[] => [
    {
      method: 'get',
      path: `/demands/:number/actions/${action.name}`,
      permission: action.permission,
      scope: '同诉求件',
      handle: (ask) => draw(house, action, ask, {}),
    },
    {
      method: 'post',
      path: `/demands/:number/actions/${action.name}`,
      permission: action.permission,
      scope: '同诉求件',
      handle: (ask) => submit(house, action, ask),
    },
  ]);
}

/** What a form offers: of the bureau, and for an action on a demand in hand of the demand itself. */
const optionsFor = async (house: House, unit: Unit, action: ActionText, demand: Demand) => ({
  ...formOptions(house, unit.directory, unit.actor),
  ...(handlingAction(action.name) ? await handlingOptions(unit, demand) : {}),
});

/** The form of an action; the extension's offers the legal dates of this demand. */
function formOf(house: House, action: ActionText, outlook: ExtensionOutlook | null): Form {
  const form = house.forms.get(action.form);
  if (!form) throw new Error(`form ${action.form} of action ${action.name} is missing`);
  return action.name === 'extend' ? withLegalDates(form, outlook?.dates ?? []) : form;
}

async function draw(house: House, action: ActionText, { req, res, actor }: Ask, redraw: Redraw): Promise<void> {
  const view = await house.transaction(actor, async (unit) => {
    const demand = await visibleDemand(unit, actor, String(req.params.number));
    const outlook = action.name === 'extend' ? await extensionOutlook(unit, demand) : null;
    return {
      demand,
      content: maskText(demand.content),
      extension: outlook ? extensionRail(unit, outlook) : null,
      refusal: await refused(unit, action, demand, outlook),
      candidates: action.name === 'merge' ? await mainCandidates(unit, demand) : [],
      clock: clockLine(await clocksOf(unit, demand.id)),
      effect: effectOf(unit, action, outlook) || (await decideHint(unit, action, demand)),
      form: presentForm(formOf(house, action, outlook), {
        values: redraw.values ?? {
          ...legalBeginning(action.name, demand),
          ...wayBeginning(action.name, demand, req.query),
        },
        problems: redraw.problems ?? [],
        options: await optionsFor(house, unit, action, demand),
      }),
    };
  });
  res.status(redraw.status ?? 200).render('demands/action', {
    title: action.heading,
    action,
    ...view,
    conflict: redraw.conflict ?? null,
    typed: redraw.conflict && view.refusal ? typedTexts(redraw.values ?? {}, view.form.nodes) : [],
    once: house.ids.uuid(),
  });
}

/** What somebody wrote, when there is no form any more to keep it in. */
const typedTexts = (values: Values, nodes: readonly { kind: string }[]) =>
  nodes.flatMap((node) => {
    const { type, name, label } = node as { type?: string; name?: string; label?: string };
    const text = name && type === 'textarea' ? values[name] : undefined;
    return typeof text === 'string' && text !== '' ? [{ label, text }] : [];
  });

/** Why the action is closed now; then the page has no form. */
async function refused(
  unit: Unit,
  action: ActionText,
  demand: Demand,
  outlook: ExtensionOutlook | null,
): Promise<string | null> {
  if (action.name === 'extend') return refusalFor(unit, demand, outlook);
  if (action.name === 'pass-on')
    return (await tasksToPassOn(unit, demand.id)).length > 0 ? null : '此件现在没有本部门可以转派的任务。';
  const handling = handlingAction(action.name);
  if (handling) return handlingRefusal(unit, demand, handling);
  return isWay(action.name) ? wayRefusal(unit, demand, action.name) : null;
}

const isWay = (name: string): name is Way => (WAYS as readonly string[]).includes(name);

/** Demands this one may repeat, in full: a title is too little to judge. */
async function mainCandidates(unit: Unit, demand: Demand) {
  const found = await mergeCandidates(unit, demand, demandScopeSql(unit.actor, 1));
  return found.map((item) => ({
    number: item.number,
    title: item.title,
    content: maskText(item.content),
    status: statusTitle(item.status),
    registered: format.time(item.registeredAt),
    reasons: item.reasons.join('、'),
  }));
}

/** Why nothing can be asked for at all; then the page has no form. */
function refusalFor(unit: Unit, demand: Demand, outlook: ExtensionOutlook | null): string | null {
  if (!demand.hostDepartment || !unit.actor.departments.includes(demand.hostDepartment))
    return '延期由主办部门申请。这件诉求的主办不是你所在的部门。';
  return outlook ? outlook.refusal : '此件现在没有在走的办结期限，不能申请延期。';
}

function clockLine(clocks: Awaited<ReturnType<typeof clocksOf>>): string {
  const clock = runningClock(clocks, 'HANDLING');
  return clock ? `${format.time(clock.dueAt)}（合计 ${clock.totalDays} 个工作日）` : '';
}

function extensionRail(unit: Unit, outlook: ExtensionOutlook) {
  const names = namesOf(unit.directory);
  return {
    cap: outlook.cap,
    version: outlook.ruleVersion,
    approver: names.user(outlook.approverLogin),
    extended: outlook.clock.extensions,
    latest: outlook.latest
      ? `${format.shortDay(outlook.latest.date)} ${format.weekday(outlook.latest.date)}（合计 ${outlook.latest.totalDays} 个工作日）`
      : '',
  };
}

function effectOf(unit: Unit, action: ActionText, outlook: ExtensionOutlook | null): string {
  if (action.name !== 'extend' || !outlook) return '';
  const approver = namesOf(unit.directory).user(outlook.approverLogin);
  return `点“${action.button}”后：${approver ? `由${approver}审批` : '由规则判断谁来审批'}；批准以前，原期限 ${format.time(outlook.clock.dueAt)} 不变；批准后改期，并把原因和新期限告知诉求人。`;
}

/** Until when a level decides to pass a demand on (R23 ③), on the forms that do so. */
async function decideHint(unit: Unit, action: ActionText, demand: Demand): Promise<string> {
  if (!['report-up', 'send-down', 'send-back'].includes(action.name)) return '';
  const clock = await currentHandlingClock(unit, demand);
  if (!clock) return '';
  const by = await decideBy(unit, demand, clock);
  const age = `自首次受理累计 ${totalAge(unit, demand)} 个工作日。`;
  return unit.clock.now() > by.dueAt
    ? `应在 ${format.time(by.dueAt)} 前决定，现在已经过了，请写明原因；${age}`
    : `应在 ${format.time(by.dueAt)} 前决定；${age}`;
}

async function submit(house: House, action: ActionText, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  requirePermission(actor, action.permission);
  const number = String(req.params.number);
  const { form, stale, options, closed } = await house.transaction(actor, async (unit) => {
    const demand = await visibleDemand(unit, actor, number);
    return {
      form: formOf(house, action, action.name === 'extend' ? await extensionOutlook(unit, demand) : null),
      options: await optionsFor(house, unit, action, demand),
      closed: handlingAction(action.name) ? await refused(unit, action, demand, null) : null,
      // A repeated submission finds its own change; the token tells it from a page gone stale.
      stale: isStale(demand, textOf(req.body._revision)) && !(await wasSubmitted(unit, textOf(req.body._once))),
    };
  });
  const submission = submitForm(form, req.body, options, {
    today: shanghaiDate(house.clock.now()),
  });
  // Somebody was faster: what was typed is shown with what has happened, before any field is found wrong.
  if (closed && !stale && !submission.ok)
    return draw(house, action, ask, { values: submission.values, conflict: closed, status: 409 });
  if (stale) return draw(house, action, ask, { values: submission.values, conflict: STALE, status: 409 });
  if (!submission.ok)
    return draw(house, action, ask, { values: submission.values, problems: submission.problems, status: 422 });
  const token = textOf(req.body._once);
  // Who has passed a matter on may not see it any more.
  const location = action.name === 'divert' ? `/tasks?ok=${action.ok}` : `/demands/${number}?ok=${action.ok}`;
  let led: string | undefined;
  let demandId: string | undefined;
  try {
    led = await house.transaction(actor, async (unit) => {
      const before = await alreadySubmitted(unit, token);
      if (before) return before;
      const seen = await visibleDemand(unit, actor, number);
      const demand = await lockDemand(unit, seen.id);
      demandId = demand.id;
      if (isStale(demand, textOf(req.body._revision))) throw conflict(STALE, { reason: 'stale' });
      await perform(unit, action, demand, submission.values);
      await noteSubmission(unit, token, location);
      return undefined;
    });
  } catch (error) {
    if (!isDomainError(error) || !['Invalid', 'Conflict', 'IllegalTransition'].includes(error.code)) throw error;
    const values = submission.values;
    if (error.code === 'Invalid' && error.problems.length > 0)
      return draw(house, action, ask, {
        values,
        problems: error.problems.map((problem) => ({ ...problem, pointer: fieldOf(problem.pointer, values) })),
        status: 422,
      });
    return draw(house, action, ask, { values, conflict: error.message, status: 409 });
  }
  await house.settle(demandId);
  res.redirect(303, led ?? location);
}

/** A wrong date belongs to the field it was typed into. */
const fieldOf = (pointer: string, values: Values): string =>
  pointer === '/requestedDueDate' && values.requestedDueDate === 'OTHER' ? '/otherDueDate' : pointer;

const STALE = '你填写期间，这件诉求有了变化。你写的内容都在下面，请看完变化后再提交，或者返回。';

const isStale = (demand: Demand, revision: string | undefined): boolean =>
  revision !== undefined && Number(revision) !== demand.revision;

async function extend(unit: Unit, demand: Demand, input: ExtensionInput): Promise<void> {
  await assessExtension(unit, demand.id, input);
  await requestExtension(unit, demand.id, input);
}

async function perform(unit: Unit, action: ActionText, demand: Demand, values: Values): Promise<void> {
  const handling = handlingAction(action.name);
  if (handling) return void (await actOnHandling(unit, demand, handling.name, values));
  if (isLegalAction(action.name)) return performLegal(unit, action.name, demand, values);
  const way = wayOf(action.name);
  if (way) {
    await way.perform(unit, demand, values);
    return;
  }
  switch (action.name) {
    case 'extend':
      await extend(unit, demand, { ...(values as any), requestedDueDate: chosenDate(values) });
      return;
    case 'withdraw':
      await withdrawDemand(unit, demand.id, values as never);
      return;
    case 'void':
      await voidDemand(unit, demand.id, String(values.reason));
      return;
    case 'urge':
      for (const task of othersTasks(await tasksOf(unit, demand.id), unit.actor.login))
        await urgeTask(unit, task.id, `${unit.actor.name}：${String(values.content)}`);
  }
}
