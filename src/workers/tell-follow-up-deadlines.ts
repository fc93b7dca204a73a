import { sqlOf } from '../db/orm.ts';
import type { SweptDeadline } from '../modules/deadlines/index.ts';
import {
  DemandEntity,
  FOLLOW_UP,
  LegalFollowUpEntity,
  legalRouteTitle,
  tellExaminationPassed,
  type Work,
} from '../modules/demands/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';

const CLOCKS: Record<string, string> = {
  LEGAL_ACKNOWLEDGEMENT: '签收移交',
  LEGAL_EXAMINATION: '受理审查',
  LEGAL_DECISION: '决定、答复',
};

/**
 * Clocks of statutory follow-ups that are due soon or past: the receiving post is told; an examination nobody has decided on in time is
 * deemed accepted by its process (R20).
 */
export async function tellFollowUpDeadlines(
  work: Work,
  deadlines: readonly SweptDeadline[],
  name: 'deadline-warning' | 'deadline-passed',
): Promise<void> {
  for (const deadline of deadlines.filter((item) => item.subjectType === FOLLOW_UP)) {
    const item = await work.em.findOne(LegalFollowUpEntity, { id: deadline.subjectId });
    const demand = item ? await work.em.findOne(DemandEntity, { id: item.demandId }) : null;
    if (!item || !demand) continue;
    const passed = name === 'deadline-passed';
    if (passed && deadline.kind === 'LEGAL_EXAMINATION') await tellExaminationPassed(work, deadline);
    const holders = item.receivingDepartment ? work.directory.usersInDepartment(item.receivingDepartment) : [];
    const people = holders.filter((user) => user.roles.includes(item.receivingRole ?? 'HANDLER'));
    const what = `${legalRouteTitle(item.route)}${CLOCKS[deadline.kind] ?? '跟踪'}`;
    await notify(
      sqlOf(work.em),
      people.map((user) => user.login),
      {
        cause: `${name}:${deadline.id}:${deadline.dueAt.toISOString()}`,
        kind: passed ? 'OVERDUE' : 'WARNING',
        title: `${demand.number} ${what}${passed ? '已到期' : '临近到期'}`,
        body:
          passed && deadline.kind === 'LEGAL_EXAMINATION'
            ? '没有作出不予受理决定，按规定视为受理。'
            : '请及时办理并登记。',
        link: `/legal-routes/${item.id}`,
        demandId: demand.id,
        at: work.clock.now(),
        visibleAt: await tellingMoment(work, demand.hostOrgCode),
      },
    );
  }
}
