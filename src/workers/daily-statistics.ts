import { sqlOf } from '../db/orm.ts';
import { findTopicsDaily, reconcileDaily } from '../modules/statistics/index.ts';
import type { RunWork } from './once.ts';

/**
 * What the statistics do once per calendar day: the balance of the ledger (每日对账, R29), and the search for common demands (共性诉求, R26). To be called
 * every now and then, before the history is sealed for the day.
 */
export const dailyStatistics = (run: RunWork) => async (): Promise<void> => {
  await run((work) => reconcileDaily({ ...work, sql: sqlOf(work.em) }));
  await run((work) => findTopicsDaily(work));
};
