import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** Material the host asked for, or that somebody brought unasked (补充材料). */
export const SupplementEntity = defineEntity({
  name: 'Supplement',
  tableName: 'supplement',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** ASKED, GIVEN or CLOSED (never came; the demand is over). */
    status: p.text(),
    what: optionalText(),
    purpose: optionalText(),
    pausesClock: p.boolean(),
    askedBy: optionalText(),
    askedByName: optionalText(),
    askedAt: optionalTime(),
    content: optionalText(),
    /** Login of the officer who wrote it down; null when the taxpayer wrote it themselves. */
    givenBy: optionalText(),
    givenByName: optionalText(),
    /** PORTAL, PHONE, IN_PERSON, PLATFORM or LETTER. */
    givenVia: optionalText(),
    givenAt: optionalTime(),
  },
});
export type Supplement = InferEntity<typeof SupplementEntity>;
