import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendEvents } from '../../src/modules/history/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const HOST = 'zhaojingzhe';
const DESK = 'fandongzhi';
const REGISTRAR = 'pengqingming';
const LIMITED = '199-0000-0021';

/** What a person must never read: codes of the program instead of words. */
const RAW =
  /\b[A-Z]{2,}_[A-Z_]+\b|\b\d{6}-[A-Z][A-Z0-9]+\b|\b(undefined|null|NaN|\[object)\b|\b(demand|deadline|task)\.[a-z-]+\b/;

describe('the page of one demand (P06), over HTTP as a browser without JavaScript sees it', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
  });
  afterAll(() => house?.stop());

  const page = async (login: string, path: string) => (await stage.visitor(login)).get(path);
  const demand = (login: string, number: string, query = '') => page(login, `/demands/${number}${query}`);

  describe('what it tells', () => {
    test('two sentences: so far and next, with department and due moment', async () => {
      const number = await stage.register({ channel: 'HOTLINE_12345' });
      expect((await demand(DESK, number)).text).toMatch(
        /到现在为止： 11月23日 12345来件，当日登记；当日转交纳服汇总。 下一步： 纳服派单，确定主办部门/,
      );
      await stage.complete(number, 'dispatch-demand', {
        hostDepartment: '341523-TAX2',
        dispatchReason: '按业务分工。',
      });
      expect((await demand(HOST, number)).text).toMatch(
        /当日派给税政二股。 下一步： 税政二股 办结（11月30日 17:30 前）/,
      );
    });

    test('every clock: from when, until when, day by day with the reason a day does not count, and how far it may go', async () => {
      const number = await stage.dispatched();
      const { text } = await demand(HOST, number);
      expect(text).toMatch(/转交钟 按时转交 到期 2026年11月24日 17:30 周二/);
      expect(text).toMatch(
        /办结钟 正常 · 剩 5 个工作日 到期 2026年11月30日 17:30 周一 起 2026年11月23日 09:12（登记|送达）/,
      );
      expect(text).toMatch(
        /当日不算；从 11月24日 起数 5 个工作日，11月28日、11月29日 周末不算；第 5 个是 11月30日，到下班时间 17:30 为止/,
      );
      expect(text).toMatch(/11月28日 周六 不计 周末/);
      expect(text).toMatch(/还能延到 12月7日 周一 （合计 10 个工作日），须经批准/);
      expect(text).toMatch(/反馈钟：办结后起算/);
      expect(text).toMatch(/若今天不办 11月27日 当天 提醒主办部门和纳服：办结临近到期 11月30日 17:30 办结记为逾期/);
    });

    test('holidays are named in the days of a clock', async () => {
      const other = await testHouse('2026-09-28T09:00:00+08:00');
      try {
        const there = new WorkStage(other);
        const number = await there.dispatched();
        const { text } = await (await there.visitor(HOST)).get(`/demands/${number}`);
        expect(text).toMatch(/10月1日 周四 不计 国庆节/);
        expect(text).toMatch(/10月10日 周六 第 \d 天 \S*(补班|调休|上班)/);
      } finally {
        await other.stop();
      }
    });

    test('the path in words, what it has called, who has it now, and where it may branch; the picture has the same', async () => {
      const number = await stage.dispatched();
      const seen = await demand(HOST, number);
      expect(seen.text).toMatch(/纳服派单 ✓ 已完成 .* 办理诉求 ◀ 现在 .* 办理诉求 进行中 .* 办理诉求 ◀ 现在（赵惊蛰）/);
      expect(seen.text).toMatch(/反馈诉求人 接下来/);
      expect(seen.text).toMatch(/可能分支： “办理诉求”期间 → 申请延期/);
      expect(seen.text).toMatch(/办理中随时 → 诉求人撤回/);
      const pictures = seen.html.match(/<svg class="bpmn"/g) ?? [];
      expect(pictures).toHaveLength(2);
      expect(seen.html).toMatch(/is-here/);
      // While it is under way every road may still be taken; once it is over, those not taken are drawn as such.
      const over = await stage.dispatched();
      await (await house.as('pengqingming')).post(`/demands/${over}/withdrawal`, {
        withdrawalMethod: 'PHONE',
        withdrawalReason: '问题已经自行解决，不再反映。',
      });
      await stage.complete(over, 'write-off-withdrawn', { checked: true });
      expect((await demand(DESK, over)).html).toMatch(/is-skipped/);
      // Links in the picture lead to the words; each step is there once.
      for (const [, anchor] of seen.html.matchAll(/<a href="#(step-[^"]+)" tabindex="-1">/g))
        expect(seen.html.split(`id="${anchor}"`)).toHaveLength(2);
      expect([...seen.html.matchAll(/id="(bpmn-arrow[^"]*)"/g)].map(([, id]) => id)).toHaveLength(
        new Set([...seen.html.matchAll(/id="(bpmn-arrow[^"]*)"/g)].map(([, id]) => id)).size,
      );
    });

    test('decisions: the question, every condition with required and actual, those not reached, and the nearest change', async () => {
      const number = await stage.dispatched();
      const { text } = await demand(HOST, number);
      expect(text).toMatch(/为什么建议派给税政二股/);
      expect(text).toMatch(/为什么不是当场办结/);
      expect(text).toMatch(/什么情况下会不同：/);
      expect(text).toMatch(/条件 要求 实际 结果/);
      expect(text).toMatch(/✓ 命中：标签归口一个部门/);
      expect(text).not.toMatch(/✓ 命中：没有标签/);
      expect(text).toMatch(/· 也符合，前面的规则已经决定：没有标签/);
      expect(text).toMatch(/没有采用的规则（\d+ 条）/);
      expect(text).toMatch(/— 没有判断到/);
    });

    test('the timeline by views: milestones, all with the steps of the process, outside, inside; no codes anywhere', async () => {
      const number = await stage.fedBack();
      const milestones = (await demand(DESK, number)).text;
      expect(milestones).toMatch(/里程碑（\d+） 全部（\d+） 对外（\d+） 内部（\d+）/);
      expect(milestones).not.toMatch(/期限起算/);
      const all = (await demand(DESK, number, '?timeline=all')).text;
      expect(all).toMatch(/期限起算 系统 办结钟；5 个工作日/);
      expect(all).toMatch(/送达承办部门，办结钟起算 流程 办理诉求 · 系统处理/);
      expect(all).toMatch(/第 1 条 · [0-9a-f]{8}/);
      const outside = (await demand(DESK, number, '?timeline=outside')).text;
      expect(outside).toMatch(/反馈诉求人 赵惊蛰 对外 电话；已送达/);
      expect(outside).not.toMatch(/纳服派单 \S+ 主办/);
      expect((await demand(DESK, number, '?timeline=inside')).text).toMatch(/规则判断 系统 建议主办部门/);
      expect((await demand(DESK, number, '?timeline=%3Cscript%3E&page=-7')).status).toBe(200);
      for (const text of [milestones, all, outside]) expect(RAW.exec(text.replaceAll(number, ''))?.[0]).toBeUndefined();
    });

    test('用时带, 还差, 件内核验, and why somebody cannot act', async () => {
      const number = await stage.dispatched();
      const { text } = await demand(REGISTRAR, number);
      expect(text).toMatch(
        /用时带 第一税务分局（办税服务厅） 0 个工作日 纳税服务股 0 个工作日 税政二股 0 个工作日，现在在办/,
      );
      expect(text).toMatch(/○ 还没有办结/);
      expect(text).toMatch(/件内核验 ✓ \d+ 条记录前后相连 链头 [0-9a-f]{8}/);
      const looker = (await demand('panlichun', number)).text;
      expect(looker).not.toMatch(/申请延期 更多操作|办理诉求 签收/);
    });

    test('动静: who else has it open, and who has taken a task', async () => {
      const number = await stage.dispatched();
      await demand(DESK, number);
      expect((await demand(HOST, number)).text).toMatch(/动静 范冬至 也打开了此件（\d\d:\d\d）/);
      expect((await demand(DESK, number)).text).toMatch(/动静 .*赵惊蛰/);
    });

    test('a step that failed is said first, and that nothing is lost', async () => {
      const number = await stage.dispatched();
      await house.house.sql.query(
        `insert into incident_view (key, process_instance_key, element_id, error_type, error_message, created_at)
         select 'incident-1', key, 'handle', 'JOB_NO_RETRIES', '短信服务三次没有回应。', 0 from process_instance
         where demand_id = (select id from demand where number = $1) and process_id = 'handle-demand'`,
        [number],
      );
      const { text } = await demand(HOST, number);
      expect(text).toMatch(/流程停在这里。 “办理诉求”没有完成：短信服务三次没有回应。/);
      expect(text).toMatch(/■ 有异常/);
    });

    test('a history of 500 events stays within the budget of a page and is read page by page', async () => {
      const number = await stage.dispatched();
      const [row] = await house.house.sql.query<{ id: string }>('select id from demand where number = $1', [number]);
      await house.house.transaction({ ...SOMEBODY } as never, async (unit) => {
        const { sqlOf } = await import('../../src/db/orm.ts');
        await appendEvents(
          sqlOf(unit.em),
          Array.from({ length: 500 }, (_, n) => ({
            subjectType: 'demand',
            subjectId: row!.id,
            type: 'deadline.warned',
            occurredAt: new Date(+house.clock.now() + n),
            actor: SOMEBODY,
            payload: { kind: 'HANDLING', round: 1, notified: n },
          })),
        );
      });
      const first = await demand(HOST, number, '?timeline=all');
      expect(first.text).toMatch(/第 1\/6 页 较早的/);
      expect(first.html.length).toBeLessThan(120 * 1024);
      expect((await demand(HOST, number)).html.length).toBeLessThan(120 * 1024);
      expect((await demand(HOST, number, '?timeline=all&page=6')).text).toMatch(/受理登记/);
      expect(first.text).toMatch(/✓ 5\d\d 条记录前后相连/);
    });

    test('a record changed behind the program is named on the page', async () => {
      const number = await stage.dispatched();
      await house.house.sql.query('alter table history_event disable trigger user');
      await house.house.sql.query(
        `update history_event set payload = '{"hostDepartment":"341523-TAX1"}' where sequence = 2 and subject_id = (select id from demand where number = $1)`,
        [number],
      );
      for (const trigger of ['history_event_no_change', 'history_event_no_truncate'])
        await house.house.sql.query(`alter table history_event enable always trigger ${trigger}`);
      expect((await demand(HOST, number)).text).toMatch(/■ 第 2 条记录.*被改动过 请保留现场，通知审计负责人/);
    });

    test('an unknown number says so and how to search', async () => {
      const seen = await demand(HOST, 'LASQ-341523-20261123-9999');
      expect(seen.status).toBe(404);
      expect(seen.text).toMatch(/没有找到编号“LASQ-341523-20261123-9999”。请核对编号，或按电话、名称搜索/);
    });
  });

  describe('a contact is shown for a reason (P06r)', () => {
    const reveal = async (login: string, number: string, field: string, fields: Record<string, string> = {}) =>
      (await stage.visitor(login)).fill(`/demands/${number}/reveal?field=${field}`, `/demands/${number}/reveal`, {
        reason: 'CONTACT',
        ...fields,
      });

    test('masked everywhere until then; that field alone, for ten minutes, on this demand, for this person', async () => {
      const number = await stage.dispatched('341523-TAX2', {
        contactPerson: '曹某某',
        content: `请打 19900000021 找我，契税退税。`,
      });
      const other = await stage.dispatched();
      const before = await demand(HOST, number);
      expect(before.text).toMatch(/联系电话 199\*\*\*\*0021 查看完整号码/);
      expect(/199-0000-0021|19900000021|曹某某/.exec(before.html)?.[0]).toBeUndefined();
      const form = await page(HOST, `/demands/${number}/reveal?field=contactPhone`);
      expect(form.text).toMatch(/查看完整号码会记录你的姓名、时间和事由，审计员和你本人都能查到。/);
      const answer = await reveal(HOST, number, 'contactPhone', { reason: 'IDENTITY' });
      expect(answer.status).toBe(303);
      const after = await demand(HOST, number);
      expect(after.text).toMatch(/联系电话 199-0000-0021 显示到 09:2\d，本次查看有记录/);
      expect(after.text).toMatch(/联系人 曹\*\*/);
      expect(after.text).toMatch(/谁看过 1 次 .* 赵惊蛰 查看联系电话：核对身份/);
      expect((await demand(HOST, other)).html.includes(LIMITED)).toBe(false);
      expect((await demand(DESK, number)).html.includes(LIMITED)).toBe(false);
      expect((await demand(DESK, number)).text).toMatch(/赵惊蛰 查看联系电话：核对身份/);
      const events = await stage.history(number);
      expect(events.filter((event) => event.type === 'demand.revealed')).toMatchObject([
        { actor: HOST, payload: { field: 'contactPhone', reason: 'IDENTITY' } },
      ]);
      expect(JSON.stringify(events)).not.toMatch(/199-0000-0021|19900000021/);
      const log = await house.house.sql.query(
        'select login, field, reason, ip is not null as has_ip, outside_own from pii_access_log where demand_id = (select id from demand where number = $1)',
        [number],
      );
      expect(log).toEqual([
        { login: HOST, field: 'contactPhone', reason: 'IDENTITY', has_ip: true, outside_own: false },
      ]);
      await house.moveTo(new Date(+house.clock.now() + 10 * 60_000 + 1000));
      expect((await demand(HOST, number)).html.includes(LIMITED)).toBe(false);
    });

    test('without a reason, or for a field that is none: refused, nothing shown, nothing logged', async () => {
      const number = await stage.dispatched();
      const answer = await reveal(HOST, number, 'contactPhone', { reason: '' });
      expect(answer.status).toBe(422);
      expect(answer.text).toMatch(/还没选“事由”/);
      expect((await page(HOST, `/demands/${number}/reveal?field=content`)).status).toBe(404);
      expect((await reveal(HOST, number, 'contactPhone', { reason: 'CURIOSITY' })).status).toBe(422);
      expect((await demand(HOST, number)).text).toMatch(/还没有人查看过完整号码/);
    });

    test('who may not reveal is offered nothing and refused', async () => {
      const number = await stage.dispatched();
      expect((await demand('weidashu', number)).text).not.toMatch(/查看完整号码/);
      expect((await page('weidashu', `/demands/${number}/reveal?field=contactPhone`)).status).toBe(403);
    });

    test('looking more often than the threshold of a day tells the auditors, once', async () => {
      const number = await stage.dispatched();
      await house.house.sql.query(
        `insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, at, shown_until)
         select $1, '赵惊蛰', 'HANDLER', '341523', id, 'contactPhone', 'CONTACT', $2, $2 from demand, generate_series(1, 50) where number = $3`,
        [HOST, house.clock.now().toISOString(), number],
      );
      const messages = () =>
        house.house.sql.query<{ title: string }>(`select title from notification where kind = 'REVEAL_ALARM'`);
      await reveal(HOST, number, 'contactPhone');
      const told = await messages();
      expect(told.length).toBeGreaterThan(0);
      expect(told[0]!.title).toMatch(/赵惊蛰 今天查看完整号码超过 50 次/);
      await reveal(HOST, number, 'contactPhone');
      expect(await messages()).toHaveLength(told.length);
    });
  });
});

const SOMEBODY = { login: 'system', name: '系统' };
