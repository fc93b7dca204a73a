import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listScenarios, processXml, type StoredScenario, scenarioText } from '../../src/modules/processes/index.ts';
import {
  answersTo,
  defaultAnswers,
  loadSamples,
  NOTHING_NEW,
  registrationStep,
  runScenarios,
  runToEnd,
  Trial,
  touchedBy,
} from '../../src/tryout/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/** Designs are tried in a house in memory; what happens there is recorded, replayed, and leaves the real house as it was. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
}, 120_000);
afterAll(() => house?.stop());

const names = (_process: string, element: string) => element;

/** Every row of the real database, to see that none has changed. */
async function everything(): Promise<string> {
  const { sql } = house.house;
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'engine_node' order by 1`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum from ${name} t`,
    );
    parts.push(`${name} ${row!.sum}`);
  }
  return parts.join('\n');
}

async function tried(id: string, designs = NOTHING_NEW) {
  const sample = (await loadSamples()).find((item) => item.id === id)!;
  const inside = await house.house.openTrial(designs, new Date(sample.receivedAt));
  const trial = await Trial.on(inside, 'fast-response');
  await trial.do(registrationStep(sample, new Date(sample.receivedAt)));
  const answers = async (task: Awaited<ReturnType<Trial['tasks']>>[number]) => answersTo(task as never, sample);
  return { trial, answers, inside };
}

describe('a trial', () => {
  test('walks a demand to its end, is kept as a scenario, comes out the same again, and leaves nothing behind', async () => {
    const before = await everything();
    const { trial, answers, inside } = await tried('S02');
    expect(await runToEnd(trial, answers)).toBe('');
    const scenario = await trial.scenario('派给纳服，一次办结');
    await inside.close();
    expect(scenario.expect).toMatchObject({ open: [], status: 'WRITTEN_OFF', incidents: [] });
    expect(scenario.expect.path['fast-response']).toEqual(expect.arrayContaining(['dispatch-demand', 'write-off']));
    const stored: StoredScenario = {
      processId: 'fast-response',
      name: scenario.name,
      content: scenarioText(scenario),
      savedAt: new Date(),
      savedBy: 'test',
      version: 1,
    };
    expect(await runScenarios(house.house.openTrial, NOTHING_NEW, [stored], names)).toEqual([
      { processId: 'fast-response', name: scenario.name, passed: true, difference: '', differences: [], walked: true },
    ]);
    expect(await everything()).toBe(before);

    // A draft that goes another way is told so, with the place.
    const xml = await processXml(house.house.sql, 'fast-response');
    const renamed = xml
      .replaceAll('"dispatch-demand"', '"hand-out"')
      .replaceAll('formKey="hand-out"', 'formKey="dispatch-demand"');
    const changed = { ...NOTHING_NEW, processes: new Map([['fast-response', renamed]]) };
    const [result] = await runScenarios(house.house.openTrial, changed, [stored], names);
    expect(result).toMatchObject({ passed: false });
    expect(result!.difference).toMatch(
      /^第 2 步（办理“dispatch-demand”）没有做成：没有步骤“dispatch-demand”的待办；现在是 “纳服派单”/,
    );
    expect(touchedBy(changed, [stored], () => [])).toHaveLength(1);
    expect(touchedBy({ ...NOTHING_NEW, processes: new Map([['deferral', '']]) }, [stored], () => [])).toHaveLength(0);
  }, 120_000);

  test('a diagram no engine runs is refused with its elements', async () => {
    const xml = (await processXml(house.house.sql, 'extension-approval')).replace(
      /zeebe:calledElement|<bpmn:scriptTask/,
      '$&',
    );
    const broken = xml.replace(
      /<bpmn:(\w+) id="([\w-]+)" name="[^"]*" sourceRef="([\w-]+)" targetRef="[\w-]+"/,
      '<bpmn:$1 id="$2" sourceRef="$3" targetRef="nowhere"',
    );
    expect(broken).not.toBe(xml);
    await expect(
      house.house.openTrial({ ...NOTHING_NEW, processes: new Map([['extension-approval', broken]]) }, new Date()),
    ).rejects.toThrow();
  });

  test('every form can be filled with ready answers', async () => {
    const directory = await house.house.directory();
    const inside = await house.house.openTrial(NOTHING_NEW, new Date('2026-11-23T01:00:00Z'));
    try {
      const unfilled: string[] = [];
      for (const form of inside.forms().values()) {
        const actor = {
          login: 'fandongzhi',
          name: '',
          roles: [],
          orgCode: '341523',
          departments: [],
          kind: 'user',
        } as never;
        const values = defaultAnswers(form, inside.options(directory, actor, '341523'), inside.clock.now());
        if (Object.keys(values).length === 0 && form.components.some((component) => component.validate?.required))
          unfilled.push(form.id);
      }
      expect(unfilled).toEqual([]);
    } finally {
      await inside.close();
    }
  });
});

describe('the scenarios the program brings', () => {
  test('all come out as recorded', async () => {
    const stored = await listScenarios(house.house.sql);
    const results = await runScenarios(house.house.openTrial, NOTHING_NEW, stored, names);
    expect(results.filter((result) => !result.passed)).toEqual([]);
  }, 180_000);
});
