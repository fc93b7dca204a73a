import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migratedImage, openDatabase } from '../../src/db/orm.ts';
import { createDatabase } from './database.ts';

/**
 * Once for a run of jest: a database with the whole schema, from which each suite's own is copied. Migrating in every suite would be
 * a third of the time of all tests. A file of an earlier run is taken when no migration and no package has changed since.
 */
export default async function prepareDatabases(): Promise<void> {
  const server = process.env.TEST_DATABASE_URL;
  if (server) {
    const { name, url } = await createDatabase(server, 'template');
    await (await openDatabase([], { url, dataDir: '' })).close();
    process.env.TEST_DATABASE_TEMPLATE = name;
    return;
  }
  const root = join(import.meta.dirname, '../..');
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const folder = join(root, 'migrations');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  const file = join(tmpdir(), `suying-schema-${hash.digest('hex').slice(0, 16)}.tar`);
  if (!existsSync(file)) {
    const written = `${file}.${process.pid}`;
    writeFileSync(written, Buffer.from(await (await migratedImage()).arrayBuffer()));
    renameSync(written, file);
  }
  process.env.TEST_DATABASE_IMAGE = file;
}
