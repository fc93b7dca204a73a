import type { Sql } from '../../../db/sql.ts';
import type { MigrateInstance } from '../../../engine/port.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { conflict, type FieldProblem, invalid, notFound } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import { diagramOf } from '../catalogue.ts';
import { elementOf } from '../diagram.ts';
import { compare } from '../plan-migration.ts';
import { type Chosen, chosenKeys } from './chosen.ts';
import type { MovedClock } from './items.ts';
import { type MappingRow, proposeMapping } from './propose-mapping.ts';

/** More than 200 lines: the whole life of a migration in one place, from its making to its reversal. */

export const MIGRATION_STATES = {
  REHEARSED: '已预演',
  RUNNING: '正在迁移',
  DONE: '已迁移',
  REVERTING: '正在撤回',
  REVERTED: '已撤回',
} as const;
export const CLOCK_MODES = { KEEP: '保留', RECOMPUTE: '重算', RESTART: '重新起算' } as const;
export type MigrationClocks = keyof typeof CLOCK_MODES;
export const REVERT_HOURS = 24;

export interface Migration {
  id: string;
  processId: string;
  fromVersion: number;
  toVersion: number;
  chosen: Chosen;
  mapping: { from: string; to: string }[];
  clocks: MigrationClocks;
  reason: string;
  state: keyof typeof MIGRATION_STATES;
  revision: number;
  madeBy: string;
  madeByName: string;
  madeAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  revertReason: string | null;
  counts: Record<string, number>;
}

export interface MigrationWork {
  sql: Sql;
  actor: Actor;
  now: Date;
  id: string;
  /** The engine's own verdict by instance, asked before the transaction; none where it cannot tell without doing it. */
  verdicts: ReadonlyMap<string, readonly string[]>;
  /** Which clocks of a demand would move. */
  clocks(demandId: string, mode: MigrationClocks): Promise<readonly MovedClock[]>;
}

export interface MigrationInput {
  processId: string;
  fromVersion: number;
  toVersion: number;
  chosen: Chosen;
  mapping: readonly { from: string; to: string }[];
  clocks: MigrationClocks;
  reason: string;
}

/** Where instances stand and where each of these elements would go. */
export async function mappingFor(
  sql: Sql,
  of: { processId: string; fromVersion: number; toVersion: number; keys: readonly string[] },
): Promise<MappingRow[]> {
  const places = await placesOf(sql, of.keys);
  const active = [...new Set([...places.values()].flat())].sort();
  return proposeMapping(
    await diagramOf(sql, of.processId, of.fromVersion),
    await diagramOf(sql, of.processId, of.toVersion),
    active,
  );
}

async function placesOf(sql: Sql, keys: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await sql.query<{ key: string; ids: string[] }>(
    `select process_instance_key as key, array_agg(distinct element_id order by element_id) as ids from (
       select process_instance_key, element_id from element_visit where process_instance_key = any($1) and state = 'ACTIVE'
       union all select process_instance_key, element_id from incident_view where process_instance_key = any($1) and resolved_at is null) at
     group by 1`,
    [[...keys]],
  );
  return new Map(rows.map((row) => [row.key, row.ids]));
}

/** Makes a migration and rehearses it (迁移预演): every instance is looked at, nothing is moved. */
export async function rehearse(work: MigrationWork, input: MigrationInput): Promise<string> {
  const keys = await check(work.sql, input);
  await work.sql.query(
    `insert into migration (id, process_id, from_version, to_version, chosen, mapping, clocks, reason, state, made_by, made_by_name, made_at, rehearsed_at)
     values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, 'REHEARSED', $9, $10, $11, $11)`,
    [
      work.id,
      input.processId,
      input.fromVersion,
      input.toVersion,
      JSON.stringify(input.chosen),
      JSON.stringify(input.mapping),
      input.clocks,
      input.reason.trim(),
      work.actor.login,
      work.actor.name,
      work.now.toISOString(),
    ],
  );
  await fill(work, input, keys);
  await note(work, input.processId, 'migration.rehearsed', {
    migration: work.id,
    fromVersion: input.fromVersion,
    toVersion: input.toVersion,
    count: keys.length,
    reason: input.reason.trim(),
  });
  return work.id;
}

/** Looks at every instance again: some have moved on since. */
export async function rehearseAgain(work: MigrationWork): Promise<void> {
  const migration = await findMigration(work.sql, work.id, { lock: true });
  if (migration.state !== 'REHEARSED')
    throw conflict('这次迁移已经开始，不能再预演。请看进度。', { reason: 'migration-started' });
  const keys = await check(work.sql, migration);
  await work.sql.query('delete from migration_item where migration_id = $1', [work.id]);
  await fill(work, migration, keys);
  await work.sql.query('update migration set rehearsed_at = $2, revision = revision + 1 where id = $1', [
    work.id,
    work.now.toISOString(),
  ]);
}

async function check(sql: Sql, input: MigrationInput): Promise<string[]> {
  const problems: FieldProblem[] = [];
  if (input.fromVersion === input.toVersion)
    problems.push({ pointer: '/to', message: '“迁到”和“从”是同一版，请选另一版。' });
  if ([...input.reason.trim()].length < 4)
    problems.push({ pointer: '/reason', message: '“原因”至少 4 个字，写明为什么迁移。' });
  const keys = await chosenKeys(sql, input);
  if (keys.length === 0)
    problems.push({ pointer: '/which', message: `第 ${input.fromVersion} 版没有符合条件的在办实例，不用迁移。` });
  const chosen = new Map(input.mapping.map((item) => [item.from, item.to]));
  const rows = await mappingFor(sql, { ...input, keys });
  const missing = rows.filter((row) => row.how !== 'same' && !chosen.get(row.from));
  if (missing.length > 0)
    problems.push({
      pointer: `/map-${missing[0]!.from}`,
      message: `还有 ${missing.length} 个节点没有对应，不能预演：${missing.map((row) => `“${row.name}”`).join('、')}。`,
    });
  if (problems.length > 0) throw invalid('没有预演', problems);
  return keys;
}

const AT_ONCE = 500;

/** What the engine says to each chosen instance as it stands now. Asked outside any transaction: the engine has its own. */
export async function engineVerdicts(
  sql: Sql,
  input: Pick<MigrationInput, 'processId' | 'fromVersion' | 'toVersion' | 'chosen' | 'mapping'>,
  ask: (commands: readonly MigrateInstance[]) => Promise<readonly (readonly string[] | undefined)[]>,
): Promise<Map<string, readonly string[]>> {
  const verdicts = new Map<string, readonly string[]>();
  const keys = await chosenKeys(sql, input);
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const page = keys.slice(from, from + AT_ONCE);
    const told = await ask(page.map((key) => commandOf(input, key)));
    for (const [index, key] of page.entries()) if (told[index]) verdicts.set(key, told[index]);
  }
  return verdicts;
}

async function fill(work: MigrationWork, input: MigrationInput, keys: readonly string[]): Promise<void> {
  const there = new Set(keys);
  const gone = 'keys' in input.chosen ? input.chosen.keys.filter((key) => !there.has(key)) : [];
  await work.sql.query(
    `insert into migration_item (migration_id, instance_key, demand_id, state, reason)
     select $1, p.key, p.demand_id, 'REFUSED', $3 from process_instance p where p.key = any($2)`,
    [work.id, gone, `已经结束，或者不在第 ${input.fromVersion} 版上。`],
  );
  const source = await diagramOf(work.sql, input.processId, input.fromVersion);
  const target = await diagramOf(work.sql, input.processId, input.toVersion);
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const page = keys.slice(from, from + AT_ONCE);
    const places = await placesOf(work.sql, page);
    const demands = await demandsOf(work.sql, page);
    const items: unknown[] = [];
    for (const key of page) {
      const active = places.get(key) ?? [];
      const refusals =
        work.verdicts.get(key) ?? compare({ source, target, active, mapping: input.mapping, engine: 'zeebe' }).refusals;
      const demandId = demands.get(key) ?? null;
      const clocks = refusals.length === 0 && demandId ? await work.clocks(demandId, input.clocks) : [];
      items.push({
        instance_key: key,
        demand_id: demandId,
        state: refusals.length > 0 ? 'REFUSED' : 'PLANNED',
        reason: refusals.length > 0 ? [...new Set(refusals)].join('\n') : null,
        elements: active.map((id) => elementOf(source, id)?.name ?? id),
        clocks,
      });
    }
    await work.sql.query(
      `insert into migration_item (migration_id, instance_key, demand_id, state, reason, elements, clocks, foreseen)
       select $1, instance_key, demand_id, state, reason, array(select jsonb_array_elements_text(elements)), clocks, clocks
       from jsonb_to_recordset($2::jsonb) as r(instance_key text, demand_id text, state text, reason text, elements jsonb, clocks jsonb)`,
      [work.id, JSON.stringify(items)],
    );
  }
}

async function demandsOf(sql: Sql, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ key: string; demand_id: string | null }>(
    'select key, demand_id from process_instance where key = any($1)',
    [[...keys]],
  );
  return new Map(rows.flatMap((row) => (row.demand_id ? [[row.key, row.demand_id] as const] : [])));
}

export const commandOf = (
  migration: Pick<MigrationInput, 'processId' | 'fromVersion' | 'toVersion' | 'mapping'>,
  key: string,
  back = false,
): MigrateInstance => ({
  type: 'migrateInstance',
  processInstanceKey: key,
  processId: migration.processId,
  version: back ? migration.fromVersion : migration.toVersion,
  mapping: back ? migration.mapping.map(({ from, to }) => ({ from: to, to: from })) : [...migration.mapping],
});

/** Begins carrying out what was rehearsed; a second administrator is told. The batches are done in the background. */
export async function startMigration(
  work: Pick<MigrationWork, 'sql' | 'actor' | 'now' | 'id'>,
  seen: number,
): Promise<void> {
  const migration = await findMigration(work.sql, work.id, { lock: true });
  if (migration.state !== 'REHEARSED')
    throw conflict('这次迁移刚刚已经由别人开始，没有重复执行。', { reason: 'migration-started' });
  if (migration.revision !== seen)
    throw conflict('预演结果刚刚更新过，没有开始。请看过新的结果再点。', { reason: 'stale' });
  if (!migration.counts.PLANNED) throw conflict('没有可以迁移的实例。', { reason: 'nothing-to-migrate' });
  await work.sql.query(
    `update migration set state = 'RUNNING', started_by = $2, started_at = $3, revision = revision + 1 where id = $1`,
    [work.id, work.actor.login, work.now.toISOString()],
  );
  await note(work, migration.processId, 'migration.started', { migration: work.id, count: migration.counts.PLANNED });
}

/** Takes a finished migration back, within a day: every instance that was moved goes to the version it came from. */
export async function revertMigration(
  work: Pick<MigrationWork, 'sql' | 'actor' | 'now' | 'id'>,
  reason: string,
): Promise<void> {
  const migration = await findMigration(work.sql, work.id, { lock: true });
  const refusal = revertRefusal(migration, work.now);
  if (refusal) throw conflict(refusal, { reason: 'no-revert' });
  if ([...reason.trim()].length < 4)
    throw invalid('没有撤回', [{ pointer: '/reason', message: '“原因”至少 4 个字，写明为什么撤回。' }]);
  await work.sql.query(
    `update migration set state = 'REVERTING', revert_reason = $2, reverted_by = $3, reverted_at = $4, revision = revision + 1 where id = $1`,
    [work.id, reason.trim(), work.actor.login, work.now.toISOString()],
  );
  await note(work, migration.processId, 'migration.reverted', { migration: work.id, reason: reason.trim() });
}

/** Why a migration cannot be taken back; null when it can. */
export function revertRefusal(migration: Migration, now: Date): string | null {
  if (migration.state !== 'DONE') return '只有迁移完的才能撤回；已经撤回或正在进行的不能。';
  if (now.getTime() > migration.finishedAt!.getTime() + REVERT_HOURS * 3_600_000)
    return `迁移完成超过 ${REVERT_HOURS} 小时，不能撤回。需要改回的，请另做一次迁移。`;
  return migration.counts.DONE ? null : '没有迁移成功的实例，不用撤回。';
}

const note = (
  work: Pick<MigrationWork, 'sql' | 'actor' | 'now'>,
  processId: string,
  type: string,
  payload: Record<string, unknown>,
) =>
  appendEvent(work.sql, {
    subjectType: 'process',
    subjectId: processId,
    type,
    occurredAt: work.now,
    actor: work.actor,
    payload,
  });

const COLUMNS = `m.*, coalesce((select jsonb_object_agg(state, n) from (select state, count(*)::int as n from migration_item i where i.migration_id = m.id group by 1) c), '{}') as counts`;

export async function findMigration(sql: Sql, id: string, options: { lock?: boolean } = {}): Promise<Migration> {
  if (options.lock) await sql.query('select 1 from migration where id = $1 for update', [id]);
  const [row] = await sql.query(`select ${COLUMNS} from migration m where m.id = $1`, [id]);
  if (!row) throw notFound('没有这次迁移。请从“迁移”列表进入。');
  return read(row);
}

export async function listMigrations(sql: Sql, limit = 100): Promise<Migration[]> {
  const rows = await sql.query(`select ${COLUMNS} from migration m order by made_at desc limit $1`, [limit]);
  return rows.map(read);
}

/** Those that are under way, the oldest first. */
export async function runningMigrations(sql: Sql): Promise<Migration[]> {
  const rows = await sql.query(
    `select ${COLUMNS} from migration m where m.state in ('RUNNING', 'REVERTING') order by m.started_at`,
  );
  return rows.map(read);
}

function read(row: Record<string, any>): Migration {
  const at = (value: unknown) => (value ? new Date(value as string) : null);
  return {
    id: row.id,
    processId: row.process_id,
    fromVersion: row.from_version,
    toVersion: row.to_version,
    chosen: row.chosen,
    mapping: row.mapping,
    clocks: row.clocks,
    reason: row.reason,
    state: row.state,
    revision: row.revision,
    madeBy: row.made_by,
    madeByName: row.made_by_name,
    madeAt: new Date(row.made_at),
    startedAt: at(row.started_at),
    finishedAt: at(row.finished_at),
    revertReason: row.revert_reason,
    counts: row.counts,
  };
}
