import type { Sql } from '../../../db/sql.ts';
import type { DesignKind } from '../design-drafts.ts';

/** Through which release a version came into force. */
export interface ReleaseOfVersion {
  release: string;
  /** Names of who signed. */
  reviewers: string[];
}

/** The releases the versions of a design came with, by version; what the program brought along has none. */
export async function releasesOfVersions(
  sql: Sql,
  kind: DesignKind,
  id: string,
): Promise<Map<number, ReleaseOfVersion>> {
  const rows = await sql.query<{ version: number; release: string; names: string[] | null }>(
    `select i.published_version as version, r.id as release, array_agg(s.name order by s.at) filter (where s.name is not null) as names
     from release_item i join release r on r.id = i.release_id left join release_signature s on s.release_id = r.id
     where i.kind = $1 and i.design_id = $2 and i.published_version is not null group by 1, 2`,
    [kind, id],
  );
  return new Map(rows.map((row) => [row.version, { release: row.release, reviewers: row.names ?? [] }]));
}
