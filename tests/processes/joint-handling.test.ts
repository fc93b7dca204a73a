import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Walk, walk } from '../support/walk.ts';

/** Joint handling (联合办理, R4, R21, R22): one host, co-handling departments side by side, each with its own clock. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
}, 60_000);
afterAll(() => house?.stop());

const HOST = '341523-TAX2';
const [FIRST, SECOND] = ['341523-REV', '341523-RISK'] as const;

async function joint(coDepartments: string[] = [FIRST, SECOND], fields: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await walk(house, fields);
  await demand.complete('dispatch-demand', { hostDepartment: HOST, coDepartments });
  return demand;
}

describe('dispatched to several departments', () => {
  test('R21: host and co-handlers work side by side, the host sums up when all opinions are in', async () => {
    const demand = await joint();
    expect(await demand.read()).toMatchObject({
      status: 'HANDLING',
      path: 'JOINT',
      handlingMode: 'JOINT',
      hostDepartment: HOST,
      coDepartments: [FIRST, SECOND],
    });
    expect(await demand.openForms()).toEqual(['give-co-opinion', 'give-co-opinion', 'handle-demand']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: '2026-11-30', totalDays: 5 });
    for (const round of [1, 2])
      expect(await demand.clock('CO_HANDLING', round)).toMatchObject({ status: 'OPEN', dueDate: '2026-11-30' });
    await expect(demand.complete('handle-demand')).rejects.toMatchObject({ status: 409 });
    await demand.complete('give-co-opinion');
    await expect(demand.complete('handle-demand')).rejects.toMatchObject({ status: 409 });
    await demand.complete('give-co-opinion');
    await demand.complete('handle-demand');
    expect(await demand.openForms()).toEqual(['give-feedback']);
    expect(await demand.clock('CO_HANDLING', 2)).toMatchObject({ status: 'STOPPED', overdue: false });
  });
});

const post = async (demand: Walk, login: string, path: string, body: object) =>
  (await house.as(login)).post<Record<string, any>>(`/demands/${demand.number}/${path}`, body);
const handling = async (demand: Walk) => {
  await house.settle();
  return demand.auditor.get<Record<string, any[]>>(`/demands/${demand.number}/handling`);
};
const OWNER = 'zhaojingzhe';
const COL = { department: '341523-COL', reason: '要核对登记信息。' };
const RELEASE = { department: FIRST, reason: '经核实与它的业务无关。' };

describe('on the way', () => {
  test('R21: a department added has its own clock, the due date of the whole stays', async () => {
    const demand = await joint([FIRST]);
    const whole = await demand.clock('HANDLING');
    await house.moveTo('2026-11-24T09:00:00+08:00');
    await post(demand, 'fandongzhi', 'co-departments', COL);
    expect(await demand.clock('CO_HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: '2026-12-01' });
    expect(await demand.clock('HANDLING')).toMatchObject({ dueDate: whole!.dueDate });
    expect((await demand.read()).coDepartments).toEqual([FIRST, '341523-COL']);
    expect((await handling(demand)).coHandlings).toMatchObject([{ internalDays: 4 }, { internalDays: 4 }]);
  });

  test('R21: a demand of one department becomes a joint handling', async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand', { hostDepartment: HOST });
    await post(demand, OWNER, 'co-departments', COL);
    expect(await demand.read()).toMatchObject({ handlingMode: 'JOINT', path: 'JOINT' });
    expect(await demand.openForms()).toEqual(['give-co-opinion', 'handle-demand']);
    await demand.complete('give-co-opinion');
    await demand.complete('handle-demand');
  });

  test('R21: one released with reason is not waited for and goes on seeing it', async () => {
    const demand = await joint([FIRST]);
    await post(demand, OWNER, 'co-departments/release', RELEASE);
    expect(await demand.openForms()).toEqual(['handle-demand']);
    expect(await demand.clock('CO_HANDLING', 1)).toMatchObject({ status: 'STOPPED' });
    expect(await (await house.as('sunhanlu')).get(`/demands/${demand.number}`)).toMatchObject({ coDepartments: [] });
    await demand.complete('handle-demand');
  });

  test('R21: questions of the host are answered by whom they are put to', async () => {
    const demand = await joint([FIRST]);
    const question = { department: FIRST, question: '退库回单到了没有？' };
    await expect(post(demand, OWNER, 'co-questions', { ...question, replyBy: '2026-12-20' })).rejects.toMatchObject({
      status: 422,
    });
    const { id } = await post(demand, OWNER, 'co-questions', { ...question, replyBy: '2026-11-25' });
    const answer = { questionId: id, answer: '回单已到。' };
    await expect(post(demand, OWNER, 'co-questions/answer', answer)).rejects.toMatchObject({ status: 409 });
    await post(demand, 'sunhanlu', 'co-questions/answer', answer);
    await expect(post(demand, 'sunhanlu', 'co-questions/answer', answer)).rejects.toMatchObject({ status: 409 });
    expect((await handling(demand)).coQuestions).toMatchObject([{ answer: '回单已到。' }]);
  });

  test('R21: what a co-handler writes never reaches the taxpayer', async () => {
    const demand = await joint([FIRST]);
    const opinion = '内部意见：疑似重复申报，暂不外传。';
    await demand.complete('give-co-opinion', { opinion });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect((await handling(demand)).coHandlings).toMatchObject([{ opinion }]);
    for (const seen of [await demand.read(), await demand.events()])
      expect(JSON.stringify(seen)).not.toContain(opinion);
  });

  test.each(['release', 'answer'])(
    'R21: released while it answers (%s first): one of them, and the other is told',
    async (first) => {
      const demand = await joint([FIRST]);
      const task = await demand.open('give-co-opinion');
      const release = () => post(demand, OWNER, 'co-departments/release', RELEASE);
      const answer = async () =>
        (await house.as('sunhanlu')).post(`/tasks/${task.id}/complete`, { opinion: '已核对，没有异议。' });
      const order = first === 'release' ? [release, answer] : [answer, release];
      const both = await Promise.allSettled(order.map((act) => act()));
      expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      expect(['RELEASED', 'DONE']).toContain((await handling(demand)).coHandlings![0].status);
      await demand.complete('handle-demand');
    },
  );

  test('R21: added while the host completes: never both', async () => {
    const demand = await joint([FIRST]);
    await demand.complete('give-co-opinion');
    const both = await Promise.allSettled([
      demand.complete('handle-demand'),
      post(demand, OWNER, 'co-departments', COL),
    ]);
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    const { status } = await demand.read();
    const open = (await handling(demand)).coHandlings!.filter((part) => part.status === 'OPEN');
    expect([status, open.length]).toEqual(both[0]!.status === 'fulfilled' ? ['AWAITING_FEEDBACK', 0] : ['HANDLING', 1]);
  });

  test('R21: an overdue co-handling clock lights the lamp of the demand', async () => {
    const demand = await joint([FIRST]);
    const { dueDate } = (await demand.clock('CO_HANDLING', 1))!;
    await house.moveTo(`${dueDate}T18:00:00+08:00`);
    const { items } = await demand.auditor.get<{ items: any[] }>(`/demands?time=overdue&q=${demand.number}`);
    expect(items).toHaveLength(1);
  });
});

describe('extension of a joint handling', () => {
  const TOLD = { noticeMethod: 'PHONE', noticeContent: '已电话说明还要等国库回单。' };
  const day = async (demand: Walk, total: number) => {
    const clock = await demand.clock('HANDLING');
    return (await house.house.calendar()).addWorkingDays(new Date(clock!.startsAt), total, '341523').dueDate;
  };
  const ask = async (demand: Walk, total: number, more: object = TOLD) =>
    post(demand, OWNER, 'extensions', {
      requestedDueDate: await day(demand, total),
      reasonType: 'EXTERNAL_UNIT',
      reason: '等待国库退库回单。',
      ...more,
    });
  const statuses = async (demand: Walk) => {
    await house.settle();
    const { items } = await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/extensions`);
    return items.map((item) => [item.status, item.reasonCode]);
  };

  test('R22: by the chief, each on its own; the taxpayer told first, or no new date; word every five working days', async () => {
    const demand = await joint([FIRST]);
    const before = await demand.clock('HANDLING');
    await ask(demand, 8, {});
    expect(await statuses(demand)).toEqual([['REFUSED', 'EXPLANATION_REQUIRED']]);
    expect(await demand.clock('HANDLING')).toMatchObject({ dueDate: before!.dueDate });

    await ask(demand, 10);
    expect((await demand.open('approve-extension')).candidates).toEqual(['yunxiaoshu']);
    await demand.complete('approve-extension');
    expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 10 });
    expect(await demand.clock('PROGRESS_NOTICE', 1)).toMatchObject({ status: 'OPEN', totalDays: 5 });
    await post(demand, OWNER, 'progress-notices', { ...TOLD, noticeAt: house.clock.now().toISOString() });
    expect(await demand.clock('PROGRESS_NOTICE', 1)).toMatchObject({ status: 'STOPPED' });
    expect(await demand.clock('PROGRESS_NOTICE', 2)).toMatchObject({ status: 'OPEN' });

    // A second one, beyond the suggested ten, owes a reason type and is decided on its own.
    await ask(demand, 20);
    await demand.complete('approve-extension');
    expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 20, extensions: 2 });
    expect((await demand.events()).some((event) => event.type === 'extension.copied')).toBe(false);

    // To the soft cap of thirty, and once more beyond it: the bureau above gets a copy.
    await ask(demand, 30);
    await demand.complete('approve-extension');
    await ask(demand, 35);
    await demand.complete('approve-extension');
    expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 35, extensions: 4 });
    expect((await demand.events()).some((event) => event.type === 'extension.copied')).toBe(true);
    await demand.complete('give-co-opinion');
    await demand.complete('handle-demand');
    const { clocks } = await demand.auditor.get<{ clocks: any[] }>(`/demands/${demand.number}/clocks`);
    const owed = clocks.filter((clock) => clock.kind === 'PROGRESS_NOTICE' && clock.status !== 'STOPPED');
    expect(owed).toEqual([]);
  });
});

describe('联合办理: the ways besides the straight one', () => {
  const JOINT = { hostDepartment: '341523-TAX2', coDepartments: ['341523-TAX1'], dispatchReason: '涉及两个部门。' };
  const joint = async () => {
    const demand = await walk(house);
    await demand.complete('dispatch-demand', JOINT);
    return demand;
  };
  const post = async (login: string, demand: Walk, path: string, body: object) =>
    (await house.as(login)).post<Record<string, any>>(`/demands/${demand.number}/${path}`, body);

  test('R17 ④, R21: the host returns it; a co-department asks to be released instead; agreed, all of it begins anew', async () => {
    const demand = await joint();
    const RETURN = { basis: '按职责分工第三条，契税归税政一股。', proposedDepartment: '341523-TAX1' };
    await expect(post('lulidong', demand, 'returns', RETURN)).rejects.toMatchObject({ status: 403 });
    await post('zhaojingzhe', demand, 'returns', RETURN);
    expect(await demand.openForms()).toEqual(['give-co-opinion', 'review-return']);
    await demand.complete('review-return', { returnDecision: 'AGREED' });
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_DISPATCH', hostDepartment: null });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    await demand.complete('dispatch-demand', {
      ...JOINT,
      hostDepartment: '341523-TAX1',
      coDepartments: ['341523-TAX2'],
    });
    expect(await demand.openForms()).toEqual(['give-co-opinion', 'handle-demand']);
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN' });
  });

  test('R17 ④, R21: redirected to another host, not to a department that still co-handles; co-handling goes on', async () => {
    const demand = await joint();
    await expect(
      post('fandongzhi', demand, 'redirection', { hostDepartment: '341523-TAX1', reason: '应由税政一股主办。' }),
    ).rejects.toMatchObject({ status: 422, problem: { errors: [{ pointer: '/hostDepartment' }] } });
    await demand.complete('give-co-opinion');
    await post('fandongzhi', demand, 'redirection', { hostDepartment: '341523-TAX1', reason: '应由税政一股主办。' });
    expect(await demand.read()).toMatchObject({ hostDepartment: '341523-TAX1', coDepartments: [] });
    expect(await demand.openForms()).toEqual(['handle-demand']);
    await demand.complete('handle-demand');
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_FEEDBACK' });
  });

  test('R19, R21: put aside once every opinion is there; taken up again, nobody is asked twice', async () => {
    const demand = await joint();
    const day = (await house.house.calendar()).addWorkingDays(house.clock.now(), 30, '341523').dueDate;
    const deferral = {
      deferralCategory: 'SYSTEM_OPTIMISATION',
      deferralReason: '电子税务局由省局统建，县局不能修改。',
      condition: '省局统建系统新版上线。',
      reviewDate: day,
      responsible: 'zhaojingzhe',
      interimAnswer: '您的建议已经记录并上报省局，条件成熟时办理。',
      interimMethod: 'PHONE',
    };
    await expect(post('zhaojingzhe', demand, 'deferrals', deferral)).rejects.toMatchObject({
      status: 409,
      problem: { detail: expect.stringContaining('不能申请挂账。请等意见收齐') },
    });
    await demand.complete('give-co-opinion');
    await post('zhaojingzhe', demand, 'deferrals', deferral);
    await demand.complete('approve-deferral');
    expect(await demand.read()).toMatchObject({ status: 'DEFERRED' });
    await post('zhaojingzhe', demand, 'resumption', { conditionsMet: '新版已经上线，可以办理。' });
    expect(await demand.openForms()).toEqual(['handle-demand']);
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN' });
  });
});
