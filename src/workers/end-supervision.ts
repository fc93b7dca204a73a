import { endSupervision } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `end-supervision`: the demand is withdrawn, voided, merged or split; its card is over. */
export const endSupervisionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await endSupervision(work, demandIdOf(job), String(job.variables.setAsideBecause ?? ''));
    return {};
  });
