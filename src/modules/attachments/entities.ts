import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A file somebody has sent. PENDING until the form it came with is submitted; then it belongs to a subject for good. */
export const AttachmentEntity = defineEntity({
  name: 'Attachment',
  tableName: 'attachment',
  properties: {
    id: p.text().primary(),
    /** PENDING, ATTACHED or REMOVED (taken back before the form was submitted, or out of a demand whose personal data have had their time). */
    status: p.text(),
    subjectType: p.text().nullable(),
    subjectId: p.text().nullable(),
    taskId: p.text().nullable(),
    /** Field of the form it was sent with. */
    field: p.text().nullable(),
    name: p.text(),
    mediaType: p.text(),
    /** Bytes. */
    size: p.integer(),
    sha256: p.text(),
    /** The sender says it holds account numbers, medical records and the like. */
    sensitive: p.boolean(),
    /** NONE (no scanner set), WAITING (正在查毒), CLEAN or FOUND (有风险已隔离). */
    scan: p.text(),
    scanFound: p.text().nullable(),
    scannedAt: p.datetime().nullable(),
    uploadedBy: p.text(),
    uploadedByName: p.text(),
    uploadedAt: p.datetime(),
    attachedAt: p.datetime().nullable(),
  },
});
export type Attachment = InferEntity<typeof AttachmentEntity>;

export const entities = [AttachmentEntity] as const;
