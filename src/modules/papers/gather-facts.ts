import { sqlOf } from '../../db/orm.ts';
import { DeadlineEntity } from '../deadlines/index.ts';
import {
  coHandlingsOf,
  type Demand,
  ExtensionEntity,
  followUpsOf,
  LevelShiftEntity,
  parameterFacts,
  type Work,
} from '../demands/index.ts';
import { readTimeline } from '../history/index.ts';
import type { PaperFacts } from './paper.ts';

/** All a paper may say about a demand, in one place, so that page and PDF never differ. */
export async function gatherFacts(work: Work, demand: Demand): Promise<PaperFacts> {
  const of = { demandId: demand.id };
  return {
    demand,
    clocks: await work.em.find(DeadlineEntity, { subjectType: 'demand', subjectId: demand.id }),
    extensions: await work.em.find(ExtensionEntity, of, { orderBy: { requestedAt: 'asc' } }),
    followUps: await followUpsOf(work, demand.id),
    levelShifts: await work.em.find(LevelShiftEntity, of),
    coHandlings: await coHandlingsOf(work, demand.id),
    events: await readTimeline(sqlOf(work.em), 'demand', demand.id),
    directory: work.directory,
    calendar: work.calendar,
    parameters: await work.parameters(parameterFacts(demand)),
    now: work.clock.now(),
    login: work.actor.login,
    departmentCode: work.actor.departmentCode ?? null,
  };
}
