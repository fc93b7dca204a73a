import { createHash } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';
import { CommandRejected, type DeploymentProblem, DeploymentRejected, type Resource } from '../port.ts';
import { readModel } from './model/read-model.ts';
import type { CompiledProcess } from './model/types.ts';
import type { Definition } from './run/run.ts';

/** The deployed versions in memory: a model is compiled once. */
export class Definitions {
  readonly #byKey = new Map<number, Deployed>();
  readonly #latest = new Map<string, Deployed>();

  get(key: number): Deployed {
    const found = this.#byKey.get(key);
    if (!found) throw new Error(`process definition ${key} is not loaded`);
    return found;
  }
  find(processId: string, version: number): Deployed | undefined {
    for (const item of this.#byKey.values()) if (item.process.id === processId && item.version === version) return item;
    return undefined;
  }
  latest(processId: string): Deployed | undefined {
    return this.#latest.get(processId);
  }
  allLatest(): Iterable<Deployed> {
    return this.#latest.values();
  }
  add(definition: Deployed): void {
    this.#byKey.set(definition.key, definition);
    const known = this.#latest.get(definition.process.id);
    if (!known || known.version < definition.version) this.#latest.set(definition.process.id, definition);
  }
  has(key: number): boolean {
    return this.#byKey.has(key);
  }
  remove(definition: Deployed, before: Deployed | undefined): void {
    this.#byKey.delete(definition.key);
    if (before) this.#latest.set(definition.process.id, before);
    else this.#latest.delete(definition.process.id);
  }

  /** Reads what other nodes have deployed. */
  async load(sql: Sql): Promise<void> {
    const known = [...this.#byKey.keys()].map(String);
    const rows = await sql.query<{
      key: string;
      process_id: string;
      version: number;
      resource: string;
      checksum: string;
      xml: string;
    }>(
      'select key, process_id, version, resource, checksum, xml from engine_definition where not key = any($1::bigint[]) order by process_id, version',
      [known],
    );
    for (const row of rows) {
      const { processes } = await readModel({ name: row.resource, content: row.xml });
      const process = processes.find((item) => item.id === row.process_id)!;
      this.add({
        key: Number(row.key),
        version: row.version,
        process,
        resource: row.resource,
        checksum: row.checksum,
        xml: row.xml,
      });
    }
  }
}

export interface Deployed extends Definition {
  resource: string;
  checksum: string;
  xml: string;
}

export interface ReadyResource {
  resource: Resource;
  checksum: string;
  processes: CompiledProcess[];
}

/** Reads and checks all resources of a deployment; all problems of all files at once. */
export async function readResources(resources: readonly Resource[]): Promise<ReadyResource[]> {
  if (resources.length === 0)
    throw new CommandRejected('INVALID_ARGUMENT', 'Expected to deploy at least one resource, but none given');
  const problems: DeploymentProblem[] = [];
  const ready: ReadyResource[] = [];
  const ids = new Map<string, string>();
  for (const resource of resources) {
    const result = await readModel(resource);
    problems.push(...result.problems);
    for (const process of result.processes) {
      const other = ids.get(process.id);
      if (other)
        problems.push({
          resource: resource.name,
          elementId: process.id,
          reason: `流程编号“${process.id}”在 ${other} 里已经用过。`,
        });
      ids.set(process.id, resource.name);
    }
    ready.push({
      resource,
      checksum: createHash('sha256').update(resource.content).digest('hex'),
      processes: result.processes,
    });
  }
  if (problems.length > 0) throw new DeploymentRejected(problems);
  return ready;
}
