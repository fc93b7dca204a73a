import { sqlOf } from '../db/orm.ts';
import { resumeInstance } from '../modules/processes/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `resume-instance`: 人工办妥的一步，原流程从下一步继续. */
export const resumeInstanceJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const text = (name: string) => String(job.variables[name] ?? '');
    await resumeInstance(sqlOf(work.em), {
      instanceKey: text('stuckInstance'),
      elementInstanceKey: text('stuckElement'),
      next: text('resumeAt'),
      once: job.key,
    });
    return {};
  });
