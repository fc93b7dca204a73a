import { renewConfirmation } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `renew-confirmation`: 再记一年. */
export const renewConfirmationJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await renewConfirmation(work, demandIdOf(job));
    return {};
  });
