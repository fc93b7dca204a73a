import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { ruleSetFile } from '../support/rules.ts';
import { later, type Walk, walk } from '../support/walk.ts';

/** Every way through the four diagrams, walked over the API by the people whose tasks they are. */

const VISITED = { channel: 'HOTLINE_12345' };
const types = async (demand: Walk) => (await demand.events()).map((event) => event.type);
const DISSATISFIED = { satisfaction: 'DISSATISFIED', resolved: 'UNRESOLVED', dissatisfactionReason: '还是没有退到账' };

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
}, 60_000);
afterAll(() => house?.stop());

/** As far as the handling: dispatched to its host. */
async function dispatched(fields: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await walk(house, fields);
  await demand.complete('dispatch-demand');
  return demand;
}

async function fedBack(fields: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await dispatched(fields);
  await demand.complete('handle-demand');
  await demand.complete('give-feedback');
  return demand;
}

async function expectEnd(demand: Walk, path: string): Promise<void> {
  await demand.complete('write-off');
  expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF', path });
  expect(await demand.openForms()).toEqual([]);
}

describe('ways through', () => {
  test('R12: answered on the spot: completed, fed back and collected in one, then visited and written off', async () => {
    const demand = await walk(house, {
      ...VISITED,
      intakeChoice: 'ON_THE_SPOT',
      answerContent: '已当场说明更正方法。',
    });
    expect(await demand.read()).toMatchObject({ path: 'ON_THE_SPOT', status: 'AWAITING_VISIT' });
    expect(await demand.clock('TRANSFER')).toMatchObject({ status: 'STOPPED', dueDate: '2026-11-24', overdue: false });
    expect(await demand.clock('HANDLING')).toBeUndefined();
    expect(await demand.openForms()).toEqual(['conduct-return-visit']);
    await demand.complete('conduct-return-visit');
    await expectEnd(demand, 'ON_THE_SPOT');
  });

  test('R11: handled by the registering department, the ledger told in parallel', async () => {
    const demand = await walk(house, { intakeChoice: 'SELF', noticeContent: undefined }, { department: '341523-TAX2' });
    expect(await demand.read()).toMatchObject({ hostDepartment: '341523-TAX2', status: 'HANDLING' });
    expect(await demand.openForms()).toEqual(['handle-demand']);
    expect(await demand.clock('TRANSFER')).toMatchObject({ status: 'STOPPED', dueDate: '2026-11-24' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: '2026-11-30' });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect(await types(demand)).toEqual(
      expect.arrayContaining(['demand.self-handled', 'demand.transferred', 'demand.pushed']),
    );
    expect((await demand.tasks()).some((task) => task.formId === 'dispatch-demand')).toBe(false);
  });

  test.each<[string, Record<string, unknown>]>([
    ['the registering department is the one reported on', { reportedDepartment: '341523-TAX2' }],
    ['the text asks for reconsideration', { content: '我不服处罚，要申请行政复议。' }],
  ])('handling it directly is not for it when %s: the desk dispatches', async (_why, fields) => {
    const demand = await walk(house, { intakeChoice: 'SELF', ...fields }, { department: '341523-TAX2' });
    expect(await demand.openForms()).toEqual(['dispatch-demand']);
    expect((await demand.read()).hostDepartment).toBeNull();
  });

  test('nor when the text is a clue: the report post looks at it first', async () => {
    const clue = { intakeChoice: 'SELF', content: '举报某公司虚开发票，请核查。' };
    const demand = await walk(house, clue, { department: '341523-TAX2' });
    expect(await demand.openForms()).toEqual(['confirm-legal-route']);
    expect((await demand.read()).hostDepartment).toBeNull();
  });

  test('R3, R4: passed to tax service, dispatched to one host, handled, fed back, pushed', async () => {
    const demand = await walk(house);
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_DISPATCH' });
    await demand.complete('dispatch-demand');
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', hostDepartment: '341523-TAX2', path: 'SINGLE' });
    await demand.complete('handle-demand');
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_FEEDBACK' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED', overdue: false });
    expect(await demand.clock('FEEDBACK')).toMatchObject({ status: 'OPEN', dueDate: '2026-11-24' });
    await demand.complete('give-feedback');
    expect(await demand.clock('FEEDBACK')).toMatchObject({ status: 'STOPPED', overdue: false });
    expect(await types(demand)).toContain('demand.pushed');
  });

  test('anonymous demands are not visited and wait for their write-off', async () => {
    const anonymous = { anonymous: true, anonymousReason: 'REFUSED' };
    const demand = await fedBack({
      ...anonymous,
      taxpayerName: undefined,
      contactPhone: undefined,
      contactPerson: undefined,
    });
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_WRITE_OFF' });
    expect(await demand.openForms()).toEqual(['write-off']);
    await expectEnd(demand, 'SINGLE');
  });

  test('who handled it neither visits nor writes it off, nor is offered to', async () => {
    const demand = await dispatched(VISITED);
    const { completedBy } = await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect((await demand.open('conduct-return-visit')).candidates).not.toContain(completedBy);
  });
});

describe('R18: extension of one department', () => {
  const ask = async (demand: Walk, requestedDueDate: string) =>
    (await demand.host()).post<{ id: string; status: string }>(`/demands/${demand.number}/extensions`, {
      requestedDueDate,
      reasonType: 'COMPLEX_CASE',
      reason: '需要实地核查，一时办不完。',
    });
  const extensions = async (demand: Walk) => {
    await house.settle();
    return (await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/extensions`)).items;
  };
  /** The furthest day that may be asked for. */
  const cap = async (demand: Walk) => {
    const clock = await demand.clock('HANDLING');
    return (await house.house.calendar()).addWorkingDays(new Date(clock!.startsAt), 10, '341523').dueDate;
  };

  test('granted by the leader in charge: the clock moves, the host is asked to tell the taxpayer', async () => {
    const demand = await dispatched();
    const furthest = await cap(demand);
    await ask(demand, furthest);
    const task = await demand.open('approve-extension');
    expect(task.candidates).toEqual(['panlichun']);
    await demand.complete('approve-extension');
    expect(await demand.clock('HANDLING')).toMatchObject({ dueDate: furthest, totalDays: 10, extensions: 1 });
    expect(await extensions(demand)).toMatchObject([
      { status: 'APPROVED', approverRole: 'DEPUTY_IN_CHARGE', decidedBy: 'panlichun' },
    ]);
    expect(await types(demand)).toEqual(expect.arrayContaining(['extension.applied', 'notice.sent']));
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    expect(await demand.openForms()).toEqual(['conduct-return-visit']);
  });

  test('a day too far is refused by the rule; nobody is asked', async () => {
    const demand = await dispatched();
    const furthest = await cap(demand);
    const calendar = await house.house.calendar();
    await ask(demand, calendar.addWorkingDays(furthest, 1, '341523').dueDate);
    expect(await extensions(demand)).toMatchObject([{ status: 'REFUSED', reasonCode: 'CAP_EXCEEDED' }]);
    expect(await demand.openForms()).toEqual(['handle-demand']);
    expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 5, extensions: 0 });
  });

  test.each(['REJECTED', 'RETURNED'])(
    '%s by the leader: the clock stays, and it may be asked for again',
    async (extensionDecision) => {
      const demand = await dispatched();
      await ask(demand, await cap(demand));
      await demand.complete('approve-extension', { extensionDecision, opinion: '请先说明核查安排。' });
      expect(await extensions(demand)).toMatchObject([{ status: extensionDecision }]);
      expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 5, extensions: 0 });
      await ask(demand, await cap(demand));
      await demand.complete('approve-extension');
      expect(await demand.clock('HANDLING')).toMatchObject({ totalDays: 10, extensions: 1 });
    },
  );

  test('refusing without a word is not accepted', async () => {
    const demand = await dispatched();
    await ask(demand, await cap(demand));
    await expect(
      demand.complete('approve-extension', { extensionDecision: 'REJECTED', opinion: undefined }),
    ).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/opinion' }] },
    });
  });

  test('once only: the second is refused by the rule', async () => {
    const demand = await dispatched();
    const clock = await demand.clock('HANDLING');
    const calendar = await house.house.calendar();
    await ask(demand, calendar.addWorkingDays(new Date(clock!.startsAt), 7, '341523').dueDate);
    await demand.complete('approve-extension');
    await ask(demand, await cap(demand));
    expect((await extensions(demand)).map((item) => [item.status, item.reasonCode])).toEqual([
      ['APPROVED', 'OK_EXPLAIN_AFTER'],
      ['REFUSED', 'EXTENSION_LIMIT_REACHED'],
    ]);
  });

  test('one at a time: a second application meets the first', async () => {
    const demand = await dispatched();
    await ask(demand, await cap(demand));
    await expect(ask(demand, await cap(demand))).rejects.toMatchObject({
      status: 409,
      problem: { reason: 'extension-pending' },
    });
  });

  test('a day off is no day to be due on; the past neither', async () => {
    const demand = await dispatched();
    await expect(ask(demand, '2026-12-05')).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/requestedDueDate' }] },
    });
    await expect(ask(demand, '2026-02-30')).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/requestedDueDate' }] },
    });
  });

  test('only the host department asks', async () => {
    const demand = await dispatched();
    const other = await house.as('fandongzhi');
    await expect(
      other.post(`/demands/${demand.number}/extensions`, {
        requestedDueDate: await cap(demand),
        reasonType: 'OTHER',
        reason: '一时办不完，请予延期。',
      }),
    ).rejects.toMatchObject({ status: 403 });
  });

  test('completed while the application waits: the application is taken back and holds nothing up', async () => {
    const demand = await dispatched();
    await ask(demand, await cap(demand));
    await demand.complete('handle-demand');
    expect(await demand.openForms()).toEqual(['give-feedback']);
    expect((await demand.tasks()).find((task) => task.formId === 'approve-extension')?.status).toBe('CANCELED');
    await demand.complete('give-feedback');
  });

  test('asked for after it was due: the rule refuses, the demand stays overdue', async () => {
    const demand = await dispatched();
    const furthest = await cap(demand);
    const due = (await demand.clock('HANDLING'))!.dueAt;
    await house.moveTo(new Date(+new Date(due) + 60_000));
    await ask(demand, furthest);
    expect(await extensions(demand)).toMatchObject([
      { status: 'REFUSED', reasonCode: 'SUBMITTED_AFTER_DUE', submittedBeforeDue: false },
    ]);
    await demand.complete('handle-demand');
    expect(await demand.clock('HANDLING')).toMatchObject({ overdue: true });
  });
});

describe('R25: return visit', () => {
  test('tried three times without an answer: not counted as content, and written off', async () => {
    const demand = await fedBack(VISITED);
    for (const attempt of [1, 2, 3]) {
      // At another time of day each: calls within one half-day are one attempt.
      await later(house, 12);
      expect(await demand.openForms()).toEqual(['conduct-return-visit']);
      await demand.complete('conduct-return-visit', { visitReached: 'NO' });
      expect((await types(demand)).filter((type) => type === 'visit.attempted')).toHaveLength(attempt);
    }
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_WRITE_OFF' });
    await expectEnd(demand, 'SINGLE');
  });

  test('dissatisfied and explained: no rework', async () => {
    const demand = await fedBack(VISITED);
    await demand.complete('conduct-return-visit', DISSATISFIED);
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_VISIT' });
    await demand.complete('judge-dissatisfaction', { visitOutcome: 'EXPLAINED' });
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_WRITE_OFF', reworkCount: 0 });
    await expectEnd(demand, 'SINGLE');
  });

  test('dissatisfied and handled again, twice at most, each with five working days of its own', async () => {
    const demand = await fedBack(VISITED);
    for (const round of [1, 2]) {
      await later(house, 24);
      await demand.complete('conduct-return-visit', DISSATISFIED);
      await demand.complete('judge-dissatisfaction', {
        visitOutcome: 'REWORK',
        judgementReason: '核实后确未解决，退回重办。',
      });
      expect(await demand.read()).toMatchObject({ status: 'HANDLING', reworkCount: round });
      const clock = await demand.clock('HANDLING', round + 1);
      const due = (await house.house.calendar()).addWorkingDays(house.clock.now(), 5, '341523').dueDate;
      expect(clock).toMatchObject({ status: 'OPEN', dueDate: due, totalDays: 5 });
      await demand.complete('handle-demand');
      await demand.complete('give-feedback');
    }
    await demand.complete('conduct-return-visit', DISSATISFIED);
    await expect(
      demand.complete('judge-dissatisfaction', { visitOutcome: 'REWORK', judgementReason: '还是没有解决，再退回。' }),
    ).rejects.toMatchObject({ status: 422, problem: { reason: 'rework-limit' } });
    // R30: handled again as often as may be and still dissatisfied, it is raised for supervision.
    expect(await types(demand)).toContain('demand.raised');
    await demand.complete('judge-dissatisfaction', { visitOutcome: 'EXPLAINED' });
    // R30: reworked twice and still dissatisfied is a red card, which wants its own account.
    expect((await demand.events()).find((event) => event.type === 'supervision.issued')!.payload.level).toBe('RED');
    for (const form of ['acknowledge-supervision', 'account-for-supervision', 'lift-supervision'])
      await demand.complete(form);
    await expectEnd(demand, 'SINGLE');
    expect((await types(demand)).filter((type) => type === 'demand.pushed')).toHaveLength(3);
  });
});

describe('withdrawal by the taxpayer', () => {
  const withdraw = (demand: Walk) =>
    demand.officer.post(`/demands/${demand.number}/withdrawal`, {
      withdrawalMethod: 'PHONE',
      withdrawalReason: '问题已经自行解决，不再反映。',
    });
  const extend = async (demand: Walk) => {
    const clock = await demand.clock('HANDLING');
    const requestedDueDate = (await house.house.calendar()).addWorkingDays(
      new Date(clock!.startsAt),
      8,
      '341523',
    ).dueDate;
    await (await demand.host()).post(`/demands/${demand.number}/extensions`, {
      requestedDueDate,
      reasonType: 'OTHER',
      reason: '需要实地核查，一时办不完。',
    });
  };

  test.each<[string, string[], () => Promise<Walk>]>([
    ['waiting for the dispatch', ['dispatch-demand'], () => walk(house)],
    ['in the handling', ['handle-demand'], () => dispatched()],
    [
      'with an extension waiting for its leader',
      ['approve-extension', 'handle-demand'],
      async () => {
        const demand = await dispatched();
        await extend(demand);
        return demand;
      },
    ],
    [
      'waiting for the feedback',
      ['give-feedback'],
      async () => {
        const demand = await dispatched();
        await demand.complete('handle-demand');
        return demand;
      },
    ],
    ['waiting for the visit', ['conduct-return-visit'], () => fedBack(VISITED)],
    [
      'waiting for the judgement',
      ['judge-dissatisfaction'],
      async () => {
        const demand = await fedBack(VISITED);
        await demand.complete('conduct-return-visit', DISSATISFIED);
        return demand;
      },
    ],
    [
      'in the rework',
      ['handle-demand'],
      async () => {
        const demand = await fedBack(VISITED);
        await demand.complete('conduct-return-visit', DISSATISFIED);
        await demand.complete('judge-dissatisfaction', { visitOutcome: 'REWORK' });
        return demand;
      },
    ],
    [
      'waiting for the write-off',
      ['write-off'],
      async () => {
        const demand = await fedBack(VISITED);
        await demand.complete('conduct-return-visit');
        return demand;
      },
    ],
  ])('%s: every task is taken back, every clock stops, tax service writes it off', async (_where, open, reach) => {
    const demand = await reach();
    expect(await demand.openForms()).toEqual(open);
    await withdraw(demand);
    expect(await demand.read()).toMatchObject({ status: 'WITHDRAWN', conclusion: 'WITHDRAWN' });
    expect(await demand.openForms()).toEqual(['write-off-withdrawn']);
    const { clocks } = await demand.auditor.get<{ clocks: any[] }>(`/demands/${demand.number}/clocks`);
    expect(clocks.filter((clock) => clock.status === 'OPEN')).toEqual([]);
    await demand.complete('write-off-withdrawn');
    expect(await demand.read()).toMatchObject({ status: 'WRITTEN_OFF' });
    expect(await types(demand)).toEqual(
      expect.arrayContaining(['demand.withdrawal-requested', 'demand.withdrawn', 'demand.written-off']),
    );
  });

  test('a task taken back cannot be completed any more', async () => {
    const demand = await dispatched();
    const task = await demand.open('handle-demand');
    await withdraw(demand);
    const handler = await house.as(task.assignee ?? task.candidates[0]!);
    await expect(
      handler.post(`/tasks/${task.id}/complete`, {
        measures: '已经核对资料。',
        conclusion: 'RESOLVED',
        policyBasis: '现行政策规定',
        publicAnswer: '您反映的事项已经办理。',
      }),
    ).rejects.toMatchObject({ status: 409 });
  });

  test('twice, or after the write-off: refused, nothing changes', async () => {
    const demand = await dispatched();
    await withdraw(demand);
    await expect(withdraw(demand)).rejects.toMatchObject({ status: 409 });
    await demand.complete('write-off-withdrawn');
    await expect(withdraw(demand)).rejects.toMatchObject({ status: 409 });
  });
});

describe('R17: review before completion', () => {
  const file = ruleSetFile('deadlines');
  const publish = (review: number, reason: string) =>
    house.house.transaction(SYSTEM_ACTOR, async (unit) => {
      const content = structuredClone(file);
      content.default.outcome['handle.review'] = review;
      const examples = [{ name: '反馈', facts: {}, expect: { 'feedback.days': 1 } }];
      await publishRuleSet(
        sqlOf(unit.em),
        { id: 'deadlines', content: JSON.stringify(content), examples, reason },
        { actor: SYSTEM_ACTOR, now: house.clock.now() },
      );
    });
  beforeAll(() => publish(1, '试行办结审核'));
  afterAll(() => publish(0, '停止试行'));

  test('a second person looks; sent back is not completed; passed counts from the submission', async () => {
    const demand = await walk(house, {}, { orgCode: '341500' });
    await demand.complete('dispatch-demand', { hostDepartment: '341500-GST' });
    const handler = await house.as('taolidong');
    const answer = {
      measures: '核对资料后联系经办岗位办理。',
      conclusion: 'RESOLVED',
      policyBasis: '现行政策规定',
      publicAnswer: '您反映的事项已经核实办理。',
    };
    const submit = async () => handler.post(`/tasks/${(await demand.open('handle-demand')).id}/complete`, answer);
    await submit();
    expect(await demand.read()).toMatchObject({ status: 'AWAITING_REVIEW' });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
    expect((await demand.open('review-completion')).candidates).not.toContain('taolidong');

    await demand.complete('review-completion', { reviewDecision: 'RETURNED', opinion: '没有写明依据。' });
    expect(await demand.read()).toMatchObject({ status: 'HANDLING', completedAt: null });
    await submit();
    const submittedAt = house.clock.now();
    await later(house, 3);
    await demand.complete('review-completion', { reviewDecision: 'APPROVED' });
    expect(await demand.read()).toMatchObject({
      status: 'AWAITING_FEEDBACK',
      completedAt: submittedAt.toISOString(),
    });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'STOPPED', stoppedAt: submittedAt.toISOString() });
  });

  test('the head has handled it: the leader in charge reviews, nobody reviews their own', async () => {
    const demand = await dispatched();
    const { completedBy } = await demand.complete('handle-demand');
    const review = await demand.open('review-completion');
    expect(review).toMatchObject({ candidates: ['panlichun'], unassignable: false });
    expect(review.candidates).not.toContain(completedBy);
  });
});

describe('R17: warnings and overdue notices', () => {
  test('each clock is warned about once the working day before, and noticed once when it has passed', async () => {
    const demand = await dispatched();
    const { dueAt } = (await demand.clock('HANDLING'))!;
    const noticed = async (type: string) =>
      (await demand.events()).filter((event) => event.type === type && event.payload.kind === 'HANDLING');
    expect(await noticed('deadline.warned')).toHaveLength(0);
    await house.moveTo(new Date(+new Date(dueAt) - 8 * 3_600_000));
    await house.moveTo(new Date(+new Date(dueAt) - 7 * 3_600_000));
    expect(await noticed('deadline.warned')).toHaveLength(1);
    expect(await noticed('deadline.overdue')).toHaveLength(0);
    await house.moveTo(new Date(+new Date(dueAt) + 60_000));
    await later(house, 24);
    expect(await noticed('deadline.warned')).toHaveLength(1);
    expect(await noticed('deadline.overdue')).toHaveLength(1);
    const inbox = await house.house.sql.query<{ kind: string; recipient: string }>(
      `select kind, recipient from notification where link = $1`,
      [`/demands/${demand.number}`],
    );
    expect(inbox.filter((notice) => notice.kind === 'OVERDUE').length).toBeGreaterThan(1);
    expect(await demand.openForms()).toEqual(['handle-demand']);
    await demand.complete('handle-demand');
    expect(await demand.clock('HANDLING')).toMatchObject({ overdue: true });
  });

  test('an extension is warned about anew', async () => {
    const demand = await dispatched();
    const clock = (await demand.clock('HANDLING'))!;
    await house.moveTo(new Date(+new Date(clock.dueAt) - 8 * 3_600_000));
    const requestedDueDate = (await house.house.calendar()).addWorkingDays(
      new Date(clock.startsAt),
      10,
      '341523',
    ).dueDate;
    await (await demand.host()).post(`/demands/${demand.number}/extensions`, {
      requestedDueDate,
      reasonType: 'OTHER',
      reason: '需要实地核查，一时办不完。',
    });
    await demand.complete('approve-extension');
    const extended = (await demand.clock('HANDLING'))!;
    await house.moveTo(new Date(+new Date(extended.dueAt) - 8 * 3_600_000));
    const warned = (await demand.events()).filter(
      (event) => event.type === 'deadline.warned' && event.payload.kind === 'HANDLING',
    );
    expect(warned).toHaveLength(2);
    const host = await house.house.sql.query(
      `select id from notification where link = $1 and kind = 'WARNING' and title like '%办结%' and recipient = 'zhaojingzhe'`,
      [`/demands/${demand.number}`],
    );
    expect(host).toHaveLength(2);
  });

  test('a written-off demand is left alone', async () => {
    const demand = await fedBack(VISITED);
    await demand.complete('conduct-return-visit');
    await demand.complete('write-off');
    const before = await types(demand);
    await later(house, 24 * 30);
    expect(await types(demand)).toEqual(before);
  });
});
