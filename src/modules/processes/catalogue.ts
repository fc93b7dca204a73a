import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Sql } from '../../db/sql.ts';
import type { DeployedProcess, ProcessEngine } from '../../engine/port.ts';
import type { Actor } from '../../kernel/actor.ts';
import { notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { Diagram } from './diagram.ts';
import { contentHash, knownDiagram, knownHashes, readDiagram } from './read-diagram.ts';

export interface ProcessFile {
  processId: string;
  /** File name, part of the identity of a deployment. */
  resource: string;
  xml: string;
}

/** Reads `processes/<id>/<id>.bpmn` of a folder, in the order of their names. */
export async function loadProcessFiles(folder: string): Promise<ProcessFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const files: ProcessFile[] = [];
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const resource = `${name}.bpmn`;
    files.push({ processId: name, resource, xml: await readFile(join(folder, name, resource), 'utf8') });
  }
  return files;
}

/** Deploys files to the engine as one act and notes the new versions, with their events. Unchanged files stay the version they are. */
export async function deployProcesses(
  database: Database,
  engine: Pick<ProcessEngine, 'deploy'>,
  files: readonly ProcessFile[],
  by: { actor: Actor; reason: string; now: Date },
): Promise<{ processId: string; version: number; isNew: boolean }[]> {
  const deployed = await engine.deploy(files.map((file) => ({ name: file.resource, content: file.xml })));
  await database.transaction((tx) => noteVersions(tx, deployed, files, by));
  return deployed.map((item) => ({ processId: item.processId, version: item.version, isNew: !item.duplicate }));
}

/** Notes what the engine has taken, in the caller's transaction, with the events. */
export async function noteVersions(
  tx: Sql,
  deployed: readonly DeployedProcess[],
  files: readonly ProcessFile[],
  by: { actor: Actor; reason: string; now: Date },
): Promise<void> {
  for (const item of deployed) {
    const file = files.find((candidate) => candidate.resource === item.resourceName)!;
    await noteVersion(tx, item, file.xml, by);
  }
}

async function noteVersion(
  tx: Sql,
  item: DeployedProcess,
  xml: string,
  by: { actor: Actor; reason: string; now: Date },
): Promise<void> {
  const hash = contentHash(xml);
  const noted = await tx.query(
    `insert into process_version (process_id, version, definition_key, resource, hash, xml, deployed_at, deployed_by, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning version`,
    [
      item.processId,
      item.version,
      item.definitionKey,
      item.resourceName,
      hash,
      xml,
      by.now.toISOString(),
      by.actor.login,
      by.reason,
    ],
  );
  if (noted.length === 0) return;
  await appendEvent(tx, {
    subjectType: 'process',
    subjectId: item.processId,
    type: 'process.deployed',
    occurredAt: by.now,
    actor: by.actor,
    payload: { version: item.version, hash, reason: by.reason },
  });
}

/** What the program says when it puts its own files into force, for the first time and later. */
export const FIRST = '首次启用';
export const WITH_THE_PROGRAM = '随程序启用';

/**
 * What is to be deployed when the program starts: of each process the version in force, and the program's own file where it is new or
 * where a newer program brings another diagram and no administrator has published since. Several engines may ask: to each it is the same.
 */
export async function processesInForce(sql: Sql, files: readonly ProcessFile[]): Promise<ProcessFile[]> {
  const rows = await sql.query<{ process_id: string; resource: string; xml: string; hash: string; reason: string }>(
    'select process_id, resource, xml, hash, reason from process_version order by process_id, version desc',
  );
  const versions = Map.groupBy(rows, (row) => row.process_id);
  const own = files.map((file): ProcessFile => {
    const [newest, ...older] = versions.get(file.processId) ?? [];
    if (!newest) return file;
    const known = [newest, ...older].some((version) => version.hash === contentHash(file.xml));
    return newest.reason === WITH_THE_PROGRAM && !known
      ? file
      : { processId: file.processId, resource: newest.resource, xml: newest.xml };
  });
  const others = [...versions]
    .filter(([processId]) => !files.some((file) => file.processId === processId))
    .map(([processId, [newest]]) => ({ processId, resource: newest!.resource, xml: newest!.xml }));
  return [...own, ...others];
}

export interface ProcessVersion {
  processId: string;
  version: number;
  deployedAt: Date;
  deployedBy: string;
  reason: string;
}

export async function listProcessVersions(sql: Sql): Promise<ProcessVersion[]> {
  const rows = await sql.query<any>(
    'select process_id, version, deployed_at, deployed_by, reason from process_version order by process_id, version desc',
  );
  return rows.map((row) => ({
    processId: row.process_id,
    version: row.version,
    deployedAt: new Date(row.deployed_at),
    deployedBy: row.deployed_by,
    reason: row.reason,
  }));
}

/** The diagram of a deployed version; the newest without `version`. */
export async function diagramOf(sql: Sql, processId: string, version?: number): Promise<Diagram> {
  // The file is sent only when it has not been read before.
  const [row] = await sql.query<{ hash: string; xml: string | null }>(
    `select hash, case when hash = any($3::text[]) then null else xml end as xml from process_version
     where process_id = $1 and ($2::int is null or version = $2) order by version desc limit 1`,
    [processId, version ?? null, knownHashes()],
  );
  const known = row && row.xml === null ? knownDiagram(row.hash) : undefined;
  return known ?? readDiagram(row?.xml ?? (await processXml(sql, processId, version)));
}

/** Diagrams as a page with many rows asks for them: each version is looked up once. */
export function diagramLookup(sql: Sql): (processId: string, version?: number) => Promise<Diagram> {
  const found = new Map<string, Promise<Diagram>>();
  return (processId, version) => {
    const name = `${processId} ${version ?? ''}`;
    const diagram = found.get(name) ?? diagramOf(sql, processId, version);
    found.set(name, diagram);
    return diagram;
  };
}

export async function processXml(sql: Sql, processId: string, version?: number): Promise<string> {
  const [row] = await sql.query<{ xml: string }>(
    'select xml from process_version where process_id = $1 and ($2::int is null or version = $2) order by version desc limit 1',
    [processId, version ?? null],
  );
  if (!row) throw notFound(`没有流程“${processId}”${version ? `第 ${version} 版` : ''}。`);
  return row.xml;
}
