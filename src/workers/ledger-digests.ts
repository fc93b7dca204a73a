import { sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { isDomainError } from '../kernel/errors.ts';
import { actorOf, demandScopeSql } from '../modules/access/index.ts';
import {
  bureausWithDueDigests,
  countDemands,
  type DemandFilter,
  listDemands,
  type Subscription,
  takeDueSubscription,
  type Work,
} from '../modules/demands/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';
import type { RunWork } from './once.ts';

const MOST_LINES = 10;

/**
 * Sends the digests of the ledger (订阅日报) that are due: once a working day, from its opening on, to whoever has asked for them, with what the
 * person may see now. A day without a demand that fits sends nothing.
 */
export async function sendLedgerDigests(run: RunWork): Promise<number> {
  const bureaus = await run((work) => bureausWithDueDigests(work));
  let sent = 0;
  for (const orgCode of bureaus) {
    while (
      await run(async (work) => {
        if (!(await mayTellNow(work, orgCode))) return false;
        const subscription = await takeDueSubscription(work, orgCode);
        if (!subscription) return false;
        sent += await send(work, subscription);
        return true;
      })
    );
  }
  return sent;
}

async function mayTellNow(work: Work, orgCode: string): Promise<boolean> {
  try {
    return (await tellingMoment(work, orgCode)) <= work.clock.now();
  } catch (error) {
    // A year without an arrangement: nothing is guessed.
    if (isDomainError(error)) return false;
    throw error;
  }
}

async function send(work: Work, subscription: Subscription): Promise<number> {
  const actor = actorOf(work.directory, subscription.login);
  if (!actor) return 0;
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const scope = demandScopeSql(actor, 1);
  const count = async (more: DemandFilter) =>
    (await countDemands(sql, scope, { ...subscription.filter, ...more }, { now })).total;
  const total = await count({});
  if (total === 0) return 0;
  const today = shanghaiDate(now);
  // Conditions that speak of time already are not narrowed further.
  const narrower = subscription.filter.time
    ? ''
    : `；在办逾期 ${await count({ state: 'open', time: 'overdue' })} 件，今日到期 ${await count({ state: 'open', time: 'today' })} 件`;
  const { rows } = await listDemands(
    sql,
    scope,
    { ...subscription.filter, sort: 'due' },
    { limit: MOST_LINES, offset: 0, now },
  );
  return notify(sql, [subscription.login], {
    cause: `ledger-digest:${subscription.id}:${today}`,
    kind: 'LEDGER_DIGEST',
    title: `台账日报“${subscription.name}”：${total} 件${narrower}`,
    body: `${rows.map((row) => row.number).join('、')}${total > rows.length ? `，另有 ${total - rows.length} 件` : ''}。`,
    link: `/demands?${new URLSearchParams(subscription.query)}`,
    at: now,
    visibleAt: now,
  });
}
