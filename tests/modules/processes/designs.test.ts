import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { loadFormFiles } from '../../../src/modules/forms/index.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import {
  beginDraft,
  draftOf,
  dropDraft,
  formsInForce,
  formVersion,
  keepDraft,
  listDrafts,
  listFormVersions,
  publishForm,
  seedForms,
} from '../../../src/modules/processes/index.ts';
import { testDatabase } from '../../support/database.ts';

const folder = join(import.meta.dirname, '../../../processes');
const by = { actor: SYSTEM_ACTOR, now: new Date('2026-11-23T01:00:00Z') };
const handle = readFileSync(join(folder, 'handle-demand/forms/handle-demand.form'), 'utf8');
/** The form with another label for one of its fields. */
const relabelled = (label: string) => {
  const form = JSON.parse(handle);
  form.components.find((component: { key?: string }) => component.key === 'measures').label = label;
  return JSON.stringify(form, null, 2);
};

let db: OpenDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const files = await loadFormFiles(folder);
  await db.database.transaction((tx) => seedForms(tx, files, by));
  await db.database.transaction((tx) => seedForms(tx, files, by));
});
afterAll(() => db?.close());

describe('R27: versions of forms', () => {
  const publish = (content: string) =>
    db.database.transaction((tx) =>
      publishForm(tx, { formId: 'handle-demand', processId: 'handle-demand', content, reason: '改一处说法' }, by),
    );

  test('the program’s files are version 1, byte for byte, each with its event', async () => {
    expect(await listFormVersions(db.database, 'handle-demand')).toMatchObject([{ version: 1, content: handle }]);
    expect(await readTimeline(db.database, 'form', 'handle-demand')).toMatchObject([
      { type: 'form.published', payload: { version: 1 } },
    ]);
    expect((await formsInForce(db.database)).size).toBe((await loadFormFiles(folder)).length);
  });

  test('a published form is in force at once, and a newer program does not replace it', async () => {
    expect(await publish(relabelled('办理措施'))).toEqual({ version: 2 });
    const measures = async () =>
      JSON.stringify((await formsInForce(db.database)).get('handle-demand')!.components).includes('办理措施');
    expect(await measures()).toBe(true);
    await db.database.transaction((tx) =>
      seedForms(
        tx,
        [
          {
            form: { id: 'handle-demand', processId: 'handle-demand', title: '', components: [] },
            content: relabelled('新程序的说法'),
          },
        ],
        by,
      ),
    );
    expect(await measures()).toBe(true);
    expect((await formVersion(db.database, 'handle-demand', 1)).content).toBe(handle);
  });

  test.each<[string, () => string, RegExp]>([
    ['the same once more', () => relabelled('办理措施'), /完全相同/],
    ['no JSON', () => '{', /不是有效的 JSON/],
    ['another id', () => JSON.stringify({ ...JSON.parse(handle), id: 'other' }), /编号是“other”/],
    [
      'an unknown component',
      () => JSON.stringify({ ...JSON.parse(handle), components: [{ type: 'hologram', key: 'x', label: 'x' }] }),
      /hologram/,
    ],
  ])('refuses %s and changes nothing', async (_name, content, message) => {
    const before = (await listFormVersions(db.database, 'handle-demand')).length;
    await expect(publish(content())).rejects.toThrow(message);
    expect(await listFormVersions(db.database, 'handle-demand')).toHaveLength(before);
  });
});

describe('drafts of designs', () => {
  const visit = { kind: 'process' as const, id: 'return-visit', content: '<one/>', basedOn: 1 };

  test('one per design, kept only over the revision one has seen, given up on record', async () => {
    const first = await beginDraft(db.database, visit, by);
    expect(first).toMatchObject({ revision: 1, basedOn: 1, content: '<one/>' });
    await expect(beginDraft(db.database, visit, by)).rejects.toMatchObject({
      code: 'Conflict',
      reason: 'draft-exists',
    });
    const second = await keepDraft(db.database, { ...visit, content: '<two/>', revision: 1 }, by);
    expect(second.revision).toBe(2);
    await expect(keepDraft(db.database, { ...visit, content: '<lost/>', revision: 1 }, by)).rejects.toMatchObject({
      code: 'Conflict',
      reason: 'draft-changed',
    });
    expect((await draftOf(db.database, 'process', 'return-visit')).content).toBe('<two/>');
    await dropDraft(db.database, 'process', 'return-visit', by);
    expect(await listDrafts(db.database)).toEqual([]);
    await expect(dropDraft(db.database, 'process', 'return-visit', by)).rejects.toMatchObject({ code: 'NotFound' });
    expect((await readTimeline(db.database, 'process', 'return-visit')).map((event) => event.type)).toEqual([
      'design.begun',
      'design.dropped',
    ]);
  });
});
