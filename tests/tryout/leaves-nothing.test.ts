import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NOTHING_NEW } from '../../src/tryout/index.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { DEMAND } from '../support/walk.ts';

const PDF = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
const START = '2026-11-23T09:00:00+08:00';

describe('a trial leaves nothing behind', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse(START);
  });
  afterAll(() => house?.stop());

  const receipt = () => {
    const form = new FormData();
    form.append('file', new Blob([`%PDF-1.4\n${PDF}\n%%EOF\n`], { type: 'application/pdf' }), '回单.pdf');
    return form;
  };
  /** Every row of every table, as one hash each; only the heartbeat of the real engine goes on by itself. */
  async function rows(): Promise<Record<string, string>> {
    const { sql } = house.house;
    const tables = await sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
         and table_name <> 'engine_node' order by 1`,
    );
    const hashes: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await sql.query<{ hash: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from "${name}" t`,
      );
      hashes[name] = row!.hash;
    }
    return hashes;
  }
  const filesOf = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('suying-trial-'));

  test('R27: no row and no file of the real house changes, even where the trial throws the same file away', async () => {
    const officer = await house.as(house.stage.registrar('341523'));
    const file = await officer.upload<{ id: string }>('/attachments', receipt());
    await officer.post('/demands', { ...DEMAND, attachments: [file.id] });
    await house.settle();
    const folder = house.house.config.ATTACHMENT_DIR!;
    const before = { rows: await rows(), files: filesOf(folder), folders: folders() };
    expect(before.files.length).toBeGreaterThan(0);

    const trial = await house.house.openTrial(NOTHING_NEW, new Date(START));
    try {
      expect(await trial.sql.query('select 1 from demand')).toEqual([]);
      const stage = await stageOn({ house: trial, settle: () => trial.settle() }, trial.address, (instant) =>
        trial.moveTo(instant),
      );
      const inside = await stage.api(stage.registrar('341523'));
      await inside.post('/demands', DEMAND);
      await inside.upload('/attachments', receipt());
      // Never submitted: swept after thirty days, with its bytes.
      await trial.moveTo(new Date('2027-02-01T09:00:00+08:00'));
      expect(await trial.sql.query('select 1 from attachment')).toEqual([]);
      expect((await trial.sql.query('select 1 from demand')).length).toBe(1);
    } finally {
      await trial.close();
    }
    expect({ rows: await rows(), files: filesOf(folder), folders: folders() }).toEqual(before);
  });
});
