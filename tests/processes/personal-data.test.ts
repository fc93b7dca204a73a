import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unpackRecords } from '../../src/engine/embedded/pack-records.ts';
import { PERSONAL_PLACES } from '../../src/modules/demands/privacy/personal-places.ts';
import { readTimeline, verifyAll } from '../../src/modules/history/index.ts';
import type { ApiClient } from '../../src/tryout/api-client.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { follow, type Walk, walk } from '../support/walk.ts';

/**
 * R31 (个人信息保护法 19、47): a taxpayer whose name, numbers and address stand in everything that was ever written about their demands, on every way a
 * demand can go. When the time of the last one is over, the whole database is searched: no table, no column, no record of the engine and no file holds
 * any of it, the words of the history included, and the chains of the history are whole.
 */

const NAME = '司马若兰';
const CONTACT = '欧阳听雪';
const AGENT = '慕容清歌';
const OTHER = 'lanlan77@xinshan.example';
/** As people write one and the same number, and one of an identity card. */
const NUMBERS = ['139-7246-8135', '13972468135', '139 7246 8135', '341523199003072417'];
const TRACES = [NAME, CONTACT, AGENT, OTHER, 'lanlan77', ...NUMBERS];
/** What somebody might write into any field. */
const SAID = `（${NAME}、${CONTACT}，电话 ${NUMBERS.slice(0, 3).join('，')}，证号 ${NUMBERS[3]}，${OTHER}）`;

const PERSON = {
  taxpayerName: NAME,
  taxpayerType: 'NATURAL_PERSON',
  contactPerson: CONTACT,
  contactPhone: NUMBERS[0],
  otherContact: OTHER,
  agent: true,
  agentName: AGENT,
};
const DESK = 'fandongzhi';
const HEAD = 'xibailu';
const HOST = 'zhaojingzhe';
const PASSED = {
  noticeMethod: 'PHONE',
  noticeAt: '2026-11-23T09:00:00+08:00',
  noticeContent: '已告知转由对口部门办理。',
};

/** Fields with little room. */
const SHORT = ['title', 'documentNumber', 'answerNumber', 'actionDocument', 'receiptNumber', 'responsible', 'voucher'];

/** Every Chinese text of an answer, with the person added. Tags and what is chosen from a list stay. */
function saying(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return /[\u4e00-\u9fff]/.test(value) &&
      !['tags', 'taxpayerName', 'contactPerson', 'agentName', 'unitName'].includes(key)
      ? value + (SHORT.includes(key) ? NAME : SAID)
      : value;
  if (Array.isArray(value)) return value.map((item) => saying(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, saying(item, name)]));
}

let house: TestHouse;
/** The same house, where everybody writes the person into every field. */
let talkative: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
  // Somebody who is told by mail as well.
  await house.house.sql.query(
    `insert into notification_preference (login, email, channels, digest, updated_at) values ($1, 'host@example.org', '{MAIL}', false, $2)`,
    [HOST, house.clock.now().toISOString()],
  );
  talkative = {
    ...house,
    async as(login) {
      const client = await house.as(login);
      const sending = (path: string, asking: Promise<any>) =>
        asking.catch((error: any) => {
          throw new Error(`${path}: ${error.message} ${JSON.stringify(error.problem?.errors ?? [])}`);
        });
      return {
        get: (path: string) => client.get(path),
        post: (path: string, body: unknown, headers?: Record<string, string>) =>
          sending(path, client.post(path, saying(body), headers)),
      } as ApiClient;
    },
  };
});
afterAll(() => house?.stop());

const begin = async (fields: Record<string, unknown> = {}) => walk(talkative, { ...PERSON, ...fields });
const act = async (login: string, demand: Walk, path: string, body: object): Promise<any> => {
  await house.settle();
  return (await talkative.as(login)).post(`/demands/${demand.number}/${path}`, body);
};
const finish = async (demand: Walk) => {
  await demand.complete('handle-demand');
  await demand.complete('give-feedback');
  if ((await demand.openForms()).includes('conduct-return-visit'))
    await demand.complete('conduct-return-visit', { remark: '诉求人表示满意。' });
  await demand.complete('write-off', { remark: '核对无误。' });
};

/** Each way, from registration to its end. */
const WAYS: Record<string, () => Promise<Walk[]>> = {
  async 'objected to, supplemented, extended, supervised, visited, written off twice, reopened'() {
    const officer = await house.as(house.stage.registrar('341523'));
    const form = new FormData();
    form.append('file', new Blob([`%PDF-1.4\n${SAID}\n`], { type: 'application/pdf' }), `${NAME}的协议.pdf`);
    const { id } = await officer.upload<{ id: string }>('/attachments', form);
    const demand = await begin({ attachments: [id] });
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    await act(HOST, demand, 'returns', { basis: '按职责分工归税政一股。', proposedDepartment: '341523-TAX1' });
    await demand.complete('review-return', { returnDecision: 'REJECTED', opinion: '审定派单。' });
    await act(HOST, demand, 'contacts', { contactMethod: 'PHONE', contactResult: 'REACHED', note: '已说明进度。' });
    await act(HOST, demand, 'supplement-requests', { what: '协议复印件', purpose: '核对依据' });
    await act(DESK, demand, 'supplements', { via: 'PHONE', content: '协议已发到邮箱。' });
    const clock = await demand.clock('HANDLING');
    const until = (await house.house.calendar()).addWorkingDays(new Date(clock!.startsAt), 9, '341523').dueDate;
    await act(HOST, demand, 'extensions', {
      requestedDueDate: until,
      reasonType: 'COMPLEX_CASE',
      reason: '需要实地核查。',
      noticeMethod: 'PHONE',
      noticeContent: '已说明延期原因。',
    });
    await demand.complete('approve-extension');
    await act(DESK, demand, 'supervision', { level: 'YELLOW', reason: '两次来电没有人联系', requirement: '今天联系' });
    await demand.complete('acknowledge-supervision');
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision', { liftDecision: 'RETURN', opinion: '没有写清楚。' });
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision');
    const printed = await Visitor.signIn(house.address, DESK);
    const sheet = `/demands/${demand.number}/print/handling-sheet`;
    expect((await printed.fill(sheet, sheet, { names: 'full', reason: 'CONTACT' })).status).toBe(303);
    await demand.complete('handle-demand');
    const feedback = await demand.open('give-feedback');
    const host = await talkative.as(feedback.assignee ?? feedback.candidates[0]!);
    await host.post(`/tasks/${feedback.id}/attempts`, { method: 'PHONE', outcome: 'UNREACHED', note: '没有人接。' });
    await demand.complete('give-feedback');
    if ((await demand.openForms()).includes('conduct-return-visit')) {
      await demand.complete('conduct-return-visit', {
        resolved: 'UNRESOLVED',
        satisfaction: 'DISSATISFIED',
        dissatisfactionReason: '没有解决。',
      });
      await demand.complete('judge-dissatisfaction');
    }
    await demand.complete('write-off', { remark: '核对无误。' });
    await act(HEAD, demand, 'write-off-revocation', { reason: '附件没有核对。' });
    await demand.complete('write-off');
    await act(DESK, demand, 'reopening', {
      reason: '来电说没有到账。',
      hostDepartment: '341523-TAX1',
      requirement: '核实退库情况。',
    });
    await finish(demand);
    return [demand];
  },
  async 'handled jointly, asked, told of the progress, sent to another body'() {
    const demand = await begin();
    const [first, second] = ['341523-REV', '341523-RISK'];
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2', coDepartments: [first, second] });
    await act(HOST, demand, 'co-departments', { department: '341523-COL', reason: '要核对登记信息。' });
    const { id } = await act(HOST, demand, 'co-questions', {
      department: first,
      question: '申报了吗？',
      replyBy: '2026-11-25',
    });
    await act('sunhanlu', demand, 'co-questions/answer', { questionId: id, answer: '已经申报。' });
    await act(HOST, demand, 'co-departments/release', { department: second, reason: '与它的业务无关。' });
    await act(HOST, demand, 'external-steps', {
      unitKind: 'PROVINCE',
      unitName: '省局货物和劳务税处',
      documentNumber: '六税请〔2026〕3 号',
      sentOn: '2026-11-23',
      matter: '请明确口径。',
      sharedFields: ['title'],
      followUpOn: '2026-11-25',
    });
    await demand.complete('follow-external-step', {
      externalOutcome: 'ANSWERED',
      answeredOn: '2026-11-23',
      answer: '可以办理。',
      answerNumber: '复 8 号',
    });
    const clock = await demand.clock('HANDLING');
    await act(HOST, demand, 'extensions', {
      requestedDueDate: (await house.house.calendar()).addWorkingDays(new Date(clock!.startsAt), 10, '341523').dueDate,
      reasonType: 'EXTERNAL_UNIT',
      reason: '等待国库退库回单。',
      noticeMethod: 'PHONE',
      noticeContent: '已电话说明。',
    });
    await demand.complete('approve-extension');
    await act(HOST, demand, 'progress-notices', { ...PASSED, noticeContent: '还在核对。' });
    while ((await demand.openForms()).includes('give-co-opinion')) await demand.complete('give-co-opinion');
    await finish(demand);
    return [demand];
  },
  async 'put aside and taken up again'() {
    const demand = await begin();
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    await act(HOST, demand, 'deferrals', {
      deferralCategory: 'SYSTEM_OPTIMISATION',
      deferralReason: '系统由省局统建。',
      condition: '新版上线。',
      reviewDate: (await house.house.calendar()).addWorkingDays(house.clock.now(), 30, '341523').dueDate,
      responsible: HOST,
      interimAnswer: '您的建议已经记录。',
      interimMethod: 'PHONE',
    });
    await demand.complete('approve-deferral');
    await act(HOST, demand, 'resumption', { conditionsMet: '新版已经上线。' });
    await finish(demand);
    return [demand];
  },
  async 'reported up and sent back'() {
    const demand = await begin();
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    const passed = { reason: '口径要统一。', workDone: '已核对资料。', ...PASSED };
    await act(HOST, demand, 'level-shifts/up', { toDepartment: '341500-PBT', ...passed });
    await act('chuxiaohan', demand, 'level-shifts/back', { guidance: '按规定退还。', ...passed });
    await finish(demand);
    return [demand];
  },
  async 'on the way of a reconsideration'() {
    const demand = await begin({
      content: '我不服罚款，要申请行政复议。',
      category: 'LEGAL_REMEDY',
      legalIntent: 'ORAL_RECONSIDERATION',
      actionOrgCode: '341523',
      tags: [],
    });
    await demand.complete('confirm-legal-route', {
      legalDecision: 'TRANSFER',
      legalRoute: 'RECONSIDERATION',
      legalIntent: 'ORAL_RECONSIDERATION',
      actionDocument: '税罚 18 号',
      actionOrgCode: '341523',
      knownAt: '2026-11-10',
      noticeMethod: 'PHONE',
      noticeContent: '已经告诉诉求人以后怎么办。',
      transcript: '申请人口头陈述。',
      voucher: '移送清单第 3 号',
    });
    await demand.complete('acknowledge-hand-over');
    await demand.complete('give-feedback');
    await demand.complete('write-off');
    return [demand];
  },
  async 'found unreasonable, appealed against'() {
    const demand = await begin();
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    await act(HOST, demand, 'unreasonable-review', {
      basis: '退税办法第三条',
      explanation: '退税期限未到，要求没有依据。',
    });
    await demand.complete('decide-unreasonable', { unreasonableDecision: 'UPHELD', opinion: '认定有依据。' });
    await demand.complete('handle-demand', { conclusion: 'UNREASONABLE' });
    await demand.complete('give-feedback');
    await act(DESK, demand, 'unreasonable-appeal', { appealReason: '认为应当马上退。' });
    await demand.complete('decide-appeal');
    if ((await demand.openForms()).includes('conduct-return-visit')) await demand.complete('conduct-return-visit');
    await demand.complete('write-off');
    return [demand];
  },
  async 'merged, split, withdrawn'() {
    const main = await begin();
    await main.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    const again = await begin();
    await act(DESK, again, 'merge', { mainNumber: main.number, sameMatter: true });
    await finish(main);
    const whole = await begin();
    const { parts } = await act(DESK, whole, 'split', {
      parts: [
        { title: '契税退税', category: 'POLICY', hostDepartment: '341523-TAX2' },
        { title: '排队太久', category: 'SERVICE', hostDepartment: '341523-TPS' },
      ],
    });
    const gone = await begin();
    await act(DESK, gone, 'withdrawal', {
      withdrawalReason: '自己查到了。',
      withdrawalMethod: 'PHONE',
    });
    await gone.complete('write-off-withdrawn');
    const children = await Promise.all((parts as string[]).map((number) => follow(talkative, number, whole.officer)));
    for (const child of children) await finish(child);
    return [main, again, whole, gone, ...children];
  },
};

/** Where it stands in the database: table, and for the engine's records what was unpacked of them. */
async function found(traces: readonly string[]): Promise<string[]> {
  const { sql } = house.house;
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  const places: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.query<{ row: any }>(`select to_jsonb(t) as row from "${name}" t`);
    for (const { row } of rows)
      for (const [column, value] of Object.entries(row)) {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        if (traces.some((trace) => text?.includes(trace)))
          places.push(`${name}.${column}${name === 'history_event' ? ` of ${row.type}` : ''}`);
      }
  }
  for (const { records } of await sql.query<{ records: Uint8Array }>('select records from engine_record')) {
    const text = JSON.stringify(unpackRecords(records), (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    if (traces.some((trace) => text.includes(trace))) places.push('engine_record.records');
  }
  // The index of the text is made of pairs of neighbouring characters.
  const pairs = traces.filter((trace) => /^[\u4e00-\u9fff]+$/.test(trace)).map((trace) => trace.slice(0, 2));
  const indexed = await sql.query('select 1 from demand_search where pairs && $1::text[]', [pairs]);
  if (indexed.length > 0) places.push('demand_search.pairs');
  return [...new Set(places)].sort();
}

/** Files of the store that hold one of them. */
const files = () =>
  readdirSync(house.files, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        TRACES.some((trace) => readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(trace)),
    )
    .map((entry) => join(entry.parentPath, entry.name));

describe('R31: personal data when their time is over', () => {
  const demands: Walk[] = [];
  /** Searches and exports speak of people as well. */
  const search = async () => {
    const desk = await Visitor.signIn(house.address, DESK);
    expect((await desk.post('/demands/views', { q: NAME, name: `找${NAME}` })).status).toBe(303);
    const digest = '/demands/subscriptions/new';
    expect((await desk.fill(digest, digest, { q: NAME, name: `${NAME}日报` })).status).toBe(303);
    const sheet = '/demands/export';
    const ordered = await desk.post(sheet, {
      q: NAME,
      kind: 'csv',
      fields: ['number', 'title'],
      purpose: `找${NAME}的件`,
    });
    expect(ordered.status).toBe(200);
  };

  test.each(Object.keys(WAYS))(
    'a taxpayer whose demand is %s',
    async (name) => {
      demands.push(...(await WAYS[name]!()));
    },
    120_000,
  );

  test('before: it stands in many places, and a search finds it', async () => {
    await search();
    const places = await found(TRACES);
    const tables = new Set(places.map((place) => place.split('.')[0]!));
    // The way of the walk is the way of the list: every place of it was written to.
    const silent = PERSONAL_PLACES.filter(({ table }) => !tables.has(table)).map(({ table }) => table);
    // What stops a clock is said by the program, and nothing failed here.
    expect(silent).toEqual(['deadline', 'incident_view']);
    expect(files()).toHaveLength(1);
    // Ids, decisions and routing data only: the engine never knew (design, 3).
    expect(places.filter((place) => place.startsWith('engine_'))).toEqual([]);
    expect(places.filter((place) => /^history_(event|chain|anchor)/.test(place))).toEqual([]);
  });

  test('after: no table, no record and no file has any of it; the chains are whole, and say what was done', async () => {
    const { sql } = house.house;
    const statuses = await sql.query<{ number: string; status: string }>('select number, status from demand');
    expect(statuses.filter(({ status }) => !['WRITTEN_OFF', 'MERGED', 'SPLIT', 'VOIDED'].includes(status))).toEqual([]);
    await sql.query(
      `update demand set written_off_at = written_off_at - interval '4 years', merged_at = merged_at - interval '4 years',
         split_at = split_at - interval '4 years'`,
    );
    // The store goes by the time of its files, which is the machine's, not the house's.
    for (const file of files()) utimesSync(file, 0, 0);
    await house.moveTo(new Date(+house.clock.now() + 86_400_000));
    await house.moveTo(new Date(+house.clock.now() + 2 * 86_400_000));
    expect(await sql.query('select number from demand where anonymised_at is null')).toEqual([]);
    expect(await found(TRACES)).toEqual([]);
    expect(files()).toEqual([]);
    const report = await verifyAll(sql);
    expect({ breaks: report.breaks, anchors: report.anchorBreaks }).toEqual({ breaks: [], anchors: [] });
    const [first] = demands;
    const events = await readTimeline(sql, 'demand', (await first!.read()).id);
    expect(events.filter(({ type }) => type === 'demand.anonymised')).toMatchObject([
      { payload: { why: 'RETENTION', files: 1 } },
    ]);
    const words = events.map((event) => JSON.stringify(event.payload)).join();
    expect(words).toContain('司**、欧**');
    expect(words).toContain('139****8135');
  }, 120_000);

  test('what was done to whom stays: category, departments, times, decisions', async () => {
    const [first] = demands;
    expect(await first!.read()).toMatchObject({
      category: 'POLICY',
      hostDepartment: '341523-TAX1',
      status: 'WRITTEN_OFF',
    });
    const page = await (await Visitor.signIn(house.address, DESK)).get(`/demands/${first!.number}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('个人信息匿名化');
  });

  test('every table of the schema is known to the list, or is known to hold no personal data of taxpayers', async () => {
    const tables = await house.house.sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    );
    const known = new Set([...PERSONAL_PLACES.map(({ table }) => table), ...OTHERWISE, ...NONE]);
    expect(tables.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });
});

/** Anonymised by a step of its own (`anonymise.ts`, `retention.ts`), or gone by itself. */
const OTHERWISE = [
  ...[
    'attachment',
    'common_demand',
    'demand',
    'demand_search',
    'draft',
    'history_text',
    'ledger_subscription',
    'ledger_view',
  ],
  ...['parked_form', 'personal_data_request', 'registration_key'],
];
/** Organisation, designs, numbers, engine (ids and decisions only), and what speaks of staff. */
const NONE = [
  ...[
    'access_token',
    'app_user',
    'backtest_run',
    'backtest_seen',
    'bulletin',
    'bureau',
    'calendar_day',
    'calendar_version',
  ],
  ...[
    'calendar_year',
    'candidate_refresh',
    'chief_post',
    'common_demand_member',
    'delegation',
    'demand_number',
    'demand_opening',
  ],
  ...[
    'department',
    'design_draft',
    'element_visit',
    'engine_command',
    'engine_definition',
    'engine_home',
    'engine_instance',
  ],
  ...['engine_job', 'engine_message', 'engine_message_subscription', 'engine_node', 'engine_outbox', 'engine_owner'],
  ...[
    'engine_partition',
    'engine_record',
    'engine_record_mark',
    'engine_signal_subscription',
    'engine_start_lock',
    'engine_timer',
  ],
  ...[
    'engine_version',
    'flow_visit',
    'form_version',
    'history_anchor',
    'history_chain',
    'history_event',
    'indicator_definition',
  ],
  ...[
    'job_effect',
    'leader_assignment',
    'message_template',
    'migration',
    'migration_item',
    'notification_preference',
    'org_function',
  ],
  ...['org_version', 'paper_counter', 'paper_number', 'personal_data_number', 'pii_access_log', 'post', 'post_holding'],
  ...[
    'post_vacancy',
    'process_instance',
    'process_version',
    'projector_position',
    'public_try',
    'reconciliation_break',
  ],
  ...['reconciliation_line', 'reconciliation_run', 'release', 'release_item', 'release_look', 'release_signature'],
  ...[
    'report_snapshot',
    'role_change',
    'rule_evaluation',
    'rule_set_version',
    'scenario',
    'scenario_version',
    'schema_migration',
    'session',
  ],
  ...['sign_in_failure', 'statistics_done', 'submission_once', 'supervision_number', 'task_opening', 'visit_link'],
  ...['visit_link_token', 'work_hours', 'zeebe_command', 'zeebe_definition', 'zeebe_job', 'zeebe_record'],
];
