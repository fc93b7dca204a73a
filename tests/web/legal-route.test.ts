import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

/** R20: the pages of the statutory routes, as a browser without JavaScript sees them. */

let house: TestHouse;
let stage: WorkStage;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:12:00+08:00');
  stage = new WorkStage(house);
});
afterAll(() => house?.stop());

const visit = async (login: string, path: string) => (await stage.visitor(login)).get(path);
const ORAL = {
  category: 'LEGAL_REMEDY',
  content: '税务局以逾期申报为由罚款2000元，我不服，要申请行政复议，请问向哪里申请？',
  tags: ['窗口态度'],
  legalIntent: 'ORAL_RECONSIDERATION',
  actionOrgCode: '341523',
  actionDocument: '税罚〔2026〕18 号',
  reportedDepartment: '341523-COL',
};

describe('R20: confirming a reconsideration', () => {
  test('begins with the body by organisation, the sixty days with their reasoning, the notice; ten days or fewer are a warning', async () => {
    const number = await stage.register({ ...ORAL, knownAt: '2026-10-01', taxDispute: true });
    const { id } = await stage.task(number, 'confirm-legal-route');
    const page = await visit('langdashu', `/tasks/${id}`);
    expect(page.text).toContain('去向 六安市税务局法制科');
    expect(page.text).toMatch(/申请期限只剩 7 天/);
    expect(page.text).toContain('10月1日（周四）知道，当日不算，数 60 个自然日到 11月30日（周一）');
    expect(page.text).toContain('须先缴清税款滞纳金或提供担保');
    expect(page.text).toContain('以现行法为准');
    expect(page.text).toContain('回避：征收管理股');
    expect(page.text).toContain('建议拆单');
    expect(page.text).toContain('不要求以撤回复议换取办结');
    expect(page.html).toMatch(/<option value="341500-LEGAL" selected/);
    expect(page.html).toMatch(
      /您反映的事情依法应通过行政复议办理，已于 2026年11月23日 转六安市税务局法制科，您不用重新提交/,
    );
  });

  test('what is missing is named at its field and nothing typed is lost; then it is on the page and in the ledger', async () => {
    const number = await stage.register({ ...ORAL, tags: [] });
    const { id, revision } = await stage.task(number, 'confirm-legal-route');
    const legal = await stage.visitor('langdashu');
    await legal.get(`/tasks/${id}`);
    const fields = {
      legalDecision: 'TRANSFER',
      legalRoute: 'RECONSIDERATION',
      receivingBody: '341500-LEGAL',
      legalIntent: 'ORAL_RECONSIDERATION',
      actionDocument: '税罚〔2026〕18 号',
      actionOrgCode: '341523',
      noticeMethod: 'PHONE',
      noticeContent: '已经电话告知转市局法制科。',
      _revision: String(revision),
    };
    const wrong = await legal.post(`/tasks/${id}`, fields);
    expect(wrong.status).toBe(422);
    expect(wrong.html).toContain('href="#f-knownAt"');
    expect(wrong.html).toContain('已经电话告知转市局法制科。');
    const done = await legal.post(`/tasks/${id}`, { ...fields, knownAt: '2026-11-10' });
    expect(done.status).toBe(303);
    await house.settle();

    const page = await visit('langdashu', `/demands/${number}`);
    expect(page.text).toMatch(/法定途径 .*行政复议 已移送，等签收/);
    expect(page.text).toContain('申请复议到 2027年1月11日');
    expect(page.text).toMatch(/下一步： ?法制股 送达告知书/);
    const ledger = await visit('weidashu', '/legal-routes');
    expect(ledger.text).toContain(number);
    expect(ledger.text).toMatch(/行政复议 已移送，等签收 六安市税务局法制科/);
    // The receiving body of the city has it in its own ledger, another county has not.
    expect((await visit('zhenglidong', '/legal-routes')).text).toContain(number);
    expect((await visit('shendongzhi', '/legal-routes?state=all')).text).not.toContain(number);
    expect((await visit('langdashu', '/legal-routes?route=HEARING')).text).toContain('没有符合条件的件');
  });
});

describe('R20: at the dispatch board', () => {
  test('says what stands in the way, and gives back to the channel what is not ours, with a reason only', async () => {
    const asks = await stage.register({
      category: 'ENFORCEMENT',
      tags: ['欠税'],
      content: '欠税公告写错了，不改我就申请复议。',
    });
    const fund = await stage.register({ category: 'OTHER', tags: [], content: '公积金贷款审批太慢，你们催一下。' });
    const desk = await stage.visitor('fandongzhi');
    const board = await desk.get('/dispatch');
    expect(board.text).toContain('还没有问救济意愿，不能派单');
    expect(board.html).toContain(`/demands/${asks}/actions/answer-legal`);
    expect(board.text).toContain('可能不属税务职责');
    const { id } = await stage.task(fund, 'dispatch-demand');
    const bare = await desk.post('/dispatch', { return: id, _once: 'return-1' });
    expect((await desk.get(bare.location!)).text).toContain('退回原渠道要写明理由');
    await desk.get('/dispatch');
    const sent = await desk.post('/dispatch', {
      return: id,
      [`reason-${id}`]: '公积金不归税务管。',
      _once: 'return-2',
    });
    expect((await desk.get(sent.location!)).text).toContain('退回原渠道 1 件成功');
    await house.settle();
    expect((await stage.tasks(fund)).some((task) => task.formId === 'confirm-legal-route')).toBe(true);
  });

  test('the questions are answered on a page of their own, then it can be dispatched', async () => {
    const number = await stage.register({
      category: 'ENFORCEMENT',
      tags: ['欠税'],
      content: '欠税公告写错了，再不改我就起诉。',
    });
    const desk = await stage.visitor('fandongzhi');
    await desk.get(`/demands/${number}/actions/answer-legal`);
    const wrong = await desk.post(`/demands/${number}/actions/answer-legal`, {});
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('“诉求人的救济意愿”还没有回答');
    const done = await desk.post(`/demands/${number}/actions/answer-legal`, { legalIntent: 'CONSULT' });
    expect(done.status).toBe(303);
    expect((await visit('fandongzhi', '/dispatch')).html).not.toContain(`/demands/${number}/actions/answer-legal`);
  });
});

describe('R20: while it is handled', () => {
  test('转法定途径 says what will happen, and leads away from what may not be seen any more', async () => {
    const number = await stage.dispatched();
    const host = await stage.visitor('zhaojingzhe');
    const page = await host.get(`/demands/${number}/actions/divert`);
    expect(page.text).toContain('办理任务收回，办结期限照走');
    const sent = await host.post(`/demands/${number}/actions/divert`, {
      legalRoute: 'DISCIPLINE_CLUE',
      reason: '诉求人补充反映有人索要好处费。',
      noticeMethod: 'PHONE',
      noticeContent: '已告知由纪检组办理。',
    });
    expect(sent.location).toBe('/tasks?ok=diverted');
    await house.settle();
    expect((await host.get(`/demands/${number}`)).status).toBe(404);
    expect((await visit('wuchushu', '/tasks')).text).toContain(number);
  });
});
