import { createHash } from 'node:crypto';
import type { Database, Sql } from '../../db/sql.ts';
import type { ProcessEngine } from '../port.ts';

export type EngineName = ProcessEngine['name'];

export const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');

export interface EngineVersion {
  engine: EngineName;
  processId: string;
  engineVersion: number;
  definitionKey: string;
  hash: string;
}

/**
 * One numbering of process versions for the house, whatever an engine counts by itself: the same bytes have the same number on
 * every engine, other bytes another one. As long as one engine is used its own numbers are the house's.
 */
export class VersionBook {
  readonly #database: Database;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes a version an engine has made; answers its number in the house. Noting it again answers the same. */
  async note(made: EngineVersion): Promise<number> {
    const version = await this.#database.transaction(async (tx) => {
      // One numbering: two nodes that deploy at once take turns.
      await tx.query('lock table engine_version in share row exclusive mode');
      return noteIn(tx, made);
    });
    this.#known.set(keyOf(made.engine, made.processId, made.engineVersion), version);
    return version;
  }

  /** The house's number of an engine's version; undefined when it was never noted. */
  async houseVersion(engine: EngineName, processId: string, engineVersion: number): Promise<number | undefined> {
    const key = keyOf(engine, processId, engineVersion);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = await this.#database.query<{ version: number }>(
      'select version from engine_version where engine = $1 and process_id = $2 and engine_version = $3',
      [engine, processId, engineVersion],
    );
    if (row) this.#known.set(key, row.version);
    return row?.version;
  }

  /** Whether versions of another engine have ever been noted. */
  async knowsOthers(engine: EngineName): Promise<boolean> {
    const rows = await this.#database.query('select 1 from engine_version where engine <> $1 limit 1', [engine]);
    return rows.length > 0;
  }

  /** The engine's own number of a version of the house. */
  async engineVersion(engine: EngineName, processId: string, version: number): Promise<number | undefined> {
    const [row] = await this.#database.query<{ engine_version: number }>(
      'select engine_version from engine_version where engine = $1 and process_id = $2 and version = $3 order by engine_version desc limit 1',
      [engine, processId, version],
    );
    return row?.engine_version;
  }
}

const keyOf = (engine: EngineName, processId: string, version: number): string => `${engine} ${processId} ${version}`;

async function noteIn(tx: Sql, made: EngineVersion): Promise<number> {
  const rows = await tx.query<{ engine: string; engine_version: number; version: number; hash: string }>(
    'select engine, engine_version, version, hash from engine_version where process_id = $1',
    [made.processId],
  );
  const own = rows.find((row) => row.engine === made.engine && row.engine_version === made.engineVersion);
  // An engine that was set up anew counts from 1 again: the same number, other bytes.
  if (own && own.hash === made.hash) return own.version;
  const taken = new Set(
    rows.filter((row) => row.engine === made.engine && row !== own && row.hash === made.hash).map((row) => row.version),
  );
  const elsewhere = rows.find((row) => row.engine !== made.engine && row.hash === made.hash && !taken.has(row.version));
  const newest = rows.reduce((most, row) => Math.max(most, row.version), 0);
  const ownNumbers = rows.every((row) => row.engine === made.engine && row.engine_version === row.version);
  const version = elsewhere?.version ?? (ownNumbers && !own ? made.engineVersion : newest + 1);
  await tx.query(
    `insert into engine_version (engine, process_id, engine_version, version, definition_key, hash) values ($1, $2, $3, $4, $5, $6)
     on conflict (engine, process_id, engine_version) do update set version = $4, definition_key = $5, hash = $6`,
    [made.engine, made.processId, made.engineVersion, version, made.definitionKey, made.hash],
  );
  return version;
}
