import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Witness, witness } from '../support/api.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { DEMAND } from '../support/walk.ts';

/** What must not come in, the exact answer to it, and that it leaves nothing behind. */

let house: TestHouse;
let api: Witness;
let officer: string;

beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
  api = await witness(house);
  officer = await api.token('pengqingming');
});
afterAll(() => house?.stop());

const rows = async () =>
  (
    await house.house.sql.query<{ n: number }>(
      `select (select count(*) from demand)::int + (select count(*) from deadline)::int + (select count(*) from history_event where subject_type = 'demand')::int
         + (select count(*) from engine_outbox)::int + (select count(*) from registration_key)::int as n`,
    )
  )[0]!.n;

const register = (fields: Record<string, unknown>) =>
  api.call('post', '/demands', {
    token: officer,
    body: Object.fromEntries(Object.entries({ ...DEMAND, ...fields }).filter(([, value]) => value !== undefined)),
  });
const detailAt = (answer: { body: any }, pointer: string): string | undefined =>
  answer.body.errors?.find((error: any) => error.pointer === pointer)?.detail;

describe('a registration that is wrong', () => {
  test.each<[string, Record<string, unknown>, string, string | RegExp]>([
    ['an unknown category', { category: 'GOSSIP' }, '/category', '“类别”里没有“GOSSIP”这个选项，请从列表中选择。'],
    ['an unknown channel', { channel: 'PIGEON' }, '/channel', /里没有“PIGEON”这个选项/],
    ['an unknown tag', { tags: ['契税', '没有'] }, '/tags', /里没有“没有”这个选项/],
    ['no contact', { contactPhone: undefined }, '/contactPhone', /还没有填写/],
    ['an empty contact', { contactPhone: '   ' }, '/contactPhone', /还没有填写/],
    ['no name', { taxpayerName: undefined }, '/taxpayerName', /还没有填写/],
    ['no content', { content: '' }, '/content', /还没有填写/],
    ['a date that does not exist', { receivedAt: '2026-02-30T09:00:00+08:00' }, '/receivedAt', /2026-02-30 不存在/],
    ['a time that does not exist', { receivedAt: '2026-11-20T25:61:00+08:00' }, '/receivedAt', /25:61:00 不存在/],
    ['a date that is none', { receivedAt: '昨天' }, '/receivedAt', /应当写成/],
    [
      'a day to come',
      { receivedAt: '2026-11-24T09:00:00+08:00' },
      '/receivedAt',
      '来件时间晚于现在。请填诉求人来电、来件的实际时间。',
    ],
    ['years ago', { receivedAt: '2016-11-24T09:00:00+08:00' }, '/receivedAt', '来件时间在一年以前。请核对年份。'],
    ['100,000 characters', { content: '税'.repeat(100_000) }, '/content', /有 100000 个字，最多 \d+ 个字，请删减。/],
    ['a name of 10,000 characters', { taxpayerName: '甲'.repeat(10_000) }, '/taxpayerName', /最多 \d+ 个字/],
    ['a department of another bureau', { registeringDepartment: '341502-TAX1' }, '/registeringDepartment', /./],
    ['a department that does not exist', { registeringDepartment: 'NOWHERE' }, '/registeringDepartment', /./],
    ['a reported department that does not exist', { reportedDepartment: 'NOWHERE' }, '/reportedDepartment', /./],
    ['legal remedy without saying which', { category: 'LEGAL_REMEDY' }, '/legalIntent', /还没选/],
    ['on the spot without an answer', { intakeChoice: 'ON_THE_SPOT' }, '/answerContent', /./],
    ['no notice though it could not be answered', { noticeContent: undefined }, '/noticeContent', /./],
    ['a field that is not there', { colour: 'red' }, '/colour', '没有“colour”这一项，请去掉或核对名称。'],
    ['a field of the ledger that nobody sends', { status: 'WRITTEN_OFF' }, '/status', /没有“status”这一项/],
    ['the number of a demand', { number: 'LASQ-341523-20261123-0001' }, '/number', /没有“number”/],
    ['a pointer that needs escaping', { 'a/b~c': 1 }, '/a~1b~0c', /没有/],
    ['a number for a text', { content: 12345 }, '/content', /应当是文字/],
    ['a text for a list', { tags: '契税' }, '/tags', /应当是文字的列表/],
    ['a list with a number', { tags: [1] }, '/tags', /应当是文字的列表/],
    ['a text for yes or no', { anonymous: 'yes' }, '/anonymous', /应当是 true 或 false/],
    ['an object for a text', { taxpayerName: { $ne: null } }, '/taxpayerName', /应当是文字/],
    ['intake that is a list', { intake: [] }, '/intake', /应当是 JSON 对象/],
    ['intake with a name nobody reads', { intake: { beyondAutority: true } }, '/intake/beyondAutority', /不认识这一项/],
    [
      'intake of the wrong type',
      { intake: { beyondAuthority: 'true' } },
      '/intake/beyondAuthority',
      '应当是 true 或 false。',
    ],
    [
      'a bureau that does not exist',
      { intake: { responsibleOrgCodes: ['999999'] } },
      '/intake/responsibleOrgCodes',
      /单位代码的列表/,
    ],
  ])('%s: 422, named, nothing kept', async (_what, fields, pointer, detail) => {
    const before = await rows();
    const answer = await register(fields);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: 'Invalid' });
    if (typeof detail === 'string') expect(detailAt(answer, pointer)).toBe(detail);
    else expect(detailAt(answer, pointer)).toMatch(detail);
    expect(await rows()).toBe(before);
  });

  test('every wrong field is named at once', async () => {
    const answer = await register({
      content: '',
      taxpayerName: undefined,
      contactPhone: undefined,
      channel: undefined,
    });
    expect(answer.body.errors.map((error: any) => error.pointer).sort()).toEqual(
      expect.arrayContaining(['/channel', '/contactPhone', '/content', '/taxpayerName']),
    );
  });

  test('emoji, rare characters and markup come out as they went in', async () => {
    const content = "𠮷野家😀退税👨‍👩‍👧 <script>alert(1)</script> '; drop table demand;-- 𪚥 é";
    const answer = await register({ content, taxpayerName: '𠮷田商行' });
    expect(answer.status).toBe(201);
    const auditor = await api.token(house.stage.reader());
    const read = await api.call('get', `/demands/${answer.body.number}`, { token: auditor });
    expect(read.body.content).toBe(content.normalize('NFC'));
    expect(read.body.taxpayerName.startsWith('𠮷')).toBe(true);
  });

  test('null is the same as not given', async () => {
    expect((await register({ subChannel: null, creditCode: null, intake: null })).status).toBe(201);
  });
});

describe('a request that is wrong', () => {
  const send = (options: { raw?: string; headers?: Record<string, string> }) =>
    api.call('post', '/demands', { token: officer, ...options });
  test.each<[string, { raw?: string; headers?: Record<string, string> }, number, object]>([
    [
      'JSON that is none',
      { raw: '{"category": ' },
      400,
      { reason: 'malformed-json', errors: [{ pointer: '', detail: '不是有效的 JSON' }] },
    ],
    ['a list', { raw: '[]' }, 422, { errors: [{ pointer: '', detail: '应当是 JSON 对象。' }] }],
    ['a bare text', { raw: '"demand"' }, 400, { reason: 'malformed-json' }],
    ['nothing at all', {}, 422, { errors: [{ pointer: '', detail: '应当是 JSON 对象。' }] }],
    [
      'a form',
      { raw: 'category=POLICY', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      { reason: 'unsupported-media-type' },
    ],
    ['plain text', { raw: '{}', headers: { 'content-type': 'text/plain' } }, 415, { reason: 'unsupported-media-type' }],
    ['two megabytes', { raw: JSON.stringify({ content: 'x'.repeat(2_000_000) }) }, 413, { code: 'TooLarge' }],
    [
      'an idempotency key of 500 characters',
      { raw: JSON.stringify(DEMAND), headers: { 'idempotency-key': 'k'.repeat(500) } },
      422,
      { code: 'Invalid' },
    ],
  ])('%s', async (_what, options, status, problem) => {
    const before = await rows();
    expect(await send(options)).toMatchObject({ status, body: problem });
    expect(await rows()).toBe(before);
  });

  test('JSON with a key that would spoil an object does not', async () => {
    const raw = `{"__proto__": {"anonymous": true}, ${JSON.stringify(DEMAND).slice(1)}`;
    const answer = await send({ raw });
    expect([201, 422]).toContain(answer.status);
    expect(({} as any).anonymous).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['limit is a word', '/demands?limit=many', '/limit'],
    ['limit is zero', '/demands?limit=0', '/limit'],
    ['limit is beyond what is given at once', '/demands?limit=100000', '/limit'],
    ['offset is negative', '/demands?offset=-1', '/offset'],
    ['a day that does not exist', '/demands?from=2026-02-30', '/from'],
    ['the end before the beginning', '/demands?from=2026-11-20&to=2026-11-01', '/from'],
    ['a status that is none', '/demands?status=LOST', '/status'],
    ['a parameter nobody reads', '/demands?sort=number', '/sort'],
    ['one parameter twice', '/demands?q=1&q=2', '/q'],
    ['a parameter where there are none', '/me?verbose=1', '/verbose'],
    ['an unknown view', '/tasks?view=theirs', '/view'],
  ])('%s', async (_what, path, pointer) => {
    const answer = await fetch(`${house.address}/api/v1${path}`, { headers: { authorization: `Bearer ${officer}` } });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as any).errors.map((error: any) => error.pointer)).toContain(pointer);
  });

  test('an unknown path, and a known one with another method', async () => {
    expect(await api.call('get', '/nothing', { token: officer })).toMatchObject({
      status: 404,
      body: { code: 'NotFound' },
    });
    const other = await api.call('patch', '/demands', { token: officer, body: {} });
    expect(other.status).toBe(405);
    expect(other.headers.get('allow')).toBe('POST, GET');
  });

  test('an address that cannot be decoded', async () => {
    const answer = await fetch(`${house.address}/api/v1/demands/%E0%A4%A`, {
      headers: { authorization: `Bearer ${officer}` },
    });
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('ids that are not one’s own', () => {
  let number: string;
  let taskId: string;
  beforeAll(async () => {
    const made = await register({});
    number = made.body.number;
    const auditor = await api.token(house.stage.reader());
    const { body } = await api.call('get', `/demands/${number}/tasks`, { token: auditor });
    taskId = body.items[0].id;
  });

  test.each(['', '/history', '/clocks', '/explanations', '/tasks', '/extensions'])(
    'a demand of another bureau is not found, whatever is asked of it (%s)',
    async (path) => {
      const stranger = await api.token(house.stage.registrar('341502'));
      expect(await api.call('get', `/demands/${number}${path}`, { token: stranger })).toMatchObject({ status: 404 });
      expect(await api.call('get', `/demands/LASQ-000000-20260101-0001${path}`, { token: stranger })).toMatchObject({
        status: 404,
      });
    },
  );

  test('nor withdrawn, nor extended by strangers', async () => {
    const desk = await api.token('bailiqiu');
    const withdrawal = { withdrawalMethod: 'PHONE', withdrawalReason: '问题已经自行解决，不再反映。' };
    expect(await api.call('post', `/demands/${number}/withdrawal`, { token: desk, body: withdrawal })).toMatchObject({
      status: 404,
    });
    const extension = { requestedDueDate: '2026-12-03', reasonType: 'OTHER', reason: '需要实地核查，一时办不完。' };
    expect(await api.call('post', `/demands/${number}/extensions`, { token: desk, body: extension })).toMatchObject({
      status: 404,
    });
  });

  test('a task of somebody else is not found: read, claimed, released, drafted or completed', async () => {
    const stranger = await api.token('lulidong');
    for (const [method, path] of [
      ['get', ''],
      ['post', '/claim'],
      ['post', '/release'],
      ['put', '/draft'],
      ['delete', '/draft'],
      ['post', '/complete'],
    ] as const) {
      const body =
        ['/draft', '/complete'].includes(path) && method !== 'delete' ? { hostDepartment: '341523-TAX2' } : undefined;
      expect({
        path,
        ...(await api.call(method, `/tasks/${taskId}${path}`, { token: stranger, ...(body ? { body } : {}) })),
      }).toMatchObject({ status: 404 });
      expect(
        await api.call(method, `/tasks/00000000-0000-0000-0000-000000000000${path}`, {
          token: stranger,
          ...(body ? { body } : {}),
        }),
      ).toMatchObject({ status: 404 });
    }
  });

  test('a department of another bureau cannot be made host by forging its code', async () => {
    const desk = await api.token('fandongzhi');
    const answer = await api.call('post', `/tasks/${taskId}/complete`, {
      token: desk,
      body: { hostDepartment: '341502-TAX2', dispatchReason: '伪造' },
    });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/hostDepartment' }] } });
  });
});

describe('restricted demands', () => {
  let number: string;
  beforeAll(async () => {
    const made = await register({
      category: 'SERVICE',
      tags: ['窗口态度'],
      content: '3号窗口工作人员态度恶劣，要求道歉。联系电话13912345678。',
      reportedDepartment: '341523-HALL',
    });
    number = made.body.number;
  });

  test('the department reported on finds nothing, not even who registered it there', async () => {
    // The officer belongs to the hall that is reported on.
    expect(await api.call('get', `/demands/${number}`, { token: officer })).toMatchObject({ status: 404 });
    const { body } = await api.call('get', '/demands?limit=200', { token: officer });
    expect(body.items.some((row: any) => row.number === number)).toBe(false);
  });

  test('who keeps the ledger sees number and state, not the content', async () => {
    const keeper = await api.token('shenxiaoxue');
    const read = await api.call('get', `/demands/${number}`, { token: keeper });
    expect(read.body).toMatchObject({
      restricted: true,
      title: '限定可见件',
      content: null,
      taxpayerName: '',
      contactPhone: null,
      trackingCode: '',
    });
    expect(JSON.stringify(read.body)).not.toContain('态度恶劣');
    for (const path of ['/history', '/explanations', '/extensions'])
      expect(await api.call('get', `/demands/${number}${path}`, { token: keeper })).toMatchObject({
        status: 403,
        body: { reason: 'restricted' },
      });
    expect((await api.call('get', `/demands/${number}/clocks`, { token: keeper })).status).toBe(200);
  });

  test('a handler of the bureau without a task finds nothing', async () => {
    const other = await api.token('lulidong');
    expect(await api.call('get', `/demands/${number}`, { token: other })).toMatchObject({ status: 404 });
  });

  test('who has the task reads it, telephone numbers in the text masked', async () => {
    const desk = await api.token('fandongzhi');
    const read = await api.call('get', `/demands/${number}`, { token: desk });
    expect(read.body.content).toContain('态度恶劣');
    expect(read.body.content).not.toContain('13912345678');
  });
});
