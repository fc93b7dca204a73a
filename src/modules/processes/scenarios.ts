import type { Sql } from '../../db/sql.ts';
import { type Actor, SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import { diagramOf, listProcessVersions } from './catalogue.ts';
import { contentHash } from './read-diagram.ts';
import { parseScenario, type Scenario, type ScenarioFile, scenarioText } from './scenario-file.ts';

interface By {
  actor: Actor;
  now: Date;
}

/** Stores the program's own scenarios: those that are not there, and newer texts of those no administrator has touched. */
export async function seedScenarios(sql: Sql, files: readonly ScenarioFile[], by: By): Promise<void> {
  for (const file of files) {
    const [kept] = await sql.query<{ version: number }>(
      `insert into scenario (process_id, name, content, hash, saved_at, saved_by) values ($1, $2, $3, $4, $5, $6)
       on conflict (process_id, name) do update set content = excluded.content, hash = excluded.hash, saved_at = excluded.saved_at,
         version = scenario.version + 1
       where scenario.saved_by = excluded.saved_by and scenario.hash <> excluded.hash and not scenario.dropped returning version`,
      [file.processId, file.name, file.content, contentHash(file.content), by.now.toISOString(), by.actor.login],
    );
    if (kept) await keepVersion(sql, { ...file, version: kept.version, dropped: false }, by);
  }
}

interface VersionWords {
  reason?: string;
  release?: string;
  /** Version of the process it comes into force with; without it, the newest there is. */
  processVersion?: number | null;
}

const keepVersion = (
  sql: Sql,
  item: ScenarioFile & { version: number; dropped: boolean },
  { actor, now, reason, release, processVersion }: By & VersionWords,
) =>
  sql.query(
    `insert into scenario_version (process_id, name, version, content, hash, dropped, process_version, saved_at, saved_by, reason, release_id)
     values ($1, $2, $3, $4, $5, $6, coalesce($7::int, (select max(version) from process_version where process_id = $1)), $8, $9, $10, $11)`,
    [
      item.processId,
      item.name,
      item.version,
      item.content,
      contentHash(item.content),
      item.dropped,
      processVersion ?? null,
      now.toISOString(),
      actor.login,
      reason ?? '',
      release ?? null,
    ],
  );

export interface StoredScenario {
  processId: string;
  name: string;
  content: string;
  savedAt: Date;
  savedBy: string;
  version: number;
}

/** What a scenario expected once: since when, by whose word, and with which version of its process. */
export interface ScenarioVersion extends StoredScenario {
  dropped: boolean;
  processVersion: number | null;
  reason: string;
  /** The release it went through; null for what was kept in a trial or came with the program. */
  release: string | null;
}

/** Every version of the scenarios of a process, newest first. */
export async function scenarioVersions(sql: Sql, processId: string): Promise<ScenarioVersion[]> {
  const rows = await sql.query<any>(
    'select * from scenario_version where process_id = $1 order by name, version desc',
    [processId],
  );
  return rows.map(versionOf);
}

/**
 * Scenarios that somebody replaced or took out of use by hand since the version of their process that is in force: nobody has
 * countersigned those changes.
 */
export async function scenariosChangedByHand(sql: Sql): Promise<ScenarioVersion[]> {
  const rows = await sql.query<any>(
    `select v.* from scenario_version v join scenario s on s.process_id = v.process_id and s.name = v.name and s.version = v.version
     where v.release_id is null and v.saved_by <> $1 and v.version > 1
       and v.process_version = (select max(p.version) from process_version p where p.process_id = v.process_id)
     order by v.process_id, v.name`,
    [SYSTEM_ACTOR.login],
  );
  return rows.map(versionOf);
}

const versionOf = (row: any): ScenarioVersion => ({
  processId: row.process_id,
  name: row.name,
  content: row.content,
  savedAt: new Date(row.saved_at),
  savedBy: row.saved_by,
  version: row.version,
  dropped: row.dropped,
  processVersion: row.process_version,
  reason: row.reason,
  release: row.release_id,
});

/** All scenarios, or those of one process, by their names. */
export async function listScenarios(sql: Sql, processId?: string): Promise<StoredScenario[]> {
  const rows = await sql.query<any>(
    `select process_id, name, content, saved_at, saved_by, version from scenario
     where not dropped and ($1::text is null or process_id = $1) order by process_id, name`,
    [processId ?? null],
  );
  return rows.map((row) => ({
    processId: row.process_id,
    name: row.name,
    content: row.content,
    savedAt: new Date(row.saved_at),
    savedBy: row.saved_by,
    version: row.version,
  }));
}

/** Keeps a scenario. One of the same name is replaced only when that was said. */
export async function saveScenario(sql: Sql, item: Scenario, options: { replace: boolean }, by: By): Promise<void> {
  const content = scenarioText(parseScenario(scenarioText(item)));
  const version = await keep(sql, item, content, options.replace, by);
  if (version === undefined)
    throw conflict(`已经有一个叫“${item.name}”的场景。换一个名称，或勾选“替换同名场景”。`, {
      reason: 'scenario-exists',
    });
  await keepVersion(sql, { processId: item.process, name: item.name, content, version, dropped: false }, by);
  await note(sql, item.process, 'scenario.saved', { name: item.name, version, hash: contentHash(content) }, by);
}

/** Puts the file of a signed release into force, byte for byte; answers its version. */
export async function publishScenario(
  sql: Sql,
  content: string,
  by: By & { reason: string; release: string; processVersion: number | null },
): Promise<number> {
  const item = parseScenario(content);
  const version = (await keep(sql, item, content, true, by))!;
  await keepVersion(sql, { processId: item.process, name: item.name, content, version, dropped: false }, by);
  return version;
}

async function keep(sql: Sql, item: Scenario, content: string, replace: boolean, by: By): Promise<number | undefined> {
  const [kept] = await sql.query<{ version: number }>(
    `insert into scenario (process_id, name, content, hash, saved_at, saved_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (process_id, name) do update set content = excluded.content, hash = excluded.hash, saved_at = excluded.saved_at,
       saved_by = excluded.saved_by, dropped = false, version = scenario.version + 1 where scenario.dropped or $7 returning version`,
    [item.process, item.name, content, contentHash(content), by.now.toISOString(), by.actor.login, replace],
  );
  return kept?.version;
}

/** Takes a scenario out of use, with the reason on record. */
export async function dropScenario(sql: Sql, processId: string, name: string, reason: string, by: By): Promise<void> {
  if (!reason.trim())
    throw invalid('请写明为什么删除这个场景。', [{ pointer: '/reason', message: '理由还没有填写。' }]);
  const [dropped] = await sql.query<{ content: string; version: number }>(
    `update scenario set dropped = true, version = version + 1 where process_id = $1 and name = $2 and not dropped
     returning content, version`,
    [processId, name],
  );
  if (!dropped) throw notFound(`没有叫“${name}”的场景，可能刚被别人删除。`);
  await keepVersion(sql, { processId, name, ...dropped, dropped: true }, { ...by, reason: reason.trim() });
  await note(sql, processId, 'scenario.dropped', { name, version: dropped.version, reason: reason.trim() }, by);
}

const note = (sql: Sql, processId: string, type: string, payload: Record<string, unknown>, by: By) =>
  appendEvent(sql, {
    subjectType: 'process',
    subjectId: processId,
    type,
    occurredAt: by.now,
    actor: by.actor,
    payload,
  });

/** Which processes use a form, by what is in force. */
export async function processesUsing(sql: Sql): Promise<(formId: string) => string[]> {
  const uses = new Map<string, string[]>();
  for (const processId of new Set((await listProcessVersions(sql)).map((version) => version.processId)))
    for (const { formId } of (await diagramOf(sql, processId)).elements)
      if (formId) uses.set(formId, [...(uses.get(formId) ?? []), processId]);
  return (formId) => uses.get(formId) ?? [];
}
