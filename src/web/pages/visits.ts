import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { DemandEntity, maskPhone } from '../../modules/demands/index.ts';
import { evaluationsOf } from '../../modules/rules/index.ts';
import { listTasks } from '../../modules/tasks/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import type { Ask, Route } from '../route.ts';
import { type TaskListRow, taskRows } from './task-list.ts';
import { visitsBeside } from './task-rail.ts';

const MOST = 500;

/** P11 回访 and the leaders' list of P08: work of one kind, in the order in which it should be done. */
export function visitPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/visits',
      permission: 'visit.conduct',
      scope: '本单位的回访',
      handle: (ask) => drawVisits(house, ask),
    },
    {
      method: 'get',
      path: '/approvals',
      permission: 'extension.approve',
      scope: '本人的审批',
      handle: (ask) => drawApprovals(house, ask),
    },
  ];
}

async function drawVisits(house: House, { res, actor }: Ask): Promise<void> {
  const list = async (formIds: string[]) =>
    taskRows(house, await listTasks(house.sql, { login: actor.login, view: 'mine', formIds, limit: MOST }));
  const [calls, judgements, closing] = [
    await list(['conduct-return-visit']),
    await list(['judge-dissatisfaction']),
    await list(['write-off', 'write-off-withdrawn']),
  ];
  const cards = await house.transaction(actor, async (unit) => {
    const found = [];
    for (const row of calls) found.push(await visitCard(unit, row));
    return found;
  });
  // Who must be called comes first (逾期、延期、重办、差评、渠道要求); within each, the clock that ends first.
  const ordered = [...cards.filter((card) => card.mandatory), ...cards.filter((card) => !card.mandatory)];
  res.render('tasks/visits', {
    title: '回访',
    cards: ordered,
    mandatory: cards.filter((card) => card.mandatory).length,
    judgements,
    closing,
  });
}

async function visitCard(unit: Unit, row: TaskListRow) {
  const demand = await unit.em.findOneOrFail(DemandEntity, { id: row.demandId! });
  const sampling = (await evaluationsOf(sqlOf(unit.em), 'demand', demand.id))
    .filter((item) => item.ruleSet === 'return-visit-sampling')
    .at(-1);
  return {
    ...row,
    mandatory: sampling?.outcome.mandatory === true,
    reason: String(sampling?.outcome.reason ?? ''),
    phone: maskPhone(demand.contactPhone),
    preferred: demand.preferredContactTime,
    feedback: demand.feedbackAt ? format.short(demand.feedbackAt) : '',
    tried: await visitsBeside(unit, demand),
  };
}

const DECISIONS = ['approve-deferral', 'confirm-deferral', 'decide-unreasonable', 'decide-appeal'];

async function drawApprovals(house: House, { res, actor }: Ask): Promise<void> {
  const rows = await taskRows(
    house,
    await listTasks(house.sql, { login: actor.login, view: 'mine', formIds: ['approve-extension'], limit: MOST }),
  );
  // What a leader decides besides extensions has no date to grant: it is listed with its task.
  const others = await taskRows(
    house,
    await listTasks(house.sql, { login: actor.login, view: 'mine', formIds: DECISIONS, limit: MOST }),
  );
  const directory = await house.directory();
  const today = shanghaiDate(house.clock.now());
  const [standIn] = directory.delegationsFrom(actor.login, today, 'EXTENSION_APPROVAL');
  const asked = await house.sql.query<{ demand_id: string; day: string; total: number; by: string }>(
    `select demand_id, requested_due_date::text as day, requested_total_working_days as total, requested_by_name as by from extension
     where status = 'PENDING' and demand_id = any($1::text[])`,
    [rows.flatMap((row) => row.demandId ?? [])],
  );
  res.render('tasks/approvals', {
    title: '待我审批',
    others,
    rows: rows.map((row) => {
      const extension = asked.find((item) => item.demand_id === row.demandId);
      return {
        ...row,
        to: extension ? `${format.shortDay(extension.day)} ${format.weekday(extension.day)}` : '',
        total: extension?.total ?? 0,
        by: extension?.by ?? '',
      };
    }),
    dueToday: rows.filter((row) => row.lamp?.colour === 'orange').length,
    overdue: rows.filter((row) => row.lamp?.colour === 'red').length,
    standIn: standIn
      ? `你不在时由 ${directory.user(standIn.delegate)?.name ?? standIn.delegate} 代批（至 ${format.shortDay(standIn.to)}）。`
      : '',
  });
}
