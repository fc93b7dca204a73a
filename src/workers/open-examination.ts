import { openExamination } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `open-examination`: 受理审查起算. */
export const openExaminationJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await openExamination(work, String(job.variables.followUpId));
    return {};
  });
