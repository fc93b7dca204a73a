import { openJointHandling } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `open-joint-handling`: 列出协办部门. */
export const openJointHandlingJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const { coHandlings } = await openJointHandling(work, demandIdOf(job));
    return { coHandlings: coHandlings.map(({ id, department }) => ({ id, department })) };
  });
