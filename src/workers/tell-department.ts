import { sqlOf } from '../db/orm.ts';
import type { Demand, Work } from '../modules/demands/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';

/** Tells the people of a department, in working hours, what became of a demand; whoever is recused from it is not told. */
export async function tellDepartment(
  work: Work,
  demand: Demand,
  department: string | null | undefined,
  said: { cause: string; kind: string; title: string; body: string },
): Promise<void> {
  if (!department) return;
  const people = work.directory
    .usersInDepartment(department)
    .map((user) => user.login)
    .filter((login) => !demand.recusedLogins.includes(login));
  await notify(sqlOf(work.em), people, {
    ...said,
    link: `/demands/${demand.number}`,
    demandId: demand.id,
    at: work.clock.now(),
    visibleAt: await tellingMoment(work, demand.hostOrgCode),
  });
}
