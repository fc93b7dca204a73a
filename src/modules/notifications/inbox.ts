import type { Sql } from '../../db/sql.ts';

export interface Notice {
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string | null;
  demandId: string | null;
  createdAt: Date;
  readAt: Date | null;
}

/** Puts a message into people's inboxes. The id makes repeating it harmless: one per person and cause. */
export async function notify(
  sql: Sql,
  recipients: readonly string[],
  message: { cause: string; kind: string; title: string; body: string; link?: string; demandId?: string; at: Date },
): Promise<void> {
  for (const recipient of new Set(recipients)) {
    await sql.query(
      `insert into notification (id, recipient, kind, title, body, link, demand_id, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
      [
        `${message.cause}:${recipient}`,
        recipient,
        message.kind,
        message.title,
        message.body,
        message.link ?? null,
        message.demandId ?? null,
        message.at.toISOString(),
      ],
    );
  }
}

export async function inboxOf(sql: Sql, login: string, limit = 100): Promise<Notice[]> {
  const rows = await sql.query<any>(
    'select id, kind, title, body, link, demand_id, created_at, read_at from notification where recipient = $1 order by created_at desc limit $2',
    [login, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    body: row.body,
    link: row.link,
    demandId: row.demand_id,
    createdAt: new Date(row.created_at),
    readAt: row.read_at ? new Date(row.read_at) : null,
  }));
}

export async function unreadCount(sql: Sql, login: string): Promise<number> {
  const [row] = await sql.query<{ n: string }>(
    'select count(*) as n from notification where recipient = $1 and read_at is null',
    [login],
  );
  return Number(row!.n);
}

export async function markRead(sql: Sql, login: string, at: Date): Promise<void> {
  await sql.query('update notification set read_at = $2 where recipient = $1 and read_at is null', [
    login,
    at.toISOString(),
  ]);
}
