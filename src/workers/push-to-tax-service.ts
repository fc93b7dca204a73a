import { pushToTaxService } from '../modules/demands/index.ts';
import { tellPush } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `push-to-tax-service`: 反馈同时推送纳服. */
export const pushToTaxServiceJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await pushToTaxService(work, demandIdOf(job));
    await tellPush(work, demand, job.key);
    return {};
  });
