import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fakeClamd } from '../support/fake-clamd.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { DEMAND } from '../support/walk.ts';

const PDF = '%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n';
const EICAR = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';

describe.each(['tcp', 'unix'])('R31: files looked through by a scanner over %s', (kind) => {
  let house: TestHouse;
  let scanner: Awaited<ReturnType<typeof fakeClamd>>;
  let folder: string;
  let officer: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suying-clamd-'));
    scanner = await fakeClamd(kind === 'unix' ? { path: join(folder, 'clamd.sock') } : { port: 0 });
    house = await testHouse('2026-11-23T09:12:00+08:00', { CLAMD: scanner.address });
    officer = house.stage.registrar('341523');
  });
  afterAll(async () => {
    await house?.stop();
    await scanner?.down().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  });

  async function send(content: string, sensitive = false): Promise<any> {
    const form = new FormData();
    form.append('file', new Blob([content], { type: 'application/pdf' }), '回单.pdf');
    if (sensitive) form.append('sensitive', 'true');
    return (await house.as(officer)).upload<any>('/attachments', form);
  }
  const register = async (attachment: string) =>
    (await house.as(officer)).post<{ number: string }>('/demands', { ...DEMAND, attachments: [attachment] });
  const listed = async (number: string, login = officer) =>
    (await (await house.as(login)).get<{ items: any[] }>(`/demands/${number}/attachments`)).items;

  test('a clean one is taken and opens', async () => {
    const body = await send(PDF);
    expect(body.scan).toBe('CLEAN');
    const { number } = await register(body.id);
    const desk = await Follower.signedIn(house, 'fandongzhi');
    expect((await desk.get(`/attachments/${body.id}`)).status).toBe(200);
    await desk.get(`/demands/${number}`);
    expect(desk.page.html).toContain(`href="/attachments/${body.id}"`);
  });

  test('an infected one is not taken', async () => {
    await expect(send(`${PDF}${EICAR}`)).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/file', detail: '查出病毒，没有收下。' }] },
    });
  });

  test('a scanner that is down holds the file back, never lets it through; up again, it is looked through', async () => {
    await scanner.down();
    const clean = await send(PDF);
    const bad = await send(`${PDF}${EICAR}`);
    expect([clean.scan, bad.scan]).toEqual(['WAITING', 'WAITING']);
    const one = await register(clean.id);
    const two = await register(bad.id);
    const desk = await Follower.signedIn(house, 'fandongzhi');
    expect((await desk.get(`/attachments/${clean.id}`)).status).toBe(409);
    expect(desk.text).toContain('这个附件正在查毒，查完才能下载。');
    await desk.get(`/demands/${two.number}`);
    expect(desk.text).toMatch(/附件（1） 回单.pdf 正在查毒/);
    expect(desk.page.html).not.toContain(`href="/attachments/${bad.id}"`);

    await scanner.up();
    await house.sweep();
    expect((await listed(one.number)).map((file) => file.scan)).toEqual(['CLEAN']);
    expect((await listed(two.number)).map((file) => file.scan)).toEqual(['FOUND']);
    expect((await desk.get(`/attachments/${clean.id}`)).status).toBe(200);
    expect((await desk.get(`/attachments/${bad.id}`)).status).toBe(409);
    await desk.get(`/demands/${two.number}`);
    expect(desk.text).toMatch(/回单.pdf 有风险已隔离/);
    const events = (
      await (
        await house.as(house.stage.reader())
      ).get<{ events: { type: string; payload: any }[] }>(`/demands/${two.number}/history`)
    ).events;
    expect(events.find((event) => event.type === 'attachment.quarantined')?.payload).toMatchObject({
      found: 'Eicar-Test-Signature',
    });
  });

  test('sensitive files open for the sender, the desk and who works on it, and are not even named to others', async () => {
    const file = await send(PDF, true);
    const { number } = await register(file.id);
    await house.settle();
    const open = async (login: string) =>
      (await (await Follower.signedIn(house, login)).get(`/attachments/${file.id}`)).status;
    expect([await open(officer), await open('fandongzhi')]).toEqual([200, 200]);
    // The chief reads the demand, and not this file of it.
    const chief = await Follower.signedIn(house, 'yunxiaoshu');
    await chief.get(`/demands/${number}`);
    expect(chief.text).toMatch(/附件（1，含 1 件限见）/);
    expect(chief.text).not.toContain('回单.pdf');
    expect((await chief.get(`/attachments/${file.id}`)).status).toBe(403);
    expect(await listed(number, 'yunxiaoshu')).toEqual([]);
  });
});
