import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DrivenDemand, driveDemands } from '../../../src/tryout/drive-demands.ts';
import { demandCases, expectAsForeseen, firstReceived, lastStatus } from '../../support/foreseen.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

/** Every diagram the program ships. */
const DIAGRAMS = readdirSync(join(import.meta.dirname, '../../../processes')).sort();

describe('demands walk from registration to write-off on a real Zeebe', () => {
  let broker: TestBroker;
  let house: TestHouse;
  let driven: DrivenDemand[];

  beforeAll(async () => {
    broker = await testBroker();
    house = await testHouse(firstReceived(demandCases), onBroker(broker));
    driven = await driveDemands(demandCases, house.stage);
  }, 900_000);

  afterAll(async () => {
    await house?.stop();
    await broker?.remove();
  }, 60_000);

  test.each(demandCases.map((item) => [item.id, item] as const))('%s', (_id, item) =>
    expectAsForeseen(house, driven, item),
  );

  test('the broker has taken every diagram of the program', async () => {
    const deployed = await house.house.sql.query<{ process_id: string }>(
      'select distinct process_id from zeebe_definition order by 1',
    );
    expect(deployed.map((row) => row.process_id)).toEqual(DIAGRAMS);
  });

  test('every one of them ran on Zeebe, once, and its path can be shown', async () => {
    const query = <Row>(statement: string) => house.house.sql.query<Row>(statement);
    expect(await query('select error_type, error_message from incident_view where resolved_at is null')).toEqual([]);
    const rows = await query<{ number: string; key: string; process_version: number; state: string }>(
      `select d.number, p.key, p.process_version, p.state from process_instance p join demand d on d.id = p.demand_id
       where p.process_id = 'fast-response'`,
    );
    expect(rows).toHaveLength(demandCases.length);
    for (const { number, key, ...row } of rows) {
      expect(BigInt(key) >> 51n).toBe(1n);
      const item = driven.find((other) => other.number === number)!.case;
      // What is put aside waits for its review; whatever else has come to its end leaves nothing running.
      const state = lastStatus(item) === 'DEFERRED' ? 'ACTIVE' : 'COMPLETED';
      expect({ id: item.id, ...row }).toEqual({ id: item.id, process_version: 1, state });
    }
    expect(
      await query(`select t.title from task t join demand d on d.id = t.demand_id
                   where t.status = 'OPEN' and d.status <> 'DEFERRED'`),
    ).toEqual([]);
    expect(await query('select command_id, refused_message from engine_outbox')).toEqual([]);
  });
});
