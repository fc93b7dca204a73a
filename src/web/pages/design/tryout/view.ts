import { shanghaiDate, shanghaiTime } from '../../../../kernel/clock.ts';
import type { FieldProblem } from '../../../../kernel/errors.ts';
import { actorOf } from '../../../../modules/access/index.ts';
import { clocksOf } from '../../../../modules/deadlines/index.ts';
import { type Form, type OptionSource, presentForm, type Values } from '../../../../modules/forms/index.ts';
import {
  elementOf,
  listDrafts,
  listScenarios,
  maskedValue,
  parseScenario,
  pathInWords,
  scenarioVersions,
} from '../../../../modules/processes/index.ts';
import { evaluationsOf, outcomeInWords, ruleSetVersion } from '../../../../modules/rules/index.ts';
import {
  answersTo,
  type DemandCase,
  defaultAnswers,
  registrationOf,
  type TrialTask,
} from '../../../../tryout/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import { instanceOnDiagram } from '../../admin/instances.ts';
import { CLOCKS } from '../../clock-names.ts';
import { draftTitle, keyOf } from './drafts-tried.ts';
import type { OpenedTrial } from './keeper.ts';

/** What a trial begins from: samples, drafts that may be tried, and the clock. */
export async function beginView(
  house: House,
  processId: string,
  samples: readonly DemandCase[],
  typed: Record<string, unknown>,
) {
  const drafts = await listDrafts(house.sql);
  const titles = await Promise.all(drafts.map(draftTitle));
  const chosen = typed.drafts === undefined ? null : [typed.drafts].flat().map(String);
  return {
    samples: samples.map((item) => ({
      value: item.id,
      label: `${item.content.slice(0, 28)}${item.content.length > 28 ? '…' : ''}`,
      chosen: typed.sample === item.id,
    })),
    start: typeof typed.start === 'string' ? typed.start : nowInWords(house.clock.now()),
    how: typeof typed.how === 'string' ? typed.how : 'demand',
    variables: typeof typed.variables === 'string' ? typed.variables : '{}',
    drafts: drafts.map((draft, index) => ({
      key: keyOf(draft),
      title: titles[index]!,
      edited: format.short(draft.editedAt),
      // The process itself with everything that is being changed beside it, unless something else was ticked.
      chosen: chosen ? chosen.includes(keyOf(draft)) : true,
    })),
    own: drafts.some((draft) => draft.kind === 'process' && draft.id === processId),
  };
}

/** Everything there is to see of a trial now. */
export async function trialView(
  opened: OpenedTrial,
  at: { taskId?: string | undefined; values?: Values; problems?: readonly FieldProblem[] },
) {
  const { trial } = opened;
  const inside = trial.house;
  const people = await inside.directory();
  const person = (login: string | null) => (login ? (people.user(login)?.name ?? login) : '');
  const tasks = await trial.tasks();
  const shown = tasks.find((task) => task.id === at.taskId) ?? tasks.at(-1);
  const form = await formAt(opened, shown, at);
  const next = await trial.nextMoment();
  const instances = await Promise.all((await trial.instances()).map((item) => instanceView(inside, item)));
  return {
    now: format.time(inside.clock.now()),
    drafts: opened.drafts,
    sample: opened.sample.content,
    said: opened.said,
    registering: trial.steps.length === 0 && opened.variables === null,
    over: trial.steps.length > 0 && tasks.length === 0 && !next,
    next: next ? format.time(next) : null,
    tasks: tasks.map((task) => ({
      id: task.id,
      title: task.title,
      who: person(task.who),
      department: task.department ? (people.department(task.department)?.name ?? task.department) : '',
      why: task.why ?? '',
      current: task.id === shown?.id,
    })),
    form,
    // The process that is tried first, then what leads to it.
    instances: instances.sort(
      (a, b) => Number(b.processId === opened.processId) - Number(a.processId === opened.processId),
    ),
    ...(await factsOf(opened)),
    steps: trial.steps.map((step, index) => ({
      number: index + 1,
      at: format.short(new Date(step.at)),
      what: {
        register: '登记诉求',
        start: '启动流程',
        complete: `办理“${step.do === 'complete' ? nameIn(instances, step.element) : ''}”`,
        act:
          { extensions: '申请延期', returns: '退单', deferrals: '申请挂账' }[step.do === 'act' ? step.action : ''] ??
          '申请',
        wait: '时间前进',
      }[step.do],
    })),
    handling: tasks.some((task) => task.formId === 'handle-demand'),
  };
}

const nameIn = (instances: readonly { names: ReadonlyMap<string, string> }[], element: string): string =>
  instances.map((item) => item.names.get(element)).find((name) => name !== undefined) ?? element;

async function instanceView(
  inside: OpenedTrial['trial']['house'],
  item: { key: string; processId: string; version: number; state: string },
) {
  const { diagram, visits, incidents, svg } = await instanceOnDiagram(inside.sql, item);
  const state = item.state === 'ACTIVE' ? await inside.inspect(item.key) : undefined;
  return {
    key: item.key,
    processId: item.processId,
    name: diagram.processes.find((process) => process.id === item.processId)?.name ?? item.processId,
    state: { ACTIVE: '进行中', COMPLETED: '已走完', TERMINATED: '已终止' }[item.state] ?? item.state,
    names: new Map(diagram.elements.map((element) => [element.id, element.name])),
    svg,
    steps: pathInWords(diagram, item.processId, visits).map((step) => ({
      ...step,
      incident: incidents.find((incident) => incident.elementId === step.elementId) ?? null,
    })),
    incidents: incidents.map((incident) => ({
      step: elementOf(diagram, incident.elementId)?.name ?? incident.elementId,
      what: incident.what,
    })),
    variables: (state?.variables ?? [])
      .filter((variable) => variable.scopeKey === item.key)
      .map((variable) => ({ name: variable.name, value: maskedValue(variable.value) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function factsOf({ trial }: OpenedTrial) {
  const { sql, clock } = trial.house;
  const demandId = trial.demandId ?? '';
  const [clocks, decisions, messages] = await Promise.all([
    clocksOf(sql, 'demand', demandId),
    evaluationsOf(sql, 'demand', demandId),
    trial.messages(),
  ]);
  const people = await trial.house.directory();
  return {
    clocks: clocks.map((item) => ({
      name: CLOCKS[item.kind] ?? item.kind,
      due: format.time(item.dueAt),
      state:
        item.status === 'STOPPED'
          ? item.overdue
            ? '已停，逾期'
            : '已停，按时'
          : item.status === 'PAUSED'
            ? '停钟'
            : item.dueAt < clock.now()
              ? '在走，已逾期'
              : '在走',
    })),
    decisions: await Promise.all(
      decisions.map(async (item) => {
        const set = await ruleSetVersion(sql, item.ruleSet, item.version);
        return { title: set.title, reason: item.reason, outcome: outcomeInWords(set, item.outcome) };
      }),
    ),
    messages: messages.map((message) => ({
      ...message,
      at: format.short(message.at),
      to: people.user(message.to)?.name ?? message.to,
    })),
  };
}

/** The form that waits: the registration at the beginning, then that of the task chosen. */
async function formAt(
  opened: OpenedTrial,
  task: TrialTask | undefined,
  at: { values?: Values; problems?: readonly FieldProblem[] },
) {
  const waiting = await waitingForm(opened, task);
  if (!waiting) return null;
  const { form, options } = waiting;
  const values = at.values ?? (await readyAnswers(opened, task, waiting));
  return presentForm(form, { values, problems: [...(at.problems ?? [])], options });
}

/** The form and its choices for whoever would fill it in. */
export async function waitingForm(
  opened: OpenedTrial,
  task: TrialTask | undefined,
): Promise<{ form: Form; options: OptionSource } | undefined> {
  const { trial, sample } = opened;
  const people = await trial.house.directory();
  const registering = trial.steps.length === 0 && opened.variables === null;
  const form = trial.house.forms().get(registering ? 'register-demand' : (task?.formId ?? ''));
  if (!form) return undefined;
  const login = registering
    ? trial.registrar(sample.orgCode, sample.intake?.registeringDepartment as string | undefined)
    : task?.who;
  const actor = login ? actorOf(people, login) : undefined;
  if (!actor) return undefined;
  return { form, options: trial.house.options(people, actor, task?.orgCode ?? actor.orgCode) };
}

/** Sensible values to begin with: as the sample's people would answer; of forms nobody knows, the least that can be sent. */
export async function readyAnswers(
  opened: OpenedTrial,
  task: TrialTask | undefined,
  { form, options }: { form: Form; options: OptionSource },
): Promise<Values> {
  const least = defaultAnswers(form, options, opened.trial.house.clock.now());
  if (opened.trial.steps.length === 0 && opened.variables === null) {
    const { intake: _intake, ...fields } = registrationOf(opened.sample);
    return { ...least, ...fields };
  }
  try {
    return { ...least, ...answersTo(task as never, opened.sample) };
  } catch {
    // A form that is new: nobody knows more of it than it says itself.
    return least;
  }
}

/** Scenarios of a process as its page lists them. */
export async function scenarioRows(house: House, processId: string) {
  const people = await house.directory();
  const versions = await scenarioVersions(house.sql, processId);
  const name = (login: string) => people.user(login)?.name ?? (login === 'system' ? '系统' : login);
  return (await listScenarios(house.sql, processId)).map((item) => ({
    version: item.version,
    versions: versions
      .filter((one) => one.name === item.name)
      .map((one) => ({
        version: one.version,
        at: format.time(one.savedAt),
        by: name(one.savedBy),
        dropped: one.dropped,
        processVersion: one.processVersion,
        reason: one.reason,
        release: one.release,
      })),
    name: item.name,
    steps: parseScenario(item.content, item.name).steps.length,
    saved: format.short(item.savedAt),
    by: name(item.savedBy),
  }));
}

/** As a person types the moment a trial begins at: `2026-11-23 09:30`. */
const nowInWords = (now: Date): string => `${shanghaiDate(now)} ${shanghaiTime(now)}`;
