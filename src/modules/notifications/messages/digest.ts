import type { Sql } from '../../../db/sql.ts';
import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import { deliveryMoment, type TellingHours } from '../delivery-moment.ts';

interface DigestRow {
  id: string;
  channel: string;
  recipient: string;
  demandId: string | null;
  values: Record<string, string>;
}

/** More lines than this are counted, not listed. */
const MOST_LINES = 30;

interface DigestParts {
  now: Date;
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  hoursOf(orgCode: string | null): Promise<TellingHours>;
  closed(sql: Sql, login: string, demandIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * Makes one message a day of what people who chose the digest (日报) got since the last one: at the opening of a working day, of
 * everything before that opening.
 */
export async function composeDigests(parts: DigestParts): Promise<number> {
  const { now } = parts;
  const today = shanghaiDate(now);
  const bureaus = await parts.transaction((sql) =>
    sql.query<{ org: string | null }>(`select distinct org_code as org from message where status = 'DIGEST'`),
  );
  let made = 0;
  for (const { org } of bureaus) {
    const hours = await parts.hoursOf(org);
    if (deliveryMoment(now, hours) > now) continue;
    const opening = shanghaiInstant(today, hours.window.split(/[-–]/)[0]!.trim());
    made += await parts.transaction(async (sql) => {
      const rows = await sql.query<DigestRow>(
        `select id, channel, recipient, demand_id as "demandId", values from message where status = 'DIGEST' and digest_id is null and created_at < $1
           and org_code is not distinct from $2 order by created_at, id for update skip locked`,
        [opening.toISOString(), org],
      );
      const groups = Map.groupBy(rows, (row) => `${row.recipient} ${row.channel}`);
      for (const waiting of groups.values()) {
        const { recipient, channel } = waiting[0]!;
        const closed = await parts.closed(
          sql,
          recipient,
          waiting.flatMap((item) => item.demandId ?? []),
        );
        const items = waiting.filter((item) => !closed.has(item.demandId ?? ''));
        const id = `digest:${recipient}:${channel}:${today}`;
        const lines = items.slice(0, MOST_LINES).map((item, index) => `${index + 1}. ${item.values.title ?? ''}`);
        if (items.length > MOST_LINES) lines.push(`……另有 ${items.length - MOST_LINES} 条，见站内消息`);
        if (items.length > 0)
          await sql.query(
            `insert into message (id, channel, audience, recipient, org_code, kind, template, values, status, next_at, created_at)
           values ($1, $2, 'STAFF', $3, $4, 'DIGEST', 'staff-digest', $5::jsonb, 'WAITING', $6, $6) on conflict (id) do nothing`,
            [
              id,
              channel,
              recipient,
              org,
              JSON.stringify({
                day: `${Number(today.slice(0, 4))}年${Number(today.slice(5, 7))}月${Number(today.slice(8))}日`,
                count: String(items.length),
                lines: lines.join('\n'),
                link: '/inbox',
              }),
              now.toISOString(),
            ],
          );
        await sql.query(
          `update message set digest_id = $2, status = 'DROPPED', settled_at = $3, last_error = null where id = any($1::text[])`,
          [waiting.map((item) => item.id), items.length > 0 ? id : null, now.toISOString()],
        );
      }
      return groups.size;
    });
  }
  return made;
}
