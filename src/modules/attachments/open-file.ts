import type { Readable } from 'node:stream';
import { sqlOf } from '../../db/orm.ts';
import { conflict, DomainError, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { AttachmentWork } from './context.ts';
import { type Attachment, AttachmentEntity } from './entities.ts';
import type { FileStore } from './file-store.ts';

const GONE = '没有找到这个附件。它可能已经移除；请回到诉求件查看附件清单。';

/** A file by its id: of a subject, or one's own that waits for its form. Whether the person may see the subject is for the caller to check. */
export async function findAttachment(work: AttachmentWork, id: string): Promise<Attachment> {
  const file = await work.em.findOne(AttachmentEntity, { id });
  if (!file || file.status === 'REMOVED' || (file.status === 'PENDING' && file.uploadedBy !== work.actor.login))
    throw notFound(GONE);
  return file;
}

/** Opens the bytes for download; of a subject's file the download goes into the subject's history. */
export async function openFile(work: AttachmentWork, store: FileStore, file: Attachment): Promise<Readable> {
  if (file.scan === 'WAITING')
    throw conflict('这个附件正在查毒，查完才能下载。请过几分钟再试；一直这样的，请联系系统管理员检查查毒服务。', {
      reason: 'scan-waiting',
    });
  if (file.scan === 'FOUND')
    throw conflict('这个附件查出病毒，已经隔离，不能下载。请让对方重新提供。', { reason: 'scan-found' });
  if (!(await store.has(file.sha256)))
    throw new DomainError('Unavailable', '附件的内容不在存储目录里。请联系系统管理员从备份恢复附件目录。');
  if (file.subjectType && file.subjectId) {
    await appendEvent(sqlOf(work.em), {
      subjectType: file.subjectType,
      subjectId: file.subjectId,
      type: 'attachment.downloaded',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { attachmentId: file.id },
    });
  }
  return store.read(file.sha256);
}
