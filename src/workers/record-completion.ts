import { recordCompletion } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `record-completion`: 登记办结，反馈钟起算. */
export const recordCompletionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await recordCompletion(work, demandIdOf(job));
    return { handlingOutcome: 'COMPLETED' };
  });
