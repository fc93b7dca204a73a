import type { Demand } from './entities.ts';

/** Facts a parameter may depend on. */
export function parameterFacts(demand: Demand): Record<string, unknown> {
  return {
    orgCode: demand.hostOrgCode,
    category: demand.category,
    urgency: demand.urgency,
    handlingMode: demand.handlingMode ?? 'SINGLE',
    reworkCount: demand.reworkCount,
  };
}
