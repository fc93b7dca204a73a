import { sqlOf } from '../../../db/orm.ts';
import { conflict, notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import { appendEvent } from '../../../modules/history/index.ts';
import { CHANNELS, queueState, settleGivenUp } from '../../../modules/notifications/index.ts';
import { diagramOf, listProcessVersions, openIncidents } from '../../../modules/processes/index.ts';
import { listUnassignable } from '../../../modules/tasks/index.ts';
import { format } from '../../format.ts';
import type { House, ZeebeState } from '../../house.ts';
import type { Ask, Route } from '../../route.ts';
import { calendarBar } from './frame.ts';
import { incidentView } from './incidents.ts';

/** A command whose fate is unknown for this long is shown. */
const UNCLEAR_MS = 60_000;
const SCOPE = '运行状态（件号和件数，不含个人信息）';
/** Engine commands in words. */
const COMMANDS: Record<string, string> = {
  publishMessage: '发送消息',
  createInstance: '启动流程',
  completeJob: '完成任务',
  failJob: '报告失败',
  throwError: '报告业务错误',
  updateRetries: '增加重试次数',
  resolveIncident: '解除异常',
  setVariables: '修改变量',
  broadcastSignal: '广播信号',
  cancelInstance: '终止流程',
  migrateInstance: '迁移流程版本',
};
/** What to do about a refusal, by the engine's code. */
const REMEDIES: Record<string, string> = {
  NOT_FOUND: '它要找的流程或任务已经结束。核对这件诉求的现状后，一般可以放弃。',
  INVALID_ARGUMENT: '指令的内容引擎不接受。请把编号告诉技术支持；修好以后重发。',
  FAILED_PRECONDITION: '流程现在不在能接受它的一步。等流程走到那一步再重发；已经走过的，放弃。',
};

/** P33: how the system runs, every line a state, a figure and a remedy. */
export function operationPages(house: House): Route[] {
  const read = { permission: 'operations.read', scope: SCOPE } as const;
  const repair = { permission: 'operations.repair', scope: SCOPE } as const;
  return [
    { method: 'get', path: '/operations', ...read, handle: (ask) => showOperations(house, ask) },
    { method: 'post', path: '/operations/reconcile', ...repair, handle: (ask) => reconcile(house, ask) },
    {
      method: 'post',
      path: '/operations/commands/:sequence/resend',
      ...repair,
      handle: (ask) => settle(house, ask, 'resend'),
    },
    {
      method: 'post',
      path: '/operations/commands/:sequence/drop',
      ...repair,
      handle: (ask) => settle(house, ask, 'drop'),
    },
    {
      method: 'post',
      path: '/operations/messages/retry',
      ...repair,
      handle: (ask) => settleMessage(house, ask, 'retry'),
    },
    {
      method: 'post',
      path: '/operations/messages/drop',
      ...repair,
      handle: (ask) => settleMessage(house, ask, 'drop'),
    },
  ];
}

async function showOperations(house: House, { res, actor }: Ask): Promise<void> {
  const [engine, outbox, incidents, refused, waiting, directory, messages, instances] = await Promise.all([
    house.engineState(),
    house.outboxState(),
    openIncidents(house.sql),
    house.refusedCommands(),
    listUnassignable(house.sql),
    house.directory(),
    queueState(house.sql, house.clock.now()),
    house.sql.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from process_instance group by state',
    ),
  ]);
  const numbers = await numbersOf(house, [
    ...refused.map((command) => command.orderingKey),
    ...messages.givenUp.flatMap((message) => message.demandId ?? []),
  ]);
  // The outbox waits in real time, whatever the clock of a demonstration says.
  const oldest = outbox.oldestPendingAt ? Math.max(0, Math.round((Date.now() - outbox.oldestPendingAt) / 1000)) : null;
  res.render('admin/operations', {
    title: '系统状态',
    engine,
    outbox: { ...outbox, oldest },
    incidents: await Promise.all(incidents.map((incident) => incidentView(house, incident))),
    refused: refused.map((command) => ({
      ...command,
      what: `${COMMANDS[command.type] ?? command.type}${command.name ? `“${command.name}”` : ''}`,
      number: numbers.get(command.orderingKey) ?? '',
      remedy: REMEDIES[command.code] ?? '请把编号告诉技术支持；修好以后重发。',
    })),
    messages: {
      ...messages,
      late: messages.oldestDueAt ? Math.round((+house.clock.now() - +messages.oldestDueAt) / 60_000) : 0,
      sms: house.messageChannels.SMS === 'http',
      givenUp: messages.givenUp.map((message) => ({
        ...message,
        number: numbers.get(message.demandId ?? '') ?? '',
        channel: CHANNELS[message.channel as keyof typeof CHANNELS] ?? message.channel,
        to: message.audience === 'TAXPAYER' ? '诉求人' : (directory.user(message.recipient)?.name ?? ''),
        at: format.short(message.at),
      })),
    },
    waiting: waiting.map((task) => ({
      ...task,
      bureau: directory.bureau(task.orgCode ?? '')?.shortName ?? '',
      at: format.short(task.createdAt),
    })),
    unhandled: await unhandledJobs(house, engine.jobTypes),
    facts: await storeFacts(house),
    zeebe: engine.zeebe ? zeebeLines(engine.zeebe) : null,
    reconciliation: await comparisonOf(house),
    checkedAt: format.time(house.clock.now()),
    instances: Object.fromEntries(instances.map((row) => [row.state, row.n])),
    well:
      incidents.length === 0 &&
      refused.length === 0 &&
      messages.givenUp.length === 0 &&
      waiting.length === 0 &&
      engine.recordsBehind === 0 &&
      engine.zeebe?.reachable !== false,
    repair: may(actor, 'operations.repair'),
    bar: await calendarBar(house),
  });
}

/** Job types that diagrams in force name and nobody handles: their steps would wait for ever. */
async function unhandledJobs(house: House, handled: readonly string[]): Promise<string[]> {
  const ids = [...new Set((await listProcessVersions(house.sql)).map((version) => version.processId))];
  const diagrams = await Promise.all(ids.map((id) => diagramOf(house.sql, id)));
  const named = diagrams.flatMap((diagram) => diagram.elements.flatMap((element) => element.jobType ?? []));
  return [...new Set(named)].filter((type) => !handled.includes(type));
}

/** Figures the database itself can vouch for. */
async function storeFacts(house: House) {
  const [row] = await house.sql.query<{ bytes: string; sealed: string | null; number: string | null }>(
    `select pg_database_size(current_database())::text as bytes,
       (select made_at from history_anchor order by number desc limit 1) as sealed,
       (select number::text from history_anchor order by number desc limit 1) as number`,
  );
  return {
    size: `${(Number(row!.bytes) / 1_048_576).toFixed(1)} MB`,
    sealed: row!.sealed ? format.time(row!.sealed) : null,
    number: row!.number,
  };
}

async function numbersOf(house: House, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await house.sql.query<{ id: string; number: string }>(
    'select id, number from demand where id = any($1::text[])',
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row.number]));
}

/** The Zeebe cluster in lines of state, figure and remedy. Ages are in real time, whatever the clock of a demonstration says. */
function zeebeLines(zeebe: ZeebeState) {
  const behind = zeebe.lag.reduce((sum, part) => sum + Math.max(0, part.received - part.projected), 0);
  const newest = Math.max(0, ...zeebe.lag.map((part) => part.receivedAt));
  const age = newest === 0 ? null : Math.max(0, Math.round((Date.now() - newest) / 1000));
  const waiting = zeebe.unclear.filter((command) => Date.now() - command.sentAt > UNCLEAR_MS);
  return {
    reachable: zeebe.reachable,
    version: zeebe.version,
    partitions: zeebe.partitions,
    rebuilt: zeebe.rebuilt,
    listening: zeebe.endpoint.listening,
    port: zeebe.endpoint.port,
    received: zeebe.endpoint.records,
    refused: zeebe.endpoint.refused,
    foreign: zeebe.endpoint.foreign,
    age,
    behind,
    unclear: waiting.length,
  };
}

async function comparisonOf(house: House) {
  const report = house.reconciliation();
  if (!report) return null;
  const numbers = await numbersOf(
    house,
    report.found.flatMap((item) => item.demandId ?? []),
  );
  return {
    at: format.time(report.at),
    tasks: report.tasks,
    found: report.found.map((item) => ({
      ...item,
      number: item.demandId ? (numbers.get(item.demandId) ?? '') : '',
      at: format.short(item.since),
    })),
  };
}

async function reconcile(house: House, { res, actor }: Ask): Promise<void> {
  const report = await house.reconcile();
  await house.transaction(actor, (unit) =>
    appendEvent(sqlOf(unit.em), {
      subjectType: 'operations',
      subjectId: 'reconciliation',
      type: 'engine.reconciled',
      occurredAt: house.clock.now(),
      actor,
      payload: { found: report.found.length, repaired: report.found.filter((item) => item.repaired).length },
    }),
  );
  await house.settle();
  res.redirect(303, '/operations?ok=reconciled#reconciliation');
}

async function settle(house: House, { req, res, actor }: Ask, how: 'resend' | 'drop'): Promise<void> {
  const sequence = String(req.params.sequence);
  if (!/^\d{1,18}$/.test(sequence)) throw notFound('没有这条指令。');
  await house.transaction(actor, async (unit) => {
    const sql = sqlOf(unit.em);
    const command = await house.settleRefused(sql, sequence, how);
    if (!command) throw conflict('这条指令刚刚已经由别人处理。请刷新查看。', { reason: 'command-settled' });
    await appendEvent(sql, {
      subjectType: 'operations',
      subjectId: 'commands',
      type: how === 'resend' ? 'command.resent' : 'command.dropped',
      occurredAt: house.clock.now(),
      actor,
      payload: { sequence, type: command.type, name: command.name, code: command.code, subject: command.orderingKey },
    });
  });
  await house.settle();
  res.redirect(303, `/operations?ok=${how === 'resend' ? 'resent' : 'dropped'}#refused`);
}

async function settleMessage(house: House, { req, res, actor }: Ask, how: 'retry' | 'drop'): Promise<void> {
  const id = String(req.body.id ?? '').slice(0, 300);
  await house.transaction(actor, (unit) => settleGivenUp(sqlOf(unit.em), actor, id, how, house.clock.now()));
  res.redirect(303, `/operations?ok=message-${how}#messages`);
}
