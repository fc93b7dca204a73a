import type { Sql } from '../../../db/sql.ts';

/** A due moment that would move or has moved, as the owner of the clocks tells it. */
export interface MovedClock {
  kind: string;
  from: string;
  to: string;
  /** Taken back with the migration. */
  back?: boolean;
}

/** What became of one instance in a migration. */
export interface MigrationItem {
  key: string;
  demandNumber: string | null;
  state: MigrationItemState;
  reason: string | null;
  elements: string[];
  /** What the rehearsal foresaw, and what was moved. The same until it is carried out. */
  foreseen: MovedClock[];
  clocks: MovedClock[];
  doneAt: Date | null;
}

export const MIGRATION_ITEM_STATES = {
  REFUSED: '不能迁移',
  PLANNED: '可以迁移',
  DONE: '已迁移',
  KEPT: '不能撤回',
  REVERTED: '已撤回',
} as const;
export type MigrationItemState = keyof typeof MIGRATION_ITEM_STATES;

export interface ItemFilter {
  state?: MigrationItemState;
  /** Those whose due moments move. */
  moved?: boolean;
  /** A part of the number of the demand. */
  number?: string;
}

const MOVED = `(i.clocks <> '[]' or i.foreseen <> '[]')`;
const WHERE = `i.migration_id = $1 and ($2::text is null or i.state = $2) and (not $3::boolean or ${MOVED})
  and ($4::text is null or position($4 in d.number) > 0)`;
const valuesOf = (id: string, only: ItemFilter) => [id, only.state ?? null, only.moved ?? false, only.number ?? null];

/** Items of a migration: those that need somebody first, then by number; a page at a time. */
export async function migrationItems(
  sql: Sql,
  id: string,
  only: ItemFilter,
  page: { limit: number; offset?: number },
): Promise<MigrationItem[]> {
  const rows = await sql.query<any>(
    `select i.*, d.number from migration_item i left join demand d on d.id = i.demand_id where ${WHERE}
     order by array_position(array['KEPT', 'REFUSED', 'PLANNED', 'DONE', 'REVERTED'], i.state), d.number, i.instance_key
     limit $5 offset $6`,
    [...valuesOf(id, only), page.limit, page.offset ?? 0],
  );
  return rows.map((row) => ({
    key: row.instance_key,
    demandNumber: row.number,
    state: row.state,
    reason: row.reason,
    elements: row.elements,
    foreseen: row.foreseen,
    clocks: row.clocks,
    doneAt: row.done_at ? new Date(row.done_at) : null,
  }));
}

export async function countItems(sql: Sql, id: string, only: ItemFilter): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    `select count(*)::int as n from migration_item i left join demand d on d.id = i.demand_id where ${WHERE}`,
    valuesOf(id, only),
  );
  return row!.n;
}

/** Why instances stay where they are, the most frequent first. */
export async function reasonsOf(
  sql: Sql,
  id: string,
  state: MigrationItemState,
): Promise<{ reason: string; n: number }[]> {
  return sql.query(
    `select reason, count(*)::int as n
     from (select unnest(string_to_array(reason, E'\n')) as reason from migration_item where migration_id = $1 and state = $2) r
     group by reason order by n desc, reason limit 50`,
    [id, state],
  );
}

/** “已从第 3 版迁至第 4 版”, for the pages of instances and demands. */
export async function migratedInWords(sql: Sql, keys: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await sql.query<any>(
    `select i.instance_key as key, m.from_version, m.to_version from migration_item i join migration m on m.id = i.migration_id
     where i.instance_key = any($1) and i.state = 'DONE' order by i.done_at`,
    [[...keys]],
  );
  const said = new Map<string, string[]>();
  for (const row of rows)
    said.set(row.key, [...(said.get(row.key) ?? []), `已从第 ${row.from_version} 版迁至第 ${row.to_version} 版`]);
  return said;
}
