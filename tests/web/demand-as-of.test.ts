import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demandAsOf } from '../../src/modules/demands/index.ts';
import { readTimeline, type StoredEvent } from '../../src/modules/history/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const HOST = 'zhaojingzhe';
const DESK = 'fandongzhi';

describe('a demand at a past moment (P36), told from its history', () => {
  let house: TestHouse;
  let stage: WorkStage;
  let number: string;
  let events: StoredEvent[];
  /** What the ledger itself said at each step. */
  const seen: { at: Date; status: string; host: string | null; due: Record<string, string> }[] = [];

  const look = async () => {
    const [row] = await house.house.sql.query<{ id: string; status: string; host_department: string | null }>(
      'select id, status, host_department from demand where number = $1',
      [number],
    );
    const clocks = await house.house.sql.query<{ kind: string; round: number; due_at: Date }>(
      `select kind, round, due_at from deadline where subject_id = $1`,
      [row!.id],
    );
    seen.push({
      at: house.clock.now(),
      status: row!.status,
      host: row!.host_department,
      due: Object.fromEntries(clocks.map((c) => [`${c.kind} ${c.round}`, new Date(c.due_at).toISOString()])),
    });
  };
  const at = async (moment: string) => {
    await look();
    await house.moveTo(moment);
  };

  beforeAll(async () => {
    house = await testHouse('2026-11-19T09:12:00+08:00');
    stage = new WorkStage(house);
    number = await stage.register({ channel: 'HOTLINE_12345' });
    await house.settle();
    await at('2026-11-19T10:22:00+08:00');
    await stage.complete(number, 'dispatch-demand', { hostDepartment: '341523-TAX2', dispatchReason: '按业务分工。' });
    await at('2026-11-23T09:50:00+08:00');
    await (await house.as(HOST)).post(`/demands/${number}/extensions`, {
      requestedDueDate: '2026-12-02',
      reasonType: 'EXTERNAL_UNIT',
      reason: '等国库退库回单。',
    });
    await house.settle();
    await at('2026-11-23T15:00:00+08:00');
    await stage.complete(number, 'approve-extension', { extensionDecision: 'APPROVED', opinion: '同意。' });
    await at('2026-11-25T10:00:00+08:00');
    await stage.handle(number);
    await at('2026-11-25T11:00:00+08:00');
    await stage.feedback(number);
    await at('2026-11-26T09:00:00+08:00');
    await stage.complete(number, 'conduct-return-visit', {
      visitMethod: 'PHONE',
      visitReached: 'YES',
      feedbackReceived: 'YES',
      resolved: 'RESOLVED',
      satisfaction: 'SATISFIED',
    });
    await at('2026-11-26T10:00:00+08:00');
    await stage.complete(number, 'write-off', { checked: true });
    await at('2026-11-27T10:00:00+08:00');
    const [row] = await house.house.sql.query<{ id: string }>('select id from demand where number = $1', [number]);
    events = await readTimeline(house.house.sql, 'demand', row!.id);
  }, 120_000);
  afterAll(() => house?.stop());

  test('at every step the chain alone tells what the ledger said then: state, host, every due moment', () => {
    expect(seen.map((step) => step.status)).toEqual([
      'AWAITING_DISPATCH',
      'HANDLING',
      'HANDLING',
      'HANDLING',
      'AWAITING_FEEDBACK',
      'AWAITING_VISIT',
      'AWAITING_WRITE_OFF',
      'WRITTEN_OFF',
    ]);
    for (const step of seen) {
      const past = demandAsOf(events, step.at)!;
      expect({ at: step.at, status: past.status, host: past.hostDepartment }).toEqual({
        at: step.at,
        status: step.status,
        host: step.host,
      });
      expect(
        Object.fromEntries(past.clocks.map((clock) => [`${clock.kind} ${clock.round}`, clock.dueAt.toISOString()])),
      ).toEqual(step.due);
    }
  });

  test('before the registration there is nothing, and the page says when it came', async () => {
    expect(demandAsOf(events, new Date('2026-11-18T00:00:00Z'))).toBeNull();
    const page = await (await stage.visitor(DESK)).get(`/demands/${number}/as-of?at=2026-11-18T10:00`);
    expect(page.text).toMatch(/这时此件还没有登记（登记于 2026年11月19日 09:12）。/);
  });

  test('the page of then: state, clocks, path and records of that moment, and what is different now', async () => {
    const page = await (await stage.visitor(DESK)).get(`/demands/${number}/as-of?at=2026-11-20T10:00`);
    expect(page.text).toMatch(/你在看 2026年11月20日 10:00 的状态，只读。 回到现在/);
    expect(page.text).toMatch(/状态 办理中 现为：已销号/);
    expect(page.text).toMatch(/办结钟 正常 · 剩 4 个工作日 到期 2026年11月26日 17:30/);
    expect(page.text).toMatch(/办理诉求 ◀ 现在/);
    expect(page.text).toMatch(/当时用的是：流程 .*第 1 版；规则第 1 版/);
    expect(page.text).not.toMatch(/延期生效|为什么由潘立春审批|对账销号 ✓/);
    expect(page.text).toMatch(/下一变化 11月23日 09:50/);
    const next = await (await stage.visitor(DESK)).get(page.link('下一变化')!);
    expect(next.text).toMatch(/延期 申请到 12月2日，审批中/);
    const later = await (await stage.visitor(DESK)).get(`/demands/${number}/as-of?at=2026-11-24T10:00`);
    expect(later.text).toMatch(/办结钟 正常 · 剩 6 个工作日 到期 2026年12月2日 17:30/);
  });

  test('a time that is none, or has not come, is said; whoever may not read the demand does not read its past', async () => {
    const visitor = await stage.visitor(DESK);
    expect((await visitor.get(`/demands/${number}/as-of?at=gestern`)).text).toMatch(/“gestern”不是有效的时间/);
    expect((await visitor.get(`/demands/${number}/as-of?at=2030-01-01T00:00`)).text).toMatch(/这个时间还没有到/);
    expect((await visitor.get(`/demands/${number}/as-of`)).status).toBe(200);
    expect((await (await stage.visitor('lulidong')).get(`/demands/${number}/as-of?at=2026-11-20T10:00`)).status).toBe(
      403,
    );
  });
});
