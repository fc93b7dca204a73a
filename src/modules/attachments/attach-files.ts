import { sqlOf } from '../../db/orm.ts';
import { invalid } from '../../kernel/errors.ts';
import { appendEvents } from '../history/index.ts';
import type { AttachmentWork } from './context.ts';
import { type Attachment, AttachmentEntity } from './entities.ts';

export interface AttachTo {
  subjectType: string;
  subjectId: string;
  taskId?: string;
}

/**
 * The form was submitted: its files belong to the subject from now on, each with an event. Only files the person has sent and that
 * belong to nothing yet can be given; doing it again with the same files changes nothing.
 */
export async function attachFiles(work: AttachmentWork, ids: readonly string[], to: AttachTo): Promise<Attachment[]> {
  if (ids.length === 0) return [];
  const found = await work.em.find(
    AttachmentEntity,
    { id: { $in: [...new Set(ids)] }, uploadedBy: work.actor.login },
    { orderBy: { uploadedAt: 'asc', id: 'asc' } },
  );
  const there = (file: Attachment) => file.subjectType === to.subjectType && file.subjectId === to.subjectId;
  const usable = found.filter((file) => file.status === 'PENDING' || there(file));
  if (usable.length !== new Set(ids).size)
    throw invalid('有附件已经失效或不是你上传的。请移除后重新上传。', [
      { pointer: '/attachments', message: '有附件已经失效，请移除后重新上传' },
    ]);
  const fresh = usable.filter((file) => file.status === 'PENDING');
  for (const file of fresh) {
    Object.assign(file, {
      status: 'ATTACHED',
      subjectType: to.subjectType,
      subjectId: to.subjectId,
      taskId: to.taskId ?? null,
      attachedAt: work.clock.now(),
    });
  }
  await work.em.flush();
  await appendEvents(
    sqlOf(work.em),
    fresh.map((file) => ({
      subjectType: to.subjectType,
      subjectId: to.subjectId,
      type: 'attachment.added',
      occurredAt: work.clock.now(),
      actor: work.actor,
      // The name may say whose paper it is: it stays out of history, the content is named by its hash.
      payload: { attachmentId: file.id, mediaType: file.mediaType, size: file.size, sha256: file.sha256 },
    })),
  );
  return usable;
}

/** Files of a subject, oldest first. */
export const attachmentsOf = (
  work: Pick<AttachmentWork, 'em'>,
  subjectType: string,
  subjectId: string,
): Promise<Attachment[]> =>
  work.em.find(
    AttachmentEntity,
    { subjectType, subjectId, status: 'ATTACHED' },
    { orderBy: { attachedAt: 'asc', id: 'asc' } },
  );

/** Files by id, in the order given: the person's own that wait for their form, and those of the subject. Unknown ones and other people's are left out. */
export async function attachmentsNamed(
  work: AttachmentWork,
  ids: readonly string[],
  of?: Pick<AttachTo, 'subjectType' | 'subjectId'>,
): Promise<Attachment[]> {
  if (ids.length === 0) return [];
  const found = await work.em.find(AttachmentEntity, {
    id: { $in: [...ids] },
    $or: [{ uploadedBy: work.actor.login, status: 'PENDING' }, ...(of ? [{ ...of, status: 'ATTACHED' }] : [])],
  });
  return ids.flatMap((id) => found.find((file) => file.id === id) ?? []);
}

/** Takes a file back that has not been submitted yet. Somebody else's, or one that belongs to a subject, stays. */
export async function removePending(work: AttachmentWork, id: string): Promise<void> {
  const file = await work.em.findOne(AttachmentEntity, {
    id,
    uploadedBy: work.actor.login,
    status: 'PENDING',
  });
  if (!file) return;
  file.status = 'REMOVED';
  await work.em.flush();
}
