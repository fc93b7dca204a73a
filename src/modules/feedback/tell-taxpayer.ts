import { sqlOf } from '../../db/orm.ts';
import { type Demand, mobileOf, type Work } from '../demands/index.ts';
import { queueForTaxpayer } from '../notifications/index.ts';

/**
 * Puts a short message to the taxpayer into the queue, in the transaction of what it tells; it leaves in working hours. Nobody is written
 * to who gave no mobile number or wants to stay unknown, and the text says neither who nor what (个人信息保护、限定可见).
 */
export async function tellTaxpayer(
  work: Pick<Work, 'em' | 'clock' | 'directory'>,
  demand: Demand,
  message: { cause: string; template: string; values?: Record<string, string> },
): Promise<boolean> {
  if (demand.anonymous || !mobileOf(demand.contactPhone)) return false;
  return queueForTaxpayer(sqlOf(work.em), {
    cause: message.cause,
    template: message.template,
    demandId: demand.id,
    orgCode: demand.hostOrgCode,
    values: { bureau: work.directory.bureau(demand.hostOrgCode)?.shortName ?? '', ...message.values },
    at: work.clock.now(),
  });
}

/** The tracking code goes out with the registration (登记告知): with it the taxpayer follows the demand alone. */
export const tellRegistered = (work: Pick<Work, 'em' | 'clock' | 'directory'>, demand: Demand): Promise<boolean> =>
  tellTaxpayer(work, demand, { cause: `registered:${demand.id}`, template: 'demand-registered' });
