import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();

/** One attempt of a return visit (回访) by tax service, R25. Several attempts make a round; each rework starts a new round. */
export const ReturnVisitEntity = defineEntity({
  name: 'ReturnVisit',
  tableName: 'return_visit',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    round: p.integer(),
    attempt: p.integer(),
    visitedBy: p.text(),
    visitedByName: p.text(),
    visitedAt: p.datetime(),
    method: p.text(),
    reached: p.boolean(),
    feedbackReceived: p.boolean().nullable(),
    resolved: optionalText(),
    satisfaction: optionalText(),
    dissatisfactionReason: optionalText(),
    remark: optionalText(),
    judgement: optionalText(),
    judgementReason: optionalText(),
    judgedBy: optionalText(),
  },
});
export type ReturnVisit = InferEntity<typeof ReturnVisitEntity>;

export const entities = [ReturnVisitEntity] as const;
