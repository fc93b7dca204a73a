import type { Deadline } from '../../modules/deadlines/index.ts';
import { type Demand, type Extension, ExtensionEntity, METHODS, parameterFacts } from '../../modules/demands/index.ts';
import type { Task } from '../../modules/tasks/index.ts';
import { format } from '../format.ts';
import type { Unit } from '../house.ts';

/** Asking is offered while the parameters allow one more and none is being decided; the rules decide in the end. */
export async function mayAskExtension(unit: Unit, demand: Demand): Promise<boolean> {
  const most = (await unit.parameters(parameterFacts(demand))).number('handle.single.max_extensions');
  const asked = await unit.em.find(ExtensionEntity, { demandId: demand.id, status: { $in: ['PENDING', 'APPROVED'] } });
  return !asked.some((item) => item.status === 'PENDING') && (demand.handlingMode === 'JOINT' || asked.length < most);
}

const REASON_TYPES: Record<string, string> = {
  EXTERNAL_UNIT: '等待外部单位',
  COMPLEX_CASE: '情况复杂',
  EVIDENCE: '需要补充材料',
  SYSTEM: '系统原因',
  OTHER: '其他',
};

/** The application as the leader reads it (P08): who asks, what changes, why, and what went before. */
export async function extensionView(
  unit: Unit,
  loaded: { task: Task; clock: Deadline | undefined },
  extension: Extension,
  demand: Demand,
) {
  const { task, clock } = loaded;
  const now = unit.clock.now();
  const before = await unit.em.count(ExtensionEntity, {
    demandId: demand.id,
    status: 'APPROVED',
    id: { $ne: extension.id },
  });
  const late =
    task.status === 'OPEN' && extension.submittedBeforeDue && now > extension.currentDueAt
      ? Math.max(0, unit.calendar.countWorkingDays(extension.currentDueAt, now, demand.hostOrgCode))
      : null;
  const approvers = task.candidates.map((login) => unit.directory.user(login)?.name ?? login);
  return {
    host: demand.hostDepartment ? (unit.directory.department(demand.hostDepartment)?.name ?? '') : '',
    by: extension.requestedByName,
    at: format.short(extension.requestedAt),
    from: format.short(extension.currentDueAt),
    to: `${format.shortDay(extension.requestedDueDate)} ${format.weekday(extension.requestedDueDate)} ${format.short(clock?.dueAt ?? extension.currentDueAt).split(' ')[1]}`,
    total: extension.requestedTotalWorkingDays,
    cap: extension.cap,
    reasonType: REASON_TYPES[extension.reasonType ?? ''] ?? '',
    reason: extension.reason,
    told: extension.explainedContent
      ? `${METHODS[extension.explainedMethod ?? ''] ?? '已告知'}：${extension.explainedContent}`
      : null,
    before,
    rework: demand.reworkCount,
    onTime: extension.submittedBeforeDue,
    /** Decided after the due moment although asked before it: the approver's delay, not the host's (R18 ⑤). */
    lateDays: late,
    own: extension.requestedBy === unit.actor.login || demand.recusedLogins.includes(unit.actor.login),
    applicant: extension.requestedBy === unit.actor.login,
    approvers: approvers.join('、'),
  };
}
