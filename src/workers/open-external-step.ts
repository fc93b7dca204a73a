import { openExternalStep } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `open-external-step`: 跟办钟起算. */
export const openExternalStepJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await openExternalStep(work, String(job.variables.externalStepId), job.processInstanceKey);
    return {};
  });
