import type { Department, OrgDirectory } from '../../org/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { record } from '../trace.ts';
import { type LevelShift, LevelShiftEntity } from './entities.ts';
import { suggestedOf } from './level-targets.ts';
import { levelShiftsOf } from './shift-level.ts';

type Reported = Pick<Demand, 'orgCode' | 'hostOrgCode' | 'reportedDepartment' | 'routing'>;

/**
 * Departments of the bureau above that a demand may be dispatched to at once. A matter for the level above is passed on by the department
 * that has it (R23); where that is the very department reported on (回避), nobody below may, and the dispatch does it. Where it is the tax
 * service itself, that of the bureau above dispatches and may choose any of its departments.
 */
export function dispatchableAbove(directory: OrgDirectory, demand: Reported): Department[] {
  const reported = demand.reportedDepartment;
  const above = directory.superiorBureau(demand.orgCode);
  if (!reported || !above || demand.hostOrgCode !== demand.orgCode) return [];
  const ofTaxService = reported === directory.taxServiceDepartment(demand.orgCode)?.code;
  const { levelShift } = (demand.routing ?? {}) as { levelShift?: { fromDepartment?: unknown } | null };
  if (!ofTaxService && levelShift?.fromDepartment !== reported) return [];
  const suggested = suggestedOf(demand);
  return directory
    .departmentsOf(above.code)
    .filter((department) => department.participates && (ofTaxService || suggested.includes(department.code)));
}

/** Leaves the same trace as a shift by its host (R23): from the department that stays out, decided by whoever dispatched. */
export async function noteDispatchUp(work: Work, demand: Demand, to: Department, reason?: string): Promise<LevelShift> {
  const now = work.clock.now();
  const from = work.directory.department(demand.reportedDepartment!)!;
  const arrived = demand.transferredAt ?? demand.registeredAt;
  const days = (await work.parameters(parameterFacts(demand))).number('level_shift.decide_within');
  const decide = work.calendar.addWorkingDays(arrived, days, from.orgCode);
  const usedDays = work.calendar.countWorkingDays(arrived, now, from.orgCode);
  const why = `${from.name}是被反映的部门，应当回避，派单时直接报上级。`;
  const shift = work.em.create(LevelShiftEntity, {
    id: work.ids.uuid(),
    demandId: demand.id,
    sequence: (await levelShiftsOf(work, demand.id)).length + 1,
    direction: 'UP',
    status: 'APPLIED',
    fromOrgCode: from.orgCode,
    fromDepartment: from.code,
    fromCoDepartments: [],
    toOrgCode: to.orgCode,
    toDepartment: to.code,
    toCoDepartments: [...demand.coDepartments],
    reason: reason ? `${why}${reason}` : why,
    workDone: '没有办理，登记后直接派单。',
    guidance: null,
    noticeMethod: null,
    noticeAt: null,
    noticeContent: null,
    requestedBy: work.actor.login,
    requestedByName: work.actor.name,
    requestedAt: now,
    deliveredAt: arrived,
    usedDays,
    decideDueDate: decide.dueDate,
    late: now > decide.dueAt,
    lateReason: now > decide.dueAt ? '派单时已超过决定期限。' : null,
    appliedAt: now,
  });
  await work.em.flush();
  await record(work, demand, 'demand.level-shifted', {
    direction: 'UP',
    hostDepartment: to.code,
    from: from.code,
    coDepartments: demand.coDepartments,
    usedDays,
  });
  return shift;
}
