/** Files of demands and tasks: checked by their bytes, stored once under their hash, given to a subject when the form is submitted, each download recorded. */
export { type AttachTo, attachFiles, attachmentsNamed, attachmentsOf, removePending } from './attach-files.ts';
export { ACCEPTED, checkFile, LARGEST_FILE, MOST_FILES } from './check-file.ts';
export { clamdScanner, type Scanner, type ScanVerdict } from './clamd.ts';
export type { AttachmentWork } from './context.ts';
export { type Attachment, AttachmentEntity, entities } from './entities.ts';
export { type FileStore, folderStore } from './file-store.ts';
export { findAttachment, openFile } from './open-file.ts';
export { type ReceivedFile, receiveFile } from './receive-file.ts';
export { type Scanning, type ScanState, scanFile, scanWaiting, scanWords } from './scan-files.ts';
export { sweepPending } from './sweep-pending.ts';
