import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { type AnyEntity, type EntitySchema, LockMode } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { Options as PGliteOptions } from '@mikro-orm/pglite';
import * as postgresql from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';
import { migrations } from '../../migrations/index.ts';
import { lockFolder } from './folder-lock.ts';
import { prepareClients } from './pg-client.ts';
import { PGliteTurnDialect } from './pglite-dialect.ts';
import type { Database, Sql } from './sql.ts';

/** The entity manager of both databases: PGlite's and PostgreSQL's are the same class with the same SQL. */
export type EntityManager = postgresql.EntityManager;
export type Orm = Awaited<ReturnType<typeof postgresql.MikroORM.init>>;
export type Entities = readonly (EntitySchema<any, any> | { new (): AnyEntity })[];

/**
 * How a row is read for change: others wait for it, and it is read anew even if this unit of work has looked at it before.
 * (The mode that skips locked rows would make a demand somebody is working on look as if it did not exist.)
 */
export const FOR_UPDATE = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

export interface OpenOptions {
  /** `postgres://...`; without it the embedded PGlite in `dataDir` is used. */
  url?: string;
  poolSize?: number;
  /** Folder of the embedded database, or `memory://`. */
  dataDir: string;
  /** What a database in memory starts from instead of an empty one; made by `migratedImage`. */
  image?: Blob;
}

export interface OpenDatabase {
  orm: Orm;
  /** Fresh identity map for one unit of work. */
  em(): EntityManager;
  database: Database;
  close(): Promise<void>;
}

/** A sentence for the operator: the database cannot be opened. */
export class DatabaseOpenError extends Error {
  override name = 'DatabaseOpenError';
}

const settings = (entities: Entities) => ({
  entities: [...entities] as any[],
  extensions: [Migrator],
  migrations: {
    migrationsList: migrations,
    tableName: 'schema_migration',
    transactional: true,
    allOrNothing: true,
    snapshot: false,
    silent: true,
  },
  discovery: { warnWhenNoEntities: false },
  forceUtcTimezone: true,
  ignoreUndefinedInQuery: true,
});

/** A site on PostgreSQL never loads the embedded database. */
async function pgliteOrm(entities: Entities, open: () => Promise<PGlite>): Promise<Orm> {
  const { MikroORM } = await import('@mikro-orm/pglite');
  return (await MikroORM.init({
    ...settings(entities),
    dbName: 'postgres',
    driverOptions: new PGliteTurnDialect(open) as any,
  } as PGliteOptions)) as unknown as Orm;
}

/** Opens the database and brings its schema to the newest migration, under a lock so that several nodes may start at once. */
export async function openDatabase(entities: Entities, options: OpenOptions): Promise<OpenDatabase> {
  const release: Array<() => Promise<void>> = [];
  let orm: Orm;
  if (options.url) {
    orm = await postgresql.MikroORM.init({
      ...settings(entities),
      clientUrl: options.url,
      pool: { min: 0, max: options.poolSize ?? 10 },
      driverOptions: { onPoolCreated: prepareClients, pipeline: true },
    } as postgresql.Options);
  } else {
    const inMemory = options.dataDir.startsWith('memory:');
    const folder = join(options.dataDir, 'data');
    if (!inMemory) {
      mkdirSync(options.dataDir, { recursive: true });
      const lock = await lockFolder(options.dataDir);
      release.push(() => lock.release());
    }
    const open = async () => openPGlite(inMemory ? undefined : folder, options.image);
    orm = await pgliteOrm(entities, open);
  }
  const database = databaseOf(orm, options.url ? 'postgresql' : 'pglite');
  const close = async () => {
    await orm.close(true);
    for (const step of release) await step();
  };
  try {
    await migrate(orm, database);
  } catch (error) {
    await close().catch(() => {});
    throw asOpenError(error, options);
  }
  return { orm, em: () => orm.em.fork() as EntityManager, database, close };
}

/** A database with the whole schema and nothing in it, to open others in memory from: four times as quick as migrating each. */
export async function migratedImage(): Promise<Blob> {
  let pglite: PGlite | undefined;
  const open = async () => {
    pglite = await openPGlite(undefined);
    return pglite;
  };
  const orm = (await pgliteOrm([], open)) as Orm;
  try {
    await ((orm as any).migrator as Migrator).up();
    return await pglite!.dumpDataDir('none');
  } finally {
    await orm.close(true);
  }
}

/** The same JavaScript values as `pg` gives under MikroORM: dates and times and bigint as text. */
const keepText = (text: string) => text;
const TYPE_PARSERS = { 20: keepText, 1082: keepText, 1114: keepText, 1184: keepText, 1186: keepText };

let arraysShared = false;

/**
 * PGlite copies all parsers of an instance for every answer, hundreds of them, most for arrays: that was half of the work of a small
 * question. What an instance does not have is looked up among those of the library, so there the arrays go, once, holding on to no instance.
 */
async function shareArrayParsers(pglite: PGlite, types: typeof import('@electric-sql/pglite').types): Promise<void> {
  pglite.parsers = { ...TYPE_PARSERS };
  if (arraysShared) return;
  const own: Readonly<Record<number, (text: string) => unknown>> = TYPE_PARSERS;
  // Types of the system; those of the tables come after.
  const { rows } = await pglite.query<{ type: number; array: number }>(
    'select oid::int as type, typarray::int as array from pg_type where typarray <> 0 and oid < 16384',
  );
  for (const { type, array } of rows)
    types.parsers[array] = (text: string) => types.arrayParser(text, own[type] ?? types.parsers[type]!, array);
  arraysShared = true;
}

async function openPGlite(folder: string | undefined, image?: Blob): Promise<PGlite> {
  try {
    const { PGlite, types } = await import('@electric-sql/pglite');
    // relaxedDurability stays off: a statement is answered after its data reached the file system.
    const pglite = await PGlite.create({
      ...(folder ? { dataDir: folder } : image ? { loadDataDir: image } : {}),
      relaxedDurability: false,
      parsers: TYPE_PARSERS,
    });
    await shareArrayParsers(pglite, types);
    return pglite;
  } catch (error) {
    throw new DatabaseOpenError(
      `内置数据库目录 ${folder} 打不开：文件可能损坏，或不是速应的数据。请从备份恢复该目录；如要从空库开始，请先把它移到别处。`,
      { cause: error },
    );
  }
}

function asOpenError(error: unknown, options: OpenOptions): unknown {
  const code = (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code;
  if (
    options.url &&
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '28P01', '3D000', '28000'].includes(code ?? '')
  ) {
    return new DatabaseOpenError(
      `连不上 PostgreSQL（${code}）。请检查 DATABASE_URL 的地址、库名、用户和口令，以及数据库是否已启动。`,
      { cause: error },
    );
  }
  return error;
}

/** An arbitrary number that only migrations use. */
const MIGRATION_LOCK = 5_071_901;

async function migrate(orm: Orm, database: Database): Promise<void> {
  const migrator = (orm as any).migrator as Migrator;
  if (database.dialect === 'pglite') {
    await migrator.up();
    return;
  }
  // A session lock on its own connection: the migrator's transactions run on others.
  const connection = kyselyOf(orm).connection();
  await connection.execute(async (lock) => {
    await lock.executeQuery(CompiledQuery.raw('select pg_advisory_lock($1)', [MIGRATION_LOCK]));
    try {
      await migrator.up();
    } finally {
      await lock.executeQuery(CompiledQuery.raw('select pg_advisory_unlock($1)', [MIGRATION_LOCK]));
    }
  });
}

const kyselyOf = (orm: Orm): Kysely<any> => (orm.em.getConnection() as postgresql.PostgreSqlConnection).getClient();

function sqlOn(kysely: Kysely<any>): Sql {
  return {
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      return (await kysely.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows;
    },
  };
}

function databaseOf(orm: Orm, dialect: Database['dialect']): Database {
  return {
    dialect,
    query: (text, parameters) => sqlOn(kyselyOf(orm)).query(text, parameters),
    transaction: (work) =>
      kyselyOf(orm)
        .transaction()
        .execute((tx) => work(sqlOn(tx))),
  };
}

/** Raw SQL on the entity manager's transaction (or on the pool when it has none). Flush first what the statement should see. */
export function sqlOf(em: EntityManager): Sql {
  return sqlOn(
    (em.getTransactionContext() as Kysely<any> | undefined) ??
      (em.getConnection() as postgresql.PostgreSqlConnection).getClient(),
  );
}
