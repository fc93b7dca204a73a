import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ExcelJS from 'exceljs';
import { type EntityManager, type OpenDatabase, sqlOf } from '../../../src/db/orm.ts';
import type { Actor } from '../../../src/kernel/actor.ts';
import { AdjustableClock } from '../../../src/kernel/clock.ts';
import { randomIds } from '../../../src/kernel/ids.ts';
import {
  type AttachmentWork,
  attachFiles,
  attachmentsNamed,
  attachmentsOf,
  checkFile,
  entities,
  type FileStore,
  findAttachment,
  folderStore,
  openFile,
  receiveFile,
  removePending,
  sweepPending,
} from '../../../src/modules/attachments/index.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import { testDatabase } from '../../support/database.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const PDF = Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200, 7)]);
/** An empty ZIP with one named entry in its directory. */
const zipWith = (entry: string) => {
  const name = Buffer.from(entry);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length, 16);
  return Buffer.concat([local, name, central, name, end]);
};

let folder: string;
let db: OpenDatabase;
let store: FileStore;
const clock = new AdjustableClock('2026-11-23T09:00:00+08:00');
const ids = randomIds(() => +clock.now());
const person = (login: string) => ({ login, name: login, kind: 'user' }) as unknown as Actor;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'suying-files-'));
  store = folderStore(join(folder, 'store'));
  db = await testDatabase(entities);
});
afterAll(async () => {
  await db?.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, bytes: Buffer) {
  const path = join(folder, `in-${ids.uuid()}`);
  writeFileSync(path, bytes);
  return { path, name, size: bytes.length };
}
const as = <T>(login: string, work: (work: AttachmentWork) => Promise<T>): Promise<T> =>
  db.em().transactional((em) => work({ em: em as EntityManager, actor: person(login), clock, ids }));

describe('what may be sent is decided by the bytes, not by the name', () => {
  test.each([
    ['回单.pdf', PDF, 'application/pdf'],
    ['截图.PNG', PNG, 'image/png'],
    ['C:\\fakepath\\回单.pdf', PDF, 'application/pdf'],
    ['发票.ofd', zipWith('OFD.xml'), 'application/ofd'],
    ['材料.zip', zipWith('a.txt'), 'application/zip'],
  ])('%s is taken', async (name, bytes, mediaType) => {
    const { path, size } = file(name, bytes);
    expect(await checkFile(path, name, size)).toMatchObject({ ok: true, mediaType });
  });

  test('a real workbook is taken', async () => {
    const workbook = new ExcelJS.Workbook();
    workbook.addWorksheet('a').addRow(['x']);
    const bytes = Buffer.from(await workbook.xlsx.writeBuffer());
    const { path, size } = file('明细.xlsx', bytes);
    expect(await checkFile(path, '明细.xlsx', size)).toMatchObject({ ok: true });
  });

  test.each([
    ['回单.exe', EXE, '“回单.exe”不能上传：只收 PDF、OFD、JPG、PNG、DOCX、XLSX、ZIP，每个不超过 20 MB。'],
    [
      '回单.pdf',
      EXE,
      '“回单.pdf”不能上传：内容与名称不符，不是真正的 PDF 文件。只收 PDF、OFD、JPG、PNG、DOCX、XLSX、ZIP，每个不超过 20 MB。',
    ],
    ['发票.ofd', zipWith('a.txt'), /不是真正的 OFD 文件/],
    ['页面.html', Buffer.from('<script>alert(1)</script>'), /只收 PDF/],
    ['图.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /只收 PDF/],
    ['无扩展名', PDF, /只收 PDF/],
    ['空.pdf', Buffer.alloc(0), '“空.pdf”不能上传：文件是空的，请核对后重新选择。'],
    ['a\u202efdp.exe', EXE, /^“afdp\.exe”不能上传/],
  ])('%s is refused with its name and the reason', async (name, bytes, message) => {
    const { path, size } = file(name, bytes);
    const checked = await checkFile(path, name, size);
    expect(checked).toMatchObject({ ok: false });
    expect(checked.ok ? '' : checked.message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  test('21 MB are too much', async () => {
    const { path } = file('大.pdf', PDF);
    expect(await checkFile(path, '大.pdf', 21 * 1024 * 1024)).toEqual({
      ok: false,
      message: '“大.pdf”不能上传：有 21 MB，每个不能超过 20 MB。请压缩或拆分后再传。',
    });
  });
});

describe('from upload to download', () => {
  test('a file waits for its form, then belongs to the demand; each download is in the history', async () => {
    const sent = await as('zhao', (work) => receiveFile(work, store, file('回单.pdf', PDF)));
    expect(await as('zhao', (work) => attachmentsNamed(work, [sent.id]))).toHaveLength(1);
    await expect(as('qian', (work) => findAttachment(work, sent.id))).rejects.toMatchObject({ code: 'NotFound' });

    const to = { subjectType: 'demand', subjectId: 'd-1' };
    await as('zhao', (work) => attachFiles(work, [sent.id], to));
    await as('zhao', (work) => attachFiles(work, [sent.id], to));
    expect(await as('qian', (work) => attachmentsOf(work, 'demand', 'd-1'))).toMatchObject([
      { name: '回单.pdf', size: PDF.length, uploadedBy: 'zhao', status: 'ATTACHED' },
    ]);
    const bytes = await as('qian', async (work) => openFile(work, store, await findAttachment(work, sent.id)));
    expect(await text(bytes)).toBe(PDF.toString());
    const events = await as('qian', (work) => readTimeline(sqlOf(work.em), 'demand', 'd-1'));
    expect(events.map((event) => [event.type, event.actor])).toEqual([
      ['attachment.added', 'zhao'],
      ['attachment.downloaded', 'qian'],
    ]);
    expect(JSON.stringify(events)).not.toContain('回单');
  });

  test('somebody else’s file, a removed one and one of another demand cannot be attached; nothing changes', async () => {
    const mine = await as('zhao', (work) => receiveFile(work, store, file('a.pdf', PDF)));
    const other = await as('qian', (work) => receiveFile(work, store, file('b.pdf', PDF)));
    const to = { subjectType: 'demand', subjectId: 'd-2' };
    await expect(as('zhao', (work) => attachFiles(work, [mine.id, other.id], to))).rejects.toMatchObject({
      code: 'Invalid',
    });
    await as('zhao', (work) => removePending(work, mine.id));
    await expect(as('zhao', (work) => attachFiles(work, [mine.id], to))).rejects.toMatchObject({ code: 'Invalid' });
    expect(await as('zhao', (work) => attachmentsOf(work, 'demand', 'd-2'))).toEqual([]);
  });

  test('the same content lies on disk once and outlives the sweep as long as a demand has it', async () => {
    const bytes = Buffer.concat([PDF, Buffer.from('once')]);
    const kept = await as('zhao', (work) => receiveFile(work, store, file('a.pdf', bytes)));
    await as('zhao', (work) => attachFiles(work, [kept.id], { subjectType: 'demand', subjectId: 'd-3' }));
    const again = await as('zhao', (work) => receiveFile(work, store, file('b.pdf', bytes)));
    expect(again.sha256).toBe(kept.sha256);
    expect(readdirSync(join(folder, 'store', kept.sha256.slice(0, 2)))).toEqual([kept.sha256.slice(2)]);
    const lonely = await as('zhao', (work) => receiveFile(work, store, file('c.png', PNG)));
    expect(await sweepPending(db.database, store, clock.now())).toBe(0);
    await sweepPending(db.database, store, new Date(+clock.now() + 31 * 24 * 3600_000));
    expect(await store.has(kept.sha256)).toBe(true);
    expect(await store.has(lonely.sha256)).toBe(false);
  });
});
