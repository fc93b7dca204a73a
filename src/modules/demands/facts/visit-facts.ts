import { createHash } from 'node:crypto';

export interface VisitInput {
  id: string;
  channel: string;
  subChannel: string | null;
  anonymous: boolean;
  contactPhone: string | null;
  path: string | null;
  reworkCount: number;
  anyClockOverdue: boolean;
  extended: boolean;
  /** The taxpayer rated the handling badly by short message (差评). */
  badRating?: boolean;
}

/** Facts for `return-visit-sampling`. The bucket is drawn from the id, so that the same demand is always drawn the same way and nobody can choose. */
export function visitFacts(input: VisitInput, samplePercent: number): Record<string, unknown> {
  return {
    channel: input.channel,
    subChannel: input.subChannel,
    reachable: !input.anonymous && Boolean(input.contactPhone),
    path: input.path,
    reworked: input.reworkCount > 0,
    overdue: input.anyClockOverdue,
    extended: input.extended,
    deferred: input.path === 'DEFERRAL',
    badRating: input.badRating === true,
    bucket: createHash('sha256').update(input.id).digest().readUInt32BE(0) % 100,
    samplePercent,
  };
}
