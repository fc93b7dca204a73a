import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { ruleSetFile } from '../support/rules.ts';
import { type Walk, walk } from '../support/walk.ts';

/** Levels (分级办理, R4, R23): the host passes a demand up, down or back; other bodies are followed up while the host stays. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
}, 60_000);
afterAll(() => house?.stop());

const HOST = 'zhaojingzhe';
const CITY = 'chuxiaohan';
const PASSED = {
  reason: '口径要由上级统一。',
  workDone: '已核对资料，附初步意见。',
  noticeMethod: 'PHONE',
  noticeAt: '2026-11-23T09:00:00+08:00',
  noticeContent: '已告知诉求人转由对口部门办理。',
};
const UP = { toDepartment: '341500-PBT', ...PASSED };

const post = async (demand: Walk, login: string, path: string, body: object) =>
  (await house.as(login)).post<Record<string, any>>(`/demands/${demand.number}/${path}`, body);
const handling = async (demand: Walk) => {
  await house.settle();
  return demand.auditor.get<Record<string, any[]>>(`/demands/${demand.number}/handling`);
};

async function dispatched(fields: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await walk(house, fields);
  await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
  return demand;
}

describe('R23: up, back and down', () => {
  test('reported up: host, feedback duty and approver move, each level has its own clock, both tax services are told', async () => {
    const demand = await dispatched();
    await post(demand, HOST, 'level-shifts/up', UP);
    expect(await demand.read()).toMatchObject({
      status: 'HANDLING',
      path: 'LEVEL_UP',
      orgCode: '341523',
      hostOrgCode: '341500',
      hostDepartment: '341500-PBT',
    });
    expect(await demand.clock('HANDLING', 1)).toMatchObject({ status: 'STOPPED', overdue: false });
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ status: 'OPEN', totalDays: 5 });
    expect((await demand.open('handle-demand')).candidates).toContain(CITY);
    // R4: the old host has nothing left to do and goes on seeing it.
    await expect(post(demand, HOST, 'level-shifts/up', UP)).rejects.toMatchObject({ status: 409 });
    expect(await (await house.as(HOST)).get(`/demands/${demand.number}`)).toMatchObject({ number: demand.number });
    const told = await house.house.sql.query<{ recipient: string }>(
      `select recipient from notification where demand_id = (select id from demand where number = $1) and id like 'level-shift:%'`,
      [demand.number],
    );
    const desks = (await house.house.directory()).usersWithRole('341500', 'DEMAND_DESK').map((user) => user.login);
    expect(told.map((row) => row.recipient)).toEqual(expect.arrayContaining(['fandongzhi', ...desks]));
    await demand.complete('handle-demand');
    expect((await demand.open('give-feedback')).candidates).toContain(CITY);
    await demand.complete('give-feedback');
    expect((await demand.events()).find((event) => event.type === 'demand.pushed')?.payload).toMatchObject({
      toOrg: '341500',
      alsoTo: '341523',
    });
  });

  test.each([
    ['up', UP, CITY, '341500-REV'],
    ['down', { ...UP, toDepartment: '341502-TAX2' }, null, '341502-REV'],
  ] as const)(
    'R17: an objection at the new level (%s) is reviewed and dispatched there, and stays a shift',
    async (way, shift, _, other) => {
      const demand = way === 'up' ? await dispatched() : await walk(house, {}, { orgCode: '341500' });
      if (way === 'down') await demand.complete('dispatch-demand', { hostDepartment: '341500-PBT' });
      await post(demand, way === 'up' ? HOST : CITY, `level-shifts/${way}`, shift);
      await (await demand.host()).post(`/demands/${demand.number}/returns`, {
        basis: '职责分工规定退库由收入核算部门办理。',
        proposedDepartment: other,
      });
      await demand.complete('review-return');
      await demand.complete('dispatch-demand', { hostDepartment: other, dispatchReason: '退单成立。' });
      expect(await demand.read()).toMatchObject({
        status: 'HANDLING',
        path: way === 'up' ? 'LEVEL_UP' : 'LEVEL_DOWN',
        hostDepartment: other,
        hostOrgCode: other.slice(0, 6),
      });
    },
  );

  test('sent back with guidance to the department that reported it, and only by who got it from below', async () => {
    const demand = await dispatched();
    await expect(post(demand, HOST, 'level-shifts/back', { guidance: '照此办理。', ...PASSED })).rejects.toMatchObject({
      status: 409,
    });
    await post(demand, HOST, 'level-shifts/up', UP);
    await house.settle();
    await expect(post(demand, CITY, 'level-shifts/back', PASSED)).rejects.toMatchObject({ status: 422 });
    await post(demand, CITY, 'level-shifts/back', { guidance: '退房的契税按规定退还。', ...PASSED });
    expect(await demand.read()).toMatchObject({ hostDepartment: '341523-TAX2', path: 'SINGLE', status: 'HANDLING' });
    expect(await demand.clock('HANDLING', 3)).toMatchObject({ status: 'OPEN' });
    expect((await handling(demand)).levelShifts).toMatchObject([
      { direction: 'UP', usedDays: 0 },
      { direction: 'BACK', guidance: '退房的契税按规定退还。' },
    ]);
  });

  test('sent down to several counties: one host, the others co-handle, its chief approves', async () => {
    const demand = await walk(
      house,
      { intake: { responsibleOrgCodes: ['341522', '341571'] }, category: 'SERVICE', tags: ['跨区迁移'] },
      { orgCode: '341500' },
    );
    await demand.complete('dispatch-demand', { hostDepartment: '341500-TPS' });
    const { candidates } = await demand.open('handle-demand');
    await post(demand, candidates[0]!, 'level-shifts/down', {
      toDepartment: '341522-COL',
      coDepartments: ['341571-COL'],
      ...PASSED,
    });
    expect(await demand.read()).toMatchObject({
      handlingMode: 'JOINT',
      path: 'LEVEL_DOWN',
      hostDepartment: '341522-COL',
      coDepartments: ['341571-COL'],
    });
    expect((await demand.open('give-co-opinion')).candidates.length).toBeGreaterThan(0);
    await demand.complete('give-co-opinion');
    await demand.complete('handle-demand');
    expect(await demand.openForms()).toEqual(['give-feedback']);
  });

  test('only to a counterpart one level away, and not by who does not host it', async () => {
    const demand = await dispatched();
    for (const toDepartment of ['341500-IT', '341524-TAX2', 'nonsense'])
      await expect(post(demand, HOST, 'level-shifts/up', { ...UP, toDepartment })).rejects.toMatchObject({
        status: 422,
      });
    await expect(post(demand, 'lulidong', 'level-shifts/up', UP)).rejects.toMatchObject({ status: expect.any(Number) });
    expect(await demand.read()).toMatchObject({ hostDepartment: '341523-TAX2', status: 'HANDLING' });
  });

  test('an extension nobody has decided on goes with the old level; its approver is told in words', async () => {
    const demand = await dispatched();
    await post(demand, HOST, 'extensions', {
      requestedDueDate: '2026-12-07',
      reasonType: 'COMPLEX_CASE',
      reason: '需要实地核查，一时办不完。',
    });
    const task = await demand.open('approve-extension');
    await post(demand, HOST, 'level-shifts/up', UP);
    await house.settle();
    await expect(
      (await house.as('panlichun')).post(`/tasks/${task.id}/complete`, { extensionDecision: 'APPROVED' }),
    ).rejects.toMatchObject({ status: 409 });
    const { items } = await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/extensions`);
    expect(items.map((item) => item.status)).toEqual(['LAPSED']);
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ totalDays: 5 });
  });

  test('two at once: one shift, never two', async () => {
    const demand = await dispatched();
    const both = await Promise.allSettled([
      post(demand, HOST, 'level-shifts/up', UP),
      post(demand, HOST, 'level-shifts/up', UP),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await handling(demand)).levelShifts).toHaveLength(1);
  });
});

describe('R23: other bodies', () => {
  const SENT = {
    unitKind: 'PROVINCE',
    unitName: '省局货物和劳务税处',
    documentNumber: '六税请〔2026〕3 号',
    sentOn: '2026-11-23',
    matter: '请明确口径。',
    sharedFields: ['title'],
    followUpOn: '2026-11-25',
  };

  test('the host stays, its clock goes on; the follow-up has a day of its own and ends with the answer', async () => {
    const demand = await dispatched();
    await post(demand, HOST, 'external-steps', SENT);
    expect(await demand.openForms()).toEqual(['follow-external-step', 'handle-demand']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
    expect(await demand.clock('EXTERNAL_STEP', 1)).toMatchObject({ status: 'OPEN', dueDate: '2026-11-25' });
    await demand.complete('follow-external-step', {
      externalOutcome: 'FOLLOW_UP',
      followUpOn: '2026-11-26',
      note: '对方说还在研究。',
      answeredOn: undefined,
      answer: undefined,
      answerNumber: undefined,
    });
    expect(await demand.clock('EXTERNAL_STEP', 2)).toMatchObject({ status: 'OPEN', dueDate: '2026-11-26' });
    await demand.complete('follow-external-step', {
      externalOutcome: 'ANSWERED',
      answeredOn: '2026-11-23',
      answer: '可以按原口径办理。',
    });
    expect((await handling(demand)).externalSteps).toMatchObject([
      { status: 'ANSWERED', answer: '可以按原口径办理。', sharedFields: ['title'], paused: false },
    ]);
    expect(await demand.openForms()).toEqual(['handle-demand']);
  });

  test('the clock pauses only where the parameter allows it', async () => {
    const demand = await dispatched();
    await expect(post(demand, HOST, 'external-steps', { ...SENT, pause: true })).rejects.toMatchObject({ status: 422 });
    const content = structuredClone(ruleSetFile('deadlines'));
    content.default.outcome['external.pause_allowed'] = 1;
    const examples = [{ name: '反馈', facts: {}, expect: { 'feedback.days': 1 } }];
    await house.house.transaction(SYSTEM_ACTOR, async (unit) => {
      await publishRuleSet(
        sqlOf(unit.em),
        { id: 'deadlines', content: JSON.stringify(content), examples, reason: '试行等待外单位时停钟' },
        { actor: SYSTEM_ACTOR, now: house.clock.now() },
      );
    });
    await post(demand, HOST, 'external-steps', { ...SENT, pause: true });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'PAUSED' });
    await demand.complete('follow-external-step', {
      externalOutcome: 'ANSWERED',
      answeredOn: '2026-11-23',
      answer: '可以办理。',
    });
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN' });
  });
});

describe('R23: decided within two working days', () => {
  test('later it is allowed, marked and reasoned', async () => {
    const demand = await dispatched();
    await house.moveTo('2026-11-26T09:00:00+08:00');
    await expect(post(demand, HOST, 'level-shifts/up', UP)).rejects.toMatchObject({ status: 422 });
    await post(demand, HOST, 'level-shifts/up', { ...UP, lateReason: '核实用了三天。' });
    expect((await handling(demand)).levelShifts).toMatchObject([
      { late: true, lateReason: '核实用了三天。', usedDays: 3, decideDueDate: '2026-11-25' },
    ]);
    expect(await demand.clock('HANDLING', 2)).toMatchObject({ dueDate: '2026-12-03' });
  });
});
