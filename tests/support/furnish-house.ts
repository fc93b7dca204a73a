/**
 * Lets a house begin once, at the moment most suites begin, and leaves its database: DATABASE_URL as it is, or the embedded one in the file
 * HOUSE_IMAGE, beginning from SCHEMA_IMAGE. To the houses of the suites it is a database they have stopped on before.
 */
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { FURNISHED_AT } from './database.ts';

const { DATABASE_URL, SCHEMA_IMAGE, HOUSE_IMAGE } = process.env;
const folder = mkdtempSync(join(tmpdir(), 'suying-furnish-'));
const data = join(folder, 'data');
try {
  if (SCHEMA_IMAGE) await (await PGlite.create({ dataDir: data, loadDataDir: await openAsBlob(SCHEMA_IMAGE) })).close();
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DEMO: 'true',
    ATTACHMENT_DIR: join(folder, 'attachments'),
    ...(DATABASE_URL ? { DATABASE_URL } : { PGLITE_DATA: folder }),
  });
  const house = await compose(config, { clock: new AdjustableClock(FURNISHED_AT), quiet: true });
  await house.settle();
  await house.stop();
  if (HOUSE_IMAGE) {
    const pglite = await PGlite.create({ dataDir: data });
    writeFileSync(HOUSE_IMAGE, Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()));
    await pglite.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
