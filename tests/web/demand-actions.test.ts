import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiProblem } from '../../src/tryout/api-client.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const HOST = 'zhaojingzhe';
const DESK = 'fandongzhi';
const REGISTRAR = 'pengqingming';

describe('actions on a demand, over HTTP as a browser without JavaScript sees it', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
  });
  afterAll(() => house?.stop());

  const page = async (login: string, path: string) => (await stage.visitor(login)).get(path);
  const demand = (login: string, number: string) => page(login, `/demands/${number}`);
  const act = async (login: string, number: string, action: string, fields: Record<string, string>) => {
    const path = `/demands/${number}/actions/${action}`;
    return (await stage.visitor(login)).fill(path, path, fields);
  };
  const EXTENSION = {
    requestedDueDate: '2026-12-02',
    reasonType: 'EXTERNAL_UNIT',
    reason: '等国库退库回单。',
    noticeMethod: 'PHONE',
    noticeContent: '已电话说明要等国库回单。',
  };
  const extensions = async (number: string) =>
    (await (await house.as('xibailu')).get<{ items: { status: string }[] }>(`/demands/${number}/extensions`)).items;

  describe('申请延期 (R18)', () => {
    test('offers the legal dates up to the cap with what they count to, who decides, and what the button does', async () => {
      const number = await stage.dispatched();
      const { text } = await page(HOST, `/demands/${number}/actions/extend`);
      expect(text).toMatch(/12月1日 周二（第 6 个工作日） .* 12月7日 周一（第 10 个工作日） 其他日期/);
      expect(text).not.toMatch(/12月8日/);
      expect(text).toMatch(/上限 合计 10 个工作日（“延期审批”规则第 1 版） 已延期 0 次 审批人 潘立春/);
      expect(text).toMatch(/点“提交申请”后：由潘立春审批；批准以前，原期限 2026年11月30日 17:30 不变/);
    });

    test.each([
      ['a Saturday', '2026-12-05', '2026年12月5日是星期六，不上班。期限请选工作日，最近的是 12月7日（周一）。'],
      [
        'beyond the cap',
        '2026-12-09',
        '申请到 12月9日，合计 12 个工作日，超过单部门上限 10 个工作日。最晚可申请到 2026年12月7日 17:30。',
      ],
      [
        'no later than now',
        '2026-11-30',
        '申请的日期不晚于现在的到期日 2026年11月30日 17:30，不用延期。请选更晚的工作日。',
      ],
    ])('%s is refused at its field, with everything typed kept and nothing changed', async (_what, date, message) => {
      const number = await stage.dispatched();
      const fields = { ...EXTENSION, requestedDueDate: 'OTHER', otherDueDate: date };
      const answer = await act(HOST, number, 'extend', fields);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(message);
      expect(answer.html).toMatch(/href="#f-otherDueDate"/);
      expect(answer.html).toContain('等国库退库回单。');
      expect(await extensions(number)).toEqual([]);
    });

    test('asked for and approved: the page says it is pending, then the new day; it cannot be asked for again', async () => {
      const number = await stage.dispatched();
      const answer = await act(HOST, number, 'extend', EXTENSION);
      expect(answer.location).toBe(`/demands/${number}?ok=extension`);
      const pending = await demand(HOST, number);
      expect(pending.text).toMatch(/申请延期到 12月2日，等待审批/);
      expect(pending.text).toMatch(/审批中 ：赵惊蛰 于 2026年11月23日 \d\d:\d\d 申请到 12月2日 周三/);
      expect(pending.html.includes(`/demands/${number}/actions/extend`)).toBe(false);
      await stage.complete(number, 'approve-extension', { extensionDecision: 'APPROVED', opinion: '同意。' });
      const extended = await demand(HOST, number);
      expect(extended.text).toMatch(/批准延期到 12月2日。 下一步： 税政二股 办结（12月2日 17:30 前）/);
      expect(extended.text).toMatch(/为什么由潘立春审批延期/);
      expect(extended.text).toMatch(/单部门办理的延期次数已经用完/);
      expect(extended.html.includes(`/demands/${number}/actions/extend`)).toBe(false);
      expect((await page(HOST, `/demands/${number}/actions/extend`)).text).toMatch(
        /现在不能申请延期。 单部门办理的延期次数已经用完/,
      );
    });

    test('pressed twice it is one application; a page gone stale never wins', async () => {
      const number = await stage.dispatched();
      const visitor = await stage.visitor(HOST);
      const path = `/demands/${number}/actions/extend`;
      const form = await visitor.get(path);
      const fields = { ...form.hidden(path), ...EXTENSION };
      const both = await Promise.all([visitor.post(path, fields), visitor.post(path, fields)]);
      expect(both.map((answer) => answer.status)).toEqual([303, 303]);
      expect(await extensions(number)).toHaveLength(1);

      const other = await stage.dispatched();
      const stale = await visitor.get(`/demands/${other}/actions/extend`);
      await stage.handle(other);
      const late = await visitor.post(`/demands/${other}/actions/extend`, {
        ...stale.hidden(`/demands/${other}/actions/extend`),
        ...EXTENSION,
      });
      expect(late.status).toBe(409);
      expect(late.text).toMatch(/没有提交。 你填写期间，这件诉求有了变化/);
      expect(late.text).toMatch(/等国库退库回单。/);
      expect(await extensions(other)).toEqual([]);
    });

    test('only the host department asks', async () => {
      const number = await stage.dispatched();
      expect((await demand(DESK, number)).html.includes(`/demands/${number}/actions/extend`)).toBe(false);
      expect((await page(DESK, `/demands/${number}/actions/extend`)).text).toMatch(/现在不能申请延期/);
      await expect((await house.as(DESK)).post(`/demands/${number}/extensions`, EXTENSION)).rejects.toMatchObject({
        status: 403,
      });
    });
  });

  describe('撤回、作废、催办', () => {
    test('a withdrawal is confirmed with its consequences, ends the clocks and keeps everything', async () => {
      const number = await stage.dispatched();
      const form = await page(REGISTRAR, `/demands/${number}/actions/withdraw`);
      expect(form.text).toMatch(/确定登记诉求人撤回吗？ .*没有办完的任务全部收回，期限停止/);
      expect((await act(REGISTRAR, number, 'withdraw', {})).text).toMatch(/还没选“撤回方式”。 “撤回原因”还没有填写。/);
      await act(REGISTRAR, number, 'withdraw', { withdrawalMethod: 'PHONE', withdrawalReason: '税款已经到账。' });
      await house.settle();
      const { text } = await demand(DESK, number);
      expect(text).toMatch(/诉求人已于 2026年11月23日 .* 撤回：税款已经到账。/);
      expect(text).toMatch(/办结钟 停钟 · 撤回/);
      expect(text).toMatch(/办理诉求 — 已收回/);
      expect(text).toMatch(/下一步： 纳服核对撤回并销号。/);
      expect((await demand(DESK, number)).link('作废')).toBeUndefined();
    });

    test('voiding needs the desk and a reason; number and page stay', async () => {
      const number = await stage.dispatched();
      expect((await demand(HOST, number)).link('作废')).toBeUndefined();
      expect((await page(HOST, `/demands/${number}/actions/void`)).status).toBe(403);
      const short = await act(DESK, number, 'void', { reason: '错' });
      expect(short.status).toBe(422);
      expect(short.text).toMatch(/“作废理由”少于 4 个字/);
      expect((await act(DESK, number, 'void', { reason: '重复登记，另有主件。' })).status).toBe(303);
      await house.settle();
      const { text } = await demand(HOST, number);
      expect(text).toMatch(/此件已于 .* 作废：重复登记，另有主件。/);
      expect(text).toMatch(/此件已作废，只能查看。/);
      expect(text).toMatch(/办结钟 停钟 · 作废/);
    });

    test('urging tells whoever has the task, once a day, and moves no clock', async () => {
      const number = await stage.dispatched();
      expect((await demand(HOST, number)).link('催办')).toBeUndefined();
      const answer = await act(DESK, number, 'urge', { content: '诉求人今天又来电，请尽快联系。' });
      expect(answer.location).toBe(`/demands/${number}?ok=urged`);
      expect((await page(HOST, '/inbox')).text).toMatch(/范冬至：诉求人今天又来电，请尽快联系。/);
      expect((await page(DESK, `/demands/${number}?timeline=all`)).text).toMatch(/催办 范冬至 “办理诉求”；催 赵惊蛰/);
      const again = await act(DESK, number, 'urge', { content: '再催一次，请尽快联系。' });
      expect(again.status).toBe(409);
      expect(again.text).toMatch(/今天已经催过一次/);
      expect((await demand(HOST, number)).text).toMatch(/到期 2026年11月30日 17:30/);
    });
  });

  describe('限定可见', () => {
    const restricted = async (number: string, route: string | null) => {
      await house.house.sql.query('update demand set restricted = true where number = $1', [number]);
      if (route)
        await house.house.sql.query(
          `update rule_evaluation set outcome = jsonb_set(outcome, '{legalRoute}', to_jsonb($2::text))
           where rule_set = 'category-routing' and subject_id = (select id from demand where number = $1)`,
          [number, route],
        );
    };
    /** Dispatched by somebody else than the desk looked at: whoever had a task of a demand may read it. */
    const kept = async (fields: Record<string, unknown>) => {
      const number = await stage.register(fields);
      const answers = { hostDepartment: '341523-TAX2', dispatchReason: '按业务分工分派。' };
      await stage.complete(number, 'dispatch-demand', answers, 'xibailu');
      return number;
    };
    const SECRET = '某贸易公司不愿公开的情况';

    test('without the right: number, unit and whom to ask, nothing of its content; the desk sees state and clocks', async () => {
      const number = await kept({ title: SECRET, content: SECRET });
      await restricted(number, null);
      const closed = await demand('lulidong', number);
      expect(closed.status).toBe(403);
      expect(closed.text).toMatch(/限定可见件 .* 编号 LASQ-\S+ 单位 舒城县/);
      expect(closed.text).toMatch(/只对指定经办人和审核人开放。因工作需要查看，请向市局法制科申请授权。/);
      expect(closed.html.includes(SECRET)).toBe(false);
      const ledger = await demand(DESK, number);
      expect(ledger.text).toMatch(/限定可见件 .* 状态 办理中 .* 办结钟/);
      expect(ledger.html.includes(SECRET)).toBe(false);
      for (const path of ['/reveal?field=contactPhone', '/actions/withdraw', '/actions/void'])
        expect((await page(DESK, `/demands/${number}${path}`)).status).toBe(403);
    });

    test.each(['TAX_VIOLATION_REPORT', 'DISCIPLINE_CLUE'])(
      '%s: for whoever has no right it is not there: page, list, search, export, API, tasks, history, counts alike',
      async (route) => {
        const marker = `${SECRET}${route.length}`;
        const number = await kept({ title: marker, content: marker });
        const task = await stage.task(number, 'handle-demand');
        const stranger = 'lulidong';
        const before = await (await house.as(stranger)).get<{ total: number }>('/demands');
        await restricted(number, route);
        const paths = ['', '/reveal?field=contactPhone', '/actions/withdraw', '?timeline=all'];
        for (const path of paths) expect((await page(stranger, `/demands/${number}${path}`)).status).toBe(404);
        expect((await demand(stranger, number)).text).toMatch(/没有找到编号/);
        const there = (html: string) => html.includes(marker) || html.includes(number);
        for (const path of ['/demands', '/tasks', '/tasks?view=dept', '/inbox'])
          expect([path, there((await page(stranger, path)).html)]).toEqual([path, false]);
        // The search page repeats what was asked for; what it found must not be among it.
        expect((await page(stranger, `/demands?q=${encodeURIComponent(marker)}`)).html.includes(number)).toBe(false);
        const visitor = await Follower.signedIn(house, stranger);
        await visitor.get('/demands/export');
        const file = await visitor.post('/demands/export', {
          kind: 'csv',
          fields: ['number', 'title'],
          purpose: '核对台账',
        });
        expect([file.status, there(file.html)]).toEqual([200, false]);
        const search = await page(stranger, `/demands?q=${number}`);
        expect(search.location).toBeNull();
        expect((await page(stranger, `/tasks/${task.id}`)).status).toBe(404);
        const api = await house.as(stranger);
        for (const path of ['', '/history', '/clocks', '/explanations', '/tasks', '/extensions'])
          await expect(api.get(`/demands/${number}${path}`)).rejects.toMatchObject({ status: 404 });
        await expect(
          api.post(`/demands/${number}/withdrawal`, { withdrawalMethod: 'PHONE', withdrawalReason: '不办了' }),
        ).rejects.toBeInstanceOf(ApiProblem);
        expect((await api.get<{ total: number }>('/demands')).total).toBeLessThanOrEqual(before.total);
        // The ledger keeper counts it and finds it by its number only.
        const desk = await house.as(DESK);
        const byNumber = await desk.get<{ total: number; items: { title: string }[] }>(`/demands?q=${number}`);
        expect(byNumber).toMatchObject({ total: 1, items: [{ title: '限定可见件' }] });
        const byWords = await desk.get<{ total: number }>(`/demands?q=${encodeURIComponent(marker)}`);
        expect(byWords.total).toBe(0);
        expect(JSON.stringify(await desk.get(`/demands/${number}`)).includes(marker)).toBe(false);
      },
    );

    test('the department complained of does not learn that there is a complaint', async () => {
      const number = await stage.dispatched('341523-TAX2', { reportedDepartment: '341523-TAX1' });
      expect((await demand('lulidong', number)).status).toBe(404);
    });
  });
});
