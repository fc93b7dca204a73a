import { afterAll, beforeAll, describe } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord } from '../../src/engine/port.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { incidentRaces } from '../support/incident-races.ts';

describe('incidents of the embedded engine', () => {
  let db: OpenDatabase;
  let engine: EmbeddedEngine;
  const records: EngineRecord[] = [];
  beforeAll(async () => {
    db = await testDatabase([]);
    const clock = new AdjustableClock('2027-01-04T00:00:00Z');
    engine = new EmbeddedEngine({ database: db.database, clock, logger: silentLogger });
    engine.onRecords({
      fromPosition: async () => records.at(-1)?.position ?? 0,
      receive: async (batch) => {
        records.push(...batch);
      },
    });
    await engine.start();
  });
  afterAll(async () => {
    await engine?.stop();
    await db?.close();
  });

  incidentRaces({ engine: () => engine, records: () => records });
});
