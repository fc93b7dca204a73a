import { closeExtension } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `close-extension`: 记录不同意、退回或按规则不予延期. */
export const closeExtensionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await closeExtension(work, String(job.variables.extensionId));
    return {};
  });
