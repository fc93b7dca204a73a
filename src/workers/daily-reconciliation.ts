import { sqlOf } from '../db/orm.ts';
import { reconcileDaily } from '../modules/statistics/index.ts';
import type { RunWork } from './once.ts';

/** Balances the ledger once per calendar day (每日对账, R29); to be called every now and then, before the history is sealed for the day. */
export const dailyReconciliation = (run: RunWork) => (): Promise<unknown> =>
  run((work) => reconcileDaily({ ...work, sql: sqlOf(work.em) }));
