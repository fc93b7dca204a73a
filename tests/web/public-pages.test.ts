import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeSms } from '../support/fake-sms.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Seen, Visitor } from '../support/visitor.ts';
import { later, type Walk, walk } from '../support/walk.ts';

const BAD = {
  feedbackReceived: 'NO',
  resolved: 'UNRESOLVED',
  satisfaction: 'DISSATISFIED',
  reasons: ['SLOW'],
  remark: '',
};
const GOOD = { feedbackReceived: 'YES', resolved: 'RESOLVED', satisfaction: 'SATISFIED', remark: '' };
/** 12345 is called in any case (必访). */
const MANDATORY = { channel: 'HOTLINE_12345', externalNumber: '12345-1' };

describe('the public pages', () => {
  let house: TestHouse;
  let sms: FakeSms;
  beforeAll(async () => {
    sms = await FakeSms.start();
    house = await testHouse('2026-11-23T09:12:00+08:00', {
      SMS_GATEWAY_URL: sms.url,
      SMS_GATEWAY_BODY: JSON.stringify({ to: '{to}', text: '{text}' }),
    });
  });
  afterAll(async () => {
    await house?.stop();
    await sms?.stop();
  });
  beforeEach(async () => {
    await house.house.sql.query('delete from public_try');
    sms.calls.length = 0;
  });

  const codeOf = async (number: string): Promise<string> =>
    (
      await house.house.sql.query<{ code: string }>('select tracking_code as code from demand where number = $1', [
        number,
      ])
    )[0]!.code;
  const ask = async (fields: Record<string, string>): Promise<Seen> =>
    new Visitor(house.address).fill('/public/progress', '/public/progress', fields);
  const fedBack = async (fields: Record<string, unknown> = {}): Promise<Walk> => {
    const demand = await walk(house, fields);
    await demand.complete('dispatch-demand');
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    await house.settle();
    await house.sweep();
    return demand;
  };
  /** The path of the link in the last message about it. */
  const link = (): string =>
    /\/r\/[\w-]+/.exec(sms.calls.map((call) => call.body.text).find((text) => text.includes('/r/')))![0];
  const rate = (path: string, fields: Record<string, string | string[]>) =>
    new Visitor(house.address).fill(path, path, fields);
  /** Fed back and not drawn for a call: about one in five is. */
  const notDrawn = async (): Promise<Walk> => {
    for (;;) {
      sms.calls.length = 0;
      const demand = await fedBack();
      if ((await demand.openForms()).includes('write-off')) return demand;
    }
  };
  const drawn = async (): Promise<Walk> => {
    for (;;) {
      sms.calls.length = 0;
      const demand = await fedBack();
      if ((await demand.openForms()).includes('conduct-return-visit')) return demand;
    }
  };

  describe('P39 progress', () => {
    test('R24, R31: code and last four digits show state, date and bureau, never who or what', async () => {
      const demand = await walk(house);
      await demand.complete('dispatch-demand');
      const code = await codeOf(demand.number);
      const page = await ask({ code: ` ${code.toLowerCase().replaceAll('-', ' ')} `, digits: '0001' });
      expect(page.status).toBe(200);
      expect(page.text).toContain('2026年11月23日反映的事情：办理中');
      expect(page.text).toContain('预计 2026年11月30日 17:30 前办结（还有 5 个工作日）');
      expect(page.text).toContain('舒城县税务局');
      for (const secret of ['契税', '商贸', '王某某', '税政', demand.number, '待办理'])
        expect(page.html).not.toContain(secret);
    });

    test('a wrong code, wrong digits and a code nobody has are one and the same answer', async () => {
      const demand = await walk(house);
      const code = await codeOf(demand.number);
      const answers = [
        await ask({ code, digits: '0002' }),
        await ask({ code: 'AAAA-AAAA-AAAA', digits: '0001' }),
        await ask({ code, digits: '' }),
      ];
      for (const page of answers) {
        expect(page.status).toBe(200);
        expect(page.text).toContain('没有查到。请核对查询码');
      }
    });

    test('five tries in ten minutes, then wait; what was found does not count', async () => {
      const demand = await walk(house);
      const code = await codeOf(demand.number);
      for (let n = 0; n < 7; n += 1) expect((await ask({ code, digits: '0001' })).text).toContain('反映的事情');
      for (let n = 0; n < 5; n += 1) expect((await ask({ code: `AAAA-AAAA-AAA${n}`, digits: '1' })).status).toBe(200);
      const refused = await ask({ code, digits: '0001' });
      expect(refused.status).toBe(429);
      expect(refused.text).toContain('查询次数太多，请在');
      expect(refused.html).toContain(`value="${code}"`);
      await later(house, 0.2);
      expect((await ask({ code, digits: '0001' })).status).toBe(200);
    });

    test('anonymous demands need the code only', async () => {
      const demand = await walk(house, {
        anonymous: true,
        anonymousReason: 'REFUSED',
        taxpayerName: undefined,
        contactPhone: undefined,
        contactPerson: undefined,
      });
      expect((await ask({ code: await codeOf(demand.number), digits: '' })).text).toContain('反映的事情：已受理');
    });

    test('nothing typed is a problem of the field', async () => {
      const page = await ask({ code: '', digits: '' });
      expect(page.status).toBe(422);
      expect(page.text).toContain('“查询码”还没有填写');
    });

    test('a supplement reaches the people who handle it', async () => {
      const demand = await walk(house);
      await demand.complete('dispatch-demand');
      const code = await codeOf(demand.number);
      const empty = await ask({ code, digits: '0001', act: 'supplement', content: '' });
      expect(empty.status).toBe(422);
      const page = await ask({ code, digits: '0001', act: 'supplement', content: '补充：完税证明已找到。' });
      expect(page.text).toContain('已收到您的补充');
      expect((await demand.events()).map((event) => event.type)).toContain('demand.supplemented');
    });
  });

  describe('P40 rating by link', () => {
    test('R25: everybody who can be written to gets a link; the page names neither who nor what and preselects nothing', async () => {
      await fedBack();
      const path = link();
      const [kept] = await house.house.sql.query<{ n: number }>(
        'select count(*)::int as n from visit_link_token where hash = $1',
        [path.slice(3)],
      );
      expect(kept!.n).toBe(0);
      const page = await new Visitor(house.address).get(path);
      expect(page.status).toBe(200);
      expect(page.text).toContain('反映的事情');
      expect(page.html).not.toMatch(/checked/);
      for (const secret of ['契税', '商贸', '王某某', 'LASQ']) expect(page.html).not.toContain(secret);
      const empty = await rate(path, {});
      expect(empty.status).toBe(422);
      expect(empty.text).toContain('请选一个总体评价');
    });

    test('R25: not drawn for a call and dissatisfied: tax service judges before the write-off; rework goes round', async () => {
      const demand = await notDrawn();
      const page = await rate(link(), BAD);
      expect(page.text).toContain('评价已收到');
      await house.settle();
      expect(await demand.openForms()).toEqual(['judge-dissatisfaction']);
      await demand.complete('judge-dissatisfaction', {
        visitOutcome: 'REWORK',
        judgementReason: '没有按期答复，重办。',
      });
      expect(await demand.openForms()).toEqual(['handle-demand']);
      expect((await demand.events()).map((event) => event.type)).toContain('visit.answered');
      // The link of the first round says nothing about the second.
      const late = await new Visitor(house.address).get(link());
      expect(late.text).toContain('评价链接已过期');
    });

    test('R25: not drawn, dissatisfied and explained: back to the write-off', async () => {
      const demand = await notDrawn();
      await rate(link(), BAD);
      await demand.complete('judge-dissatisfaction', {
        visitOutcome: 'EXPLAINED',
        judgementReason: '已解释政策依据。',
      });
      expect(await demand.openForms()).toEqual(['write-off']);
    });

    test('R25: drawn by chance and content: no call is needed any more', async () => {
      const demand = await drawn();
      await rate(link(), GOOD);
      await house.settle();
      expect(await demand.openForms()).toEqual(['write-off']);
      expect(await demand.clock('RETURN_VISIT')).toMatchObject({ status: 'STOPPED' });
    });

    test('R25: must be called and content: the call stays; dissatisfied: judged at once', async () => {
      const content = await fedBack(MANDATORY);
      await rate(link(), GOOD);
      await house.settle();
      expect(await content.openForms()).toEqual(['conduct-return-visit']);
      sms.calls.length = 0;
      const cross = await fedBack(MANDATORY);
      await rate(link(), BAD);
      await house.settle();
      expect(await cross.openForms()).toEqual(['judge-dissatisfaction']);
    });

    test('one change and no more; the newest grade counts', async () => {
      const demand = await notDrawn();
      const path = link();
      await rate(path, GOOD);
      await later(house, 0.01);
      expect((await new Visitor(house.address).get(path)).text).toContain('还可以修改一次');
      await rate(path, BAD);
      await house.settle();
      expect(await demand.openForms()).toEqual(['judge-dissatisfaction']);
      const third = await new Visitor(house.address).get(path);
      expect(third.text).toContain('您已经评价并修改过');
      const [row] = await house.house.sql.query<{ n: number; grade: string }>(
        `select count(*)::int as n, max(v.satisfaction) as grade from return_visit v join demand d on d.id = v.demand_id
         where d.number = $1 and v.method = 'SMS_LINK'`,
        [demand.number],
      );
      expect(row).toEqual({ n: 1, grade: 'DISSATISFIED' });
    });

    test('not answering is no answer: nothing counts as content, and after seven days the link is over', async () => {
      const demand = await notDrawn();
      const path = link();
      await later(house, 7 * 24 + 1);
      expect((await new Visitor(house.address).get(path)).text).toContain('评价链接已过期');
      const post = await new Visitor(house.address).post(path, GOOD);
      expect([403, 409]).toContain(post.status);
      expect((await demand.read()).satisfaction ?? null).toBeNull();
    });

    test('dissatisfied after the write-off: the desk is told', async () => {
      const demand = await notDrawn();
      await demand.complete('write-off');
      await rate(link(), BAD);
      const [row] = await house.house.sql.query<{ n: number }>(
        `select count(*)::int as n from notification where title like '%销号后收到不满意的评价'`,
      );
      expect(row!.n).toBeGreaterThan(0);
    });

    test('a token nobody was given is not found', async () => {
      expect((await new Visitor(house.address).get('/r/nothing')).status).toBe(404);
    });
  });
});
