import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Composed, compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import type { ApiClient } from '../../src/tryout/api-client.ts';
import type { Stage } from '../../src/tryout/drive-demands.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { createDatabase, dropDatabase, image } from './database.ts';
import { leaveWalkedPaths } from './walked-paths.ts';

/** The whole program on a fresh database (PGlite in memory, or a database of its own on TEST_DATABASE_URL), listening on a free port, its clock standing still until moved. */
export interface TestHouse extends Composed {
  clock: AdjustableClock;
  address: string;
  /** Folder of the attachments. */
  files: string;
  stage: Stage;
  as(login: string): Promise<ApiClient>;
  /** Moves time, then lets the deadline sweep and the engine do what falls due. */
  moveTo(instant: Date | string): Promise<void>;
}

export async function testHouse(start: Date | string, environment: Record<string, string> = {}): Promise<TestHouse> {
  const clock = new AdjustableClock(start);
  const { url, drop } = await freshDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'suying-house-'));
  const broker = await ownBroker(environment);
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DEMO: 'true',
    DATABASE_POOL: '5',
    ATTACHMENT_DIR: folder,
    ...(url ? { DATABASE_URL: url } : { PGLITE_DATA: 'memory://' }),
    ...broker?.environment,
    ...environment,
  });
  const composed = await compose(config, { clock, quiet: true, ...(await image()) });
  const address = await composed.listen();
  const moveTo = async (instant: Date | string) => {
    if (+new Date(instant) > +clock.now()) clock.set(instant);
    await composed.sweep();
    await composed.settle();
  };
  const stage = await stageOn(composed, address, moveTo);
  return {
    ...composed,
    clock,
    address,
    files: folder,
    stage,
    moveTo,
    as: (login) => stage.api(login),
    async stop() {
      if (process.env.FLOW_COVERAGE) await leaveWalkedPaths(composed.house.sql, process.env.FLOW_COVERAGE);
      await composed.stop();
      await broker?.remove();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** With TEST_ENGINE=zeebe any suite runs on a real broker, one for each house (`npm run test:zeebe -- --every-path`). */
async function ownBroker(environment: Record<string, string>) {
  if (process.env.TEST_ENGINE !== 'zeebe' || environment.ENGINE || environment.ZEEBE_ADDRESS) return undefined;
  const { onBroker, testBroker } = await import('./zeebe.ts');
  const broker = await testBroker();
  return { environment: onBroker(broker), remove: () => broker.remove() };
}

async function freshDatabase(): Promise<{ url?: string; drop(): Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) return { drop: async () => {} };
  const { name, url } = await createDatabase(server, 'house');
  return { url, drop: () => dropDatabase(server, name) };
}
