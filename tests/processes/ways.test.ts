import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf } from '../../src/modules/access/index.ts';
import { requestDeferral } from '../../src/modules/demands/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { later, type Walk, walk } from '../support/walk.ts';

/** Ways a demand goes besides the straight one: objected to, sent elsewhere, put aside, merged, split, taken up again. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
});
afterAll(() => house?.stop());

const DESK = 'fandongzhi';
const HEAD = 'xibailu';
const as = (login: string) => house.as(login);
const act = async (login: string, demand: Walk, path: string, body: Record<string, unknown>) =>
  (await as(login)).post<Record<string, any>>(`/demands/${demand.number}/${path}`, body);
const dispatched = async (fields: Record<string, unknown> = {}) => {
  const demand = await walk(house, fields);
  await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
  return demand;
};
const asHost = async (demand: Walk, path: string, body: Record<string, unknown>) =>
  (await demand.host()).post<Record<string, any>>(`/demands/${demand.number}/${path}`, body);
const items = async (demand: Walk, what: string) =>
  (await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/${what}`)).items;
const types = async (demand: Walk) => (await demand.events()).map((event) => event.type);
const dueIn = async (days: number) =>
  (await house.house.calendar()).addWorkingDays(house.clock.now(), days, '341523').dueDate;
const calendarDay = async (days: number): Promise<string> => {
  const calendar = await house.house.calendar();
  const day = (n: number) => new Date(+house.clock.now() + 8 * 3_600_000 + n * 86_400_000).toISOString().slice(0, 10);
  let n = days;
  while (!calendar.isWorkday(day(n), '341523')) n -= 1;
  return day(n);
};

const finish = async (demand: Walk) => {
  await demand.complete('handle-demand');
  await demand.complete('give-feedback');
  if ((await demand.openForms()).includes('conduct-return-visit')) await demand.complete('conduct-return-visit');
  await demand.complete('write-off');
  expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF' });
};

const RETURN = { basis: '按职责分工第三条，契税归税政一股。', proposedDepartment: '341523-TAX1' };

describe('退单 (R17 ④)', () => {
  test('agreed: dispatched again, the new host has five days of its own, the misdispatch is kept', async () => {
    const demand = await dispatched();
    expect(await asHost(demand, 'returns', RETURN)).toMatchObject({ status: 'RETURN_REVIEW', statusTitle: '退单待审' });
    expect(await demand.openForms()).toEqual(['review-return']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
    await later(house, 1);
    await demand.complete('review-return', { returnDecision: 'AGREED' });
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_DISPATCH', hostDepartment: null });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED' });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX1' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX1' });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: await dueIn(5), totalDays: 5 });
    expect(await items(demand, 'returns')).toMatchObject([
      { kind: 'RETURN', status: 'AGREED', department: '341523-TAX2', newDepartment: '341523-TAX1' },
    ]);
    await expect(asHost(demand, 'returns', { ...RETURN, proposedDepartment: '341523-TAX2' })).rejects.toMatchObject({
      status: 409,
      problem: { reason: 'return-limit' },
    });
    await finish(demand);
  });

  test('rejected: the same host goes on, its clock never stopped, it cannot object again', async () => {
    const demand = await dispatched();
    const before = await demand.clock('HANDLING');
    await asHost(demand, 'returns', RETURN);
    await later(house, 2);
    await expect(demand.complete('review-return', { returnDecision: 'REJECTED', opinion: null })).rejects.toMatchObject(
      {
        status: 422,
      },
    );
    await demand.complete('review-return', { returnDecision: 'REJECTED', opinion: '契税由税政二股主管，审定派单。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX2' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueAt: before!.dueAt });
    expect(await demand.clock('HANDLING', 2)).toBeUndefined();
    await expect(asHost(demand, 'returns', RETURN)).rejects.toMatchObject({ problem: { reason: 'return-limit' } });
    await finish(demand);
  });

  test('too late, not by the host, without a department that could have it: refused, nothing changes', async () => {
    const demand = await dispatched();
    await expect(act(DESK, demand, 'returns', RETURN)).rejects.toMatchObject({ status: 403 });
    await expect(asHost(demand, 'returns', { ...RETURN, proposedDepartment: '341523-TAX2' })).rejects.toMatchObject({
      status: 422,
    });
    await house.moveTo('2026-11-25T09:00:00+08:00');
    await expect(asHost(demand, 'returns', RETURN)).rejects.toMatchObject({ problem: { reason: 'return-late' } });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
    expect(await items(demand, 'returns')).toEqual([]);
  });

  test('two people at once, completing or objecting: one of them wins', async () => {
    const demand = await dispatched();
    const host = await demand.host();
    const task = await demand.open('handle-demand');
    const both = await Promise.allSettled([
      host.post(`/demands/${demand.number}/returns`, RETURN),
      host.post(`/demands/${demand.number}/returns`, RETURN),
      host.post(`/tasks/${task.id}/complete`, {
        measures: '核对资料后联系经办岗位办理。',
        conclusion: 'RESOLVED',
        policyBasis: '现行政策规定',
        publicAnswer: '您反映的事项已经核实办理。',
      }),
    ]);
    expect(both.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const lost of both) if (lost.status === 'rejected') expect(lost.reason.status).toBe(409);
  });

  test('the taxpayer withdraws while the objection is reviewed', async () => {
    const demand = await dispatched();
    await asHost(demand, 'returns', RETURN);
    await demand.officer.post(`/demands/${demand.number}/withdrawal`, {
      withdrawalMethod: 'PHONE',
      withdrawalReason: '问题已经自行解决，不再反映。',
    });
    expect(await demand.openForms()).toEqual(['write-off-withdrawn']);
    expect(await items(demand, 'returns')).toMatchObject([{ status: 'WITHDRAWN' }]);
    await demand.complete('write-off-withdrawn');
  });

  test('handed on for longer than the parameter says: raised a level, once', async () => {
    const demand = await dispatched();
    await asHost(demand, 'returns', RETURN);
    await demand.complete('review-return', { returnDecision: 'AGREED' });
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX1' });
    expect(await types(demand)).not.toContain('demand.raised');
    await later(house, 24 * 21);
    await later(house, 24);
    expect((await demand.events()).filter((event) => event.type === 'demand.raised')).toMatchObject([
      { payload: { reason: 'RETURNED_TOO_OLD' } },
    ]);
  });
});

describe('改派、转派', () => {
  test('R17 ④: tax service sends it to another department; delivered anew, counted as a misdispatch', async () => {
    const demand = await dispatched();
    const other = { hostDepartment: '341523-TAX1', reason: '房产税为主，改由税政一股主办。' };
    await expect(asHost(demand, 'redirection', other)).rejects.toMatchObject({ status: 403 });
    await later(house, 24);
    await act(DESK, demand, 'redirection', other);
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX1' });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: await dueIn(5) });
    expect(await items(demand, 'returns')).toMatchObject([{ kind: 'REDIRECT', newDepartment: '341523-TAX1' }]);
    await finish(demand);
  });

  test('R3: the head of the department gives it to somebody there, with a reason; limits stay', async () => {
    const demand = await dispatched();
    const task = await demand.open('handle-demand');
    const head = 'zhaojingzhe';
    const people = (await house.house.directory()).usersInDepartment('341523-TAX2').map((user) => user.login);
    const to = people.find((login) => login !== head) ?? head;
    await expect(act(DESK, demand, 'reassignment', { login: to, reason: '人手调整。' })).rejects.toMatchObject({
      status: 403,
    });
    await act(head, demand, 'reassignment', { login: to, reason: '人手调整。' });
    expect((await demand.open('handle-demand')).assignee).toBe(to);
    expect((await demand.open('handle-demand')).id).toBe(task.id);
    await finish(demand);
  });
});

const DEFER = async (days = 60) => ({
  deferralCategory: 'SYSTEM_OPTIMISATION',
  deferralReason: '电子税务局由省局统建，县局不能改。',
  condition: '省局统建系统新版上线。',
  reviewDate: await calendarDay(days),
  responsible: 'zhaojingzhe',
  interimAnswer: '已记录您的建议并将上报省局，条件成熟时办理。',
  interimMethod: 'PHONE',
});

describe('挂账 (R19)', () => {
  test('approved by the head of tax service, reviewed on its day, put off again, then taken up with a new limit', async () => {
    const demand = await dispatched();
    await asHost(demand, 'deferrals', await DEFER(30));
    expect(await demand.read()).toMatchObject({ status: 'DEFERRAL_REVIEW' });
    const approval = await demand.open('approve-deferral');
    expect(approval.candidates).toEqual([HEAD]);
    await demand.complete('approve-deferral', { deferralDecision: 'APPROVED' });
    expect(await demand.read()).toMatchObject({
      status: 'DEFERRED',
      path: 'DEFERRAL',
      statusTitle: '挂账（待条件成熟）',
    });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED', overdue: false });
    const [first] = await items(demand, 'deferrals');
    expect(await demand.clock('DEFERRAL_REVIEW')).toMatchObject({ status: 'OPEN', dueDate: first.reviewDate });
    expect(await demand.openForms()).toEqual([]);

    await house.moveTo(`${first.reviewDate}T09:00:00+08:00`);
    expect(await demand.openForms()).toEqual(['review-deferral']);
    await later(house, 24 * 3);
    const { items: ledger } = await demand.auditor.get<{ items: any[] }>('/deferrals?missed=1');
    expect(ledger).toMatchObject([{ number: demand.number, missed: true }]);
    expect(await types(demand)).toContain('deferral.review-missed');
    expect(await types(demand)).not.toContain('deadline.overdue');
    const overdue = await demand.auditor.get<{ items: any[] }>('/demands?time=overdue');
    expect(overdue.items.map((item) => item.number)).not.toContain(demand.number);

    await expect(
      demand.complete('review-deferral', {
        reviewDecision: 'CONTINUE',
        progress: '省局已列入需求清单。',
        nextReviewDate: await calendarDay(120),
      }),
    ).rejects.toMatchObject({ status: 422 });
    const next = await calendarDay(80);
    await demand.complete('review-deferral', {
      reviewDecision: 'REPORT',
      progress: '省局已列入需求清单。',
      nextReviewDate: next,
      reportedTo: '省局信息中心',
    });
    expect(await demand.clock('DEFERRAL_REVIEW', 2)).toMatchObject({ status: 'OPEN', dueDate: next });
    await house.moveTo(`${next}T09:00:00+08:00`);
    await demand.complete('review-deferral', { reviewDecision: 'RESUME', progress: '新版已经上线，可以办理。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', dueDate: await dueIn(5) });
    expect(await demand.clock('DEFERRAL_REVIEW', 2)).toMatchObject({ status: 'STOPPED' });
    await finish(demand);
    expect(await items(demand, 'deferrals')).toMatchObject([{ status: 'RESUMED', reviews: 2 }]);
  });

  test('taken up before its day; reported meanwhile', async () => {
    const demand = await dispatched();
    await asHost(demand, 'deferrals', await DEFER());
    await demand.complete('approve-deferral', { deferralDecision: 'APPROVED' });
    await asHost(demand, 'deferral-reports', { reportedTo: '市局信息中心', reportContent: '请协调省局排期。' });
    await asHost(demand, 'resumption', { conditionsMet: '省局已经上线新功能。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN' });
    await expect(asHost(demand, 'resumption', { conditionsMet: '省局已经上线新功能。' })).rejects.toMatchObject({
      status: 409,
    });
    await finish(demand);
  });

  test('not granted: the old clock goes on with the same host', async () => {
    const demand = await dispatched();
    const before = await demand.clock('HANDLING');
    await asHost(demand, 'deferrals', await DEFER());
    await later(house, 2);
    await demand.complete('approve-deferral', { deferralDecision: 'REJECTED', opinion: '可以先改县局辅导口径。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX2' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueAt: before!.dueAt });
    expect(await items(demand, 'deferrals')).toMatchObject([{ status: 'REJECTED' }]);
    await finish(demand);
  });

  test('what the rules would refuse is said before it is asked for, and refused by them all the same', async () => {
    const demand = await dispatched();
    const { dueAt } = (await demand.clock('HANDLING'))!;
    await house.moveTo(new Date(+new Date(dueAt) + 60_000));
    const input = await DEFER();
    await expect(asHost(demand, 'deferrals', input)).rejects.toMatchObject({
      status: 422,
      problem: { reason: 'SUBMITTED_AFTER_DUE' },
    });
    const { id } = await demand.read();
    const actor = actorOf(await house.house.directory(), 'zhaojingzhe')!;
    await house.house.transaction(actor, (unit) => requestDeferral(unit, id, input));
    await house.settle();
    expect(await items(demand, 'deferrals')).toMatchObject([{ status: 'REFUSED' }]);
    expect(await demand.openForms()).toEqual(['handle-demand']);
    await finish(demand);
  });

  test('asked for while an extension is pending: the extension is taken back', async () => {
    const demand = await dispatched();
    await asHost(demand, 'extensions', {
      requestedDueDate: await dueIn(8),
      reasonType: 'OTHER',
      reason: '需要实地核查，一时办不完。',
      noticeMethod: 'PHONE',
      noticeContent: '已说明原因。',
    });
    expect(await demand.openForms()).toEqual(['approve-extension', 'handle-demand']);
    await asHost(demand, 'deferrals', await DEFER());
    expect(await demand.openForms()).toEqual(['approve-deferral']);
    expect(await items(demand, 'extensions')).toMatchObject([{ status: 'LAPSED' }]);
    await demand.complete('approve-deferral', { deferralDecision: 'REJECTED', opinion: '继续办理。' });
    expect(await demand.openForms()).toEqual(['handle-demand']);
    await finish(demand);
  });

  test('a review day beyond the parameter, on a day off, without an interim answer: each said at its field', async () => {
    const demand = await dispatched();
    const good = await DEFER();
    for (const [change, pointer] of [
      [{ reviewDate: '2027-12-01' }, '/reviewDate'],
      [{ interimAnswer: '没' }, '/interimAnswer'],
      [{ responsible: 'fandongzhi' }, '/responsible'],
    ] as const)
      await expect(asHost(demand, 'deferrals', { ...good, ...change })).rejects.toMatchObject({
        status: 422,
        problem: { errors: [{ pointer }] },
      });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
  });

  test('after a year the chief confirms it, or it is taken up again', async () => {
    const demand = await dispatched();
    await asHost(demand, 'deferrals', await DEFER(80));
    await demand.complete('approve-deferral', { deferralDecision: 'APPROVED' });
    const [{ confirmBy }] = await items(demand, 'deferrals');
    expect(await demand.clock('DEFERRAL_CONFIRM')).toMatchObject({ status: 'OPEN' });
    // A year of reviews is another test; the sweep finds the day of the confirmation.
    await house.house.sql.query(
      `update deadline set due_at = $2, warn_at = $2 where subject_id = (select id from demand where number = $1) and kind = 'DEFERRAL_CONFIRM'`,
      [demand.number, house.clock.now().toISOString()],
    );
    await later(house, 1);
    expect(confirmBy).toMatch(/^\d{4}-/);
    expect((await demand.open('confirm-deferral')).candidates).toEqual(['yunxiaoshu']);
    await demand.complete('confirm-deferral', { confirmation: 'CONFIRMED', opinion: '同意再记一年。' });
    expect(await demand.clock('DEFERRAL_CONFIRM', 2)).toMatchObject({ status: 'OPEN' });
    expect(await demand.read()).toMatchObject({ status: 'DEFERRED' });
    await house.house.sql.query(
      `update deadline set due_at = $2, warn_at = $2 where subject_id = (select id from demand where number = $1) and kind = 'DEFERRAL_CONFIRM' and status = 'OPEN'`,
      [demand.number, house.clock.now().toISOString()],
    );
    await later(house, 1);
    await demand.complete('confirm-deferral', { confirmation: 'NOT_CONFIRMED', opinion: '不再等，先办理。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING' });
    await finish(demand);
  });
});

describe('更正类别 (R5)', () => {
  test('the category, what else it is about and the tags are corrected with a reason; host and limit stay, the old ones are on record', async () => {
    const demand = await dispatched();
    const clock = await demand.clock('HANDLING');
    const right = {
      category: 'ENFORCEMENT',
      otherCategories: ['POLICY'],
      tags: ['契税', '登记'],
      reason: '登记时选错类别。',
    };
    await act(DESK, demand, 'category', right);
    expect(await demand.read()).toMatchObject({
      category: 'ENFORCEMENT',
      tags: ['契税', '登记'],
      hostDepartment: '341523-TAX2',
      status: 'HANDLING',
    });
    expect(await demand.clock('HANDLING')).toEqual(clock);
    expect((await demand.events()).find((event) => event.type === 'demand.recategorised')!.payload).toMatchObject({
      before: { category: 'POLICY', otherCategories: [], tags: ['契税'] },
      category: 'ENFORCEMENT',
      reason: '登记时选错类别。',
    });
    const events = (await demand.events()).length;
    for (const [values, pointer] of [
      [right, '/category'],
      [{ ...right, otherCategories: ['ENFORCEMENT'] }, '/otherCategories'],
      [{ ...right, category: 'LEGAL_REMEDY' }, '/category'],
      [{ ...right, category: 'NONSENSE' }, '/category'],
      [{ ...right, category: 'SERVICE', reason: '' }, '/reason'],
    ] as const)
      await expect(act(DESK, demand, 'category', values)).rejects.toMatchObject({
        status: 422,
        problem: { errors: [{ pointer }] },
      });
    await expect((await demand.host()).post(`/demands/${demand.number}/category`, right)).rejects.toMatchObject({
      status: 403,
    });
    expect(await demand.events()).toHaveLength(events);
  });
});

describe('并单 (R5)', () => {
  test('the same person again: both keep number and content, the main one goes on, the other follows it', async () => {
    const main = await dispatched();
    const again = await walk(house, { content: '契税退税到底什么时候退？前几天已经问过。' });
    const before = await main.clock('HANDLING');
    const merge = { mainNumber: main.number, sameMatter: true };
    await expect(act(DESK, again, 'merge', { mainNumber: again.number, sameMatter: true })).rejects.toMatchObject({
      status: 422,
    });
    await act(DESK, again, 'merge', merge);
    expect(await again.read()).toMatchObject({ status: 'MERGED', path: 'MERGED', hostDepartment: '341523-TAX2' });
    expect(await again.openForms()).toEqual([]);
    const { clocks } = await again.auditor.get<{ clocks: any[] }>(`/demands/${again.number}/clocks`);
    expect(clocks.filter((clock) => clock.status === 'OPEN')).toEqual([]);
    expect(await main.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueAt: before!.dueAt });
    expect(await types(main)).toContain('demand.absorbed');
    await expect(act(DESK, again, 'merge', merge)).rejects.toMatchObject({ status: 409 });
    const third = await walk(house);
    await expect(act(DESK, third, 'merge', { mainNumber: again.number, sameMatter: true })).rejects.toMatchObject({
      status: 422,
    });
    const other = await walk(house, { taxpayerName: '另一家公司', contactPhone: '199-0000-0099' });
    await expect(act(DESK, other, 'merge', merge)).rejects.toMatchObject({ status: 422 });
    await expect(act(DESK, main, 'merge', { mainNumber: third.number, sameMatter: true })).rejects.toMatchObject({
      status: 409,
      problem: { reason: 'merge-chain' },
    });
    await finish(main);
  });

  test('restricted and legal ones are not merged; merged and completed at once, one wins', async () => {
    const main = await dispatched();
    const again = await dispatched();
    const host = await again.host();
    const task = await again.open('handle-demand');
    const both = await Promise.allSettled([
      act(DESK, again, 'merge', { mainNumber: main.number, sameMatter: true }),
      act(DESK, main, 'merge', { mainNumber: again.number, sameMatter: true }),
      host.post(`/tasks/${task.id}/complete`, {
        measures: '核对资料后联系经办岗位办理。',
        conclusion: 'RESOLVED',
        policyBasis: '现行政策规定',
        publicAnswer: '您反映的事项已经核实办理。',
      }),
    ]);
    expect(both.some((result) => result.status === 'fulfilled')).toBe(true);
    const states = [(await main.read()).status, (await again.read()).status];
    expect(states.filter((status) => status === 'MERGED').length).toBeLessThan(2);
  });
});

describe('拆单 (R5)', () => {
  test('parts of their own with the six fields of the parent, delivered from where the parent was', async () => {
    const parent = await dispatched();
    const before = await parent.clock('HANDLING');
    const { deliveredAt } = await parent.read();
    await later(house, 24);
    const one = { title: '契税退税', category: 'POLICY', hostDepartment: '341523-TAX2' };
    await expect(act(DESK, parent, 'split', { parts: [one] })).rejects.toMatchObject({ status: 422 });
    await expect(act(DESK, parent, 'split', { parts: [one, { ...one, title: '' }] })).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/parts/1/title' }] },
    });
    const made = await act(DESK, parent, 'split', {
      parts: [one, { title: '窗口排队太久', category: 'SERVICE', hostDepartment: '341523-TPS' }],
    });
    expect(await parent.read()).toMatchObject({ status: 'SPLIT' });
    expect(await parent.openForms()).toEqual([]);
    expect(made.parts).toHaveLength(2);
    await house.settle();
    for (const number of made.parts) {
      const child = await parent.auditor.get<any>(`/demands/${number}`);
      const mother = await parent.read();
      expect(child).toMatchObject({
        status: 'HANDLING',
        taxpayerName: mother.taxpayerName,
        contactPhone: mother.contactPhone,
        content: mother.content,
        receivedAt: mother.receivedAt,
        registeredAt: mother.registeredAt,
        orgCode: mother.orgCode,
        deliveredAt,
      });
      const { clocks } = await parent.auditor.get<{ clocks: any[] }>(`/demands/${number}/clocks`);
      expect(clocks.find((clock) => clock.kind === 'HANDLING')).toMatchObject({ dueAt: before!.dueAt, status: 'OPEN' });
    }
    await expect(act(DESK, parent, 'split', { parts: [one, one] })).rejects.toMatchObject({ status: 409 });
  });

  test('split before the dispatch: the parts are delivered now', async () => {
    const parent = await walk(house);
    const made = await act(DESK, parent, 'split', {
      parts: [
        { title: '契税退税', category: 'POLICY', hostDepartment: '341523-TAX2' },
        { title: '房产税问题', category: 'POLICY', hostDepartment: '341523-TAX1' },
      ],
    });
    await house.settle();
    const child = await parent.auditor.get<any>(`/demands/${made.parts[1]}`);
    expect(child).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX1', path: 'SINGLE' });
  });
});

describe('补充材料、登记联系', () => {
  test('R17: asked for without stopping the clock; brought, the host is told', async () => {
    const demand = await dispatched();
    await asHost(demand, 'supplement-requests', { what: '退房协议复印件', purpose: '核对退税依据' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
    await expect(
      asHost(demand, 'supplement-requests', { what: '身份证明', purpose: '核对身份' }),
    ).rejects.toMatchObject({ status: 409 });
    await demand.officer.post(`/demands/${demand.number}/supplements`, { via: 'PHONE', content: '协议已发到邮箱。' });
    await demand.officer.post(`/demands/${demand.number}/supplements`, { via: 'PHONE', content: '另补发票号码。' });
    expect(await items(demand, 'supplements')).toMatchObject([
      { status: 'GIVEN', what: '退房协议复印件' },
      { status: 'GIVEN', what: null },
    ]);
    expect(await demand.openForms()).toEqual(['handle-demand']);
    const told = await house.house.sql.query(
      `select 1 from notification where link = $1 and kind = 'SUPPLEMENT' and recipient = 'zhaojingzhe'`,
      [`/demands/${demand.number}`],
    );
    expect(told).toHaveLength(2);
    await finish(demand);
  });

  test('the host notes that it has spoken to the taxpayer; no clock stops', async () => {
    const demand = await dispatched();
    await asHost(demand, 'contacts', { contactMethod: 'PHONE', contactResult: 'REACHED', note: '已说明办理进度。' });
    expect(await types(demand)).toContain('demand.contacted');
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
    await finish(demand);
  });
});

describe('重新打开、撤销销号 (R29)', () => {
  test('reopened: the same number and history, a new limit, fed back and written off again; limited', async () => {
    const demand = await dispatched();
    await finish(demand);
    const reopening = {
      reason: '诉求人来电说没有到账。',
      hostDepartment: '341523-TAX1',
      requirement: '核实国库退库情况并答复。',
    };
    for (const round of [1, 2]) {
      await later(house, 24);
      await act(DESK, demand, 'reopening', reopening);
      expect(await demand.read()).toMatchObject({
        status: 'HANDLING',
        hostDepartment: '341523-TAX1',
        completedAt: null,
      });
      expect(await demand.clock('HANDLING', round + 1)).toMatchObject({ status: 'OPEN', dueDate: await dueIn(5) });
      await finish(demand);
    }
    await expect(act(DESK, demand, 'reopening', reopening)).rejects.toMatchObject({ status: 409 });
    expect((await types(demand)).filter((type) => type === 'demand.reopened')).toHaveLength(2);
  });

  test('a write-off made in error is taken back by the head of tax service, with a reason', async () => {
    const demand = await dispatched();
    await finish(demand);
    const reason = { reason: '附件还没有核对，销号有误。' };
    await expect(act(DESK, demand, 'write-off-revocation', reason)).rejects.toMatchObject({ status: 403 });
    await act(HEAD, demand, 'write-off-revocation', reason);
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_WRITE_OFF', writtenOffAt: null });
    expect(await demand.openForms()).toEqual(['write-off']);
    await demand.complete('write-off');
    expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF' });
  });
});
