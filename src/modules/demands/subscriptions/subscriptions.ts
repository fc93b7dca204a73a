import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, invalid, notFound } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import type { Work } from '../context.ts';
import type { DemandFilter } from '../list-demands.ts';

/** A daily digest of the ledger somebody has asked for (订阅日报). */
export interface Subscription {
  id: string;
  login: string;
  name: string;
  /** The conditions as texts of an address, to link with. */
  query: Record<string, string>;
  /** The same as the ledger reads them. */
  filter: DemandFilter;
  createdAt: Date;
}

type SubscriptionWork = Pick<Work, 'em' | 'actor' | 'clock' | 'ids'>;

const MOST = 10;
const LONGEST_NAME = 20;

const read = (row: any): Subscription => ({
  id: row.id,
  login: row.login,
  name: row.name,
  query: row.query,
  filter: row.filter,
  createdAt: new Date(row.created_at),
});

/** What somebody is subscribed to now, the oldest first. */
export async function subscriptionsOf(work: Pick<Work, 'em'>, login: string): Promise<Subscription[]> {
  const rows = await sqlOf(work.em).query<any>(
    'select * from ledger_subscription where login = $1 and ended_at is null order by created_at, id',
    [login],
  );
  return rows.map(read);
}

/** Asks for a digest of what fits the conditions, from the next working day on; at most so many, each under its own name. */
export async function subscribe(
  work: SubscriptionWork,
  wanted: { name: string; query: Record<string, string>; filter: DemandFilter },
): Promise<Subscription> {
  const name = wanted.name.normalize('NFC').trim();
  const length = [...name].length;
  const wrong = (message: string) => invalid('没有订阅', [{ pointer: '/name', message }]);
  if (length === 0) throw wrong('请给日报起个名字，例如“本部门临期”。');
  if (length > LONGEST_NAME) throw wrong(`名字有 ${length} 个字，最多 ${LONGEST_NAME} 个字，请缩短。`);
  if (wanted.query.behind) throw wrong('统计数字背后的清单不能订阅。请用台账的条件筛选后再订阅。');
  const own = await subscriptionsOf(work, work.actor.login);
  if (own.some((item) => item.name === name)) throw wrong(`你已经订阅了“${name}”。请换个名字，或先退订原来的。`);
  if (own.length >= MOST)
    throw conflict(`已经订阅 ${MOST} 份日报。请先退订不看的，再订新的。`, { reason: 'too-many-subscriptions' });
  const now = work.clock.now();
  const [row] = await sqlOf(work.em).query<any>(
    `insert into ledger_subscription (id, login, name, query, filter, created_at, last_day) values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7)
     on conflict do nothing returning *`,
    [
      work.ids.uuid(),
      work.actor.login,
      name,
      JSON.stringify(wanted.query),
      JSON.stringify(wanted.filter),
      now.toISOString(),
      shanghaiDate(now),
    ],
  );
  if (!row) throw conflict(`你已经订阅了“${name}”。`, { reason: 'subscribed-already' });
  const made = read(row);
  await note(work, made, 'ledger.subscribed', { name, conditions: wanted.query });
  return made;
}

/** No more digests of it (退订). Only one's own; that it was there stays on record. */
export async function unsubscribe(work: SubscriptionWork, id: string): Promise<void> {
  const [row] = await sqlOf(work.em).query<any>(
    'update ledger_subscription set ended_at = $3 where id = $1 and login = $2 and ended_at is null returning *',
    [id, work.actor.login, work.clock.now().toISOString()],
  );
  if (!row) throw notFound('没有找到你的这份订阅，可能已经退订。');
  await note(work, read(row), 'ledger.unsubscribed', { name: row.name });
}

/** Bureaus of people who have a digest that has not been sent today; every sweep asks, and mostly there is none. */
export async function bureausWithDueDigests(work: Pick<Work, 'em' | 'clock'>): Promise<string[]> {
  const rows = await sqlOf(work.em).query<{ code: string }>(
    `select distinct u.org_code as code from ledger_subscription l join app_user u on u.login = l.login
     where l.ended_at is null and l.last_day < $1::date order by 1`,
    [shanghaiDate(work.clock.now())],
  );
  return rows.map((row) => row.code);
}

/** Takes one digest that has not been sent today, of people of a bureau, and marks it sent: two nodes never take the same one. */
export async function takeDueSubscription(
  work: Pick<Work, 'em' | 'clock'>,
  orgCode: string,
): Promise<Subscription | undefined> {
  const [row] = await sqlOf(work.em).query<any>(
    `update ledger_subscription s set last_day = $1::date where s.id = (
       select l.id from ledger_subscription l join app_user u on u.login = l.login
       where l.ended_at is null and l.last_day < $1::date and u.org_code = $2 order by l.last_day, l.id limit 1 for update of l skip locked)
     returning s.*`,
    [shanghaiDate(work.clock.now()), orgCode],
  );
  return row ? read(row) : undefined;
}

const note = (work: SubscriptionWork, item: Subscription, type: string, payload: Record<string, unknown>) =>
  appendEvent(sqlOf(work.em), {
    subjectType: 'ledger-subscription',
    subjectId: item.id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload,
  });
