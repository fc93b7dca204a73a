import { applyExtension } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `apply-extension`: 改期. */
export const applyExtensionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await applyExtension(work, String(job.variables.extensionId));
    return {};
  });
