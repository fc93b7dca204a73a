import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { queueState, savePreference } from '../../../src/modules/notifications/index.ts';
import { FakeSms } from '../../support/fake-sms.ts';
import { FakeSmtp } from '../../support/fake-smtp.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { walk } from '../../support/walk.ts';

const MONDAY = '2026-11-23T09:12:00+08:00';
const body = JSON.stringify({ mobile: '{to}', content: '{text}', sn: '{id}' });

describe('R25: messages leave the house, in working hours, and the timeline says what became of them', () => {
  let house: TestHouse;
  let sms: FakeSms;
  let smtp: FakeSmtp;
  beforeAll(async () => {
    sms = await FakeSms.start();
    smtp = await FakeSmtp.start();
    house = await testHouse(MONDAY, {
      SMS_GATEWAY_URL: sms.url,
      SMS_GATEWAY_TOKEN: 'gateway-secret',
      SMS_GATEWAY_BODY: body,
      SMS_GATEWAY_ACCEPTED: 'code=0',
      MAIL_URL: smtp.url,
      MAIL_FROM: 'suying@example.gov.cn',
      MESSAGE_TIMEOUT_SECONDS: '1',
      PUBLIC_URL: 'https://suying.example.gov.cn',
    });
  });
  afterAll(async () => {
    await house?.stop();
    await sms?.stop();
    await smtp?.stop();
  });
  beforeEach(() => {
    sms.calls.length = 0;
    sms.answers.length = 0;
    smtp.mails.length = 0;
    smtp.answers.length = 0;
  });

  const states = (number: string) =>
    house.house.sql.query<{ status: string; attempts: number; next_at: string; values: any; sent_to: string | null }>(
      `select m.status, m.attempts, m.next_at, m.values, m.sent_to from message m join demand d on d.id = m.demand_id
       where d.number = $1 and m.audience = 'TAXPAYER' order by m.created_at`,
      [number],
    );
  const told = async (demand: Awaited<ReturnType<typeof walk>>) =>
    (await demand.events()).filter((event) => event.type.startsWith('message.')).map((event) => event.type);
  const minutes = (n: number) => house.moveTo(new Date(+house.clock.now() + n * 60_000));

  test('at registration the tracking code goes out; the queue holds neither number nor code', async () => {
    const demand = await walk(house);
    await house.sweep();
    expect(sms.calls).toHaveLength(1);
    const [call] = sms.calls;
    expect(call!.headers.authorization).toBe('Bearer gateway-secret');
    expect(call!.body.mobile).toBe('19900000001');
    const { trackingCode } = await demand.officer.get<any>(`/demands/${demand.number}`);
    const [row] = await house.house.sql.query<any>('select tracking_code as code from demand where number = $1', [
      demand.number,
    ]);
    expect(call!.body.content).toContain(row.code);
    expect(trackingCode ?? row.code).toBe(row.code);
    expect(call!.body.content).toContain('https://suying.example.gov.cn/public/progress');
    const [kept] = await states(demand.number);
    expect(kept).toMatchObject({ status: 'SENT', attempts: 1, sent_to: '199****0001' });
    expect(JSON.stringify(kept)).not.toContain(row.code);
    expect(JSON.stringify(kept)).not.toContain('19900000001');
    expect(await told(demand)).toEqual(['message.sent']);
    // Nothing goes out twice.
    await house.sweep();
    expect(sms.calls).toHaveLength(1);
  });

  test('a gateway that fails is tried again after growing intervals, and then people are asked', async () => {
    sms.answers.push(
      { status: 503, body: {} },
      'cut',
      'silence',
      { status: 200, body: { code: 7 } },
      { status: 500, body: {} },
    );
    const demand = await walk(house);
    await house.sweep();
    const waits: number[] = [];
    for (let attempt = 1; attempt < 5; attempt += 1) {
      const [row] = await states(demand.number);
      expect(row).toMatchObject({ status: 'WAITING', attempts: attempt });
      waits.push(Math.round((+new Date(row!.next_at) - +house.clock.now()) / 60_000));
      await minutes(waits.at(-1)!);
    }
    expect(waits).toEqual([5, 10, 20, 40]);
    expect((await states(demand.number))[0]).toMatchObject({ status: 'GIVEN_UP', attempts: 5 });
    expect(await told(demand)).toEqual([
      'message.failed',
      'message.failed',
      'message.failed',
      'message.failed',
      'message.given-up',
    ]);
    // Each attempt carries the same id, so that a gateway can drop a repetition.
    expect(new Set(sms.calls.map((call) => call.body.sn)).size).toBe(1);
    const { givenUp } = await queueState(house.house.sql, house.clock.now());
    expect(givenUp).toHaveLength(1);
    expect(givenUp[0]).toMatchObject({ title: '登记告知', attempts: 5 });
  });

  test('what the gateway refuses for good is given up at once', async () => {
    sms.answers.push({ status: 400, body: { message: 'bad number' } });
    const demand = await walk(house);
    await house.sweep();
    expect((await states(demand.number))[0]).toMatchObject({ status: 'GIVEN_UP', attempts: 1 });
  });

  test('nobody is written to at night', async () => {
    await house.moveTo('2026-11-23T19:00:00+08:00');
    sms.calls.length = 0;
    const demand = await walk(house);
    await house.sweep();
    expect(sms.calls).toHaveLength(0);
    expect((await states(demand.number))[0]).toMatchObject({ status: 'WAITING', attempts: 0 });
    await house.moveTo('2026-11-24T08:29:00+08:00');
    expect(sms.calls).toHaveLength(0);
    await house.moveTo('2026-11-24T08:30:00+08:00');
    expect(sms.calls.map((call) => call.body.mobile)).toEqual(['19900000001']);
  });

  test.each([
    ['anonymous', { anonymous: true, anonymousReason: 'REFUSED', taxpayerName: '匿名', contactPhone: '' }],
    ['a landline', { contactPhone: '0564-0000005' }],
  ])('nothing is sent to %s', async (_name, fields) => {
    const demand = await walk(house, fields);
    await house.sweep();
    expect(await states(demand.number)).toEqual([]);
  });

  test('who wants mail gets it, in the hours chosen; what is refused for now is tried again', async () => {
    await savePreference(
      house.house.sql,
      'fandongzhi',
      { email: 'fan@example.gov.cn', phone: '', channels: ['MAIL'], hours: '10:00-12:00', digest: false },
      { window: '08:30-17:30', at: house.clock.now() },
    );
    const demand = await walk(house);
    await house.sweep();
    expect(smtp.mails).toEqual([]);
    smtp.answers.push('451 4.7.1 later');
    await house.moveTo('2026-11-24T10:00:00+08:00');
    expect(smtp.mails).toEqual([]);
    await minutes(5);
    expect(smtp.mails.map((item) => item.to)).toEqual([['fan@example.gov.cn']]);
    const text = Buffer.from(smtp.mails[0]!.data.split('\r\n\r\n').slice(1).join(''), 'base64').toString('utf8');
    expect(text).toContain(demand.number);
    expect(text).toContain('https://suying.example.gov.cn/tasks/');
  });

  test('a mail server that says nothing is waited for no longer than set, and tried again', async () => {
    smtp.answers.push('silence');
    await walk(house);
    await house.sweep();
    const [row] = await house.house.sql.query<any>(
      `select status, attempts, last_error from message where channel = 'MAIL' and status = 'WAITING'`,
    );
    expect(row).toMatchObject({ status: 'WAITING', attempts: 1 });
    await minutes(5);
    expect(smtp.mails).toHaveLength(1);
  });

  test('a digest gathers the messages of a day; what is pressing goes at once', async () => {
    await savePreference(
      house.house.sql,
      'fandongzhi',
      { email: 'fan@example.gov.cn', phone: '', channels: ['MAIL'], hours: '', digest: true },
      { window: '08:30-17:30', at: house.clock.now() },
    );
    await walk(house);
    await walk(house);
    await minutes(30);
    expect(smtp.mails).toEqual([]);
    await house.moveTo('2026-11-25T08:30:00+08:00');
    expect(smtp.mails.length).toBeGreaterThanOrEqual(1);
    const digest = smtp.mails
      .map((item) => Buffer.from(item.data.split('\r\n\r\n').slice(1).join(''), 'base64').toString('utf8'))
      .find((text) => text.includes('条消息'))!;
    expect(digest).toContain('1. 新任务：');
    expect(digest).toContain('2. 新任务：');
    const count = smtp.mails.length;
    await house.sweep();
    expect(smtp.mails).toHaveLength(count);
  });
});

test('R25: without a channel nothing counts as sent, and the timeline says why', async () => {
  const house = await testHouse(MONDAY);
  try {
    const demand = await walk(house);
    await house.sweep();
    const events = (await demand.events()).filter((event) => event.type.startsWith('message.'));
    expect(events.map((event) => [event.type, event.payload.reason])).toEqual([
      ['message.not-sent', '没有配置短信通道，只写入日志'],
    ]);
  } finally {
    await house.stop();
  }
});
