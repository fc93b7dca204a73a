import { sqlOf } from '../../../../db/orm.ts';
import { shanghaiDate } from '../../../../kernel/clock.ts';
import { DomainError, type FieldProblem, invalid, isDomainError, notFound } from '../../../../kernel/errors.ts';
import { submitForm, type Values } from '../../../../modules/forms/index.ts';
import {
  diagramOf,
  dropScenario,
  listDrafts,
  listProcessVersions,
  listReleases,
  listScenarios,
  OPEN_STATES,
  type ScenarioStep,
  saveScenario,
} from '../../../../modules/processes/index.ts';
import {
  elementNames,
  loadSamples,
  refusalOf,
  registrationStep,
  runScenarios,
  runToEnd,
} from '../../../../tryout/index.ts';
import type { House } from '../../../house.ts';
import { textsOf } from '../../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { calendarBar } from '../../admin/frame.ts';
import { nameIn } from '../draft-words.ts';
import { designsOf, keyOf, startsWithDemand } from './drafts-tried.ts';
import { type OpenedTrial, TrialKeeper } from './keeper.ts';
import { beginView, readyAnswers, scenarioRows, trialView, waitingForm } from './view.ts';

const TRY = { permission: 'design.edit', scope: '内存中的试运行（虚构样例，不含真实诉求）' } as const;
const HOUR = 3_600_000;
const LONGEST = 20_000;

/** P22's 试运行: designs are tried in a house of their own, step by step, and kept as scenarios. */
export function tryoutPages(house: House): Route[] {
  const keeper = new TrialKeeper(house);
  return [
    { method: 'get', path: '/processes/:id/try', ...TRY, handle: (ask) => show(house, keeper, ask, {}) },
    { method: 'post', path: '/processes/:id/try', ...TRY, handle: (ask) => act(house, keeper, ask) },
    { method: 'post', path: '/processes/:id/scenarios', ...TRY, handle: (ask) => replay(house, keeper, ask) },
    { method: 'post', path: '/processes/:id/scenarios/drop', ...TRY, handle: (ask) => drop(house, ask) },
  ];
}

interface Shown {
  values?: Values;
  problems?: readonly FieldProblem[];
  /** What was wrong with the form at the top. */
  beginProblems?: readonly FieldProblem[];
  scenarioProblem?: string;
  results?: readonly { name: string; passed: boolean; difference: string }[];
}

/** The process in the address, in force or a draft. */
async function processAsked(house: House, req: Ask['req']): Promise<{ id: string; name: string }> {
  const id = String(req.params.id);
  const draft = (await listDrafts(house.sql)).find((item) => item.kind === 'process' && item.id === id);
  if (draft) return { id, name: await nameIn(draft.content, id) };
  if (!(await listProcessVersions(house.sql)).some((version) => version.processId === id))
    throw notFound(`没有流程“${id}”。请从流程目录进入。`);
  const { processes } = await diagramOf(house.sql, id);
  return { id, name: processes.find((process) => process.id === id)?.name ?? id };
}

async function show(house: House, keeper: TrialKeeper, ask: Ask, shown: Shown): Promise<void> {
  const { req, res, actor } = ask;
  const process = await processAsked(house, req);
  const opened = keeper.of(actor.login, process.id);
  const problems = [...(shown.problems ?? []), ...(shown.beginProblems ?? [])];
  res.status(problems.length > 0 || shown.scenarioProblem ? 422 : 200).render('design/tryout/show', {
    title: `试运行：${process.name}`,
    process,
    begin: await beginView(house, process.id, await loadSamples(), opened ? {} : (req.body ?? {})),
    trial: opened
      ? await trialView(opened, {
          taskId: textOf(req.body?._task) ?? textOf(req.query.task),
          ...(shown.values ? { values: shown.values } : {}),
          problems: shown.problems ?? [],
        })
      : null,
    beginProblems: (shown.beginProblems ?? []).map(({ pointer, message }) => ({
      href: `#begin-${pointer.slice(1) || 'start'}`,
      message,
    })),
    scenarioProblem: shown.scenarioProblem ?? '',
    scenarioName: textOf(req.body?.name) ?? '',
    scenarios: await scenarioRows(house, process.id),
    results: shown.results ?? null,
    release: await releaseOf(house, process.id),
    ok: textOf(req.query.ok) ?? '',
    bar: await calendarBar(house),
  });
}

/** The unfinished release of this process: what a scenario expects is renewed there. */
async function releaseOf(house: House, processId: string): Promise<string | null> {
  const [open] = await listReleases(house.sql, {
    states: OPEN_STATES,
    design: { kind: 'process', id: processId },
    limit: 1,
  });
  return open?.id ?? null;
}

async function act(house: House, keeper: TrialKeeper, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const { id } = await processAsked(house, req);
  const action = textOf(req.body._action) ?? '';
  const back = (hash = '') => res.redirect(303, `/processes/${id}/try${hash}`);
  if (action === 'begin') {
    const problems = await begin(house, keeper, ask, id);
    return problems.length > 0 ? show(house, keeper, ask, { beginProblems: problems }) : back('#now');
  }
  if (action === 'close') {
    await keeper.close(actor.login);
    return back();
  }
  const opened = keeper.of(actor.login, id);
  if (!opened)
    return show(house, keeper, ask, {
      beginProblems: [{ pointer: '', message: '试运行已经结束（太久没有操作，或程序重新启动过）。请重新开始。' }],
    });
  if (action === 'save') return save(house, keeper, ask, opened);
  opened.said = '';
  if (action === 'complete' || action === 'register') {
    const wrong = await fillIn(opened, ask);
    return wrong ? show(house, keeper, ask, wrong) : back('#now');
  }
  try {
    opened.said = await move(keeper, opened, action);
  } catch (error) {
    opened.said = refusalOf(error);
  }
  back('#now');
}

/** Opens a trial as the form at the top says. Answers what is wrong with it. */
async function begin(house: House, keeper: TrialKeeper, ask: Ask, processId: string): Promise<FieldProblem[]> {
  const { body } = ask.req;
  const sample = (await loadSamples()).find((item) => item.id === textOf(body.sample)) ?? (await loadSamples())[0]!;
  const text = textOf(body.start) ?? '';
  const start = new Date(`${text.replace(' ', 'T')}${text.length === 16 ? ':00' : ''}+08:00`);
  const problems: FieldProblem[] = [];
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) || Number.isNaN(+start))
    problems.push({ pointer: '/start', message: '时钟起点不是有效的时间，例如 2026-11-23 09:30。' });
  const draftKeys = textsOf(body.drafts);
  const { designs } = await designsOf(house, draftKeys);
  const byDemand = body.how !== 'variables' && (await startsWithDemand(house, processId, designs));
  let variables: string | null = null;
  if (!byDemand) {
    variables = String(body.variables ?? '{}');
    const problem = variablesProblem(variables);
    if (problem) problems.push({ pointer: '/variables', message: problem });
  }
  if (problems.length > 0) return problems;
  try {
    const opened = await keeper.open(ask.actor.login, { processId, sample, start, variables, draftKeys });
    if (variables !== null)
      await opened.trial.do({ do: 'start', at: start.toISOString(), variables: JSON.parse(variables) });
    return [];
  } catch (error) {
    return [{ pointer: '/drafts', message: refusalOf(error) }];
  }
}

function variablesProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(0, LONGEST));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : '起始变量应当写成一个 JSON 对象，例如 {"demandId": "试-1"}。';
  } catch (error) {
    return `起始变量不是有效的 JSON：${(error as Error).message}。例如 {"amount": 3}。`;
  }
}

/** The form that waits is sent, as the person whose task it is. Answers what is wrong. */
async function fillIn(opened: OpenedTrial, ask: Ask): Promise<Shown | undefined> {
  const { trial, sample } = opened;
  const now = trial.house.clock.now();
  const task = (await trial.tasks()).find((item) => item.id === textOf(ask.req.body._task));
  const waiting = await waitingForm(opened, task);
  if (!waiting || (!task && trial.steps.length > 0)) {
    opened.said = '这项任务已经不在了，可能刚办完或被收回。';
    return undefined;
  }
  const submission = submitForm(waiting.form, ask.req.body, waiting.options, { today: shanghaiDate(now) });
  if (!submission.ok) return { values: submission.values, problems: submission.problems };
  const step: ScenarioStep = task
    ? {
        do: 'complete',
        at: now.toISOString(),
        element: task.elementId,
        ...(task.department ? { department: task.department } : {}),
        values: submission.values,
      }
    : registrationStep(sample, now, submission.values);
  try {
    await trial.do(step);
    return undefined;
  } catch (error) {
    return { values: submission.values, problems: [{ pointer: '', message: refusalOf(error) }] };
  }
}

/** Time goes on, or people do something that is no task. Answers what is to be said. */
async function move(keeper: TrialKeeper, opened: OpenedTrial, action: string): Promise<string> {
  const { trial } = opened;
  const now = trial.house.clock.now();
  const wait = (to: Date) => trial.do({ do: 'wait', at: to.toISOString() });
  switch (action) {
    case 'day':
      await wait(new Date(+now + 24 * HOUR));
      return '';
    case 'next': {
      const next = await trial.nextMoment();
      if (!next) return '没有在等时间的事：没有期限在走，也没有定时。';
      await wait(next);
      return '';
    }
    case 'end': {
      if (trial.steps.length === 0) await trial.do(registrationStep(opened.sample, now));
      return runToEnd(trial, async (task) => {
        const waiting = await waitingForm(opened, task);
        return waiting ? readyAnswers(opened, task, waiting) : {};
      });
    }
    case 'again': {
      const again = await keeper.open(opened.login, { ...opened, start: trial.start });
      if (again.variables !== null)
        await again.trial.do({
          do: 'start',
          at: again.trial.start.toISOString(),
          variables: JSON.parse(again.variables),
        });
      return '';
    }
    case 'extensions':
      await trial.do({ do: 'act', at: now.toISOString(), action, values: await extensionOf(opened) });
      return '';
    case 'returns': {
      const other = (await trial.house.directory())
        .departmentsOf(opened.sample.orgCode)
        .find((department) => department.participates && department.functions.includes('TAXPAYER_SERVICE'));
      await trial.do({
        do: 'act',
        at: now.toISOString(),
        action,
        values: {
          basis: '按职责分工不属本部门事项，应由另一部门办理。',
          ...(other ? { proposedDepartment: other.code } : {}),
        },
      });
      return '';
    }
    default:
      throw new DomainError('Invalid', '没有这个操作，请从页面上的按钮选。');
  }
}

/** An application for as much time as may be given: the end of the handling clock, five calendar days on. */
async function extensionOf({ trial }: OpenedTrial): Promise<Record<string, unknown>> {
  const standing = await trial.standing();
  const due = standing.clocks.findLast((clock) => clock.kind === 'HANDLING')?.dueDate;
  if (!due) throw invalid('现在没有在走的办结期限，不能申请延期。', []);
  const day = new Date(`${due}T00:00:00Z`);
  for (let turn = 0; turn < 3 || [0, 6].includes(day.getUTCDay()); turn += 1) day.setUTCDate(day.getUTCDate() + 1);
  return {
    requestedDueDate: day.toISOString().slice(0, 10),
    reasonType: 'COMPLEX_CASE',
    reason: '需要实地核查，一时办不完。',
    noticeMethod: 'PHONE',
    noticeContent: '已向诉求人说明延期原因。',
  };
}

async function save(house: House, keeper: TrialKeeper, ask: Ask, opened: OpenedTrial): Promise<void> {
  const { req, res, actor } = ask;
  const name = (textOf(req.body.name) ?? '').slice(0, 60);
  if (!name) return show(house, keeper, ask, { scenarioProblem: '场景的名称还没有填写，例如“延期一次后办结”。' });
  if (opened.trial.steps.length === 0)
    return show(house, keeper, ask, { scenarioProblem: '还没有走过一步，没有可保存的。' });
  const scenario = await opened.trial.scenario(name);
  try {
    await house.transaction(actor, (unit) =>
      saveScenario(sqlOf(unit.em), scenario, { replace: req.body.replace === 'on' }, { actor, now: house.clock.now() }),
    );
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Conflict') throw error;
    return show(house, keeper, ask, { scenarioProblem: error.message });
  }
  res.redirect(303, `/processes/${opened.processId}/try?ok=saved#scenarios`);
}

/** Replays the scenarios of the process with the drafts that are there now. */
async function replay(house: House, keeper: TrialKeeper, ask: Ask): Promise<void> {
  const { id } = await processAsked(house, ask.req);
  const drafts = (await listDrafts(house.sql)).map(keyOf);
  const { designs } = await designsOf(house, drafts);
  const results = await runScenarios(
    house.openTrial,
    designs,
    await listScenarios(house.sql, id),
    await elementNames(house.sql),
  );
  await show(house, keeper, ask, { results });
}

async function drop(house: House, { req, res, actor }: Ask): Promise<void> {
  const { id } = await processAsked(house, req);
  await house.transaction(actor, (unit) =>
    dropScenario(sqlOf(unit.em), id, String(req.body.name ?? ''), String(req.body.reason ?? ''), {
      actor,
      now: house.clock.now(),
    }),
  );
  res.redirect(303, `/processes/${id}/try?ok=dropped#scenarios`);
}
