import { transferDemand } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `transfer-demand`: 转交纳服汇总. Header `mode=ledger` when the registering department handles it itself. A part of a split demand has its host already. */
export const transferDemandJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const forDispatch = job.customHeaders.mode !== 'ledger';
    const demand = await transferDemand(work, demandIdOf(job), { forDispatch });
    return { hostDecided: forDispatch && demand.dispatchBasis === 'SPLIT' };
  });
