import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** A dispatch that was disputed or taken back: an objection of the host (退单) or a correction by tax service (改派). Counted for 退单率 and 误派率. */
export const ReturnEntity = defineEntity({
  name: 'DemandReturn',
  tableName: 'demand_return',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** RETURN (退单) or REDIRECT (改派). */
    kind: p.text(),
    /** PENDING, AGREED, REJECTED or WITHDRAWN (overtaken by a withdrawal, merge or split). */
    status: p.text(),
    /** The host it was with, and who had sent it there on what ground. */
    department: p.text(),
    dispatchedBy: optionalText(),
    dispatchBasis: optionalText(),
    deliveredAt: p.datetime(),
    /** Why it does not belong there. */
    basis: p.text(),
    proposedDepartment: optionalText(),
    requestedBy: p.text(),
    requestedByName: p.text(),
    requestedAt: p.datetime(),
    decidedBy: optionalText(),
    decidedByName: optionalText(),
    decidedAt: optionalTime(),
    opinion: optionalText(),
    /** Where it went then. */
    newDepartment: optionalText(),
  },
});
export type DemandReturn = InferEntity<typeof ReturnEntity>;
