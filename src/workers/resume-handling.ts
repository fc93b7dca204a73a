import { resumeHandling } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `resume-handling`: 恢复办理. */
export const resumeHandlingJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await resumeHandling(work, demandIdOf(job));
    return { deferralOutcome: 'RESUMED' };
  });
