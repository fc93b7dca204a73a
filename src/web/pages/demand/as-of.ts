import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate, shanghaiTime } from '../../../kernel/clock.ts';
import { lampOf } from '../../../modules/deadlines/index.ts';
import {
  type ClockThen,
  type Demand,
  type DemandThen,
  demandAsOf,
  maskText,
  momentsOf,
  statusTitle,
} from '../../../modules/demands/index.ts';
import { readTimeline, type StoredEvent } from '../../../modules/history/index.ts';
import type { Task } from '../../../modules/tasks/index.ts';
import { format } from '../../format.ts';
import type { House, Unit } from '../../house.ts';
import { visibleDemand } from '../../load-demand.ts';
import { type Route, textOf } from '../../route.ts';
import { CLOCKS } from '../clock-names.ts';
import { decisionsOf } from './decisions.ts';
import { type Names, namesOf } from './names.ts';
import { type PathTask, pathOf } from './path.ts';
import { tasksOf } from './tasks.ts';
import { timelineOf } from './timeline.ts';
import { CLOCK_DONE, EXTENSION_DECISIONS, word } from './words.ts';

/** A demand as it stood at a past moment (P36), read-only, told from its history. */
export function asOfRoutes(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/:number/as-of',
      permission: 'demand.read',
      scope: '同诉求件',
      async handle({ req, res, actor }) {
        const view = await house.transaction(actor, async (unit) => {
          const demand = await visibleDemand(unit, actor, String(req.params.number));
          return asOfPage(unit, demand, textOf(req.query.at));
        });
        res.status(view.problem ? 422 : 200).render('demands/as-of', view);
      },
    },
  ];
}

/** `2026-11-20T10:00` as `datetime-local` sends it, in Shanghai; or an instant. Undefined when it is none. */
export function momentOf(typed: string | undefined): Date | undefined {
  if (!typed) return undefined;
  const local = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?$/.exec(typed);
  const at = new Date(local ? `${local[1]}T${local[2]}${local[3] ?? ':59'}+08:00` : typed);
  return Number.isNaN(+at) ? undefined : at;
}

/** For `datetime-local`, and for links: to the second, so that a change is seen just after it happened. */
const typedAt = (at: Date): string => `${shanghaiDate(at)}T${shanghaiTime(at)}`;

async function asOfPage(unit: Unit, demand: Demand, typed: string | undefined) {
  const sql = sqlOf(unit.em);
  const names = namesOf(unit.directory);
  const events = await readTimeline(sql, 'demand', demand.id);
  const now = unit.clock.now();
  const asked = momentOf(typed);
  const at = asked && asked <= now ? asked : now;
  const stood = demandAsOf(events, at);
  const moments = momentsOf(events);
  const base = {
    title: `时点还原：${demand.title}`,
    demand,
    at: format.time(at),
    typed: typedAt(at),
    problem:
      typed && !asked
        ? `“${typed.slice(0, 40)}”不是有效的时间，例如 2026-11-20T10:00。下面是现在的状态。`
        : asked && asked > now
          ? '这个时间还没有到，下面是现在的状态。'
          : null,
    registered: format.time(demand.registeredAt),
    previous: linkTo(demand, moments.filter((moment) => typedAt(moment) < typedAt(at)).at(-1)),
    next: linkTo(
      demand,
      moments.find((moment) => moment > at),
    ),
  };
  if (!stood) return { ...base, past: null };
  const tasks = (await tasksOf(unit, demand.id)).filter((task) => task.createdAt <= at);
  const path = await pathOf(
    unit,
    demand.id,
    tasks.map((task) => pathTask(task, at)),
    names,
    +at,
  );
  const past = events.filter((event) => new Date(event.occurredAt) <= at);
  return {
    ...base,
    past: thenView(unit, demand, stood, at, names),
    content: maskText(demand.content),
    usedThen: versionsThen(past, path.flat),
    paths: path.roots,
    pictures: path.flat,
    decisions: await decisionsOf(unit, demand.id, names, at),
    timeline: timelineOf(past, path.steps, names, { view: 'all', page: 1 }),
  };
}

/** A task as open as it was then. */
const pathTask = (task: Task, at: Date): PathTask => ({
  processInstanceKey: task.processInstanceKey,
  elementId: task.elementId,
  assignee: task.assignee ?? null,
  candidates: task.candidates,
  unassignable: task.unassignable,
  status: task.completedAt && task.completedAt <= at ? task.status : 'OPEN',
});

const linkTo = (demand: Demand, at: Date | undefined) =>
  at ? { text: format.short(at), href: `/demands/${demand.number}/as-of?at=${typedAt(at)}` } : null;

/** Values of then; where today's differ, both are said. */
function thenView(unit: Unit, demand: Demand, then: DemandThen, at: Date, names: Names) {
  const now = demandNow(demand);
  const changed = (value: string, today: string) => ({ value, today: value === today ? null : today || '无' });
  return {
    facts: [
      { title: '状态', ...changed(statusTitle(then.status), statusTitle(now.status)) },
      { title: '主办', ...changed(names.department(then.hostDepartment) || '待分派', now.host(names)) },
      ...(then.conclusion || demand.conclusion
        ? [{ title: '结论', ...changed(word(then.conclusion) || '无', word(demand.conclusion)) }]
        : []),
      ...(then.extension
        ? [
            {
              title: '延期',
              value: `申请到 ${format.shortDay(then.extension.requestedDueDate)}，${EXTENSION_DECISIONS[then.extension.status] ?? ''}`,
              today: null,
            },
          ]
        : []),
    ],
    clocks: then.clocks.map((clock) => clockThen(unit, demand, clock, at)),
    records: then.records,
    head: then.head.slice(0, 8),
  };
}

const demandNow = (demand: Demand) => ({
  status: demand.status,
  host: (names: Names) => names.department(demand.hostDepartment) || '待分派',
});

function clockThen(unit: Unit, demand: Demand, clock: ClockThen, at: Date) {
  const lamp = lampOf(
    {
      ...clock,
      status: clock.stoppedAt ? 'STOPPED' : 'OPEN',
      dueDate: shanghaiDate(clock.dueAt),
      pauseReason: null,
      orgCode: demand.hostOrgCode,
    },
    at,
    unit.calendar,
  );
  return {
    title: `${CLOCKS[clock.kind] ?? '期限'}${clock.round > 1 ? `（第 ${clock.round} 轮）` : ''}`,
    lamp: clock.stoppedAt ? { ...lamp, text: lamp.text.replace('办结', CLOCK_DONE[clock.kind] ?? '办结') } : lamp,
    starts: format.time(clock.startsAt),
    due: format.time(clock.dueAt),
    totalDays: clock.totalDays,
  };
}

/** “当时：流程第3版 规则第3版”: which versions the demand ran on and was decided by. */
function versionsThen(past: readonly StoredEvent[], instances: readonly { name: string; version: number }[]) {
  const processes = [...new Map(instances.map((instance) => [instance.name, instance.version]))].map(
    ([name, version]) => `“${name}”第 ${version} 版`,
  );
  const rules = new Set(
    past.filter((event) => event.type === 'rules.evaluated').map((event) => Number(event.payload.version)),
  );
  return [
    processes.length > 0 ? `流程 ${processes.join('、')}` : '',
    rules.size > 0 ? `规则第 ${[...rules].sort((a, b) => a - b).join('、')} 版` : '',
  ].filter(Boolean);
}
