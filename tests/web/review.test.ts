import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { ruleSetFile } from '../support/rules.ts';
import { walk } from '../support/walk.ts';
import { WorkStage } from '../support/work.ts';

const ANSWER = {
  measures: '核对资料后联系经办岗位办理。',
  conclusion: 'RESOLVED',
  policyBasis: '现行政策规定',
  publicAnswer: '您反映的事项已经核实办理。',
};

describe('R17: a bureau that reviews completions', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    await house.house.transaction(SYSTEM_ACTOR, async (unit) => {
      const content = structuredClone(ruleSetFile('deadlines'));
      content.default.outcome['handle.review'] = 1;
      const examples = [{ name: '反馈', facts: {}, expect: { 'feedback.days': 1 } }];
      await publishRuleSet(
        sqlOf(unit.em),
        { id: 'deadlines', content: JSON.stringify(content), examples, reason: '试行办结审核' },
        { actor: SYSTEM_ACTOR, now: house.clock.now() },
      );
    });
  });
  afterAll(() => house?.stop());

  test('sent back: the handler reads by whom, why and how often; passed counts from the submission', async () => {
    const stage = new WorkStage(house);
    const demand = await walk(house, {}, { orgCode: '341500' });
    await demand.complete('dispatch-demand', { hostDepartment: '341500-GST' });
    const handler = await stage.visitor('taolidong');
    const hand = async () => {
      const { id } = await demand.open('handle-demand');
      const page = await handler.get(`/tasks/${id}`);
      expect((await handler.post(`/tasks/${id}`, { ...page.hidden(`/tasks/${id}`), ...ANSWER })).status).toBe(303);
      return page;
    };
    const first = await hand();
    expect(first.text).toContain(
      '交部门负责人审核；审核通过的，办结时间按此刻算，11月24日 周二 17:30 前要向诉求人反馈。',
    );
    const opinions = ['未答全：什么时候能到账', '无依据'];
    for (const [index, opinion] of opinions.entries()) {
      const review = await demand.open('review-completion');
      const reviewer = await stage.visitor(review.candidates[0]!);
      const bare = await reviewer.fill(`/tasks/${review.id}`, `/tasks/${review.id}`, { reviewDecision: 'RETURNED' });
      expect(bare.status).toBe(422);
      expect(bare.text).toMatch(/审核通过 退回修改/);
      const sent = await reviewer.fill(`/tasks/${review.id}`, `/tasks/${review.id}`, {
        reviewDecision: 'RETURNED',
        opinion,
      });
      expect(sent.location).toBe(`/tasks/${review.id}?ok=completed`);
      expect((await handler.get('/tasks')).text).toMatch(/新动静 1/);
      const again = await hand();
      expect(again.text).toContain(`退回：“${opinion}”`);
      if (index === 1) expect(again.text).toMatch(/已被退回或重办 2 次，最近一次：.*历次退回 .*未答全：什么时候能到账/);
    }
    const review = await demand.open('review-completion');
    const reviewer = await stage.visitor(review.candidates[0]!);
    const page = await reviewer.get(`/tasks/${review.id}`);
    expect(page.text).toContain(
      '点“审核通过”后：办结时间按提交时刻 11月23日 09:12 算，11月24日 周二 17:30 前要向诉求人反馈。',
    );
    await reviewer.fill(`/tasks/${review.id}`, `/tasks/${review.id}`, { reviewDecision: 'APPROVED' });
    const feedback = await demand.open('give-feedback');
    expect((await handler.get(`/tasks/${feedback.id}`)).text).toContain('11月24日 周二 17:30');
  });
});
