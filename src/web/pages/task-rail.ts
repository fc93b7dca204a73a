import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import { countedDays, type Deadline, lampOf } from '../../modules/deadlines/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  type Demand,
  ExtensionEntity,
  maskName,
  maskPhone,
  maskText,
  parameterFacts,
  roundOf,
  similarAnswers,
  statusTitle,
} from '../../modules/demands/index.ts';
import {
  ATTEMPT_METHODS,
  ATTEMPT_OUTCOMES,
  countedAttempts,
  evidenceOf,
  halfDayOf,
  visitsOf,
} from '../../modules/feedback/index.ts';
import { readTimeline } from '../../modules/history/index.ts';
import type { Task } from '../../modules/tasks/index.ts';
import { format } from '../format.ts';
import type { Unit } from '../house.ts';
import { dueText } from './task-effects.ts';

/** The demand beside the form, always in sight, masked. */
export function demandBeside(unit: Unit, demand: Demand) {
  return {
    content: maskText(demand.content),
    taxpayer: maskName(demand.taxpayerName, demand.taxpayerType),
    phone: maskPhone(demand.contactPhone),
    category: CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? demand.category,
    channel: CHANNELS[demand.channel as keyof typeof CHANNELS] ?? demand.channel,
    status: statusTitle(demand.status),
    registered: format.time(demand.registeredAt),
    host: demand.hostDepartment ? (unit.directory.department(demand.hostDepartment)?.name ?? '') : '',
    tags: demand.tags,
    measures: demand.measures ? maskText(demand.measures) : null,
    policyBasis: demand.policyBasis,
    publicAnswer: demand.publicAnswer ? maskText(demand.publicAnswer) : null,
    feedbackContent: demand.feedbackContent ? maskText(demand.feedbackContent) : null,
    feedbackAt: demand.feedbackAt ? format.time(demand.feedbackAt) : null,
    notice: demand.noticeContent,
  };
}

/** The clock of a task: lamp, due moment, counted days, and what comes by itself if nobody acts. */
export async function clockBeside(unit: Unit, demand: Demand, clock: Deadline) {
  const now = unit.clock.now();
  const lamp = lampOf(clock, now, unit.calendar);
  const days = countedDays(unit.calendar, clock);
  const counted = days.filter((day) => day.count !== null);
  const off = days.filter((day) => day.count === null);
  return {
    lamp: { ...lamp, due: format.short(clock.dueAt) },
    due: dueText(clock),
    starts: format.time(clock.startsAt),
    provisional: clock.provisional,
    late: lamp.colour === 'red' && clock.status === 'OPEN',
    how:
      counted.length === 0
        ? `${format.shortDay(shanghaiDate(clock.startsAt))} 起，第 ${clock.totalDays} 个自然日；末日不上班的顺延到下一个工作日。`
        : `${format.shortDay(shanghaiDate(clock.startsAt))} 收到，当日不算；从 ${format.shortDay(counted[0]!.date)} 起数 ${counted.length} 个工作日${off.length > 0 ? `，${off.map((day) => format.shortDay(day.date)).join('、')} ${off.every((day) => day.reason === '周末') ? '周末' : '放假'}不算` : ''}；第 ${counted.length} 个是 ${format.shortDay(clock.dueDate)}，到下班时间 ${format.short(clock.dueAt).split(' ')[1]} 为止。`,
    days: days.map((day) => ({ ...day, weekday: format.weekday(day.date), label: format.shortDay(day.date) })),
    ahead: clock.status === 'OPEN' ? await ahead(unit, demand, clock) : [],
  };
}

/** 若不办: the reminders and notices the sweep sends by itself, in the order of time. */
async function ahead(unit: Unit, demand: Demand, clock: Deadline): Promise<string[]> {
  const now = unit.clock.now();
  const parameters = await unit.parameters(parameterFacts(demand));
  const lines: string[] = [];
  const before = parameters.number('warn.before');
  if (!clock.warnedAt && clock.dueAt > now && before > 0) {
    const day = unit.calendar.subtractWorkingDays(clock.dueDate, before, clock.orgCode).dueDate;
    const opens = parameters.text('sms.window').split(/[-–]/)[0]!;
    const hour = parameters.text('warn.at');
    const at = shanghaiInstant(day, hour > opens ? hour : opens);
    if (at > now) lines.push(`${format.short(at)} 提醒主办部门和纳服。`);
  }
  if (!clock.overdueNoticedAt && clock.dueAt > now)
    lines.push(`${format.short(clock.dueAt)} 还没有办完的，记为逾期，再次通知主办部门和纳服。`);
  return lines;
}

/** 历次退回, reworks and answers to applications for more time: what a colleague should know before writing. */
export async function returnsOf(unit: Unit, demand: Demand) {
  const events = await readTimeline(sqlOf(unit.em), 'demand', demand.id);
  const lines = events.flatMap((event) => {
    const payload = event.payload as Record<string, unknown>;
    const who = `${format.short(event.occurredAt)} ${event.actorName}`;
    if (event.type === 'demand.reviewed' && payload.decision === 'RETURNED')
      return [{ kind: 'return', text: `${who}退回：“${String(payload.opinion ?? '')}”` }];
    if (event.type === 'demand.rework-started')
      return [
        {
          kind: 'rework',
          text: `${format.short(event.occurredAt)} 转重办（第 ${String(payload.round)} 次）${payload.reason ? `：“${String(payload.reason)}”` : ''}`,
        },
      ];
    return [];
  });
  const extensions = await unit.em.find(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } });
  const decided = extensions.map((item) => {
    const asked = `${format.short(item.requestedAt)} ${item.requestedByName}申请延到 ${format.shortDay(item.requestedDueDate)}`;
    const outcome: Record<string, string> = {
      PENDING: '正在审批，批准前原期限不变',
      APPROVED: `${item.decidedByName ?? ''}已批准`,
      REJECTED: `${item.decidedByName ?? ''}不同意：“${item.opinion ?? ''}”`,
      RETURNED: `${item.decidedByName ?? ''}退回补充：“${item.opinion ?? ''}”`,
      REFUSED: '按规则不予延期',
    };
    return { kind: 'extension', text: `${asked}，${outcome[item.status] ?? item.status}。` };
  });
  return {
    returns: lines.filter((line) => line.kind !== 'extension'),
    extensions: decided,
    pending: extensions.some((item) => item.status === 'PENDING'),
  };
}

/** Answers to the like, as far as the person may see their demands. */
export const answersBeside = (unit: Unit, actor: Actor, demand: Demand) =>
  similarAnswers(sqlOf(unit.em), demandScopeSql(actor, 1), demand);

/** Attempts to reach the taxpayer with the result (R24). */
export async function attemptsBeside(unit: Unit, demand: Demand) {
  const evidence = await evidenceOf(unit, demand);
  return {
    ...evidence,
    lines: evidence.attempts.map((item) => ({
      half: halfDayText(item.attemptedAt),
      at: format.short(item.attemptedAt),
      method: ATTEMPT_METHODS[item.method as keyof typeof ATTEMPT_METHODS] ?? item.method,
      outcome: ATTEMPT_OUTCOMES[item.outcome as keyof typeof ATTEMPT_OUTCOMES] ?? item.outcome,
      by: item.attemptedByName,
      note: item.note,
    })),
    methods: Object.entries(ATTEMPT_METHODS),
    outcomes: Object.entries(ATTEMPT_OUTCOMES),
  };
}

/** Earlier calls of the return visit, with the half-days that count. */
export async function visitsBeside(unit: Unit, demand: Demand) {
  const visits = await visitsOf(unit, demand.id, roundOf(demand));
  const most = (await unit.parameters(parameterFacts(demand))).number('visit.max_attempts');
  return {
    counted: countedAttempts(visits),
    most,
    triedNow: visits.some((visit) => !visit.reached && halfDayOf(visit.visitedAt) === halfDayOf(unit.clock.now())),
    lines: visits.map((visit) => ({
      at: format.short(visit.visitedAt),
      half: halfDayText(visit.visitedAt),
      reached: visit.reached,
      by: visit.visitedByName,
      satisfaction: visit.satisfaction ? (SATISFACTIONS[visit.satisfaction] ?? '') : '',
      reason: visit.dissatisfactionReason,
      remark: visit.remark,
    })),
  };
}

const halfDayText = (at: Date): string => {
  const [day, half] = halfDayOf(at).split(' ') as [string, string];
  return `${format.shortDay(day)}${half}`;
};

const SATISFACTIONS: Record<string, string> = {
  VERY_SATISFIED: '非常满意',
  SATISFIED: '满意',
  BASICALLY_SATISFIED: '基本满意',
  DISSATISFIED: '不满意',
  VERY_DISSATISFIED: '非常不满意',
};

/** Why it came to this person; whoever stands in reads for whom and until when. */
export function whyMe(unit: Unit, task: Task, actor: Actor) {
  const how = task.via[actor.login];
  const principal = how?.onBehalfOf ? (unit.directory.user(how.onBehalfOf)?.name ?? how.onBehalfOf) : null;
  const mine = task.candidates.includes(actor.login);
  const [why = '', otherwise = ''] = (task.why ?? '').split('\n');
  return {
    // The sentence speaks to whoever may work on it; for others it says who that is.
    sentence: mine ? why : why.replaceAll('你是', '办理的是'),
    notMe: mine ? '什么情况下不是我' : '什么情况下不是他们',
    whyNot: otherwise
      .replace(/^[^：]*：/, '')
      .split('；')
      .filter(Boolean),
    onBehalfOf: principal,
    because: how?.because ?? null,
    others: task.candidates
      .filter((login) => login !== actor.login)
      .map((login) => unit.directory.user(login)?.name ?? login)
      .slice(0, 5),
  };
}
