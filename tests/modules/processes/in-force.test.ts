import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import {
  deployProcesses,
  listProcessVersions,
  processesInForce,
  WITH_THE_PROGRAM,
} from '../../../src/modules/processes/index.ts';
import { testDatabase } from '../../support/database.ts';

const now = new Date('2026-11-23T01:00:00Z');
const file = (text: string, processId = 'visit') => ({
  processId,
  resource: `${processId}.bpmn`,
  xml: `<!-- ${text} -->`,
});

/** Numbers versions as both engines do: the same text as the newest is the same version. */
function numbering() {
  const newest = new Map<string, { version: number; content: string }>();
  return {
    deploy: async (resources: readonly { name: string; content: string }[]) =>
      resources.map(({ name, content }) => {
        const processId = name.replace('.bpmn', '');
        const known = newest.get(processId);
        const duplicate = known?.content === content;
        const version = duplicate ? known.version : (known?.version ?? 0) + 1;
        newest.set(processId, { version, content });
        return { processId, version, definitionKey: String(version), resourceName: name, duplicate };
      }),
  };
}

describe('R27: which diagrams are in force after a start', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db?.close());

  test('the program’s own until an administrator has published; then the administrator’s, whatever a newer program brings', async () => {
    const engine = numbering();
    const start = async (files: ReturnType<typeof file>[]) =>
      deployProcesses(db.database, engine as never, await processesInForce(db.database, files), {
        actor: SYSTEM_ACTOR,
        reason: WITH_THE_PROGRAM,
        now,
      });
    const versions = async () =>
      (await listProcessVersions(db.database)).map(({ processId, version }) => `${processId} ${version}`);
    await start([file('one')]);
    await start([file('one')]);
    expect(await versions()).toEqual(['visit 1']);
    await start([file('two')]);
    expect(await versions()).toEqual(['visit 2', 'visit 1']);
    // An older program on the same database does not bring its own back.
    await start([file('one')]);
    expect(await versions()).toEqual(['visit 2', 'visit 1']);
    await deployProcesses(db.database, engine as never, [file('by hand'), file('new', 'survey')], {
      actor: SYSTEM_ACTOR,
      reason: '增加一步',
      now,
    });
    await start([file('three')]);
    expect(await versions()).toEqual(['survey 1', 'visit 3', 'visit 2', 'visit 1']);
    // Another engine is given what is in force, processes without a file of the program among it.
    const another = await processesInForce(db.database, [file('three')]);
    expect(another.map((item) => item.xml)).toEqual(['<!-- by hand -->', '<!-- new -->']);
  });
});
