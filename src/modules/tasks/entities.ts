import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();

/** A human task (待办) of the process, learned from the record stream. */
export const TaskEntity = defineEntity({
  name: 'Task',
  tableName: 'task',
  properties: {
    id: p.text().primary(),
    jobKey: p.text(),
    processInstanceKey: p.text(),
    processId: p.text(),
    processVersion: p.integer(),
    elementId: p.text(),
    elementInstanceKey: p.text(),
    title: p.text(),
    formId: optionalText(),
    demandId: optionalText(),
    orgCode: optionalText(),
    departmentCode: optionalText(),
    /** Person the diagram named (`assignee`), by rule or by hand. */
    namedAssignee: optionalText(),
    candidateGroups: p.array().$type<string[]>(),
    /** Logins who may take it, delegates included. */
    candidates: p.array().$type<string[]>(),
    assignee: optionalText(),
    /** Why it came to these people, one Chinese sentence. */
    why: optionalText(),
    /** Per login how it became a candidate: `{ via, onBehalfOf? }`. */
    via: p.json().$type<Record<string, { via: string; onBehalfOf?: string; because?: string }>>(),
    /** Nobody could be found; tax service sees it and assigns. */
    unassignable: p.boolean(),
    /** Deadline kind shown with the task. */
    clock: optionalText(),
    resultNames: p.array().$type<string[]>(),
    /** OPEN, COMPLETED or CANCELED. */
    status: p.text(),
    createdAt: p.datetime(),
    claimedAt: p.datetime().nullable(),
    /** Seen (签收): says nothing about time limits (R17). */
    acknowledgedAt: p.datetime().nullable(),
    acknowledgedBy: optionalText(),
    completedAt: p.datetime().nullable(),
    completedBy: optionalText(),
    completedOnBehalfOf: optionalText(),
    values: p.json().$type<Record<string, unknown>>().nullable(),
    revision: p.integer(),
  },
});
export type Task = InferEntity<typeof TaskEntity>;

/** What somebody has typed and not submitted; visible to the author only. */
export const DraftEntity = defineEntity({
  name: 'Draft',
  tableName: 'draft',
  properties: {
    login: p.text().primary(),
    formKey: p.text().primary(),
    subject: p.text().primary(),
    draftId: p.text().primary(),
    title: p.text(),
    values: p.json().$type<Record<string, unknown>>(),
    savedAt: p.datetime(),
  },
});
export type Draft = InferEntity<typeof DraftEntity>;

/** Who has a task before them: shown to others, so that two people do not write the same answer. */
export const TaskOpeningEntity = defineEntity({
  name: 'TaskOpening',
  tableName: 'task_opening',
  properties: {
    taskId: p.text().primary(),
    login: p.text().primary(),
    name: p.text(),
    openedAt: p.datetime(),
  },
});
export type TaskOpening = InferEntity<typeof TaskOpeningEntity>;

export const entities = [TaskEntity, DraftEntity, TaskOpeningEntity] as const;
