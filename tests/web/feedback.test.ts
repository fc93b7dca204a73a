import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const CALL = { visitMethod: 'PHONE', visitReached: 'NO' };
const BAD = {
  visitMethod: 'PHONE',
  visitReached: 'YES',
  feedbackReceived: 'YES',
  resolved: 'UNRESOLVED',
  satisfaction: 'DISSATISFIED',
  dissatisfactionReason: '还没有到账。',
};

describe('feedback, return visits and the write-off', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeEachHouse('2026-11-23T09:12:00+08:00');
  function beforeEachHouse(start: string) {
    beforeAll(async () => {
      house = await testHouse(start);
      stage = new WorkStage(house);
    });
    afterAll(() => house?.stop());
  }

  test('R24: “联系不上” needs calls in three different half-days and a short message; each is kept as evidence', async () => {
    const number = await stage.handled();
    const { id } = await stage.task(number, 'give-feedback');
    const attempt = async (fields: Record<string, string>) => {
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.get(`/tasks/${id}`);
      return visitor.post(`/tasks/${id}/attempts`, { ...page.hidden(`/tasks/${id}`), ...fields });
    };
    const unreached = () => attempt({ attemptMethod: 'PHONE', attemptOutcome: 'UNREACHED' });
    const close = async () => {
      const visitor = await stage.visitor('zhaojingzhe');
      return visitor.fill(`/tasks/${id}`, `/tasks/${id}`, {
        feedbackMethod: 'PHONE',
        feedbackContent: '多次拨打没有人接，已发短信。',
        feedbackResult: 'UNREACHED',
      });
    };
    expect((await unreached()).location).toBe(`/tasks/${id}?ok=attempted#contacts`);
    // The same half-day again is kept, and counts once.
    house.clock.advance(3600_000);
    await unreached();
    expect((await (await stage.visitor('zhaojingzhe')).get(`/tasks/${id}`)).text).toMatch(
      /不同半天未接通 1\/3 次，短信未发/,
    );
    const early = await close();
    expect([early.status, early.text]).toEqual([
      422,
      expect.stringMatching(/不同半天的未接通记录 1 次，还差 2 次；还没有发过短信/),
    ]);
    house.clock.set('2026-11-23T14:00:00+08:00');
    await unreached();
    await attempt({ attemptMethod: 'SMS', attemptOutcome: 'SMS_SENT', attemptNote: '短信平台回执已发送' });
    house.clock.set('2026-11-24T09:00:00+08:00');
    await unreached();
    expect((await (await stage.visitor('zhaojingzhe')).get(`/tasks/${id}`)).text).toContain('联系记录已经齐全');
    expect((await close()).location).toBe(`/tasks/${id}?ok=completed`);
    const history = await stage.history(number);
    expect(history.filter((event) => event.type === 'feedback.attempted')).toHaveLength(5);
    expect(history.find((event) => event.type === 'demand.feedback-given')?.payload.result).toBe('UNREACHED');
    expect(history.find((event) => event.type === 'demand.pushed')).toBeDefined();
  });

  test('R24: an attempt says how it went, when it was, and keeps what was typed beside it', async () => {
    const number = await stage.handled();
    const { id } = await stage.task(number, 'give-feedback');
    const visitor = await stage.visitor('zhaojingzhe');
    const page = await visitor.get(`/tasks/${id}`);
    const fields = { ...page.hidden(`/tasks/${id}`), feedbackContent: '写了一半的反馈' };
    const empty = await visitor.post(`/tasks/${id}/attempts`, fields);
    expect([empty.status, empty.text]).toEqual([422, expect.stringMatching(/还没有选联系方式.*还没有选联系结果/)]);
    expect(empty.html).toContain('写了一半的反馈');
    const tomorrow = { ...fields, attemptMethod: 'PHONE', attemptOutcome: 'UNREACHED', attemptAt: '2026-12-25 09:00' };
    expect((await visitor.post(`/tasks/${id}/attempts`, tomorrow)).text).toMatch(/“联系时间”晚于现在/);
    const before = { ...tomorrow, attemptAt: '2026-11-20 09:00' };
    expect((await visitor.post(`/tasks/${id}/attempts`, before)).text).toMatch(/“联系时间”早于办结时间/);
    const good = await visitor.post(`/tasks/${id}/attempts`, { ...tomorrow, attemptAt: '' });
    expect(good.status).toBe(303);
    expect((await visitor.get(`/tasks/${id}`)).html).toContain('写了一半的反馈');
  });

  test('R24: a feedback is not ahead of now and not before the completion', async () => {
    const number = await stage.handled();
    const { id } = await stage.task(number, 'give-feedback');
    const visitor = await stage.visitor('zhaojingzhe');
    const give = (feedbackAt: string) =>
      visitor.fill(`/tasks/${id}`, `/tasks/${id}`, {
        feedbackMethod: 'PHONE',
        feedbackContent: '已电话告知。',
        feedbackResult: 'DELIVERED',
        feedbackAt,
      });
    expect((await give('2026-12-31T09:00')).text).toMatch(/“时间”晚于现在/);
    expect((await give('2026-11-01T09:00')).text).toMatch(/“时间”早于办结时间/);
  });

  test('R25: half-days count, not calls; after three the outcome is honestly “联系不上”, never content', async () => {
    const number = await stage.fedBack();
    const visit = () => stage.complete(number, 'conduct-return-visit', CALL, 'fandongzhi');
    house.clock.set('2026-11-25T09:00:00+08:00');
    await visit();
    await visit();
    const first = await stage.task(number, 'conduct-return-visit');
    const page = await (await stage.visitor('fandongzhi')).get(`/tasks/${first.id}`);
    expect(page.text).toMatch(/联系 1\/3 11月25日上午 未接通 .* 11月25日上午 未接通/);
    expect(page.text).toContain('这个半天已经联系过，没有接通。');
    expect((await (await stage.visitor('fandongzhi')).get('/visits')).text).toMatch(
      /必电访[\s\S]*1\/3（11月25日上午未接通、11月25日上午未接通） 这个半天已经联系过，请换个半天。/,
    );
    house.clock.set('2026-11-25T14:00:00+08:00');
    await visit();
    house.clock.set('2026-11-26T09:00:00+08:00');
    await visit();
    const closing = await stage.task(number, 'write-off');
    const check = await (await stage.visitor('fandongzhi')).get(`/tasks/${closing.id}`);
    expect(check.text).toMatch(/✓ 回访：多次联系不上，已尽回访义务，未评价，2026年11月26日 09:00/);
    const history = await stage.history(number);
    expect(history.filter((event) => event.type === 'visit.attempted').map((event) => event.payload.counted)).toEqual([
      1, 1, 2, 3,
    ]);
    expect(history.find((event) => event.type === 'demand.visited')?.payload.satisfaction).toBeNull();
  });

  test('R25: dissatisfied is judged; reworked at most twice, each with five new working days, then only explained', async () => {
    const number = await stage.fedBack();
    for (const round of [1, 2]) {
      await stage.complete(number, 'conduct-return-visit', BAD, 'fandongzhi');
      const judge = await stage.task(number, 'judge-dissatisfaction');
      const page = await (await stage.visitor('fandongzhi')).get(`/tasks/${judge.id}`);
      expect(page.text).toContain(`（第 ${round} 次重办，最多 2 次）`);
      expect(page.text).toContain('还没有到账。');
      await stage.complete(
        number,
        'judge-dissatisfaction',
        { visitOutcome: 'REWORK', judgementReason: '确实没有到账，再办。' },
        'fandongzhi',
      );
      const again = await stage.task(number, 'handle-demand');
      const task = await (await stage.visitor('zhaojingzhe')).get(`/tasks/${again.id}`);
      expect(task.text).toMatch(/转重办（第 \d 次）/);
      expect(task.text).toMatch(/正常 · 剩 5 个工作日/);
      await stage.handle(number);
      await stage.feedback(number);
    }
    await stage.complete(number, 'conduct-return-visit', BAD, 'fandongzhi');
    const judge = await stage.task(number, 'judge-dissatisfaction');
    const visitor = await stage.visitor('fandongzhi');
    const refused = await visitor.fill(`/tasks/${judge.id}`, `/tasks/${judge.id}`, {
      visitOutcome: 'REWORK',
      judgementReason: '再办一次。',
    });
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('已经重办 2 次，达到上限 2 次。请选“解释”'),
    ]);
    const explained = await visitor.fill(`/tasks/${judge.id}`, `/tasks/${judge.id}`, {
      visitOutcome: 'EXPLAINED',
      judgementReason: '已解释到账时间。',
    });
    expect(explained.location).toBe(`/tasks/${judge.id}?ok=completed`);
    await stage.task(number, 'write-off');
  });

  test('R25, R29: who handled it neither visits nor writes off', async () => {
    const number = await stage.fedBack('341523-TPS');
    const handler = (await stage.tasks(number)).find((task) => task.formId === 'handle-demand')!.assignee;
    expect(handler).toBe('xibailu');
    const visit = await stage.task(number, 'conduct-return-visit');
    expect(visit.candidates).toEqual(['fandongzhi']);
    await stage.complete(number, 'conduct-return-visit', { ...BAD, satisfaction: 'SATISFIED', resolved: 'RESOLVED' });
    const closing = await stage.task(number, 'write-off');
    expect(closing.candidates).toEqual(['fandongzhi']);
    const handlerPage = await stage.visitor('xibailu');
    const refused = await handlerPage.post(`/tasks/${closing.id}`, {
      _revision: String(closing.revision),
      checked: 'true',
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('这项任务没有分派给你');
    await stage.complete(number, 'write-off', { checked: true });
    expect((await stage.history(number)).at(-1)?.type).toBe('demand.written-off');
  });
});
