import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const ANSWER = {
  measures: '联系国库核对退库资料。',
  conclusion: 'RESOLVED',
  policyBasis: '契税法',
  publicAnswer: '退库回单已收到，三日内到账。',
};

describe('work on tasks, over HTTP as a browser without JavaScript sees it', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
  });
  afterAll(() => house?.stop());

  describe('the list (P02)', () => {
    test('R17: groups by remaining working days, with counts, and the due moment', async () => {
      const number = await stage.dispatched();
      const page = await (await stage.visitor('zhaojingzhe')).get('/tasks');
      expect(page.status).toBe(200);
      expect(page.text).toMatch(/全部 1 件 已逾期 0 件 今日到期 0 件 临期 0 件 待签收 1 件 有新动静 0 件/);
      expect(page.text).toMatch(/正常（1 件）/);
      expect(page.text).toContain(number);
      expect(page.text).toMatch(/正常 剩 5 .* 曹\*\* 办理诉求· 办结钟 11月30日 17:30 税政二股 赵惊蛰/);
      expect(page.text).not.toContain('曹某某');
    });

    test('a filter without rows offers the way back, and knows only its own words', async () => {
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.get('/tasks?filter=overdue');
      expect(page.text).toMatch(/没有“已逾期”的任务。 看全部/);
      expect((await visitor.get('/tasks?filter=%3Cscript%3E&sort=nothing&page=-3&view=x')).status).toBe(200);
    });

    test('R17: 签收 says “seen” and moves no clock; many at once report each item, a second click does nothing', async () => {
      const first = await stage.dispatched();
      const task = await stage.task(first, 'handle-demand');
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.get('/tasks');
      const fields = { ...page.hidden('/tasks/batch'), action: 'acknowledge', task: [task.id, 'no-such-task'] };
      const answer = await visitor.post('/tasks/batch', fields);
      expect(answer.status).toBe(303);
      const result = await visitor.get(answer.location!);
      expect(result.text).toMatch(/签收 1 件成功，1 件没有签收/);
      expect(result.text).toContain(`${first} 办理诉求`);
      expect((await visitor.post('/tasks/batch', fields)).location).toBe(answer.location);
      expect((await visitor.get(`/tasks/${task.id}`)).text).toMatch(/已于 11月23日 09:12 签收。/);
      const history = await stage.history(first);
      expect(history.filter((event) => event.type === 'task.acknowledged')).toHaveLength(1);
      expect(
        history.filter((event) => event.type.startsWith('deadline.') && event.payload.kind === 'HANDLING'),
      ).toHaveLength(1);
    });

    test('the department head sees the department and urges once a day; others are refused item by item', async () => {
      const number = await stage.dispatched('341523-TPS');
      const task = await stage.task(number, 'handle-demand');
      expect(task.candidates).toContain('xibailu');
      const desk = await stage.visitor('fandongzhi');
      const urge = async (visitor = desk) => {
        const answer = await visitor.post('/tasks/batch', { action: 'urge', task: task.id, back: '/tasks?view=dept' });
        return (await visitor.get(answer.location!)).text;
      };
      expect((await desk.get('/tasks?view=dept')).text).toContain(number);
      expect(await urge()).toMatch(/催办 1 件成功/);
      expect(await urge()).toMatch(/1 件没有催办.*今天已经催过一次/);
      expect((await (await stage.visitor('xibailu')).get('/inbox')).text).toMatch(/请尽快办理：办理诉求/);
      const stranger = await stage.visitor('lulidong');
      expect(await urge(stranger)).toMatch(/没有找到这项任务/);
    });

    test('nothing chosen, or more than 200, changes nothing and says so', async () => {
      const visitor = await stage.visitor('zhaojingzhe');
      await visitor.get('/tasks');
      const none = await visitor.post('/tasks/batch', { action: 'acknowledge' });
      expect([none.status, none.text]).toEqual([422, expect.stringContaining('还没有选')]);
      const many = await visitor.post('/tasks/batch', {
        action: 'acknowledge',
        task: Array.from({ length: 201 }, (_, index) => `t-${index}`),
      });
      expect([many.status, many.text]).toEqual([422, expect.stringContaining('一次最多处理 200 件')]);
    });

    test('tasks that came since the page was drawn are counted for “有 n 件新任务”', async () => {
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.get('/tasks');
      const since = /data-new-tasks="([^"]*)"/.exec(page.html)![1]!;
      house.clock.advance(1000);
      await stage.dispatched();
      expect(JSON.parse((await visitor.get(since)).html)).toEqual({ count: 1 });
    });
  });

  describe('the task (P07)', () => {
    test('says until when and how that was counted, why me, and the effect with its real date', async () => {
      const number = await stage.dispatched();
      const task = await stage.task(number, 'handle-demand');
      const page = await (await stage.visitor('zhaojingzhe')).get(`/tasks/${task.id}`);
      expect(page.text).toContain('11月30日 周一 17:30');
      expect(page.text).toContain(
        '11月23日 收到，当日不算；从 11月24日 起数 5 个工作日，11月28日、11月29日 周末不算；第 5 个是 11月30日，到下班时间 17:30 为止。',
      );
      expect(page.text).toContain('主办是税政二股，你是该部门的处理人员');
      expect(page.text).toContain('点“提交办结”后：办结时间记为此刻；11月24日 周二 17:30 前要向诉求人反馈。');
      expect(page.text).toMatch(/若不办 11月27日 09:00 提醒主办部门和纳服。 11月30日 17:30 还没有办完的，记为逾期/);
      expect(page.text).toContain('199****0021');
    });

    test('wrong answers come back with summary, field messages and everything typed', async () => {
      const number = await stage.dispatched();
      const task = await stage.task(number, 'handle-demand');
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.fill(`/tasks/${task.id}`, `/tasks/${task.id}`, {
        ...ANSWER,
        policyBasis: '',
        publicAnswer: '短',
      });
      expect(page.status).toBe(422);
      expect(page.html).toMatch(/<title>错误：/);
      expect(page.text).toMatch(/有 2 处需要修改，修改后才能提交/);
      expect(page.html).toContain('联系国库核对退库资料。');
      expect((await stage.task(number, 'handle-demand')).id).toBe(task.id);
    });
    test('a draft is kept as typed, for its author only, and offered on return (M18, M19)', async () => {
      const number = await stage.register();
      const task = await stage.task(number, 'dispatch-demand');
      const author = await stage.visitor('fandongzhi');
      const saved = await author.fill(`/tasks/${task.id}`, `/tasks/${task.id}`, {
        _action: 'draft',
        dispatchReason: '先问一问再派',
      });
      expect(saved.location).toBe(`/tasks/${task.id}?ok=draft`);
      const again = await author.get(`/tasks/${task.id}`);
      expect(again.text).toMatch(/找到你 11月23日 09:12 没写完的草稿，已经填回。 放弃草稿，重新填写/);
      expect(again.html).toContain('先问一问再派');
      const colleague = await (await stage.visitor('xibailu')).get(`/tasks/${task.id}`);
      expect(colleague.html).not.toContain('先问一问再派');
      expect(colleague.text).toMatch(/范冬至也打开了此任务（09:12）/);
      await author.fill(`/tasks/${task.id}`, `/tasks/${task.id}`, { _action: 'discard' });
      expect((await author.get(`/tasks/${task.id}`)).html).not.toContain('先问一问再派');
    });

    test('saving by itself answers when it was saved and keeps what is there', async () => {
      const task = await stage.task(await stage.dispatched(), 'handle-demand');
      const visitor = await stage.visitor('zhaojingzhe');
      const answer = await visitor.fill(`/tasks/${task.id}`, `/tasks/${task.id}`, {
        _action: 'autosave',
        measures: '写了一半',
      });
      expect(JSON.parse(answer.html)).toEqual({ savedAt: house.clock.now().toISOString() });
      expect((await visitor.get(`/tasks/${task.id}`)).html).toContain('写了一半');
    });

    test('a double click answers with the first result and does nothing twice (M10)', async () => {
      const number = await stage.dispatched();
      const task = await stage.task(number, 'handle-demand');
      const visitor = await stage.visitor('zhaojingzhe');
      const page = await visitor.get(`/tasks/${task.id}`);
      const fields = { ...page.hidden(`/tasks/${task.id}`), ...ANSWER };
      const answers = await Promise.all([
        visitor.post(`/tasks/${task.id}`, fields),
        visitor.post(`/tasks/${task.id}`, fields),
      ]);
      expect(answers.map((answer) => answer.status)).toEqual([303, 303]);
      const third = await visitor.post(`/tasks/${task.id}`, fields);
      expect(third.location).toMatch(/repeat=09%3A12%3A\d\d/);
      const result = await visitor.get(third.location!);
      expect(result.text).toMatch(/这份表单已在 09:12:\d\d 提交成功，没有重复登记。下面是那一次的结果。/);
      expect(result.text).toMatch(/已由 赵惊蛰 于 2026年11月23日 09:12 提交。/);
      expect(result.text).toContain('退库回单已收到，三日内到账。');
      const history = await stage.history(number);
      expect(history.filter((event) => event.type === 'demand.completion-submitted')).toHaveLength(1);
    });
  });

  describe('somebody was faster', () => {
    test('done by a colleague meanwhile: 409 shows what changed, what was typed is kept as a draft', async () => {
      const number = await stage.register();
      const task = await stage.task(number, 'dispatch-demand');
      const slow = await stage.visitor('fandongzhi');
      const opened = (await slow.get(`/tasks/${task.id}`)).hidden(`/tasks/${task.id}`);
      await stage.complete(
        number,
        'dispatch-demand',
        { hostDepartment: '341523-TAX1', dispatchReason: '先到先派' },
        'xibailu',
      );
      const answer = await slow.post(`/tasks/${task.id}`, {
        ...opened,
        hostDepartment: '341523-TAX2',
        dispatchReason: '我写的理由',
      });
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(/这件诉求刚刚有变化 没有提交。 ?这项任务已由 奚白露 于 09:12 办完/);
      expect(answer.text).toMatch(/任务 待办 已由 奚白露 办完 09:12 （已变）/);
      expect(answer.text).toMatch(/主办部门 — 税政一股 （已变）/);
      expect(answer.text).toMatch(/你填的 .*主办部门 税政二股 派单理由 我写的理由/);
      const later = await slow.get(`/tasks/${task.id}`);
      expect(later.text).toMatch(/你没有提交的草稿（11月23日 09:12） 只有你能看到，可以复制。 .*我写的理由/);
      expect((await (await stage.visitor('xibailu')).get(`/tasks/${task.id}`)).html).not.toContain('我写的理由');
    });

    test('taken over by a colleague: recorded, the former holder is told, and both see who has it', async () => {
      const number = await stage.register();
      const task = await stage.task(number, 'dispatch-demand');
      const [first, second] = [await stage.visitor('fandongzhi'), await stage.visitor('xibailu')];
      await (await house.as('fandongzhi')).post(`/tasks/${task.id}/claim`);
      const opened = (await first.get(`/tasks/${task.id}`)).hidden(`/tasks/${task.id}`);
      const offer = await second.get(`/tasks/${task.id}`);
      expect(offer.text).toMatch(/此任务现由 范冬至 办理。 领取 会记录改派，并告知 范冬至。/);
      expect((await second.post(`/tasks/${task.id}/claim`)).location).toBe(`/tasks/${task.id}?ok=claimed`);
      const answer = await first.post(`/tasks/${task.id}`, {
        ...opened,
        hostDepartment: '341523-TAX2',
        dispatchReason: '理由',
      });
      expect([answer.status, answer.text]).toEqual([
        409,
        expect.stringMatching(/现由 奚白露 办理.*办理人 范冬至 奚白露 （已变）/),
      ]);
      expect((await first.get('/inbox')).text).toMatch(/奚白露已领取“纳服派单”/);
      const assigned = (await stage.history(number)).filter((event) => event.type === 'task.assigned');
      expect(assigned.map((event) => event.payload)).toEqual([
        expect.objectContaining({ fromLogin: 'fandongzhi', toLogin: 'xibailu' }),
      ]);
    });

    test('released and taken again: a stale page goes on only after the person has looked', async () => {
      const number = await stage.register();
      const task = await stage.task(number, 'dispatch-demand');
      const visitor = await stage.visitor('fandongzhi');
      const opened = (await visitor.get(`/tasks/${task.id}`)).hidden(`/tasks/${task.id}`);
      await visitor.post(`/tasks/${task.id}/claim`);
      const fields = { ...opened, hostDepartment: '341523-TAX2', dispatchReason: '按业务分工分派。' };
      const stale = await visitor.post(`/tasks/${task.id}`, fields);
      expect([stale.status, stale.text]).toEqual([409, expect.stringContaining('你填写期间，这项任务有了变化')]);
      const kept = await visitor.post(`/tasks/${task.id}`, { ...stale.hidden(`/tasks/${task.id}`), _action: 'keep' });
      expect(kept.status).toBe(200);
      expect(kept.html).toContain('按业务分工分派。');
      const done = await visitor.post(`/tasks/${task.id}`, {
        ...kept.hidden(`/tasks/${task.id}`),
        hostDepartment: '341523-TAX2',
        dispatchReason: '按业务分工分派。',
      });
      expect(done.location).toBe(`/tasks/${task.id}?ok=completed`);
    });

    test('withdrawn by the taxpayer while somebody writes: nothing is submitted, nothing lost', async () => {
      const number = await stage.dispatched();
      const task = await stage.task(number, 'handle-demand');
      const visitor = await stage.visitor('zhaojingzhe');
      const opened = (await visitor.get(`/tasks/${task.id}`)).hidden(`/tasks/${task.id}`);
      await (await house.as('fandongzhi')).post(`/demands/${number}/withdrawal`, {
        withdrawalMethod: 'PHONE',
        withdrawalReason: '已经到账',
      });
      await house.settle();
      const answer = await visitor.post(`/tasks/${task.id}`, { ...opened, ...ANSWER });
      expect([answer.status, answer.text]).toEqual([
        409,
        expect.stringMatching(/已 于 09:12 撤回，不用再办.*任务 待办 已撤回 09:12 （已变）.*契税法/),
      ]);
      expect((await visitor.get('/tasks')).text).not.toContain(number);
      expect((await visitor.get(`/tasks/${task.id}`)).text).toMatch(
        /这项任务已于 .* 撤回，不用再办。.*你没有提交的草稿/,
      );
    });

    test('another bureau finds nothing, forged ids neither', async () => {
      const task = await stage.task(await stage.dispatched(), 'handle-demand');
      const other = await stage.visitor('jiangyushui');
      for (const path of [`/tasks/${task.id}`, '/tasks/not-a-task', '/results/not-mine'])
        expect([path, (await other.get(path)).status]).toEqual([path, 404]);
      for (const action of ['claim', 'release', 'acknowledge', 'attempts'])
        expect([403, 404, 409]).toContain((await other.post(`/tasks/${task.id}/${action}`)).status);
    });
  });

  describe('R15: the dispatch board (P09)', () => {
    test('one form carries many rows; one that fails never blocks the others (M27), and the reasons are named', async () => {
      const [good, taken, without] = [
        await stage.register(),
        await stage.register(),
        await stage.register({ tags: [] }),
      ];
      const ids = await Promise.all(
        [good, taken, without].map(async (number) => (await stage.task(number, 'dispatch-demand')).id),
      );
      const visitor = await stage.visitor('fandongzhi');
      const board = await visitor.get('/dispatch');
      expect(board.text).toMatch(/建议一致（\d+ 件）[\s\S]*没有命中（\d+ 件）/);
      await stage.complete(taken, 'dispatch-demand', { hostDepartment: '341523-TAX2' }, 'xibailu');
      const answer = await visitor.post('/dispatch', {
        ...board.hidden('/dispatch'),
        task: ids,
        [`host-${ids[0]}`]: '341523-TAX2',
        [`host-${ids[1]}`]: '341523-TAX2',
        [`host-${ids[2]}`]: '',
      });
      const result = await visitor.get(answer.location!);
      expect(result.text).toMatch(/派单 1 件成功，2 件没有派/);
      expect(result.text).toContain(`${taken} `);
      expect(result.text).toMatch(/已被 奚白露 于 11月23日 09:12 派出/);
      expect(result.text).toMatch(/还没有选主办部门/);
      expect((await stage.task(good, 'handle-demand')).assignee).toBe('zhaojingzhe');
      await stage.task(without, 'dispatch-demand');
    });

    test('choosing another department than suggested owes a reason', async () => {
      const number = await stage.register();
      const { id } = await stage.task(number, 'dispatch-demand');
      const visitor = await stage.visitor('fandongzhi');
      const send = async (fields: Record<string, string>) => {
        const board = await visitor.get('/dispatch');
        const answer = await visitor.post('/dispatch', { ...board.hidden('/dispatch'), task: id, ...fields });
        return (await visitor.get(answer.location!)).text;
      };
      expect(await send({ [`host-${id}`]: '341523-COL' })).toMatch(/没有采纳建议的主办部门，请写明理由/);
      expect(await send({ [`host-${id}`]: '341523-COL', [`reason-${id}`]: '征管事项' })).toMatch(/派单 1 件成功/);
    });

    test('a task nobody can take is never lost: tax service is told, sees it and assigns it', async () => {
      await house.house.sql.query(`update app_user set status = 'DISABLED' where login = 'lidahan'`);
      await house.house.sql.query('update org_version set version = version + 1');
      const number = await stage.register({ tags: ['契税'] });
      await stage.complete(number, 'dispatch-demand', { hostDepartment: '341523-COL', dispatchReason: '征管事项' });
      const task = await stage.task(number, 'handle-demand');
      expect(task).toMatchObject({ unassignable: true, candidates: [] });
      const desk = await stage.visitor('fandongzhi');
      expect((await desk.get('/inbox')).text).toMatch(/没有人可办，请指派：办理诉求/);
      expect((await desk.get('/dispatch')).text).toMatch(/没有人可办，待指派（1 件） 办理诉求/);
      expect((await desk.get(`/tasks/${task.id}`)).text).toMatch(/还没有人可办，等纳税服务部门指派。 指派给/);
      const foreign = await desk.post(`/tasks/${task.id}/assign`, { login: 'jiangyushui' });
      expect([foreign.status, foreign.text]).toEqual([422, expect.stringContaining('不在可以办理的名单里')]);
      expect((await desk.get(`/tasks/${task.id}`)).html).not.toContain('value="panlichun"');
      expect((await desk.post(`/tasks/${task.id}/assign`, { login: 'sunhanlu' })).location).toBe(
        '/dispatch?ok=assigned',
      );
      const helper = await stage.visitor('sunhanlu');
      expect((await helper.get('/tasks')).text).toContain(number);
      expect((await helper.get('/inbox')).text).toMatch(/指派给你：办理诉求/);
      expect((await helper.get(`/tasks/${task.id}`)).text).toMatch(/范冬至指派给你/);
      const again = await desk.post(`/tasks/${task.id}/assign`, { login: 'zhaojingzhe' });
      expect([again.status, again.text]).toEqual([409, expect.stringContaining('已经有人可办')]);
    });
  });
});
