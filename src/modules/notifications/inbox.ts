import type { Sql } from '../../db/sql.ts';

export interface Notice {
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string | null;
  demandId: string | null;
  /** When it may be seen, never before working hours. */
  createdAt: Date;
  readAt: Date | null;
}

export interface Message {
  /** One message per person and cause: repeating it is harmless. */
  cause: string;
  kind: string;
  title: string;
  body: string;
  /** Exactly one place to go. */
  link?: string;
  demandId?: string;
  at: Date;
  /** Outside working hours: when it appears. */
  visibleAt?: Date;
}

/** Too pressing to wait for tomorrow's digest. */
const PRESSING = ['OVERDUE', 'SUPERVISION', 'URGE', 'REVEAL_ALARM'];

/**
 * Puts a message into people's inboxes; answers how many got a new one. Who has chosen mail, short messages or another way gets it there
 * too, after the transaction and in working hours.
 */
export async function notify(sql: Sql, recipients: readonly string[], message: Message): Promise<number> {
  const people = [...new Set(recipients)];
  if (people.length === 0) return 0;
  const made = await sql.query<{ recipient: string }>(
    `with made as (
       insert into notification (id, recipient, kind, title, body, link, demand_id, created_at, visible_at)
       select $1::text || ':' || recipient, recipient, $3, $4::text, $5::text, $6::text, $7::text, $8::timestamptz, $9::timestamptz from unnest($2::text[]) as recipient
       on conflict (id) do nothing returning recipient),
     further as (
       insert into message (id, channel, audience, recipient, demand_id, org_code, kind, template, values, status, next_at, created_at)
       select $1::text || ':' || p.login || ':' || way, way, 'STAFF', p.login, $7::text, u.org_code, $3, 'staff-message', $10::jsonb,
         case when p.digest and not $11::boolean then 'DIGEST' else 'WAITING' end, $9::timestamptz, $8::timestamptz
       from notification_preference p join app_user u on u.login = p.login cross join lateral unnest(p.channels) as way
       where p.login in (select recipient from made) on conflict (id) do nothing)
     select recipient from made`,
    [
      message.cause,
      people,
      message.kind,
      message.title,
      message.body,
      message.link ?? null,
      message.demandId ?? null,
      message.at.toISOString(),
      (message.visibleAt ?? message.at).toISOString(),
      JSON.stringify({ title: message.title, body: message.body, link: message.link ?? '' }),
      PRESSING.includes(message.kind),
    ],
  );
  return made.length;
}

/**
 * What somebody may see of demands: a condition over `demand d` whose parameters begin at 1. A demand may become restricted (限定可见) after people were
 * told of it: from then on who may not know of it has never been told.
 */
export interface SeenDemands {
  sql: string;
  parameters: readonly unknown[];
}

const known = (sees: SeenDemands): string =>
  `not exists (select 1 from demand d where d.id = n.demand_id and d.restricted and not ${sees.sql})`;

/** Messages a person may see by now, newest first. */
export async function inboxOf(sql: Sql, login: string, now: Date, sees: SeenDemands, limit = 100): Promise<Notice[]> {
  const [who, until, most] = [1, 2, 3].map((n) => `$${sees.parameters.length + n}`);
  const rows = await sql.query<any>(
    `select n.id, n.kind, n.title, n.body, n.link, n.demand_id, n.visible_at, n.read_at from notification n
     where n.recipient = ${who} and n.visible_at <= ${until} and ${known(sees)}
     order by n.visible_at desc, n.created_at desc, n.id limit ${most}`,
    [...sees.parameters, login, now.toISOString(), limit],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    body: row.body,
    link: row.link,
    demandId: row.demand_id,
    createdAt: new Date(row.visible_at),
    readAt: row.read_at ? new Date(row.read_at) : null,
  }));
}

export async function unreadCount(sql: Sql, login: string, now: Date, sees: SeenDemands): Promise<number> {
  const [who, until] = [1, 2].map((n) => `$${sees.parameters.length + n}`);
  const [row] = await sql.query<{ n: string }>(
    `select count(*) as n from notification n
     where n.recipient = ${who} and n.read_at is null and n.visible_at <= ${until} and ${known(sees)}`,
    [...sees.parameters, login, now.toISOString()],
  );
  return Number(row!.n);
}

export async function markRead(sql: Sql, login: string, at: Date): Promise<void> {
  await sql.query(
    'update notification set read_at = $2 where recipient = $1 and read_at is null and visible_at <= $2',
    [login, at.toISOString()],
  );
}
