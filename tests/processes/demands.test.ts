import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Clocks,
  type DemandCase,
  type DrivenDemand,
  driveDemands,
  WALKABLE,
} from '../../src/cli/drive-demands.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/** Demands to walk: the product's own, or a bureau's (SUYING_DEMANDS). */
const file = process.env.SUYING_DEMANDS ?? join(import.meta.dirname, '../../data/demo/demands.json');
const cases = (JSON.parse(readFileSync(file, 'utf8')) as DemandCase[]).filter((item) =>
  WALKABLE.includes(item.expected.path),
);

describe('demands walk from registration to write-off over the API', () => {
  let house: TestHouse;
  let driven: DrivenDemand[];
  beforeAll(async () => {
    const first = cases.map((item) => item.receivedAt).sort((a, b) => Date.parse(a) - Date.parse(b))[0]!;
    house = await testHouse(first);
    driven = await driveDemands(cases, house.stage);
  }, 120_000);
  afterAll(() => house?.stop());

  test('the file has demands to walk', () => expect(cases.length).toBeGreaterThan(0));

  test.each(cases.map((item) => [item.id, item] as const))('%s', async (_id, item) => {
    const { number, problem, done } = driven.find((other) => other.case === item)!;
    expect({ problem, done }).toEqual({ problem: undefined, done: true });
    const api = await house.as(house.stage.registrar(item.orgCode, item.intake?.registeringDepartment as string));
    const demand = await api.get<Record<string, unknown>>(`/demands/${number}`);
    expect(demand).toMatchObject({ status: 'WRITTEN_OFF', hostDepartment: item.expected.hostDepartment });

    const { clocks } = await api.get<Clocks>(`/demands/${number}/clocks`);
    const due = (kind: string) => clocks.find((clock) => clock.kind === kind)?.dueDate;
    expect(due('TRANSFER')).toBe(item.expected.transferDue);
    if (item.expected.path !== 'ON_THE_SPOT')
      expect(due('HANDLING')).toBe(item.expected.extension ? item.expected.extensionCap : item.expected.handleDue);
    expect(clocks.filter((clock) => clock.status === 'RUNNING')).toEqual([]);

    const { evaluations } = await api.get<{ evaluations: { ruleSet: string; outcome: Record<string, unknown> }[] }>(
      `/demands/${number}/explanations`,
    );
    const routing = evaluations.find((evaluation) => evaluation.ruleSet === 'category-routing');
    if (item.expected.path !== 'ON_THE_SPOT')
      expect(routing?.outcome.hostDepartment).toBe(item.expected.hostDepartment);

    const history = await api.get<{ verified: boolean; events: { type: string }[] }>(`/demands/${number}/history`);
    expect(history.verified).toBe(true);
    expect(history.events[0]?.type).toBe('demand.registered');
  });
});
