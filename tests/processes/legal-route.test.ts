import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf } from '../../src/modules/access/index.ts';
import { appealUnreasonable, proposeUnreasonable } from '../../src/modules/demands/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { later, type Walk, walk } from '../support/walk.ts';

/** R20: every way through the statutory routes, over the API as their people go it. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-16T11:08:00+08:00');
});
afterAll(() => house?.stop());

const ORAL = {
  category: 'LEGAL_REMEDY',
  content: '税务局以逾期申报为由罚款2000元，我不服，要申请行政复议，请问向哪里申请？',
  tags: [],
  legalIntent: 'ORAL_RECONSIDERATION',
  actionOrgCode: '341523',
  reportedDepartment: '341523-COL',
};
const NOTICE = { noticeMethod: 'PHONE', noticeContent: '您反映的事情依法应通过行政复议办理，已经转出，不用重新提交。' };
const QUESTIONS = {
  legalIntent: 'ORAL_RECONSIDERATION',
  actionDocument: '税罚〔2026〕18 号',
  actionOrgCode: '341523',
  knownAt: '2026-11-10',
};
const RECONSIDER = { legalDecision: 'TRANSFER', legalRoute: 'RECONSIDERATION', ...QUESTIONS, ...NOTICE };
const followUps = async (demand: Walk) =>
  (await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/legal-routes`)).items;
const types = async (demand: Walk) => (await demand.events()).map((event) => event.type);

/** A reconsideration whose act was taken by the county, passed on to the city. */
async function handedOver(over: Record<string, unknown> = {}, confirm: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await walk(house, { ...ORAL, ...over });
  await demand.complete('confirm-legal-route', { ...RECONSIDER, ...confirm });
  return demand;
}

describe('R20: reconsideration asked for by mouth', () => {
  test('confirmed by the legal department of the county, received by the city on the same day, followed up to the number of the decision', async () => {
    const demand = await walk(house, ORAL);
    expect(await demand.read()).toMatchObject({ restricted: true, status: 'REGISTERED' });
    expect(await demand.openForms()).toEqual(['confirm-legal-route']);
    expect((await demand.open('confirm-legal-route')).candidates).toEqual(['langdashu']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: '2026-11-23' });
    expect(await demand.clock('TRANSFER')).toMatchObject({ status: 'STOPPED', overdue: false });

    await demand.complete('confirm-legal-route', RECONSIDER);
    expect(await demand.read()).toMatchObject({
      status: 'DIVERTED',
      path: 'RECONSIDERATION',
      handlingMode: null,
      hostDepartment: '341523-LEGAL',
      conclusion: 'DIVERTED',
    });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED', overdue: false });
    const [item] = await followUps(demand);
    // 60 calendar days from 11月10日 end on 1月9日, a Saturday: rolled forward to Monday.
    expect(item).toMatchObject({
      status: 'HANDED_OVER',
      route: 'RECONSIDERATION',
      receivingDepartment: '341500-LEGAL',
      applyFrom: '2026-11-10',
      applyCounted: '2027-01-09',
      applyLastDay: '2027-01-11',
    });
    expect(await demand.openForms()).toEqual(['acknowledge-hand-over', 'give-feedback']);

    await demand.complete('acknowledge-hand-over', { handOverDecision: 'ACKNOWLEDGED', receiptNumber: '收 12' });
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF', path: 'RECONSIDERATION' });
    expect(await types(demand)).not.toContain('demand.visited');

    await demand.complete('examine-reconsideration', { examination: 'ACCEPTED', receiptNumber: '税复受 3' });
    const [accepted] = await followUps(demand);
    expect(accepted.clocks.find((clock: any) => clock.kind === 'LEGAL_DECISION')).toMatchObject({
      unit: 'CALENDAR',
      dueDate: '2027-01-15',
    });
    await demand.complete('record-legal-result', { resultDecision: 'EXTEND', resultReason: '案情复杂，需要再调查。' });
    expect((await followUps(demand))[0].clocks.find((clock: any) => clock.kind === 'LEGAL_DECISION')).toMatchObject({
      dueDate: '2027-02-15',
    });
    await expect(
      demand.complete('record-legal-result', { resultDecision: 'EXTEND', resultReason: '还要再延长一次。' }),
    ).rejects.toMatchObject({ status: 422 });
    await demand.complete('record-legal-result', { resultKind: 'MAINTAINED', resultNumber: '税复决〔2027〕1 号' });
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED', resultNumber: '税复决〔2027〕1 号' });
    expect(await demand.openForms()).toEqual([]);
  });

  test('the department of the act and unanswered questions stand in the way; nothing is passed on', async () => {
    const demand = await walk(house, ORAL);
    await expect(
      demand.complete('confirm-legal-route', { ...RECONSIDER, actionDocument: undefined, knownAt: undefined }),
    ).rejects.toMatchObject({
      status: 422,
      problem: {
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/actionDocument' }),
          expect.objectContaining({ pointer: '/knownAt' }),
        ]),
      },
    });
    await expect(
      demand.complete('confirm-legal-route', { ...RECONSIDER, actionDepartment: '341523-LEGAL' }),
    ).rejects.toMatchObject({ status: 422 });
    await expect(
      demand.complete('confirm-legal-route', { ...RECONSIDER, receivingBody: '341523-LEGAL' }),
    ).rejects.toMatchObject({ status: 422, problem: { errors: [{ pointer: '/decisionReason' }] } });
    expect(await demand.read()).toMatchObject({ status: 'REGISTERED' });
  });

  test('only asked about: an ordinary demand, with the reason on record', async () => {
    const demand = await walk(house, ORAL);
    await expect(demand.complete('confirm-legal-route', { legalDecision: 'ORDINARY' })).rejects.toMatchObject({
      status: 422,
    });
    await demand.complete('confirm-legal-route', {
      legalDecision: 'ORDINARY',
      decisionReason: '诉求人只问怎么申请，没有提出复议。',
    });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_DISPATCH', restricted: false });
    await demand.complete('dispatch-demand', { hostDepartment: '341523-LEGAL' });
    expect(await demand.clock('HANDLING')).toMatchObject({ round: 1, status: 'OPEN' });
  });

  test('no reconsideration but a fair demand: back to the dispatch with five working days from the day it is returned', async () => {
    const demand = await handedOver();
    await later(house, 24);
    await demand.complete('acknowledge-hand-over', {
      handOverDecision: 'RETURNED',
      returnReason: '不是行政行为，诉求合理，请普通办理。',
    });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_DISPATCH', path: null, restricted: false });
    const due = (await house.house.calendar()).addWorkingDays(house.clock.now(), 5, '341523').dueDate;
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: due });
    await later(house, 24);
    await demand.complete('dispatch-demand');
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: due });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect(await types(demand)).toContain('legal.returned');
  });

  test('returned after the write-off: the demand goes on in a new process', async () => {
    const demand = await handedOver();
    await demand.complete('acknowledge-hand-over');
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    await demand.complete('examine-reconsideration', {
      examination: 'RETURNED',
      examinationReason: '不属复议范围，诉求合理。',
    });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    await demand.complete('dispatch-demand');
    await demand.complete('handle-demand');
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_FEEDBACK', path: 'SINGLE' });
  });

  test('nobody refuses in time: deemed accepted, the sixty days run from the day it came in', async () => {
    const demand = await handedOver();
    await demand.complete('acknowledge-hand-over');
    const [item] = await followUps(demand);
    const clock = item.clocks.find((one: any) => one.kind === 'LEGAL_EXAMINATION');
    await house.moveTo(new Date(+new Date(clock.dueAt) + 60_000));
    expect((await followUps(demand))[0]).toMatchObject({ examination: 'DEEMED_ACCEPTED' });
    expect(await demand.openForms()).toContain('record-legal-result');
    expect(await demand.openForms()).not.toContain('examine-reconsideration');
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['refused', { examination: 'REJECTED', examinationReason: '超过申请期限。' }, []],
    ['never applied for', { examination: 'NOT_APPLIED', examinationReason: '期限内没有提出。' }, []],
  ])('%s: the follow-up is closed', async (_what, values, rest) => {
    const demand = await handedOver();
    await demand.complete('acknowledge-hand-over');
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    await demand.complete('examine-reconsideration', values);
    expect(await demand.openForms()).toEqual(rest);
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED' });
  });

  test('papers asked for: the time for the examination runs anew when they are in; without them it ends', async () => {
    const demand = await handedOver();
    await demand.complete('acknowledge-hand-over');
    const ask = () =>
      demand.complete('examine-reconsideration', { examination: 'SUPPLEMENT', examinationReason: '缺少处罚决定书。' });
    await ask();
    await later(house, 48);
    await demand.complete('record-supplement', { supplementResult: 'RECEIVED' });
    const rounds = (await followUps(demand))[0].clocks.filter((one: any) => one.kind === 'LEGAL_EXAMINATION');
    expect(rounds.map((one: any) => one.status)).toEqual(['STOPPED', 'OPEN']);
    await ask();
    await demand.complete('record-supplement', { supplementResult: 'ABANDONED' });
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED' });
  });

  test('an act of the city: told to apply to the province, no follow-up in the house', async () => {
    const demand = await walk(
      house,
      { ...ORAL, actionOrgCode: '341500', reportedDepartment: undefined },
      { orgCode: '341500' },
    );
    await demand.complete('confirm-legal-route', { ...RECONSIDER, actionOrgCode: '341500' });
    const [item] = await followUps(demand);
    expect(item).toMatchObject({ receivingDepartment: null, receivingName: '国家税务总局安徽省税务局' });
    expect(await demand.openForms()).toEqual(['give-feedback']);
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED', resultKind: 'TOLD' });
  });

  test('a written application keeps the moment it came in, and is received the moment it is confirmed where both are one office', async () => {
    const demand = await walk(
      house,
      { ...ORAL, legalIntent: 'WRITTEN_RECONSIDERATION', actionOrgCode: '341500', reportedDepartment: '341500-INSP' },
      { orgCode: '341500' },
    );
    const written = {
      ...RECONSIDER,
      legalIntent: 'WRITTEN_RECONSIDERATION',
      actionOrgCode: '341500',
      actionByDispatchedOrgan: true,
    };
    await expect(demand.complete('confirm-legal-route', written)).rejects.toMatchObject({ status: 422 });
    await demand.complete('confirm-legal-route', {
      ...written,
      originalReceivedAt: house.clock.now().toISOString(),
    });
    expect((await followUps(demand))[0]).toMatchObject({
      status: 'ACKNOWLEDGED',
      receivingDepartment: '341500-LEGAL',
      originalHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await demand.openForms()).toEqual(['examine-reconsideration', 'give-feedback']);
  });
});

describe('R20: a tax dispute', () => {
  test('asks whether it is paid or secured; the sixty days run from that day', async () => {
    const demand = await walk(house, { ...ORAL, taxDispute: true });
    await expect(demand.complete('confirm-legal-route', { ...RECONSIDER, taxDispute: true })).rejects.toMatchObject({
      status: 422,
    });
    await demand.complete('confirm-legal-route', {
      ...RECONSIDER,
      taxDispute: true,
      settlement: 'PAID',
      settledAt: '2026-11-14',
      amountRange: 'UNDER_1M',
    });
    expect((await followUps(demand))[0]).toMatchObject({ applyFrom: '2026-11-14' });
  });
});

describe('R20: the other routes', () => {
  const divert = (demand: Walk, legalRoute: string, more: Record<string, unknown> = {}) =>
    demand.complete('confirm-legal-route', { legalDecision: 'TRANSFER', legalRoute, ...NOTICE, ...more });

  test.each<[string, Record<string, unknown>, string, string, boolean]>([
    [
      'HEARING',
      { category: 'LEGAL_REMEDY', legalIntent: 'HEARING_REQUEST', content: '我要申请听证，请安排。' },
      'langdashu',
      '341523-LEGAL',
      true,
    ],
    [
      'LITIGATION',
      { category: 'LEGAL_REMEDY', legalIntent: 'LITIGATION', content: '我要起诉税务局的处罚决定。' },
      'langdashu',
      '',
      true,
    ],
    [
      'STATE_COMPENSATION',
      { category: 'LEGAL_REMEDY', legalIntent: 'COMPENSATION', content: '要求国家赔偿损失。' },
      'langdashu',
      '341523-LEGAL',
      true,
    ],
    [
      'TAX_VIOLATION_REPORT',
      { category: 'OTHER', content: '举报某饭店消费后拒开发票。' },
      'konglichun',
      '341500-INSP',
      true,
    ],
    [
      'DISCIPLINE_CLUE',
      { category: 'OTHER', content: '反映有人吃拿卡要，收受礼品。' },
      'wuchushu',
      '341523-DISC',
      true,
    ],
    ['PETITION', { category: 'OTHER', content: '此事已经信访，要求答复。' }, 'xibailu', '341523-OFFICE', false],
    [
      'INFORMATION_DISCLOSURE',
      { category: 'OTHER', content: '申请公开本县减税数据，要求政府信息公开。' },
      'xibailu',
      '341523-OFFICE',
      false,
    ],
    [
      'NOT_OUR_DUTY',
      { category: 'OTHER', tags: ['非税务职责'], content: '公积金贷款审批太慢，你们催一下。' },
      'xibailu',
      '',
      true,
    ],
  ])('%s: confirmed by its post, passed on, told, written off', async (route, fields, who, to, oneHand) => {
    const demand = await walk(house, { tags: [], ...fields });
    expect((await demand.open('confirm-legal-route')).candidates).toContain(who);
    await divert(demand, route);
    const [item] = await followUps(demand);
    expect(item).toMatchObject({ route, receivingDepartment: to || null });
    expect(await demand.read()).toMatchObject({ status: route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'DIVERTED' });
    if (to && !oneHand) await demand.complete('acknowledge-hand-over');
    if (route === 'INFORMATION_DISCLOSURE') {
      // 20 working days for the answer, 20 more once.
      const answer = async () => (await followUps(demand))[0].clocks.find((one: any) => one.kind === 'LEGAL_DECISION');
      expect(await answer()).toMatchObject({ unit: 'WORKING', totalDays: 20 });
      await demand.complete('record-legal-result', { resultDecision: 'EXTEND', resultReason: '需要征求第三方意见。' });
      expect(await answer()).toMatchObject({ totalDays: 40 });
    }
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    expect(await demand.read()).toMatchObject({
      status: 'WRITTEN_OFF',
      path: route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'LEGAL_ROUTE',
    });
    if (to) {
      await demand.complete('record-legal-result');
      expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED', resultNumber: expect.any(String) });
    }
    expect(await demand.openForms()).toEqual([]);
  });

  test('another route than the suggested one goes to whoever confirms that', async () => {
    const demand = await walk(house, { category: 'OTHER', tags: [], content: '举报某企业偷税，还有干部收受好处。' });
    await demand.complete('confirm-legal-route', {
      legalDecision: 'TRANSFER',
      legalRoute: 'TAX_VIOLATION_REPORT',
      decisionReason: '没有具体干部，属检举。',
      ...NOTICE,
    });
    expect((await demand.open('confirm-legal-route')).candidates).toEqual(['konglichun']);
    await divert(demand, 'TAX_VIOLATION_REPORT');
    expect(await demand.read()).toMatchObject({ hostDepartment: '341500-INSP' });
  });
});

describe('R20: service complaints run along with the ordinary handling', () => {
  const COMPLAINT = {
    channel: 'HOTLINE_12345',
    category: 'SERVICE',
    tags: ['窗口态度'],
    content: '3号窗口工作人员态度恶劣，要求道歉。',
    reportedDepartment: '341523-HALL',
  };
  const NOTICE_OF = { noticeMethod: 'PHONE', noticeContent: '您的投诉已经受理，被投诉的部门看不到您的信息。' };

  test('accepted within a working day; the shorter of both limits counts', async () => {
    const demand = await walk(house, COMPLAINT, { department: '341523-LEGAL' });
    expect(await demand.clock('COMPLAINT_ACCEPTANCE')).toMatchObject({ status: 'OPEN', totalDays: 1 });
    await demand.complete('decide-complaint', {
      complaintDecision: 'ACCEPTED',
      complaintKind: 'CONDUCT',
      ...NOTICE_OF,
    });
    const accepted = house.clock.now();
    await later(house, 24);
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TPS' });
    const due = (await house.house.calendar()).addWorkingDays(accepted, 5, '341523').dueDate;
    expect(await demand.clock('HANDLING')).toMatchObject({ dueDate: due });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    await demand.complete('conduct-return-visit');
    await demand.complete('write-off');
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED', resultKind: 'HANDLED' });
  });

  test('a complaint about slowness may take ten days; the demand does not', async () => {
    const demand = await walk(house, COMPLAINT, { department: '341523-LEGAL' });
    await demand.complete('decide-complaint', {
      complaintDecision: 'ACCEPTED',
      complaintKind: 'QUALITY',
      ...NOTICE_OF,
    });
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TPS' });
    const due = (await house.house.calendar()).addWorkingDays(house.clock.now(), 5, '341523').dueDate;
    expect(await demand.clock('HANDLING')).toMatchObject({ dueDate: due });
  });

  test('not accepted: the reason is told, the demand goes on', async () => {
    const demand = await walk(house, COMPLAINT, { department: '341523-LEGAL' });
    await expect(
      demand.complete('decide-complaint', { complaintDecision: 'NOT_ACCEPTED', ...NOTICE_OF }),
    ).rejects.toMatchObject({ status: 422 });
    await demand.complete('decide-complaint', {
      complaintDecision: 'NOT_ACCEPTED',
      decisionReason: '已经按同一事由处理过。',
      ...NOTICE_OF,
    });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    expect((await followUps(demand))[0]).toMatchObject({ status: 'CLOSED', examination: 'REJECTED' });
  });
});

describe('R20: from the dispatch', () => {
  test('signs of a remedy nobody has asked about: not dispatched until the questions are answered', async () => {
    const demand = await walk(house, {
      category: 'ENFORCEMENT',
      tags: ['欠税'],
      content: '欠税公告写错了，不改我就申请复议。',
    });
    await expect(demand.complete('dispatch-demand')).rejects.toMatchObject({
      status: 422,
      problem: { reason: 'legal-questions-open' },
    });
    await expect(
      demand.officer.post(`/demands/${demand.number}/legal-questions`, { legalIntent: 'ORAL_RECONSIDERATION' }),
    ).rejects.toMatchObject({ status: 422 });
    await demand.officer.post(`/demands/${demand.number}/legal-questions`, { legalIntent: 'NONE' });
    await demand.complete('dispatch-demand');
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
  });

  test('answered as a reconsideration: only the way out is open, and leads to the legal department', async () => {
    const demand = await walk(house, {
      category: 'ENFORCEMENT',
      tags: ['欠税'],
      content: '欠税公告写错了，不改我就申请复议。',
    });
    await demand.officer.post(`/demands/${demand.number}/legal-questions`, QUESTIONS);
    await expect(demand.complete('dispatch-demand')).rejects.toMatchObject({ status: 422 });
    await demand.complete('dispatch-demand', {
      dispatchDecision: 'DIVERT',
      divertRoute: 'RECONSIDERATION',
      dispatchReason: '诉求人已表示要复议。',
    });
    expect(await demand.openForms()).toEqual(['confirm-legal-route']);
    expect(await demand.read()).toMatchObject({ restricted: true });
    await demand.complete('confirm-legal-route', RECONSIDER);
    expect(await demand.read()).toMatchObject({ status: 'DIVERTED' });
  });

  test('R20: while it is handled: the handling ends, the time limit runs on; no statutory route after all, it is dispatched again', async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand');
    const due = (await demand.clock('HANDLING'))!.dueDate;
    const ask = async () =>
      (await demand.host()).post(`/demands/${demand.number}/legal-route`, {
        legalRoute: 'RECONSIDERATION',
        reason: '诉求人收到处罚决定，要求复议。',
        ...NOTICE,
      });
    await ask();
    expect(await demand.openForms()).toEqual(['confirm-legal-route']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: due });
    await demand.complete('confirm-legal-route', { legalDecision: 'ORDINARY', decisionReason: '只是咨询，不是复议。' });
    await demand.complete('dispatch-demand');
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: due, round: 1 });
    await ask();
    await demand.complete('confirm-legal-route', RECONSIDER);
    expect(await demand.read()).toMatchObject({ status: 'DIVERTED', path: 'RECONSIDERATION' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED' });
  });

  test('returned to the channel it came through; refused, it is dispatched after all', async () => {
    const demand = await walk(house, { category: 'OTHER', tags: [], content: '公积金贷款审批太慢，你们催一下。' });
    await demand.complete('dispatch-demand', {
      dispatchDecision: 'RETURN_TO_CHANNEL',
      dispatchReason: '公积金不归税务。',
    });
    await demand.complete('confirm-legal-route', {
      legalDecision: 'ORDINARY',
      decisionReason: '涉及税收证明，由我局答复。',
    });
    await demand.complete('dispatch-demand');
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
  });
});

describe('R17: what is unreasonable is decided by the leader in charge, never by the host alone', () => {
  const REVIEW = { basis: '《税收征收管理法》第八条', explanation: '已经三次书面解释，诉求人仍要求免除法定义务。' };
  const ANSWER = {
    measures: '三次解释政策。',
    conclusion: 'UNREASONABLE',
    policyBasis: '《税收征收管理法》',
    publicAnswer: '您的诉求没有法律依据，如不同意可以申诉。',
  };
  const propose = async (demand: Walk) => {
    const { id } = await demand.read();
    const host = (await demand.open('handle-demand')).candidates[0]!;
    const actor = actorOf(await house.house.directory(), host)!;
    return house.house.transaction(actor, (unit) => proposeUnreasonable(unit, id, REVIEW));
  };
  const settled = async (demand: Walk) => {
    await house.settle();
    return demand.openForms();
  };

  test('proposed with its basis, upheld, told, appealed to the chief, taken back', async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand');
    await expect(demand.complete('handle-demand', ANSWER)).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/conclusion' }] },
    });
    await propose(demand);
    expect(await settled(demand)).toEqual(['decide-unreasonable', 'handle-demand']);
    await expect(propose(demand)).rejects.toThrow('已经提出过认定');
    await demand.complete('decide-unreasonable', { unreasonableDecision: 'UPHELD' });
    await demand.complete('handle-demand', ANSWER);
    await demand.complete('give-feedback');
    expect(await demand.read()).toMatchObject({ conclusion: 'UNREASONABLE' });

    const { id } = await demand.read();
    const desk = actorOf(await house.house.directory(), 'fandongzhi')!;
    await house.house.transaction(desk, (unit) =>
      appealUnreasonable(unit, id, { appealReason: '我认为我的诉求有依据。' }),
    );
    expect(await settled(demand)).toContain('decide-appeal');
    expect((await demand.open('decide-appeal')).candidates).toEqual(['yunxiaoshu']);
    await demand.complete('decide-appeal', { appealDecision: 'OVERTURNED', opinion: '诉求有一定依据，重新办理。' });
    const [review] = await house.house.sql.query<any>(
      'select status, told_method, decided_by, appeal_decided_by from unreasonable_review where demand_id = $1',
      [id],
    );
    expect(review).toMatchObject({ status: 'OVERTURNED', told_method: 'PHONE', appeal_decided_by: 'yunxiaoshu' });
    expect(review.decided_by).not.toBe('yunxiaoshu');

    // Overturned: the same department handles it anew, at once, with five days of its own; no reopening is used up.
    expect(await settled(demand)).toEqual(['handle-demand']);
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', conclusion: null });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN' });
    expect((await demand.events()).map((event) => event.type)).toContain('demand.redone');
    await expect(demand.complete('handle-demand', ANSWER)).rejects.toMatchObject({ status: 422 });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect(await demand.clock('FEEDBACK', 2)).toMatchObject({ status: 'STOPPED', overdue: false });
  });

  test.each([
    ['written off', true],
    ['in hand', false],
  ])('R17: overturned when it is %s already', async (_state, writtenOff) => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand');
    await propose(demand);
    await house.settle();
    await demand.complete('decide-unreasonable', { unreasonableDecision: 'UPHELD' });
    if (writtenOff) {
      await demand.complete('handle-demand', ANSWER);
      await demand.complete('give-feedback');
      if ((await demand.openForms()).includes('conduct-return-visit')) await demand.complete('conduct-return-visit');
      await demand.complete('write-off');
      expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF' });
    }
    const { id } = await demand.read();
    const desk = actorOf(await house.house.directory(), 'fandongzhi')!;
    await house.house.transaction(desk, (unit) =>
      appealUnreasonable(unit, id, { appealReason: '我认为我的诉求有依据。' }),
    );
    await house.settle();
    await demand.complete('decide-appeal', { appealDecision: 'OVERTURNED', opinion: '诉求有一定依据，重新办理。' });
    expect(await settled(demand)).toEqual(['handle-demand']);
    expect((await demand.clock('HANDLING', 2)) !== undefined).toBe(writtenOff);
  });

  test('R17: confirmed after the appeal, it stays as it is', async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand');
    await propose(demand);
    await house.settle();
    await demand.complete('decide-unreasonable', { unreasonableDecision: 'UPHELD' });
    await demand.complete('handle-demand', ANSWER);
    await demand.complete('give-feedback');
    const { id } = await demand.read();
    const desk = actorOf(await house.house.directory(), 'fandongzhi')!;
    await house.house.transaction(desk, (unit) =>
      appealUnreasonable(unit, id, { appealReason: '我认为我的诉求有依据。' }),
    );
    await house.settle();
    await demand.complete('decide-appeal', { appealDecision: 'CONFIRMED', opinion: '认定有据，维持。' });
    expect(await settled(demand)).not.toContain('handle-demand');
    expect(await demand.read()).toMatchObject({ conclusion: 'UNREASONABLE' });
  });

  test('refused by the leader: handled like any other', async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand');
    await propose(demand);
    await house.settle();
    await expect(demand.complete('decide-unreasonable', { unreasonableDecision: 'REFUSED' })).rejects.toMatchObject({
      status: 422,
    });
    await demand.complete('decide-unreasonable', { unreasonableDecision: 'REFUSED', opinion: '诉求合理，继续办理。' });
    await expect(demand.complete('handle-demand', ANSWER)).rejects.toMatchObject({ status: 422 });
    await demand.complete('handle-demand');
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_FEEDBACK' });
  });
});
