import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Deadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { coDepartmentProblem } from '../joint/co-departments.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { closeApplications } from '../returns/close-applications.ts';
import { currentClock, record, stopClock } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { type LevelShift, LevelShiftEntity } from './entities.ts';
import { levelTargets, type ShiftDirection } from './level-targets.ts';

export interface LevelShiftInput {
  toDepartment: string;
  /** Departments that co-handle it there (市局明确主办、协办); with any the new level handles jointly. */
  coDepartments?: readonly string[];
  reason: string;
  workDone: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
  /** 口径, where it is sent back. */
  guidance?: string;
  /** Owed when the days for the decision are over. */
  lateReason?: string;
}

export const WORDS: Record<ShiftDirection, string> = { UP: '上报上级', DOWN: '转交下级', BACK: '退回下级' };

export const levelShiftsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<LevelShift[]> =>
  work.em.find(LevelShiftEntity, { demandId }, { orderBy: { sequence: 'asc' } });

/** The shift by which the demand came to its host from below; null when it did not. */
export async function cameFromBelow(work: Pick<Work, 'em'>, demand: Demand): Promise<LevelShift | null> {
  const last = (await levelShiftsOf(work, demand.id)).filter((shift) => shift.status === 'APPLIED').at(-1);
  // Whoever has to stay out (回避) cannot have it back.
  if (last?.fromDepartment === demand.reportedDepartment) return null;
  return last?.direction === 'UP' && last.toDepartment === demand.hostDepartment ? last : null;
}

/** The clock of the level that has it now. */
export const currentHandlingClock = (work: Work, demand: Demand): Promise<Deadline | null> =>
  currentClock(work, demand, 'HANDLING');

/** Until when the level that has it should have decided to pass it on (R23 ③, `level_shift.decide_within`). */
export async function decideBy(work: Work, demand: Demand, clock: Deadline): Promise<{ dueDate: string; dueAt: Date }> {
  const days = (await work.parameters(parameterFacts(demand))).number('level_shift.decide_within');
  return work.calendar.addWorkingDays(clock.startsAt, days, clock.orgCode);
}

/**
 * The host passes the demand to the level above (上报上级), below (转交下级), or back with guidance (R23, P4.2.3). It does so directly, without tax service;
 * its clock stops with the time it really had it. The process takes it over; the new level's own days begin when it gets there.
 */
export async function shiftLevel(
  work: Work,
  demandId: string,
  direction: ShiftDirection,
  input: LevelShiftInput,
): Promise<LevelShift> {
  const demand = await lockDemand(work, demandId);
  const clock = await checkMayShift(work, demand, direction);
  const decide = await decideBy(work, demand, clock);
  const now = work.clock.now();
  const late = now > decide.dueAt;
  const problems = await problemsOf(work, demand, direction, input, { late, decideDate: decide.dueDate });
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有${WORDS[direction]}。`, problems);
  const to = work.directory.department(input.toDepartment)!;
  const known = await levelShiftsOf(work, demandId);
  const shift = work.em.create(LevelShiftEntity, {
    id: work.ids.uuid(),
    demandId,
    sequence: known.length + 1,
    direction,
    status: 'REQUESTED',
    fromOrgCode: demand.hostOrgCode,
    fromDepartment: demand.hostDepartment!,
    fromCoDepartments: [...demand.coDepartments],
    toOrgCode: to.orgCode,
    toDepartment: to.code,
    toCoDepartments: [...new Set(input.coDepartments ?? [])],
    reason: input.reason,
    workDone: input.workDone,
    guidance: input.guidance ?? null,
    noticeMethod: input.noticeMethod ?? null,
    noticeAt: input.noticeAt ? new Date(input.noticeAt) : null,
    noticeContent: input.noticeContent ?? null,
    requestedBy: work.actor.login,
    requestedByName: work.actor.name,
    requestedAt: now,
    deliveredAt: clock.startsAt,
    usedDays: work.calendar.countWorkingDays(clock.startsAt, now, clock.orgCode),
    decideDueDate: decide.dueDate,
    late,
    lateReason: late ? (input.lateReason ?? null) : null,
    appliedAt: null,
  });
  await work.em.flush();
  await closeApplications(work, demand, `已${WORDS[direction]}`);
  moveStatus(demand, direction === 'UP' ? 'REPORTED_UP' : 'SENT_DOWN');
  // Passed on in time it is neither on time nor late here; whoever was late by then stays late.
  const reason = now > clock.dueAt ? undefined : `已${WORDS[direction]}`;
  for (const kind of ['HANDLING', 'PROGRESS_NOTICE'] as const) await stopClock(work, demand, kind, now, reason);
  await record(work, demand, 'level.shift-requested', {
    direction,
    from: shift.fromDepartment,
    to: shift.toDepartment,
    usedDays: shift.usedDays,
    late,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `level-shift-requested:${shift.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'level-shift-requested',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: shift.id,
      variables: {},
    },
  });
  return shift;
}

async function checkMayShift(work: Work, demand: Demand, direction: ShiftDirection): Promise<Deadline> {
  if (demand.status !== 'HANDLING')
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以${WORDS[direction]}。请刷新页面查看最新情况。`,
      { reason: 'not-handling' },
    );
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden(`由办理部门${WORDS[direction]}。这件诉求的主办不是你所在的部门。`, { reason: 'not-host' });
  if (direction === 'BACK' && !(await cameFromBelow(work, demand)))
    throw illegalTransition('这件诉求不是下级上报来的，不能退回下级。需要下级办理的，请用“转交下级”。');
  const clock = await currentClock(work, demand, 'HANDLING');
  if (!clock) throw illegalTransition(`这件诉求的办结钟没有在走，不能${WORDS[direction]}。`);
  return clock;
}

async function problemsOf(
  work: Work,
  demand: Demand,
  direction: ShiftDirection,
  input: LevelShiftInput,
  about: { late: boolean; decideDate: string },
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, message: string) => problems.push({ pointer, message });
  if (direction === 'BACK') {
    const from = await cameFromBelow(work, demand);
    if (input.toDepartment !== from?.fromDepartment) add('/toDepartment', '退回只能退给上报的部门。');
    if (!input.guidance?.trim()) add('/guidance', '请写明口径：上级的意见是什么，下级按什么办。');
  } else if (
    !levelTargets(work.directory, demand, direction).some((target) => target.department.code === input.toDepartment)
  ) {
    add(
      '/toDepartment',
      direction === 'UP'
        ? '上报只能报上一级的对口部门。请从列表中选择；再往上（省局）的，请用“送外单位”登记文号。'
        : '转交只能转给下一级的对口部门。请从列表中选择。',
    );
  }
  for (const code of input.coDepartments ?? []) {
    const problem = coDepartmentProblem(work.directory, demand, code, input.toDepartment);
    if (problem) add('/coDepartments', problem);
  }
  if (about.late && !input.lateReason?.trim())
    add('/lateReason', `应当在 ${about.decideDate} 前决定是否移交，现在已经过了。可以移交，请写明为什么到现在才移交。`);
  if (input.noticeAt && new Date(input.noticeAt) > work.clock.now())
    add('/noticeAt', '告知时间晚于现在。请填实际告知的时间。');
  return problems;
}

/** The process takes the shift over: host and bureau move, and with them the duty to give feedback (R4: 旧主办清零). */
export async function applyLevelShift(work: Work, demandId: string): Promise<{ demand: Demand; shift: LevelShift }> {
  const demand = await lockDemand(work, demandId);
  const shift = await work.em.findOneOrFail(LevelShiftEntity, { demandId, status: 'REQUESTED' });
  const now = work.clock.now();
  shift.status = 'APPLIED';
  shift.appliedAt = now;
  const others = shift.fromCoDepartments.flatMap((code) => [code, work.directory.department(code)?.orgCode ?? code]);
  demand.involved = [...new Set([...demand.involved, shift.fromOrgCode, shift.fromDepartment, ...others])];
  demand.hostDepartment = shift.toDepartment;
  demand.hostOrgCode = shift.toOrgCode;
  demand.coDepartments = shift.toCoDepartments;
  demand.handlingMode = shift.toCoDepartments.length > 0 ? 'JOINT' : 'SINGLE';
  demand.path =
    { UP: 'LEVEL_UP', DOWN: 'LEVEL_DOWN', BACK: demand.handlingMode }[shift.direction] ?? demand.path ?? null;
  demand.deliveredAt = null;
  demand.handledBy = null;
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.level-shifted', {
    direction: shift.direction,
    hostDepartment: shift.toDepartment,
    from: shift.fromDepartment,
    coDepartments: shift.toCoDepartments,
    usedDays: shift.usedDays,
  });
  return { demand, shift };
}
