import { actorOf, canSeeDemand, hasOpeningTask } from '../modules/access/index.ts';
import type { Demand, Work } from '../modules/demands/index.ts';
import { TaskEntity } from '../modules/tasks/index.ts';

/** Of the people a message would go to, those who may know of the demand at all: a message never tells more than a page would. */
export async function whoMayKnow(work: Work, demand: Demand, logins: readonly string[]): Promise<string[]> {
  const tasks = await work.em.find(TaskEntity, { demandId: demand.id });
  return [...new Set(logins)].filter((login) => {
    const actor = actorOf(work.directory, login);
    return actor !== undefined && canSeeDemand(actor, demand as never, hasOpeningTask(actor, demand, tasks));
  });
}
