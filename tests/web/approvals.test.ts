import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf } from '../../src/modules/access/index.ts';
import { createDelegation } from '../../src/modules/org/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

describe('R18: the extension before the leader (P08)', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
  });
  afterAll(() => house?.stop());

  async function asked(day: string): Promise<{ number: string; id: string }> {
    const number = await stage.dispatched();
    await (await house.as('zhaojingzhe')).post(`/demands/${number}/extensions`, {
      requestedDueDate: day,
      reasonType: 'EXTERNAL_UNIT',
      reason: '等国库退库回单。',
    });
    await house.settle();
    return { number, id: (await stage.task(number, 'approve-extension')).id };
  }

  test('who asks, what changes, why, history, why me, and the effect with both dates (M29, M34)', async () => {
    const { id } = await asked('2026-12-04');
    const page = await (await stage.visitor('panlichun')).get(`/approvals/${id}`);
    expect(page.text).toMatch(
      /主办 税政二股 申请人 赵惊蛰，11月23日 09:12 现到期 11月30日 17:30 正常 · 剩 5 个工作日 申请到 12月4日 周五 17:30 （合计 9 个工作日，上限 10） 原因 等国库退库回单。（等待外部单位） 此前 延期 0 次 重办 0 次/,
    );
    expect(page.text).toMatch(
      /为什么是我审批 由税政二股的分管局领导潘立春审批延期；申请合计 9 个工作日，没有超过上限 10 个。 什么情况下不是我 潘立春外出并设了代理的，代理期内也可以由代理人审批延期 潘立春是被反映人、申请人的，由云小暑审批延期 若是联合办理，由主要领导云小暑审批/,
    );
    expect(page.text).toContain('点“同意延期”后：到期时间由 11月30日 17:30 改为 12月4日 17:30（合计 9 个工作日）');
    expect(page.text).toMatch(/同意延期 不同意 退回补充/);
  });

  test.each([
    ['REJECTED', '不同意'],
    ['RETURNED', '退回补充'],
  ])('%s needs an opinion; the clock stays, the applicant is told', async (decision, word) => {
    const { number, id } = await asked('2026-12-03');
    const leader = await stage.visitor('panlichun');
    const bare = await leader.fill(`/approvals/${id}`, `/approvals/${id}`, { extensionDecision: decision });
    expect([bare.status, bare.text]).toEqual([422, expect.stringContaining('不同意或退回补充的，请写明意见。')]);
    const done = await leader.fill(`/approvals/${id}`, `/approvals/${id}`, {
      extensionDecision: decision,
      opinion: '先联系国库。',
    });
    expect(done.location).toBe(`/tasks/${id}?ok=completed`);
    expect((await leader.get(`/approvals/${id}`)).text).toContain(`审批结论 ${word}`);
    const handler = await stage.visitor('zhaojingzhe');
    expect((await handler.get('/inbox')).text).toMatch(
      new RegExp(`${number} 延期.*原期限不变.*潘立春的意见：先联系国库。`),
    );
    const task = await stage.task(number, 'handle-demand');
    expect((await handler.get(`/tasks/${task.id}`)).text).toMatch(/11月30日 周一 17:30/);
    expect((await handler.get(`/tasks/${task.id}`)).text).toContain('先联系国库。');
  });

  test('the applicant cannot decide and reads who will (M13)', async () => {
    const { id } = await asked('2026-12-02');
    const page = await (await stage.visitor('zhaojingzhe')).get(`/tasks/${id}`);
    expect(page.text).toContain('你是此件的申请人，不能由你审批。已转 潘立春 审批。');
    expect(page.html).not.toContain('name="extensionDecision"');
  });

  test('decided after the due moment: the delay is the approver’s, not the host’s', async () => {
    const { id } = await asked('2026-12-04');
    await house.moveTo('2026-12-01T10:00:00+08:00');
    const page = await (await stage.visitor('panlichun')).get(`/approvals/${id}`);
    expect(page.text).toContain('申请在到期前提交，不计主办逾期，计审批滞后 1 个工作日。');
  });

  test('a stand-in decides in the leader’s name, and every place says so', async () => {
    const { number, id } = await asked('2026-12-09');
    const directory = await house.house.directory();
    await house.house.transaction(actorOf(directory, 'panlichun')!, async (unit) => {
      await createDelegation(unit, {
        delegate: 'gexiaoman',
        scope: ['EXTENSION_APPROVAL'],
        from: '2026-12-01',
        to: '2026-12-04',
        reason: '公出',
      });
    });
    await house.sweep();
    const leader = await stage.visitor('panlichun');
    expect((await leader.get('/approvals')).text).toMatch(/你不在时由 葛小满 代批（至 12月4日）/);
    const standIn = await stage.visitor('gexiaoman');
    expect((await standIn.get('/approvals')).text).toMatch(/代 潘立春 审批/);
    expect((await standIn.get('/tasks')).text).toMatch(/代潘立春 \d/);
    expect((await standIn.get('/tasks?view=for:panlichun')).text).toContain(number);
    const done = await standIn.fill(`/approvals/${id}`, `/approvals/${id}`, {
      extensionDecision: 'APPROVED',
      opinion: '同意。',
    });
    expect(done.status).toBe(303);
    expect((await standIn.get(done.location!)).text).toMatch(/已由 葛小满（代 潘立春） 于 .* 提交/);
    expect((await standIn.get('/tasks?view=done')).text).toContain('葛小满（代 潘立春）');
    const decided = (await stage.history(number)).find((event) => event.type === 'extension.decided');
    expect(decided).toMatchObject({ actor: 'gexiaoman', onBehalfOf: 'panlichun' });
  });
});

describe('messages wait for working hours', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-27T19:30:00+08:00');
    stage = new WorkStage(house);
  });
  afterAll(() => house?.stop());

  test('a task that comes on Friday night is told on Monday morning, once, with one link', async () => {
    const number = await stage.dispatched();
    const inbox = async () => (await (await stage.visitor('zhaojingzhe')).get('/inbox')).text;
    expect(await inbox()).toContain('没有新消息');
    await house.moveTo('2026-11-28T10:00:00+08:00');
    expect(await inbox()).toContain('没有新消息');
    await house.moveTo('2026-11-30T08:30:00+08:00');
    const page = await (await stage.visitor('zhaojingzhe')).get('/inbox');
    expect(page.text.match(/新任务：办理诉求/g)).toHaveLength(1);
    expect(page.text).toContain(number);
    expect(page.link('新任务：办理诉求')).toBe(`/tasks/${(await stage.task(number, 'handle-demand')).id}`);
  });
});
