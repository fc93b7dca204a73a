import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answersTo } from '../../src/tryout/drive-demands.ts';
import { apiRoutes } from '../../src/web/api/index.ts';
import { type Witness, witness } from '../support/api.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { DEMAND } from '../support/walk.ts';

/** The served description and the handlers say the same: every operation is called and its real answer held against its schema. */

let house: TestHouse;
let api: Witness;
let token: Record<string, string>;
let number: string;

/** Taxes two, the desk, the leader, the auditor of one county. */
const PEOPLE = { officer: 'pengqingming', desk: 'fandongzhi', leader: 'panlichun', auditor: '' };

beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
  api = await witness(house);
  PEOPLE.auditor = house.stage.reader();
  token = Object.fromEntries(
    await Promise.all(Object.entries(PEOPLE).map(async ([who, login]) => [who, await api.token(login)])),
  );
  const made = await api.call('post', '/demands', { token: token.officer!, body: DEMAND });
  number = made.body.number;
});
afterAll(() => house?.stop());

const openTask = async (formId: string, of = number) => {
  const { body } = await api.call('get', `/demands/${of}/tasks`, { token: token.auditor! });
  const task = body.items.find((item: any) => item.status === 'OPEN' && item.formId === formId);
  const login = task.assignee ?? task.candidates[0];
  return { task, as: await api.token(login) };
};

describe('the description', () => {
  test('is OpenAPI 3.1 and describes exactly the routes there are', () => {
    expect(api.spec.openapi).toBe('3.1.0');
    const described = Object.entries<any>(api.spec.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const routed = apiRoutes(house.house).map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(routed.sort());
  });

  test('has a Chinese summary, a permission and an id of its own for every operation', () => {
    const operations = Object.values<any>(api.spec.paths).flatMap((item) => Object.values<any>(item));
    for (const operation of operations) {
      expect(operation.summary).toMatch(/[\u4e00-\u9fff]/);
      expect(operation.description).toContain('权限：');
    }
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  });

  test('every reference leads somewhere', () => {
    const names = [...JSON.stringify(api.spec).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
    expect(names.filter((name) => !api.spec.components.schemas[name])).toEqual([]);
  });
});

describe('every operation answers as described', () => {
  test('reading', async () => {
    const { auditor, desk, officer } = token as Record<string, string>;
    await api.call('get', '/openapi.json');
    await api.call('get', '/me', { token: officer! });
    for (const path of ['', '/history', '/clocks', '/explanations', '/tasks', '/extensions', '/legal-routes'])
      await api.call('get', `/demands/${number}${path}`, { token: auditor! });
    const found = await api.call('get', `/demands?q=${encodeURIComponent('契税')}&state=open&limit=10`, {
      token: desk!,
    });
    expect(found.body).toMatchObject({ total: 1, limit: 10, offset: 0, items: [{ number }] });
    expect((await api.call('get', '/tasks', { token: desk! })).body).toMatchObject({ total: 1, offset: 0 });
    expect((await api.call('get', '/tasks?view=done', { token: desk! })).body.total).toBe(0);
    const numbers = await api.call('get', '/statistics?period=2026-11', { token: desk! });
    expect(numbers.body).toMatchObject({ registered: 1, orgCode: '341523', definitionVersion: '2026-2' });
    await house.sweep();
    const balance = await api.call('get', '/reconciliation', { token: desk! });
    expect(balance.body).toMatchObject({ lines: [{ orgCode: '341523', difference: 0 }], breaks: [], unseen: 0 });
    expect((await api.call('get', '/topics', { token: desk! })).body).toEqual({ items: [] });
    expect((await api.call('get', '/bulletins', { token: auditor! })).body).toEqual({ items: [] });
    const wrong = await api.call('get', '/statistics?period=soon', { token: desk! });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/period' }] } });
  });

  test('registering twice with one key is registering once', async () => {
    const send = (body: object) =>
      api.call('post', '/demands', { token: token.officer!, body, headers: { 'idempotency-key': 'gateway-7' } });
    const [first, second] = await Promise.all([send(DEMAND), send(DEMAND)]);
    expect([first!.status, second!.status].sort()).toEqual([200, 201]);
    expect(first!.body.number).toBe(second!.body.number);
    expect(first!.headers.get('location')).toBe(`/api/v1/demands/${first!.body.number}`);
    const other = await send({ ...DEMAND, title: '另一件' });
    expect(other).toMatchObject({ status: 409, body: { reason: 'idempotency-key-reused' } });
    // The key belongs to the person who used it.
    const theirs = await api.call('post', '/demands', {
      token: token.desk!,
      body: DEMAND,
      headers: { 'idempotency-key': 'gateway-7' },
    });
    expect(theirs.status).toBe(201);
  });

  test('tasks: claim, release, draft, complete, and what others may not', async () => {
    const { task, as } = await openTask('dispatch-demand');
    expect((await api.call('post', `/tasks/${task.id}/claim`, { token: as })).body.assignee).not.toBeNull();
    expect((await api.call('post', `/tasks/${task.id}/release`, { token: as })).body.assignee).toBeNull();
    await api.call('put', `/tasks/${task.id}/draft`, { token: as, body: { dispatchReason: '按职责' } });
    const seen = await api.call('get', `/tasks/${task.id}`, { token: as });
    expect(seen.body).toMatchObject({ draft: { dispatchReason: '按职责' }, form: { id: 'dispatch-demand' } });
    await api.call('delete', `/tasks/${task.id}/draft`, { token: as });
    expect((await api.call('get', `/tasks/${task.id}`, { token: as })).body.draft).toBeNull();

    const stale = await api.call('post', `/tasks/${task.id}/complete`, {
      token: as,
      body: { hostDepartment: '341523-TAX2', revision: 1 },
    });
    expect(stale).toMatchObject({ status: 409, body: { reason: 'stale' } });
    const done = await api.call('post', `/tasks/${task.id}/complete`, {
      token: as,
      body: { hostDepartment: '341523-TAX2', revision: seen.body.revision },
    });
    expect(done.body.status).toBe('COMPLETED');
    const again = await api.call('post', `/tasks/${task.id}/complete`, {
      token: as,
      body: { hostDepartment: '341523-TAX2' },
    });
    expect(again).toMatchObject({ status: 409, body: { reason: 'task-completed' } });
  });

  test('R24: acknowledged; attempts in vain are kept until they are evidence enough', async () => {
    const made = await api.call('post', '/demands', { token: token.officer!, body: DEMAND });
    const complete = async (formId: string, body: object) => {
      const { task, as } = await openTask(formId, made.body.number);
      return api.call('post', `/tasks/${task.id}/complete`, { token: as, body });
    };
    await complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    const handling = await openTask('handle-demand', made.body.number);
    const seen = await api.call('post', `/tasks/${handling.task.id}/acknowledge`, { token: handling.as });
    expect(seen.body.status).toBe('OPEN');
    await complete('handle-demand', answersTo(handling.task, {} as never));
    const feedback = await openTask('give-feedback', made.body.number);
    const attempt = (body: object) =>
      api.call('post', `/tasks/${feedback.task.id}/attempts`, { token: feedback.as, body });
    const wrong = await attempt({ outcome: 'UNREACHED' });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/method' }] } });
    const first = await attempt({ method: 'PHONE', outcome: 'UNREACHED' });
    expect(first.body).toEqual({ halfDays: 1, needed: 3, smsSent: false, enough: false });
    const message = await attempt({ method: 'SMS', outcome: 'SMS_SENT', note: '平台已发送' });
    expect(message.body).toEqual({ halfDays: 1, needed: 3, smsSent: true, enough: false });
    const early = await complete('give-feedback', {
      feedbackMethod: 'PHONE',
      feedbackContent: '没有联系上。',
      feedbackResult: 'UNREACHED',
    });
    expect(early).toMatchObject({ status: 422, body: { errors: [{ pointer: '/feedbackResult' }] } });
  });

  test('R20: the questions are answered, the handling is diverted, the ledger of statutory routes shows it', async () => {
    const made = await api.call('post', '/demands', { token: token.officer!, body: { ...DEMAND, tags: ['契税'] } });
    const { number: own } = made.body;
    const asked = await api.call('post', `/demands/${own}/legal-questions`, {
      token: token.officer!,
      body: { legalIntent: 'NONE' },
    });
    expect(asked.body).toEqual({ number: own, legalIntent: 'NONE' });
    const wrong = await api.call('post', `/demands/${own}/legal-questions`, {
      token: token.officer!,
      body: { legalIntent: 'WRITTEN_RECONSIDERATION' },
    });
    expect(wrong.status).toBe(422);
    const dispatch = await openTask('dispatch-demand', own);
    await api.call('post', `/tasks/${dispatch.task.id}/complete`, {
      token: dispatch.as,
      body: { hostDepartment: '341523-TAX2' },
    });
    const handling = await openTask('handle-demand', own);
    const review = { basis: '税收征收管理法第八条', explanation: '已经三次书面解释，仍要求免除法定义务。' };
    const proposed = await api.call('post', `/demands/${own}/unreasonable-review`, {
      token: handling.as,
      body: review,
    });
    expect(proposed).toMatchObject({ status: 202, body: { status: 'PENDING' } });
    const appeal = { token: token.officer!, body: { appealReason: '我不同意这个认定。' } };
    expect((await api.call('post', `/demands/${own}/unreasonable-appeal`, appeal)).status).toBe(409);
    const decision = await openTask('decide-unreasonable', own);
    await api.call('post', `/tasks/${decision.task.id}/complete`, {
      token: decision.as,
      body: { unreasonableDecision: 'UPHELD' },
    });
    expect((await api.call('post', `/demands/${own}/unreasonable-appeal`, appeal)).status).toBe(202);
    const body = {
      legalRoute: 'PETITION',
      reason: '诉求人已经在信访部门登记。',
      noticeMethod: 'PHONE',
      noticeContent: '已告知由信访工作部门答复。',
    };
    const diverted = await api.call('post', `/demands/${own}/legal-route`, { token: handling.as, body });
    expect(diverted).toMatchObject({ status: 202, body: { route: 'PETITION', status: 'REQUESTED' } });
    expect((await api.call('post', `/demands/${own}/legal-route`, { token: handling.as, body })).status).toBe(409);
    const ledger = await api.call('get', '/legal-routes?route=PETITION&state=open', { token: token.auditor! });
    expect(ledger.body).toMatchObject({ total: 1, items: [{ number: own, status: 'AWAITING_CONFIRMATION' }] });
    const items = await api.call('get', `/demands/${own}/legal-routes`, { token: token.auditor! });
    expect(items.body.items).toHaveLength(1);
  });

  test('R17, R19, R29: every way besides the straight one, and what was asked for so far', async () => {
    const post = async (of: string, path: string, as: string, body: object) => {
      const answer = await api.call('post', `/demands/${of}/${path}`, { token: as, body });
      expect({ path, status: answer.status, body: answer.body }).toMatchObject({
        status: path === 'split' ? 201 : 202,
      });
      return answer.body;
    };
    const registered = async (fields = {}) =>
      (await api.call('post', '/demands', { token: token.officer!, body: { ...DEMAND, ...fields } })).body.number;
    const go = async (of: string, formId: string, body: object) => {
      const { task, as } = await openTask(formId, of);
      await api.call('post', `/tasks/${task.id}/complete`, { token: as, body });
    };
    const dispatched = async () => {
      const of = await registered();
      await go(of, 'dispatch-demand', { hostDepartment: '341523-TAX2' });
      return of;
    };
    const [host, other, head] = await Promise.all(['zhaojingzhe', 'lulidong', 'xibailu'].map((who) => api.token(who)));
    const one = await dispatched();
    await post(one, 'contacts', host!, { contactMethod: 'PHONE', contactResult: 'REACHED', note: '已说明进度。' });
    await post(one, 'supplement-requests', host!, { what: '退房协议', purpose: '核对依据' });
    await post(one, 'supplements', token.officer!, { via: 'PHONE', content: '协议已经补来。' });
    await post(one, 'category', token.desk!, { category: 'ENFORCEMENT', tags: ['契税'], reason: '登记时选错类别。' });
    await post(one, 'redirection', token.desk!, { hostDepartment: '341523-TAX1', reason: '改由税政一股主办。' });
    await post(one, 'returns', other!, { basis: '按职责分工不属本股。', proposedDepartment: '341523-TAX2' });
    for (const [path, count] of [
      ['returns', 2],
      ['supplements', 1],
      ['deferrals', 0],
    ] as const)
      expect((await api.call('get', `/demands/${one}/${path}`, { token: token.auditor! })).body.items).toHaveLength(
        count,
      );

    const two = await dispatched();
    await post(two, 'deferrals', host!, {
      deferralCategory: 'SYSTEM_OPTIMISATION',
      deferralReason: '系统由省局统建，本局不能修改。',
      condition: '省局统建系统新版上线。',
      reviewDate: '2027-01-08',
      responsible: 'zhaojingzhe',
      interimAnswer: '您的建议已经记录，条件成熟时办理。',
      interimMethod: 'PHONE',
    });
    await go(two, 'approve-deferral', { deferralDecision: 'APPROVED' });
    await post(two, 'deferral-reports', host!, { reportedTo: '市局信息中心', reportContent: '请协调排期。' });
    const ledger = await api.call('get', '/deferrals', { token: token.auditor! });
    expect(ledger.body).toMatchObject({ total: 1, items: [{ number: two, reviewDate: '2027-01-08', missed: false }] });
    const asked = await api.call('get', `/demands/${two}/deferrals`, { token: token.auditor! });
    expect(asked.body.items).toMatchObject([{ status: 'ACTIVE', reportedTo: '市局信息中心' }]);
    await post(two, 'resumption', host!, { conditionsMet: '省局已经上线新功能。' });
    await openTask('handle-demand', two);
    await post(two, 'reassignment', host!, { login: 'zhaojingzhe', reason: '由负责人自己办。' });

    const three = await registered();
    await openTask('dispatch-demand', three);
    await post(three, 'merge', token.desk!, { mainNumber: two, sameMatter: true });
    const four = await registered();
    await openTask('dispatch-demand', four);
    await post(four, 'split', token.desk!, {
      parts: [
        { title: '契税退税', category: 'POLICY', hostDepartment: '341523-TAX2' },
        { title: '申请复议', category: 'LEGAL_REMEDY', legalIntent: 'ORAL_RECONSIDERATION' },
      ],
    });

    await go(two, 'handle-demand', answersTo({ formId: 'handle-demand' } as never, {} as never));
    await go(two, 'give-feedback', answersTo({ formId: 'give-feedback' } as never, {} as never));
    await go(two, 'conduct-return-visit', answersTo({ formId: 'conduct-return-visit' } as never, {} as never));
    await go(two, 'write-off', { checked: true });
    await post(two, 'write-off-revocation', head!, { reason: '附件还没有核对，销号有误。' });
    await go(two, 'write-off', { checked: true });
    await post(two, 'reopening', token.desk!, {
      reason: '诉求人来电说没有到账。',
      hostDepartment: '341523-TAX1',
      requirement: '核实退库情况并答复。',
    });
  });

  test('co-departments, questions, progress, other bodies, and the levels', async () => {
    const made = await api.call('post', '/demands', { token: token.officer!, body: { ...DEMAND, tags: ['契税'] } });
    const { number: own } = made.body;
    const dispatch = await openTask('dispatch-demand', own);
    await api.call('post', `/tasks/${dispatch.task.id}/complete`, {
      token: dispatch.as,
      body: { hostDepartment: '341523-TAX2' },
    });
    const host = await api.token('zhaojingzhe');
    const post = (path: string, body: object, as = host) =>
      api.call('post', `/demands/${own}/${path}`, { token: as, body });
    const told = { noticeMethod: 'PHONE', noticeAt: '2026-11-23T09:00:00+08:00', noticeContent: '已电话告知诉求人。' };
    const passed = { reason: '口径要由上级统一。', workDone: '已核对资料。', ...told };

    const part = { department: '341523-REV', reason: '要核对退库情况。' };
    expect(await post('co-departments', part)).toMatchObject({ status: 201, body: { status: 'HANDLING' } });
    expect(await post('co-departments', part)).toMatchObject({ status: 422 });
    const question = { department: '341523-REV', question: '退库回单到了没有？', replyBy: '2026-11-24' };
    const asked = await post('co-questions', question);
    expect(asked.status).toBe(201);
    const answer = { questionId: asked.body.id, answer: '回单已到，今日入账。' };
    expect((await post('co-questions/answer', answer, await api.token('sunhanlu'))).status).toBe(201);
    const released = await post('co-departments/release', { department: '341523-REV', reason: '已经答复，不用再办。' });
    expect(released.status).toBe(201);
    const sent = {
      unitKind: 'OUTSIDE',
      unitName: '县人社局',
      documentNumber: '税函〔2026〕1 号',
      sentOn: '2026-11-23',
      matter: '请核对缴费记录。',
      sharedFields: ['title'],
      followUpOn: '2026-11-25',
    };
    expect((await post('external-steps', sent)).status).toBe(201);
    const { noticeAt: _at, ...explained } = told;
    await post('extensions', {
      requestedDueDate: '2026-12-03',
      reasonType: 'EXTERNAL_UNIT',
      reason: '等待外单位函复。',
      ...explained,
    });
    const approval = await openTask('approve-extension', own);
    await api.call('post', `/tasks/${approval.task.id}/complete`, {
      token: approval.as,
      body: answersTo(approval.task, {} as never),
    });
    expect((await post('progress-notices', told)).status).toBe(201);

    const up = { toDepartment: '341500-PBT', ...passed };
    expect(await post('level-shifts/up', up)).toMatchObject({ status: 201, body: { status: 'REPORTED_UP' } });
    const city = await api.token('chuxiaohan');
    const back = { guidance: '按退房退契税的规定办理。', ...passed };
    expect(await post('level-shifts/back', back, city)).toMatchObject({ status: 201, body: { status: 'SENT_DOWN' } });
    expect((await post('level-shifts/up', up)).status).toBe(201);
    const down = { toDepartment: '341523-TAX2', coDepartments: [], ...passed };
    expect((await post('level-shifts/down', down, city)).status).toBe(201);
    const { body } = await api.call('get', `/demands/${own}/handling`, { token: token.auditor! });
    expect(body.levelShifts.map((shift: any) => shift.direction)).toEqual(['UP', 'BACK', 'UP', 'DOWN']);
    expect(body.externalSteps).toMatchObject([{ status: 'CLOSED' }]);
    expect(body.coHandlings).toMatchObject([{ status: 'RELEASED' }]);
  });

  test('extension and withdrawal', async () => {
    const { as } = await openTask('handle-demand');
    const asked = await api.call('post', `/demands/${number}/extensions`, {
      token: as,
      body: { requestedDueDate: '2026-12-03', reasonType: 'COMPLEX_CASE', reason: '需要实地核查，一时办不完。' },
    });
    expect(asked).toMatchObject({ status: 201, body: { status: 'PENDING', requestedTotalWorkingDays: 8 } });
    const approval = await openTask('approve-extension');
    await api.call('post', `/tasks/${approval.task.id}/complete`, {
      token: approval.as,
      body: answersTo(approval.task, {} as never),
    });
    const { body } = await api.call('get', `/demands/${number}/extensions`, { token: token.auditor! });
    expect(body.items).toMatchObject([{ status: 'APPROVED', decidedBy: PEOPLE.leader }]);
    const withdrawn = await api.call('post', `/demands/${number}/withdrawal`, {
      token: token.officer!,
      body: { withdrawalMethod: 'PHONE', withdrawalReason: '问题已经自行解决，不再反映。' },
    });
    expect(withdrawn.status).toBe(202);
    expect((await api.call('get', `/demands/${number}`, { token: token.auditor! })).body.status).toBe('WITHDRAWN');
  });

  test('R30: a card by hand, in the list, on the demand', async () => {
    const made = await api.call('post', '/demands', { token: token.officer!, body: DEMAND });
    const dispatch = await openTask('dispatch-demand', made.body.number);
    const to = answersTo(dispatch.task, { expected: { hostDepartment: '341523-TAX2' } } as never);
    await api.call('post', `/tasks/${dispatch.task.id}/complete`, { token: dispatch.as, body: to });
    const card = await api.call('post', `/demands/${made.body.number}/supervision`, {
      token: token.desk!,
      body: { level: 'YELLOW', reason: '两次来电没有人联系', requirement: '今天联系诉求人' },
    });
    expect(card).toMatchObject({ status: 201, body: { level: 'YELLOW', status: 'ISSUED' } });
    for (const path of ['/supervision?level=YELLOW', `/demands/${made.body.number}/supervision`])
      expect((await api.call('get', path, { token: token.desk! })).body.items).toMatchObject([
        { number: card.body.number },
      ]);
  });

  test('files are sent first, then named by the form they belong to', async () => {
    const upload = (name: string, content: string, token: string) => {
      const form = new FormData();
      form.set('file', new Blob([content]), name);
      return api.call('post', '/attachments', { token, form });
    };
    const pdf = '%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n';
    const { body: file } = await upload('回单.pdf', pdf, token.officer!);
    expect(file).toMatchObject({ name: '回单.pdf', size: pdf.length, attachedAt: null });
    const wrong = await upload('程序.pdf', 'MZ'.padEnd(300, 'x'), token.officer!);
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/file' }] } });
    expect(wrong.body.errors[0].detail).toContain('“程序.pdf”不能上传');

    // Somebody else's upload cannot be named.
    const stolen = await api.call('post', '/demands', {
      token: token.desk!,
      body: { ...DEMAND, attachments: [file.id] },
    });
    expect(stolen).toMatchObject({ status: 422, body: { errors: [{ pointer: '/attachments' }] } });
    const made = await api.call('post', '/demands', {
      token: token.officer!,
      body: { ...DEMAND, attachments: [file.id] },
    });
    const { body } = await api.call('get', `/demands/${made.body.number}/attachments`, { token: token.desk! });
    expect(body.items).toMatchObject([{ id: file.id, sha256: file.sha256, uploadedBy: PEOPLE.officer }]);
    const content = await api.call('get', `/attachments/${file.id}/content`, { token: token.desk! });
    expect(content.headers.get('content-length')).toBe(String(pdf.length));
    const elsewhere = await api.token('jiangyushui');
    expect((await api.call('get', `/attachments/${file.id}/content`, { token: elsewhere })).status).toBe(404);
    expect((await api.call('post', '/attachments', { token: token.officer!, body: { file: 'x' } })).body.reason).toBe(
      'unsupported-media-type',
    );
  });

  test('R31: the register of requests about personal data, and what retention takes next', async () => {
    const { desk, auditor, officer } = token as Record<string, string>;
    const asked = {
      kind: 'DELETE',
      requester: '曹某某',
      contact: '199-0000-0021',
      demand: number.toLowerCase(),
      receivedVia: 'WINDOW',
      content: '请删除，回电 199-0000-0021。',
    };
    const send = (body: object, as = desk!) => api.call('post', '/privacy-requests', { token: as, body });
    expect(await send({ ...asked, kind: 'FORGET', contact: ' ' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/kind' }, { pointer: '/contact' }] },
    });
    expect(await send({ ...asked, demand: 'LASQ-1' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/demand' }] },
    });
    expect(await send({ ...asked, phone: '1' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/phone' }] },
    });
    expect((await send(asked, officer!)).status).toBe(403);
    const made = await send(asked);
    expect(made).toMatchObject({
      status: 201,
      body: {
        number: 'GRXX-341523-2026-0001',
        demand: number,
        status: 'OPEN',
        replyBy: '2026-12-14',
        contact: '199-0000-0021',
      },
    });
    const listed = await api.call('get', '/privacy-requests?status=OPEN', { token: auditor! });
    expect(listed.body.items).toMatchObject([
      { requester: '曹**', contact: '199****0021', content: '请删除，回电 199****0021。', demand: number },
    ]);
    const one = `/privacy-requests/${made.body.id}`;
    expect((await api.call('get', one, { token: desk! })).body).toMatchObject({ requester: '曹某某' });
    const elsewhere = await api.token((await house.house.directory()).usersWithRole('341522', 'DEMAND_DESK')[0]!.login);
    expect((await api.call('get', one, { token: elsewhere })).status).toBe(404);
    const answer = (body: object, as = desk!) => api.call('post', `${one}/answer`, { token: as, body });
    expect((await answer({ result: 'GRANTED', answer: '已删除。' }, elsewhere)).status).toBe(404);
    // The demand is still at work: nothing is taken out of it.
    expect(await answer({ result: 'GRANTED', answer: '已删除。' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/result' }] },
    });
    const done = await answer({ result: 'REFUSED', answer: '还在办理，销号后再删。' });
    expect(done.body).toMatchObject({ status: 'ANSWERED', result: 'REFUSED' });
    expect(await answer({ result: 'REFUSED', answer: '再答一次。' })).toMatchObject({ status: 409 });
    const outlook = await api.call('get', '/retention', { token: desk! });
    expect(outlook.body).toEqual({ years: 3, due: 0, done: 0, soon: [] });
  });

  test('R29, R30: voided, urged, assigned, and the messages of it', async () => {
    const { desk, officer } = token as Record<string, string>;
    const { body: made } = await api.call('post', '/demands', { token: officer!, body: DEMAND });
    const dispatch = await openTask('dispatch-demand', made.number);
    await api.call('post', `/tasks/${dispatch.task.id}/complete`, {
      token: dispatch.as,
      body: { hostDepartment: '341523-TAX2' },
    });
    const { task } = await openTask('handle-demand', made.number);
    const urge = (body: object, as = desk!) => api.call('post', `/tasks/${task.id}/urge`, { token: as, body });
    expect(await urge({ words: '快' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/words' }] } });
    expect((await urge({}, officer!)).status).toBe(403);
    expect((await urge({ content: '今天联系诉求人。' })).body).toMatchObject({ id: task.id });
    expect(await urge({})).toMatchObject({ status: 409, body: { reason: 'urged-today' } });
    const host = await api.token(task.assignee ?? task.candidates[0]);
    const { body: inbox } = await api.call('get', '/inbox', { token: host });
    expect(inbox.items).toContainEqual(expect.objectContaining({ kind: 'URGE', readAt: null }));
    expect((await api.call('post', '/inbox/read', { token: host })).status).toBe(204);
    const { body: read } = await api.call('get', '/inbox', { token: host });
    expect(read.items.filter((item: any) => item.readAt === null)).toEqual([]);
    const assign = (body: object, as = desk!) => api.call('post', `/tasks/${task.id}/assign`, { token: as, body });
    expect(await assign({ login: 'zhaojingzhe' })).toMatchObject({ status: 409, body: { reason: 'task-has-people' } });
    expect((await assign({ login: 'zhaojingzhe' }, officer!)).status).toBe(403);
    await house.house.sql.query(
      `update task set unassignable = true, assignee = null, candidates = '{}' where id = $1`,
      [task.id],
    );
    expect(await assign({ login: 'nobody' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/login' }] } });
    expect((await assign({ login: 'zhaojingzhe' })).body).toMatchObject({ assignee: 'zhaojingzhe' });
    const voiding = (body: object, as = desk!) =>
      api.call('post', `/demands/${made.number}/voiding`, { token: as, body });
    expect(await voiding({ reason: '错' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/reason' }] } });
    expect((await voiding({ reason: '录错单位。' }, officer!)).status).toBe(403);
    expect((await voiding({ reason: '录错单位。' })).body).toMatchObject({ status: 'VOIDED', statusTitle: '已作废' });
    expect((await voiding({ reason: '录错单位。' })).status).toBe(409);
  });

  test('R8: digests of the ledger are subscribed to and ended by their owner', async () => {
    const { desk, leader } = token as Record<string, string>;
    const send = (body: object) => api.call('post', '/subscriptions', { token: desk!, body });
    expect(await send({ name: '临期', conditions: { colour: 'red', q: 7 } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/conditions/colour' }, { pointer: '/conditions/q' }] },
    });
    expect(await send({ name: '临期', conditions: { from: 'soon' } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/conditions/from' }] },
    });
    expect(await send({ name: ' ' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/name' }] } });
    const made = await send({ name: '政策在办', conditions: { state: 'open', category: 'POLICY' } });
    expect(made).toMatchObject({ status: 201, body: { conditions: { state: 'open', category: 'POLICY' } } });
    expect((await send({ name: '政策在办' })).status).toBe(422);
    for (let n = 1; n < 10; n += 1) expect((await send({ name: `日报${n}` })).status).toBe(201);
    expect((await send({ name: '第十一份' })).status).toBe(409);
    const mine = await api.call('get', '/subscriptions', { token: desk! });
    expect(mine.body.items).toHaveLength(10);
    expect((await api.call('get', '/subscriptions', { token: leader! })).body.items).toEqual([]);
    const one = `/subscriptions/${made.body.id}`;
    expect((await api.call('delete', one, { token: leader! })).status).toBe(404);
    expect((await api.call('delete', one, { token: desk! })).status).toBe(204);
    expect((await api.call('delete', one, { token: desk! })).status).toBe(404);
  });

  test('R26, R30: a bulletin from its frozen numbers, with those of a year before, to publication and correction', async () => {
    const { desk, leader, officer } = token as Record<string, string>;
    const year = await api.call('get', '/statistics?period=2026-11&compare=year', { token: desk! });
    expect(year.body.registeredYearBefore).toBe(0);
    expect(year.body.indicators[0]).toMatchObject({ yearBefore: { all: { counted: 0 }, net: { counted: 0 } } });
    const send = (path: string, body: object = {}, as = desk!) =>
      api.call('post', `/bulletins${path}`, { token: as, body });
    expect(await send('', { period: 'soon' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/period' }] },
    });
    expect((await send('', { period: '2026-11' }, officer!)).status).toBe(403);
    const made = await send('', { period: '2026-11' });
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'DRAFT', numbers: { intakeYearBefore: { registered: 0 } } },
    });
    // What is restricted is in the desk's numbers, and in nobody else's and no bulletin's.
    const leaders = await api.call('get', '/statistics?period=2026-11', { token: leader! });
    expect(made.body.numbers.intake.registered).toBe(leaders.body.registered);
    expect(year.body.registered).toBeGreaterThan(leaders.body.registered);
    expect(made.body.sections[0].paragraphs[0].text).toContain('去年同期 0 件');
    expect((await send('', { period: '2026-11' })).status).toBe(409);
    const { id } = made.body;
    expect(await send(`/${id}/draft`, { texts: [], colour: 1 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/texts' }, { pointer: '/colour' }] },
    });
    const drafted = await send(`/${id}/draft`, {
      title: '十一月通报',
      texts: { '5.9': '' },
      revision: made.body.revision,
    });
    expect(drafted.body.title).toBe('十一月通报');
    expect((await send(`/${id}/draft`, { title: '晚了', revision: made.body.revision })).status).toBe(409);
    await send(`/${id}/refetch`);
    expect((await send(`/${id}/submit`)).body.status).toBe('IN_REVIEW');
    expect((await send(`/${id}/sign`)).status).toBe(403);
    expect((await send(`/${id}/return`, { opinion: '第二段写清楚。' }, leader!)).body).toMatchObject({
      status: 'DRAFT',
      opinion: '第二段写清楚。',
    });
    await send(`/${id}/submit`);
    expect((await send(`/${id}/sign`, {}, leader!)).body).toMatchObject({
      status: 'SIGNED',
      textHash: expect.any(String),
    });
    expect((await send(`/${id}/publish`, { bureaus: ['341523'] })).body.status).toBe('PUBLISHED');
    expect((await api.call('get', `/bulletins/${id}`, { token: leader! })).body.publishedTo).toEqual(['341523']);
    const corrected = await send(`/${id}/correct`, { reason: '受理件漏了一件，予以更正。' });
    expect(corrected.body).toMatchObject({ status: 'DRAFT', version: 2, corrects: id });
    expect((await send(`/${id}/archive`)).body.status).toBe('ARCHIVED');
    const elsewhere = await api.token((await house.house.directory()).usersWithRole('341522', 'DEMAND_DESK')[0]!.login);
    expect((await api.call('get', `/bulletins/${corrected.body.id}`, { token: elsewhere })).status).toBe(404);
    expect((await api.call('get', '/bulletins', { token: desk! })).body.items).toHaveLength(2);
  });

  test('nothing was left out', () => {
    const successes = apiRoutes(house.house).flatMap((route) =>
      Object.keys(route.answers).map((status) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')} ${status}`),
    );
    expect(successes.filter((name) => !api.seen.has(name))).toEqual([]);
  });
});

describe('tokens', () => {
  test('a narrowed token may do what it was made for and nothing else', async () => {
    const narrow = await api.token(PEOPLE.officer, ['demand.register']);
    expect((await api.call('post', '/demands', { token: narrow, body: DEMAND })).status).toBe(201);
    const refused = await api.call('get', '/demands', { token: narrow });
    expect(refused).toMatchObject({ status: 403, body: { reason: 'permission' } });
    expect(refused.body.detail).toContain('这个访问令牌没有');
  });

  test.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['a token of nobody', { authorization: 'Bearer sy_unknown' }],
    ['another scheme', { authorization: 'Basic cGVuZ3Fpbmc6eA==' }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('%s is answered with 401', async (_what, headers) => {
    const answer = await api.call('get', '/me', { headers });
    expect(answer).toMatchObject({ status: 401, body: { code: 'Unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('the cookie of a session opens nothing here, even beside another Authorization', async () => {
    const signedIn = await fetch(`${house.address}/login`, { redirect: 'manual' });
    const page = await signedIn.text();
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)![1]!;
    const answer = await fetch(`${house.address}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: signedIn.headers.getSetCookie().join('; '),
      },
      body: new URLSearchParams({ _csrf: csrf, login: PEOPLE.officer, password: 'suying-demo-2026' }),
    });
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    expect(cookie).toContain('suying_session=');
    expect((await api.call('get', '/me', { headers: { cookie } })).status).toBe(401);
    expect((await api.call('get', '/me', { headers: { cookie, authorization: 'Basic x' } })).status).toBe(401);
  });
});
