import { invalid } from '../../kernel/errors.ts';
import { checkFile } from './check-file.ts';
import type { AttachmentWork } from './context.ts';
import { type Attachment, AttachmentEntity } from './entities.ts';
import type { FileStore } from './file-store.ts';

export interface ReceivedFile {
  /** Temporary file, taken over when accepted. */
  path: string;
  /** Name as the sender's machine gave it. */
  name: string;
  /** Bytes. */
  size: number;
  field?: string;
  sensitive?: boolean;
  /** A scanner is set: held back until it has answered. */
  scanned?: boolean;
}

/** Takes a file in for its sender, not yet belonging to anything. Refuses wrong kinds and sizes with a sentence that names the file. */
export async function receiveFile(work: AttachmentWork, store: FileStore, file: ReceivedFile): Promise<Attachment> {
  const checked = await checkFile(file.path, file.name, file.size);
  if (!checked.ok) throw invalid(checked.message, [{ pointer: `/${file.field ?? 'file'}`, message: checked.message }]);
  const attachment = work.em.create(
    AttachmentEntity,
    {
      id: work.ids.uuid(),
      status: 'PENDING',
      subjectType: null,
      subjectId: null,
      taskId: null,
      field: file.field ?? null,
      name: checked.name,
      mediaType: checked.mediaType,
      size: file.size,
      sha256: await store.take(file.path),
      sensitive: file.sensitive ?? false,
      scan: file.scanned ? 'WAITING' : 'NONE',
      scanFound: null,
      scannedAt: null,
      uploadedBy: work.actor.login,
      uploadedByName: work.actor.name,
      uploadedAt: work.clock.now(),
      attachedAt: null,
    },
    { persist: true },
  );
  await work.em.flush();
  return attachment;
}
