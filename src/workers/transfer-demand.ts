import { transferDemand } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `transfer-demand`: 转交纳服汇总. Header `mode=ledger` when the registering department handles it itself. */
export const transferDemandJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await transferDemand(work, demandIdOf(job), { forDispatch: job.customHeaders.mode !== 'ledger' });
    return {};
  });
