import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import {
  type Demand,
  DemandEntity,
  type HostProposal,
  maskText,
  parameterFacts,
  repeatedAmong,
} from '../../modules/demands/index.ts';
import { peopleFor } from '../../modules/supervision/index.ts';
import { completeTask, listTasks, TaskEntity } from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { runBatch } from './batch.ts';
import { dispatchHints } from './legal/legal-view.ts';
import { type Suggestion, suggestedHost, suggestionOf } from './suggestion.ts';
import { dueText } from './task-effects.ts';
import { type TaskListRow, taskRows } from './task-list.ts';

const asList = (value: unknown): string[] => [
  ...new Set(Array.isArray(value) ? value.map(String) : typeof value === 'string' && value ? [value] : []),
];
const MOST = 200;

/** The dispatch board (派单台, P09) of tax service: adopt the suggestions in one go, one row never blocks the others. */
export function dispatchPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/dispatch',
      permission: 'demand.dispatch',
      scope: '本单位待分派；市局另见没有纳服专岗的县局无人可办的任务',
      handle: (ask) => drawBoard(house, ask),
    },
    {
      method: 'post',
      path: '/dispatch',
      permission: 'demand.dispatch',
      scope: '本单位待分派',
      handle: (ask) => dispatchChosen(house, ask),
    },
  ];
}

interface BoardRow extends TaskListRow {
  content: string;
  suggestion: Suggestion | null;
  /** What the receiving officer proposes where it is not what the rule suggests. */
  proposal: { department: string; reason: string } | null;
  due: string;
  waits: string;
  /** Earlier demands of the same person it could be merged into. */
  repeats: string[];
  /** Signs of a legal remedy nobody has asked about, of a statutory route, or of another body's duty. */
  hints: Awaited<ReturnType<typeof dispatchHints>>;
}

/** Agreed: one department of this bureau. Multiple: the demand touches several. Shift: it belongs to another level. None: nothing fired, or it belongs elsewhere. */
const groupOf = (
  { suggestion, hints }: BoardRow,
  options: ReadonlySet<string>,
): 'agreed' | 'multiple' | 'shift' | 'none' => {
  if (hints.questionsOpen || hints.divert || hints.notOurs) return 'none';
  if (suggestion?.shift && !suggestion.manual && options.has(suggestion.shift.from)) return 'shift';
  if (!suggestion?.host || suggestion.manual || !options.has(suggestion.host)) return 'none';
  return suggestion.others.length > 0 ? 'multiple' : 'agreed';
};

async function drawBoard(house: House, { req, res, actor }: Ask): Promise<void> {
  const byTime = textOf(req.query.order) === 'registered';
  const rows = await taskRows(
    house,
    await listTasks(house.sql, { login: actor.login, view: 'mine', formIds: ['dispatch-demand'], limit: MOST }),
  );
  const directory = await house.directory();
  const { departments, coDepartments } = formOptions(house, directory, actor);
  const codes = new Set(departments!.map((option) => option.value));
  const { board, dispatched } = await house.transaction(actor, async (unit) => ({
    board: await boardRows(unit, rows),
    dispatched: await dispatchedToday(unit, actor),
  }));
  board.sort((a, b) => +(a.registeredAt ?? 0) - +(b.registeredAt ?? 0));
  const stranded = await taskRows(
    house,
    await listTasks(house.sql, {
      login: actor.login,
      view: 'unassigned',
      orgCodes: await caredFor(house, actor),
      limit: MOST,
    }),
  );
  const unassigned = await house.transaction(actor, async (unit) => {
    const found = [];
    for (const row of stranded)
      found.push({ ...row, people: await peopleFor(unit, await unit.em.findOneOrFail(TaskEntity, { id: row.id })) });
    return found;
  });
  const parts = byTime
    ? [{ key: 'all', title: '按受理时间', rows: board }]
    : [
        { key: 'agreed', title: '建议一致', rows: board.filter((row) => groupOf(row, codes) === 'agreed') },
        { key: 'multiple', title: '命中多个', rows: board.filter((row) => groupOf(row, codes) === 'multiple') },
        {
          key: 'shift',
          title: '建议上报或转交',
          rows: board.filter((row) => groupOf(row, codes) === 'shift'),
        },
        { key: 'none', title: '没有命中', rows: board.filter((row) => groupOf(row, codes) === 'none') },
      ];
  const reviews = await taskRows(
    house,
    await listTasks(house.sql, { login: actor.login, view: 'mine', formIds: ['review-return'], limit: MOST }),
  );
  res.render('tasks/dispatch', {
    reviews,
    repeats: board.filter((row) => row.repeats.length > 0).length,
    title: '派单台',
    parts: parts.filter((part) => part.rows.length > 0),
    byTime,
    waiting: board.length,
    longest: board[0]?.waits ?? '',
    dispatched,
    unassigned,
    departments,
    coDepartments,
    once: house.ids.uuid(),
  });
}

/** Bureaus whose tasks nobody can take show up here: the own, and for the city those that have no desk of their own. */
async function caredFor(house: House, actor: Actor): Promise<string[]> {
  if (actor.bureauLevel !== 'CITY') return [actor.orgCode];
  const directory = await house.directory();
  const without = directory
    .bureaus()
    .filter((bureau) => directory.usersWithRole(bureau.code, 'DEMAND_DESK').length === 0);
  return [actor.orgCode, '', ...without.map((bureau) => bureau.code)];
}

/** 可能重复: looked up for the whole board at once, as far back as the parameter says. */
async function repeatedOn(unit: Unit, rows: readonly TaskListRow[]): Promise<Map<string, string[]>> {
  const days = (await unit.parameters({ orgCode: unit.actor.orgCode })).number('duplicate.days');
  const since = new Date(+unit.clock.now() - days * 86_400_000);
  return repeatedAmong(
    sqlOf(unit.em),
    rows.flatMap((row) => row.demandId ?? []),
    since,
  );
}

async function boardRows(unit: Unit, rows: readonly TaskListRow[]): Promise<BoardRow[]> {
  const found: BoardRow[] = [];
  const repeated = await repeatedOn(unit, rows);
  for (const row of rows) {
    const demand = row.demandId ? await unit.em.findOne(DemandEntity, { id: row.demandId }) : null;
    if (!demand) continue;
    const days = (await unit.parameters(parameterFacts(demand))).number('handle.single.days');
    found.push({
      ...row,
      content: maskText(demand.content),
      suggestion: await suggestionOf(unit, demand.id),
      proposal: proposalOf(unit, demand),
      due: dueText(unit.calendar.addWorkingDays(unit.clock.now(), days, demand.hostOrgCode)),
      repeats: repeated.get(demand.id) ?? [],
      waits: waited(row.createdAt, unit.clock.now()),
      hints: await dispatchHints(unit, demand),
    });
  }
  return found;
}

function waited(since: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((+now - +since) / 60_000));
  if (minutes < 60) return `${minutes} 分钟`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时`;
  return `${Math.floor(minutes / 1440)} 天`;
}

async function dispatchedToday(unit: Unit, actor: Actor): Promise<{ all: number; adopted: number }> {
  const from = shanghaiInstant(shanghaiDate(unit.clock.now()));
  const [row] = await sqlOf(unit.em).query<{ all: number; adopted: number }>(
    `select count(*)::int as all, (count(*) filter (where dispatch_basis = 'RULE'))::int as adopted from demand
     where org_code = $1 and dispatched_at >= $2 and dispatched_at <= $3`,
    [actor.orgCode, from.toISOString(), unit.clock.now().toISOString()],
  );
  return row!;
}

async function dispatchChosen(house: House, ask: Ask): Promise<void> {
  const { req, actor } = ask;
  const returned = textOf(req.body.return);
  const chosen = returned ? [returned] : asList(req.body.task);
  const known = await house.transaction(actor, async (unit) => {
    const tasks = await unit.em.find(TaskEntity, { id: { $in: chosen } });
    const demands = await unit.em.find(DemandEntity, { id: { $in: tasks.flatMap((task) => task.demandId ?? []) } });
    return new Map(
      tasks.map((task) => {
        const demand = demands.find((item) => item.id === task.demandId);
        // An id somebody made up tells nothing of a demand that is not theirs to dispatch.
        const theirs = demand && task.candidates.includes(actor.login);
        return [task.id, theirs ? `${demand.number} ${demand.title}` : task.title];
      }),
    );
  });
  await runBatch(house, ask, {
    items: chosen,
    title: returned ? '退回原渠道结果' : '派单结果',
    back: { href: '/dispatch', text: '回到派单台' },
    did: returned ? '退回原渠道' : '派单',
    didNot: returned ? '没有退回' : '没有派',
    link: (id) => ({ label: known.get(id) ?? '找不到的任务', href: `/tasks/${id}` }),
    run: (unit, id) => dispatchOne(house, unit, id, req.body, returned !== undefined),
  });
}

async function dispatchOne(
  house: House,
  unit: Unit,
  id: string,
  body: Record<string, unknown>,
  toChannel: boolean,
): Promise<void> {
  const task = await unit.em.findOne(TaskEntity, { id });
  if (task?.formId !== 'dispatch-demand') throw invalid('不是待分派的件。');
  if (task.status === 'COMPLETED') {
    const who = unit.directory.user(task.completedBy ?? '')?.name ?? task.completedBy;
    throw conflict(`已被 ${who} 于 ${format.short(task.completedAt)} 派出。`, { reason: 'task-completed' });
  }
  const suggestion = task.demandId ? await suggestionOf(unit, task.demandId) : null;
  const hostDepartment = textOf(body[`host-${id}`]);
  const dispatchReason = textOf(body[`reason-${id}`])?.slice(0, 500);
  if (toChannel && !dispatchReason) throw invalid('退回原渠道要写明理由，请填在“另选理由”里。');
  if (!toChannel && !hostDepartment) throw invalid('还没有选主办部门。');
  const coDepartments = asList(body[`co-${id}`]).filter((code) => code !== hostDepartment);
  const dispatched = {
    hostDepartment,
    ...(coDepartments.length > 0 ? { coDepartments } : {}),
    ...(suggestedHost(suggestion) ? { suggested: suggestedHost(suggestion) } : {}),
  };
  await completeTask(
    unit,
    {
      taskId: id,
      revision: Number(body[`revision-${id}`]) || task.revision,
      values: {
        ...(toChannel ? { dispatchDecision: 'RETURN_TO_CHANNEL' } : dispatched),
        ...(dispatchReason ? { dispatchReason } : {}),
      },
    },
    house.formEffect('dispatch-demand'),
  );
}

function proposalOf(unit: Unit, demand: Demand): BoardRow['proposal'] {
  const { proposal } = demand.intake as { proposal?: HostProposal };
  if (proposal?.by !== 'PERSON') return null;
  return {
    department: unit.directory.department(proposal.department)?.name ?? proposal.department,
    reason: maskText(proposal.reason ?? ''),
  };
}
