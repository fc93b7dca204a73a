import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import { countsRestricted, demandScopeSql, may } from '../../modules/access/index.ts';
import { type Demand, DemandEntity, maskText, statusTitle, writeOffChecklist } from '../../modules/demands/index.ts';
import {
  BREAK_REASONS,
  type Break,
  breaksOf,
  CLASSES,
  findRun,
  linesOf,
  listRuns,
  type ReconciliationClass,
  type ReconciliationLine,
  reconcile,
} from '../../modules/statistics/index.ts';
import { completeTask, TaskEntity } from '../../modules/tasks/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { runBatch } from './batch.ts';
import { CLOCKS } from './clock-names.ts';
import { bureauFor } from './statistics/asked.ts';

const WRITE_OFF_FORMS = ['write-off', 'write-off-withdrawn'];

/** P16: the daily balance, what breaks it, and what waits to be written off. */
export function reconciliationPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/reconciliation',
      permission: 'statistics.read',
      scope: '市局看全市，县（区）看本单位；限定可见件只在纳服专岗、审计员的账里',
      handle: (ask) => show(house, ask),
    },
    {
      method: 'post',
      path: '/reconciliation',
      permission: 'reconciliation.run',
      scope: '全部单位的账一起对',
      async handle({ req, res, actor }) {
        const once = textOf(req.body._once);
        const before = await house.transaction(actor, async (unit) => {
          const led = await alreadySubmitted(unit, once);
          if (led) return led;
          await reconcile({ ...unit, sql: sqlOf(unit.em) }, shanghaiDate(unit.clock.now()));
          await noteSubmission(unit, once, '/reconciliation');
          return undefined;
        });
        res.redirect(303, before ?? '/reconciliation?ok=balanced');
      },
    },
    {
      method: 'post',
      path: '/reconciliation/write-off',
      permission: 'demand.write-off',
      scope: '本人可以销号的件',
      handle: (ask) => writeOffChosen(house, ask),
    },
  ];
}

async function show(house: House, { req, res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const wanted = textOf(req.query.orgCode);
  const orgCode = bureauFor(actor, directory.bureau(wanted ?? '') ? wanted : undefined);
  const asked = textOf(req.query.run);
  const run = await findRun(house.sql, asked);
  if (asked && !run) throw notFound('没有找到这次对账。请从列表里选一次。');
  const lines = run ? await linesOf(house.sql, run.id, { orgCode, withRestricted: countsRestricted(actor) }) : [];
  const breaks = run ? await breaksOf(house.sql, run.id, demandScopeSql(actor, 1), orgCode) : { seen: [], unseen: 0 };
  const writesOff = may(actor, 'demand.write-off');
  const nameOf = (code: string) => directory.bureau(code)?.shortName ?? code;
  res.render('reconciliation/show', {
    title: '对账',
    problems: [],
    run: run && { ...run, at: format.time(run.madeAt), dayText: format.day(`${run.day}T00:00:00+08:00`) },
    lines: lines.map((line) => ({ ...line, name: nameOf(line.orgCode), ...sumsOf(line) })),
    total: totalOf(lines),
    classes: CLASSES,
    breaks: breaks.seen.map((item) => ({ ...item, name: nameOf(item.orgCode), why: whyBroken(item) })),
    unseen: breaks.unseen,
    withRestricted: countsRestricted(actor),
    runs: (await listRuns(house.sql)).map((item) => ({
      ...item,
      text: `${format.day(`${item.day}T00:00:00+08:00`)}（${format.time(item.madeAt)}，${item.madeByName}）${countsRestricted(actor) ? (item.breaks ? ` ✗ ${item.breaks} 处` : ' ✓') : ''}`,
    })),
    bureaus: actor.bureauLevel === 'CITY' ? directory.bureaus() : [],
    orgCode: orgCode ?? '',
    mayRun: may(actor, 'reconciliation.run'),
    waiting: writesOff ? await house.transaction(actor, (unit) => waitingFor(unit, actor)) : [],
    writesOff,
    once: house.ids.uuid(),
  });
}

const sumsOf = (line: Pick<ReconciliationLine, 'classes' | 'numbered' | 'registered'>) => {
  const sum = Object.values(line.classes).reduce((total, n) => total + n, 0);
  // Demands of before the numbering are in the ledger without a number given out.
  const registered = Math.max(line.numbered, line.registered);
  return { registered, sum, difference: registered - sum };
};

function totalOf(lines: readonly ReconciliationLine[]) {
  const classes = Object.fromEntries(
    (Object.keys(CLASSES) as ReconciliationClass[]).map((name) => [
      name,
      lines.reduce((sum, line) => sum + (line.classes[name] ?? 0), 0),
    ]),
  ) as ReconciliationLine['classes'];
  const each = lines.map(sumsOf);
  const add = (pick: (item: ReturnType<typeof sumsOf>) => number) => each.reduce((sum, item) => sum + pick(item), 0);
  return {
    classes,
    today: lines.reduce((sum, line) => sum + line.registeredToday, 0),
    registered: add((item) => item.registered),
    sum: add((item) => item.sum),
    difference: add((item) => item.difference),
  };
}

/** Why a demand does not come out even, in a sentence. */
function whyBroken({ reason, detail }: Break): string {
  const title = BREAK_REASONS[reason] ?? reason;
  if (!detail) return `${title}。`;
  if (reason === 'history-differs') {
    const [then, now] = detail.split('≠') as [string, string];
    return `${title}：历史记录是“${statusTitle(then)}”，台账是“${statusTitle(now)}”。`;
  }
  const said: Partial<Record<Break['reason'], string>> = {
    'no-class': `“${statusTitle(detail)}”`,
    'clock-left': CLOCKS[detail] ?? detail,
    'written-off-by-handler': '',
  };
  const what = said[reason] ?? detail;
  return what ? `${title}：${what}。` : `${title}。`;
}

interface Waiting {
  taskId: string;
  revision: number;
  demand: Demand;
}

/** Tasks of writing off that the person may do, with the checklist of each. */
async function waitingFor(unit: Unit, actor: Actor) {
  const rows = await sqlOf(unit.em).query<{ id: string }>(
    `select t.id from task t where t.status = 'OPEN' and t.form_id = any($1::text[]) and $2 = any(t.candidates) order by t.created_at, t.id limit 200`,
    [WRITE_OFF_FORMS, actor.login],
  );
  const tasks = await unit.em.find(
    TaskEntity,
    { id: { $in: rows.map((row) => row.id) } },
    { orderBy: { createdAt: 'asc', id: 'asc' } },
  );
  const demands = new Map(
    (await unit.em.find(DemandEntity, { id: { $in: tasks.flatMap((task) => task.demandId ?? []) } })).map((demand) => [
      demand.id,
      demand,
    ]),
  );
  const waiting = tasks.flatMap((task): Waiting[] => {
    const demand = demands.get(task.demandId ?? '');
    return demand ? [{ taskId: task.id, revision: task.revision, demand }] : [];
  });
  return waiting.map(({ taskId, revision, demand }) => {
    const checks = writeOffChecklist(demand);
    const own = demand.handledBy === actor.login && demand.path !== 'ON_THE_SPOT' && !demand.withdrawnAt;
    return {
      taskId,
      revision,
      number: demand.number,
      title: demand.restricted ? '限定可见件' : maskText(demand.title),
      host: unit.directory.department(demand.hostDepartment ?? '')?.name ?? '',
      checks,
      ready: !own && checks.every((check) => check.met),
      why: own ? '你是办理人，要由别人销号' : '',
    };
  });
}

async function writeOffChosen(house: House, ask: Ask): Promise<void> {
  const { req, actor } = ask;
  const chosen = [req.body.task].flat().filter((id): id is string => typeof id === 'string');
  const known = await house.transaction(actor, async (unit) => {
    const tasks = await unit.em.find(TaskEntity, { id: { $in: chosen.slice(0, 500) } });
    const demands = await unit.em.find(DemandEntity, { id: { $in: tasks.flatMap((task) => task.demandId ?? []) } });
    return new Map(
      tasks.map(
        (task) => [task.id, demands.find((demand) => demand.id === task.demandId)?.number ?? task.title] as const,
      ),
    );
  });
  await runBatch(house, ask, {
    items: chosen,
    title: '批量销号结果',
    back: { href: '/reconciliation', text: '回到对账' },
    did: '销号',
    didNot: '没有销号',
    link: (id) => ({ label: known.get(id) ?? '找不到的任务', href: `/tasks/${id}` }),
    async run(unit, id) {
      const task = await unit.em.findOne(TaskEntity, { id });
      if (!task?.formId || !WRITE_OFF_FORMS.includes(task.formId)) throw invalid('不是待销号的件。');
      if (task.status !== 'OPEN') throw conflict('已被别人先办。', { reason: 'task-completed' });
      const revision = Number(textOf(req.body[`revision-${id}`])) || task.revision;
      await completeTask(unit, { taskId: id, revision, values: { checked: true } }, house.formEffect(task.formId));
    },
  });
}
