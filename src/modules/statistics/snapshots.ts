import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import { appendEvent, hashOf } from '../history/index.ts';

export interface SnapshotWork {
  sql: Sql;
  actor: Actor;
  clock: Clock;
  ids: Ids;
}

/** Numbers as they stood at a moment (报表快照): the database refuses to change them, and their hash is in the history and so under the daily seal. */
export interface Snapshot<Content = unknown> {
  id: string;
  kind: string;
  orgCode: string | null;
  from: string;
  to: string;
  dataAt: Date;
  definitionVersion: string;
  content: Content;
  hash: string;
  madeByName: string;
}

/** Freezes numbers. */
export async function freeze<Content>(
  work: SnapshotWork,
  made: Pick<Snapshot<Content>, 'kind' | 'orgCode' | 'from' | 'to' | 'definitionVersion' | 'content'>,
): Promise<Snapshot<Content>> {
  const dataAt = work.clock.now();
  const snapshot: Snapshot<Content> = {
    id: work.ids.uuid(),
    ...made,
    dataAt,
    hash: hashOfSnapshot({ ...made, dataAt }),
    madeByName: work.actor.name,
  };
  await work.sql.query(
    `insert into report_snapshot (id, kind, org_code, from_date, to_date, data_at, definition_version, content, hash, made_by, made_by_name)
     values ($1, $2, $3, $4::date, $5::date, $6, $7, $8::jsonb, $9, $10, $11)`,
    [
      snapshot.id,
      made.kind,
      made.orgCode,
      made.from,
      made.to,
      dataAt.toISOString(),
      made.definitionVersion,
      JSON.stringify(made.content),
      snapshot.hash,
      work.actor.login,
      work.actor.name,
    ],
  );
  await appendEvent(work.sql, {
    subjectType: 'snapshot',
    subjectId: snapshot.id,
    type: 'snapshot.frozen',
    occurredAt: dataAt,
    actor: work.actor,
    payload: {
      kind: made.kind,
      orgCode: made.orgCode,
      from: made.from,
      to: made.to,
      definitionVersion: made.definitionVersion,
      hash: snapshot.hash,
    },
  });
  return snapshot;
}

/** The hash over everything a snapshot says; over the JSON as it is stored, so that it can be taken again from the database. */
const hashOfSnapshot = (
  of: Pick<Snapshot, 'kind' | 'orgCode' | 'from' | 'to' | 'definitionVersion' | 'content' | 'dataAt'>,
): string =>
  hashOf(
    canonicalJson({
      kind: of.kind,
      orgCode: of.orgCode,
      from: of.from,
      to: of.to,
      definitionVersion: of.definitionVersion,
      dataAt: of.dataAt.toISOString(),
      content: JSON.parse(JSON.stringify(of.content)),
    }),
  );

export async function findSnapshot<Content>(sql: Sql, id: string): Promise<Snapshot<Content> | undefined> {
  const [row] = await sql.query<any>(
    `select id, kind, org_code, from_date::text as "from", to_date::text as "to", data_at, definition_version, content, hash, made_by_name
     from report_snapshot where id = $1`,
    [id],
  );
  return (
    row && {
      id: row.id,
      kind: row.kind,
      orgCode: row.org_code,
      from: row.from,
      to: row.to,
      dataAt: new Date(row.data_at),
      definitionVersion: row.definition_version,
      content: row.content,
      hash: row.hash,
      madeByName: row.made_by_name,
    }
  );
}

/** Whether what is stored is still what was frozen. */
export const isIntact = (snapshot: Snapshot): boolean => hashOfSnapshot(snapshot) === snapshot.hash;
