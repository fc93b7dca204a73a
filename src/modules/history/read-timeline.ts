import type { Sql } from '../../db/sql.ts';
import type { StoredEvent } from './append-event.ts';
import { openTexts } from './seal-text.ts';

const COLUMNS = `subject_type as "subjectType", subject_id as "subjectId", sequence::int as sequence, type, occurred_at as "occurredAt", actor,
  actor_name as "actorName", on_behalf_of as "onBehalfOf", payload, previous_hash as "previousHash", hash`;

/** The whole chain of a subject, oldest first. */
export async function readTimeline(sql: Sql, subjectType: string, subjectId: string): Promise<StoredEvent[]> {
  const events = await sql.query<StoredEvent>(
    `select ${COLUMNS} from history_event where subject_type = $1 and subject_id = $2 order by sequence`,
    [subjectType, subjectId],
  );
  return openTexts(sql, events);
}

export interface HistoryFilter {
  subjectType?: string;
  subjectId?: string;
  actor?: string;
  type?: string;
  from?: string;
  to?: string;
  limit: number;
  /** Continue before this position. */
  before?: string;
}

/** Search over all chains for auditors, newest first. */
export async function searchHistory(sql: Sql, filter: HistoryFilter): Promise<(StoredEvent & { position: string })[]> {
  const events = await sql.query<StoredEvent & { position: string }>(
    `select ${COLUMNS}, position::text as position from history_event
     where ($1::text is null or subject_type = $1) and ($2::text is null or subject_id = $2) and ($3::text is null or actor = $3)
       and ($4::text is null or type = $4) and ($5::text is null or occurred_at >= $5) and ($6::text is null or occurred_at < $6)
       and ($7::bigint is null or position < $7)
     order by history_event.position desc limit $8`,
    [
      filter.subjectType ?? null,
      filter.subjectId ?? null,
      filter.actor ?? null,
      filter.type ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
  return openTexts(sql, events);
}
