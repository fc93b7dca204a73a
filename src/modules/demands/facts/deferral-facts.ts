import { shanghaiDate } from '../../../kernel/clock.ts';
import { type Leader, leaderAt } from '../../org/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { calendarDaysBetween } from '../trace.ts';

/** An application to defer, made or only thought of. */
export interface DeferralApplication {
  category: string;
  reviewDate: string;
  /** The day it is made. */
  madeOn: string;
  interimAnswered: boolean;
  submittedBeforeDue: boolean;
  requestedBy: string;
}

/**
 * Facts for the rule set `deferral` (R19): the matter, the application, and who could approve it with their state on the day:
 * the head of tax service, the deputy in charge of the host department, the chief.
 */
export async function deferralFacts(
  work: Work,
  demand: Demand,
  application: DeferralApplication,
): Promise<Record<string, unknown>> {
  const { directory } = work;
  const parameters = await work.parameters(parameterFacts(demand));
  const asOf = shanghaiDate(work.clock.now());
  const recused = new Set([...demand.recusedLogins, application.requestedBy]);
  const taxService = directory.taxServiceDepartment(demand.hostOrgCode)?.code;
  const headPost = directory.data.posts.find(
    (post) => post.departmentCode === taxService && post.type === 'DEPARTMENT_HEAD',
  )?.code;
  const chiefPost = directory.leaders(demand.hostOrgCode)?.chiefPost;
  const inCharge = demand.hostDepartment ? directory.leaderPostFor(demand.hostDepartment) : undefined;
  const leader = (post: string | undefined) =>
    leaderAt(directory, { post, asOf, recused, scopes: ['DEFERRAL_APPROVAL'] });
  return {
    bureauLevel: directory.bureau(demand.hostOrgCode)?.level ?? null,
    category: application.category,
    demandCategory: demand.category,
    urgency: demand.urgency,
    restricted: demand.restricted,
    interimAnswered: application.interimAnswered,
    submittedBeforeDue: application.submittedBeforeDue,
    reviewInDays: calendarDaysBetween(application.madeOn, application.reviewDate),
    reviewMaxDays: parameters.number('defer.review.calendar_days'),
    ...facts('head', leader(headPost)),
    ...facts('deputy', leader(inCharge)),
    ...facts('chief', leader(chiefPost)),
  };
}

const facts = (name: string, { state, signs }: Leader): Record<string, unknown> => ({
  [`${name}State`]: state,
  [`${name}Signs`]: signs,
});
