import type { Sql } from '../../db/sql.ts';

/** Every change of the calendar raises its version in its own transaction. */
export async function nextVersion(tx: Sql): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    'insert into calendar_version (one, version) values (true, 1) on conflict (one) do update set version = calendar_version.version + 1 returning version',
  );
  return row!.version;
}

/** Version in force, its row locked until the transaction ends: two people publishing come one after the other. */
export async function lockVersion(tx: Sql): Promise<number> {
  const [row] = await tx.query<{ version: number }>('select version from calendar_version where one for update');
  return row?.version ?? 0;
}
