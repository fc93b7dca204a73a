import type { Work } from '../demands/index.ts';
import { deliveryMoment } from '../notifications/index.ts';

/** When people of a bureau may be told from now on: within the window of the parameters, on a working day. */
export async function tellingMoment(
  work: Pick<Work, 'clock' | 'calendar' | 'parameters'>,
  orgCode: string | null | undefined,
): Promise<Date> {
  const parameters = await work.parameters(orgCode ? { orgCode } : {});
  return deliveryMoment(work.clock.now(), {
    window: parameters.text('sms.window'),
    isWorkday: (date) => work.calendar.isWorkday(date, orgCode ?? undefined),
  });
}
