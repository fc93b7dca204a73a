import { sqlOf } from '../db/orm.ts';
import { CommandRejected, type CommandResult, type EngineCommand } from '../engine/port.ts';
import { applyClocks, takeBackClocks, type Work } from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { commandOf, type Migration, runningMigrations } from '../modules/processes/index.ts';
import type { RunWork } from './once.ts';

const AT_ONCE = 50;

export interface MigrateParts {
  run: RunWork;
  submit(commandId: string, command: EngineCommand): Promise<CommandResult>;
  /** The program is about to end: what is left is done after the next start. */
  stopping(): boolean;
}

/**
 * Carries out migrations that were started, batch by batch. Each item is submitted under a command id of its own, so that a crash between
 * engine and ledger repeats nothing; one that is refused keeps its reason and the rest goes on. Answers how many items were settled.
 */
export async function migrateInstances(parts: MigrateParts): Promise<number> {
  let settled = 0;
  for (const migration of await parts.run((work) => runningMigrations(sqlOf(work.em)))) {
    for (;;) {
      const keys = await nextItems(parts, migration);
      for (const key of keys) {
        if (parts.stopping()) return settled;
        // An engine that is away: the rest waits for the next round.
        if (!(await migrateOne(parts, migration, key))) return settled;
        settled += 1;
      }
      if (keys.length < AT_ONCE) break;
    }
    await finish(parts, migration);
  }
  return settled;
}

const backwards = (migration: Migration): boolean => migration.state === 'REVERTING';

async function nextItems({ run }: MigrateParts, migration: Migration): Promise<string[]> {
  const rows = await run((work) =>
    sqlOf(work.em).query<{ instance_key: string }>(
      'select instance_key from migration_item where migration_id = $1 and state = $2 order by instance_key limit $3',
      [migration.id, backwards(migration) ? 'DONE' : 'PLANNED', AT_ONCE],
    ),
  );
  return rows.map((row) => row.instance_key);
}

async function migrateOne({ run, submit }: MigrateParts, migration: Migration, key: string): Promise<boolean> {
  const back = backwards(migration);
  let refused: string | undefined;
  try {
    await submit(`${back ? 'unmigrate' : 'migrate'}:${migration.id}:${key}`, commandOf(migration, key, back));
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
    if (error.code === 'UNAVAILABLE') return false;
    refused = error.code === 'NOT_FOUND' ? '这个实例在此期间已经结束。' : error.message;
  }
  await run((work) =>
    refused === undefined ? moved(work, migration, key, back) : refuse(work, migration, key, refused),
  );
  return true;
}

async function refuse(work: Work, migration: Migration, key: string, reason: string): Promise<void> {
  await sqlOf(work.em).query(
    `update migration_item set state = $3, reason = $4, done_at = $5, clocks = case when $3 = 'REFUSED' then '[]' else clocks end
     where migration_id = $1 and instance_key = $2 and state = $6`,
    [
      migration.id,
      key,
      backwards(migration) ? 'KEPT' : 'REFUSED',
      reason,
      work.clock.now().toISOString(),
      backwards(migration) ? 'DONE' : 'PLANNED',
    ],
  );
}

/** The instance stands in the other version: its clocks follow, and both chains say so. */
async function moved(work: Work, migration: Migration, key: string, back: boolean): Promise<void> {
  const sql = sqlOf(work.em);
  const [item] = await sql.query<{ demand_id: string | null; clocks: any[] }>(
    'select demand_id, clocks from migration_item where migration_id = $1 and instance_key = $2 and state = $3 for update',
    [migration.id, key, back ? 'DONE' : 'PLANNED'],
  );
  if (!item) return;
  const title = `流程从第 ${migration.fromVersion} 版迁至第 ${migration.toVersion} 版`;
  let { clocks } = item;
  if (item.demand_id && back) {
    const restored = await takeBackClocks(work, clocks, `撤回“${title}”：${migration.revertReason}`);
    clocks = clocks.map((clock) => (restored.includes(clock.id) ? { ...clock, back: true } : clock));
  } else if (item.demand_id)
    clocks = await applyClocks(work, item.demand_id, migration.clocks, `${title}：${migration.reason}`);
  await sql.query(
    'update migration_item set state = $3, clocks = $4::jsonb, done_at = $5 where migration_id = $1 and instance_key = $2',
    [migration.id, key, back ? 'REVERTED' : 'DONE', JSON.stringify(clocks), work.clock.now().toISOString()],
  );
  const subjects = [
    { subjectType: 'instance', subjectId: key },
    ...(item.demand_id ? [{ subjectType: 'demand', subjectId: item.demand_id }] : []),
  ];
  for (const subject of subjects)
    await appendEvent(sql, {
      ...subject,
      type: back ? 'instance.migration-reverted' : 'instance.migrated',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: {
        migration: migration.id,
        from: `第 ${back ? migration.toVersion : migration.fromVersion} 版`,
        to: `第 ${back ? migration.fromVersion : migration.toVersion} 版`,
        reason: back ? migration.revertReason : migration.reason,
      },
    });
}

async function finish({ run }: MigrateParts, migration: Migration): Promise<void> {
  await run((work) =>
    sqlOf(work.em).query(
      `update migration set state = $3, finished_at = case when $3 = 'DONE' then $4::timestamptz else finished_at end, revision = revision + 1
       where id = $1 and state = $2`,
      [migration.id, migration.state, backwards(migration) ? 'REVERTED' : 'DONE', work.clock.now().toISOString()],
    ),
  );
}
