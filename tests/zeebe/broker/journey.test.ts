import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type DemandCase,
  type DrivenDemand,
  driveDemands,
  type Stage,
  WALKABLE,
} from '../../../src/cli/drive-demands.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

/** Demands to walk: the product's own, or a bureau's (SUYING_DEMANDS). */
const file = process.env.SUYING_DEMANDS ?? join(import.meta.dirname, '../../../data/demo/demands.json');
const cases = (JSON.parse(readFileSync(file, 'utf8')) as DemandCase[]).filter((item) =>
  WALKABLE.includes(item.expected.path),
);

describe('demands walk from registration to write-off on a real Zeebe', () => {
  let broker: TestBroker;
  let house: TestHouse;
  let driven: DrivenDemand[];

  beforeAll(async () => {
    broker = await testBroker();
    const first = cases.map((item) => item.receivedAt).sort((a, b) => Date.parse(a) - Date.parse(b))[0]!;
    house = await testHouse(first, onBroker(broker));
    driven = await driveDemands(cases, settled(house));
  }, 900_000);

  afterAll(async () => {
    await house?.stop();
    await broker?.remove();
  }, 60_000);

  test.each(cases.map((item) => [item.id, item] as const))('%s', async (_id, item) => {
    const { number, problem, done } = driven.find((other) => other.case === item)!;
    expect({ problem, done }).toEqual({ problem: undefined, done: true });
    const api = await house.as(house.stage.registrar(item.orgCode, item.intake?.registeringDepartment as string));
    const demand = await api.get<Record<string, unknown>>(`/demands/${number}`);
    expect(demand).toMatchObject({ status: 'WRITTEN_OFF', hostDepartment: item.expected.hostDepartment });
    const history = await api.get<{ verified: boolean }>(`/demands/${number}/history`);
    expect(history.verified).toBe(true);
  });

  test('every one of them ran on Zeebe, once, and its path can be shown', async () => {
    const rows = await house.house.sql.query<{ key: string; process_version: number; state: string }>(
      `select key, process_version, state from process_instance where process_id = 'fast-response'`,
    );
    expect(
      await house.house.sql.query('select error_type, error_message from incident_view where resolved_at is null'),
    ).toEqual([]);
    expect(rows).toHaveLength(cases.length);
    for (const row of rows) {
      expect(BigInt(row.key) >> 51n).toBe(1n);
      expect(row).toMatchObject({ process_version: 1, state: 'COMPLETED' });
    }
    const left = async (statement: string) => house.house.sql.query(statement);
    expect(await left(`select title from task where status = 'OPEN'`)).toEqual([]);
    expect(await left('select command_id, refused_message from engine_outbox')).toEqual([]);
  });
});

/** People of this test wait for the next step however long the machine needs for it; a page waits a moment only. */
function settled(house: TestHouse): Stage {
  return {
    ...house.stage,
    async api(login) {
      const client = await house.stage.api(login);
      return new Proxy(client, {
        get(target, name) {
          const member = Reflect.get(target, name) as unknown;
          if (name !== 'post') return typeof member === 'function' ? member.bind(target) : member;
          return async (...args: Parameters<typeof target.post>) => {
            const answer = await target.post(...args);
            await house.settle();
            return answer;
          };
        },
      });
    },
  };
}
