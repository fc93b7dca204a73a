import type { Demand } from '../entities.ts';
import type { RoutingDictionary } from './dictionary.ts';
import { keywordsIn } from './gateway-facts.ts';
import type { LegalInput } from './legal-facts.ts';
import type { RoutingInput } from './routing-facts.ts';

type Asked = Pick<
  Demand,
  'orgCode' | 'category' | 'tags' | 'content' | 'reportedDepartment' | 'legalIntent' | 'intake'
>;

/** A person has found that the demand belongs to no statutory route; the words that suggested one count no more. */
const isSettledOrdinary = (demand: Pick<Demand, 'intake'>): boolean =>
  (demand.intake as Record<string, unknown>).legalRouteSettled === 'ORDINARY';

/** What the ledger knows of a demand, as the routing rules ask it. */
export function routingInput(demand: Asked, dictionary: RoutingDictionary): RoutingInput {
  const intake = demand.intake as Record<string, any>;
  const settled = isSettledOrdinary(demand);
  return {
    orgCode: demand.orgCode,
    category: demand.category,
    tags: demand.tags,
    keywords: keywordsIn(dictionary, demand.content),
    reportedDepartment: demand.reportedDepartment ?? null,
    legalIntent: settled ? 'NONE' : (demand.legalIntent ?? intake.legalIntent ?? null),
    actionOrgCode: intake.actionOrgCode ?? null,
    actionByDispatchedOrgan: intake.actionByDispatchedOrgan ?? null,
    clueConfirmed: settled ? false : (intake.clueConfirmed ?? null),
    beyondAuthority: intake.beyondAuthority ?? null,
    responsibleOrgCodes: intake.responsibleOrgCodes ?? [],
  };
}

/** The same for the rule set `legal-route`. */
export const legalInput = (
  demand: Asked & Pick<Demand, 'anonymous'>,
  dictionary: RoutingDictionary,
  requestedRoute: string | null = null,
): LegalInput => ({
  ...routingInput(demand, dictionary),
  // What a person has asked for is judged with the intent as it was said, whatever was found before.
  legalIntent: demand.legalIntent ?? (demand.intake as Record<string, any>).legalIntent ?? null,
  anonymous: demand.anonymous,
  requestedRoute,
  settledOrdinary: isSettledOrdinary(demand),
});
