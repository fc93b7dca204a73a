import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from '../../src/db/sql.ts';

/** Elements entered and flows taken, by process. */
export type WalkedPaths = Record<string, string[]>;

/** Leaves in `folder` what has been walked in a house, for the count over all suites. */
export async function leaveWalkedPaths(sql: Sql, folder: string): Promise<void> {
  const rows = await sql.query<{ process_id: string; id: string }>(
    `select distinct p.process_id, v.element_id as id from element_visit v join process_instance p on p.key = v.process_instance_key
     union select distinct p.process_id, f.flow_id from flow_visit f join process_instance p on p.key = f.process_instance_key`,
  );
  const walked: WalkedPaths = {};
  for (const { process_id, id } of rows) walked[process_id] = [...(walked[process_id] ?? []), id];
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(walked));
}
