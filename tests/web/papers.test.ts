import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Walk, walk } from '../support/walk.ts';

const PERSON = {
  taxpayerName: '曹𠮷旺',
  taxpayerType: 'NATURAL_PERSON',
  contactPhone: '199-0000-0021',
  contactPerson: undefined,
};
/** Where the PDFs are kept to be looked at. */
const KEEP = process.env.KEEP_PAPERS;

let house: TestHouse;
let demand: Walk;
let desk: Follower;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:12:00+08:00');
  demand = await walk(house, PERSON);
  await demand.complete('dispatch-demand');
  desk = await Follower.signedIn(house, 'fandongzhi');
}, 120_000);
afterAll(() => house?.stop());

const path = (doc: string, of: Walk = demand) => `/demands/${of.number}/print/${doc}`;
/** Previews and prints; the page that follows is the paper. */
async function print(person: Follower, doc: string, fields: Record<string, string> = {}, of: Walk = demand) {
  await person.get(path(doc, of));
  return person.post(path(doc, of), fields);
}
const codeOn = (page: Follower) => /核验码 ([0-9A-F]{4}-[0-9A-F]{4})/.exec(page.text)![1]!;
const numberOn = (page: Follower) => Number(/〔2026〕第 (\d+) 号/.exec(page.text)?.[1]);
async function pdf(person: Follower, name: string) {
  const answer = await person.bytes(`${person.page.path}/pdf`);
  expect([answer.status, answer.type]).toEqual([200, 'application/pdf']);
  if (KEEP) {
    mkdirSync(KEEP, { recursive: true });
    writeFileSync(join(KEEP, `${name}.pdf`), answer.bytes);
  }
  return answer.bytes;
}

describe('papers of a demand', () => {
  test('the list says what can be printed and why the rest cannot', async () => {
    await desk.get(`/demands/${demand.number}/print`);
    expect(desk.text).toMatch(
      /承办单 延期审批单 此件没有申请过延期.* 受理告知书 转办告知书 延期告知书 此件没有批准的延期/,
    );
    expect(desk.text).toMatch(/催办通知书 此件没有逾期，不制发催办、督办文书/);
    expect(desk.text).toContain('此件还没有打印过文书。');
  });

  test('a preview keeps nothing: no number, no record', async () => {
    const before = (await demand.events()).length;
    await desk.get(path('acceptance-notice'));
    expect(desk.page.status).toBe(200);
    expect(desk.text).toMatch(/受理告知〔2026〕第 　? ?号/);
    expect(desk.text).toContain('曹**：');
    expect(desk.text).toContain('预览，没有打印');
    expect(await demand.events()).toHaveLength(before);
  });

  test('printing gives number and code, is in the history, and says nothing of the matter', async () => {
    await print(desk, 'acceptance-notice');
    expect(desk.text).toMatch(
      /编号 LASQ-341523-20261123-0001 打印人 范冬至 2026年11月23日 \d\d:\d\d 核验码 [0-9A-F]{4}-[0-9A-F]{4}/,
    );
    expect(numberOn(desk)).toBe(1);
    expect(desk.text).not.toContain('契税退税一个半月');
    expect(desk.text).not.toContain('0021');
    const printed = (await demand.events()).filter((event) => event.type === 'paper.printed');
    expect(printed.map((event) => event.payload)).toMatchObject([
      { paper: 'acceptance-notice', numbered: '受理告知〔2026〕第 1 号', fullNames: false },
    ]);
    const auditor = await Follower.signedIn(house, 'weidashu');
    await auditor.get(`/audit/verify?number=${demand.number}&code=${codeOn(desk)}`);
    expect(auditor.text).toMatch(/与.*(现在|最新|一致)/);
  });

  test('a paper printed before is verified as of then, a made-up code is not', async () => {
    await print(desk, 'handling-sheet');
    const code = codeOn(desk);
    await print(desk, 'transfer-notice');
    const auditor = await Follower.signedIn(house, 'weidashu');
    await auditor.get(`/audit/verify?number=${demand.number}&code=${code}`);
    const earlier = auditor.text;
    await auditor.get(`/audit/verify?number=${demand.number}&code=0000-0000`);
    expect(auditor.text).not.toBe(earlier);
    expect(earlier).toMatch(/2026年11月23日 \d\d:\d\d/);
  });

  test('numbers per bureau and kind have no gap and none comes twice, however many print; a reprint keeps its number', async () => {
    const others: Walk[] = [];
    for (let n = 0; n < 4; n += 1) others.push(await walk(house, PERSON));
    const people = await Promise.all(others.map(() => Follower.signedIn(house, 'fandongzhi')));
    await Promise.all(people.map((person, index) => print(person, 'acceptance-notice', {}, others[index]!)));
    expect(people.map(numberOn).sort()).toEqual([2, 3, 4, 5]);
    await print(desk, 'acceptance-notice');
    expect(numberOn(desk)).toBe(1);
    // The same paper by two people at the same moment is one number.
    const twice = await walk(house, PERSON);
    const pair = await Promise.all([0, 1].map(() => Follower.signedIn(house, 'fandongzhi')));
    await Promise.all(pair.map((person) => print(person, 'acceptance-notice', {}, twice)));
    expect(pair.map(numberOn)).toEqual([6, 6]);
  });

  test('names in full need a reason, are logged and watermarked, and end with the reveal', async () => {
    await print(desk, 'handling-sheet', { names: 'full' });
    expect([desk.page.status, desk.text]).toEqual([422, expect.stringContaining('还没选“事由”。')]);
    expect(desk.text).not.toContain('曹𠮷旺');
    await print(desk, 'handling-sheet', { names: 'full', reason: 'CONTACT' });
    expect(desk.text).toContain('曹𠮷旺');
    expect(desk.text).toContain('199-0000-0021');
    expect(desk.text).toMatch(/含完整信息 范冬至/);
    const own = desk.page.path;
    expect((await demand.events()).filter((event) => event.type === 'demand.revealed')).toHaveLength(2);
    const colleague = await Follower.signedIn(house, 'xibailu');
    await colleague.get(own);
    expect(colleague.text).not.toContain('曹𠮷旺');
    await house.moveTo(new Date(+house.clock.now() + 11 * 60_000));
    await desk.get(own);
    expect(desk.text).not.toContain('曹𠮷旺');
    expect(desk.text).toContain('显示时间已过');
  });

  test('who may print what: the desk no receipt, another bureau nothing, guards of the system nothing', async () => {
    expect((await desk.get(path('receipt'))).status).toBe(404);
    const strangers = await Follower.signedIn(house, 'jinqingming');
    expect((await strangers.get(path('handling-sheet'))).status).toBe(403);
    const handler = await Follower.signedIn(house, 'zhaojingzhe');
    expect((await handler.get(path('handling-sheet'))).status).toBe(200);
    expect((await handler.get(path('urging-notice'))).status).toBe(403);
    expect((await desk.get(path('no-such-paper'))).status).toBe(404);
    await desk.get(`/demands/${demand.number}`);
    expect((await desk.post(path('extension-notice'), {})).status).toBe(409);
  });
});

describe('every paper, as page and as PDF', () => {
  test('R18: application and decision of an extension, and the letter', async () => {
    await (await demand.host()).post(`/demands/${demand.number}/extensions`, {
      requestedDueDate: '2026-12-04',
      reasonType: 'EXTERNAL_UNIT',
      reason: '等国库退库回单。',
      noticeMethod: 'PHONE',
      noticeContent: '需等国库退库回单',
    });
    await demand.complete('approve-extension', { extensionDecision: 'APPROVED', opinion: '同意，请抓紧。' });
    await print(desk, 'extension-sheet');
    expect(desk.text).toMatch(/原期限 2026年11月30日 17:30 申请期限 2026年12月4日 合计工作日 9 个 上限 10 个工作日/);
    expect(desk.text).toMatch(/分管局领导意见 同意延期。同意，请抓紧。 签名 潘立春/);
    await pdf(desk, 'extension-sheet');
    await print(desk, 'extension-notice');
    expect(desk.text).toMatch(/因.*国库退库回单，经我局分管局领导批准，办理期限延长至2026年12月4日/);
    await pdf(desk, 'extension-notice');
  });

  test('R14: acceptance, transfer and the handling sheet', async () => {
    for (const doc of ['handling-sheet', 'acceptance-notice', 'transfer-notice']) {
      await print(desk, doc);
      const bytes = await pdf(desk, doc);
      expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
      // Only the used characters of the font are in it.
      expect(bytes.length).toBeLessThan(300_000);
    }
    await print(desk, 'handling-sheet', { names: 'full', reason: 'CONTACT' });
    await pdf(desk, 'handling-sheet-full');
  });

  test('the PDF says what the page says, with the foot on every page', async () => {
    await print(desk, 'acceptance-notice');
    const code = codeOn(desk);
    const bytes = await pdf(desk, 'acceptance-notice');
    const folder = mkdtempSync(join(tmpdir(), 'paper-'));
    try {
      const file = join(folder, 'p.pdf');
      writeFileSync(file, bytes);
      let text: string;
      try {
        text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }).replaceAll(/\s+/g, '');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        console.warn('pdftotext is not on this machine: the text of the PDF was not read');
        return;
      }
      expect(text).toContain('诉求受理告知书受理告知〔2026〕第1号');
      expect(text).toContain(`核验码${code}`);
      expect(text).toContain('第1/1页');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the receipt is half a sheet for the officer alone', async () => {
    const officer = await Follower.signedIn(house, house.stage.registrar('341523'));
    await print(officer, 'receipt');
    expect(officer.text).toMatch(/诉求受理回执 编号 LASQ-341523-20261123-0001 查询码 [2-9A-Z-]{14}/);
    await pdf(officer, 'receipt');
  });

  test('R30: urging from the first day past due, supervision from the days of the parameter', async () => {
    await house.moveTo('2026-12-07T09:00:00+08:00');
    desk = await Follower.signedIn(house, 'fandongzhi');
    await desk.get(path('supervision-notice'));
    expect(desk.text).toContain('满 3 个工作日起制发督办通知书；现在可以制发催办通知书。');
    await print(desk, 'urging-notice');
    expect(desk.text).toMatch(/国家税务总局舒城县税务局 催办〔2026〕第 1 号 催办通知书 税政二股：/);
    expect(desk.text).toMatch(/应于 2026年12月4日 17:30 前办结，已逾期 1 个工作日。/);
    expect(desk.text).toMatch(/抄报：潘立春/);
    await pdf(desk, 'urging-notice');
    await house.moveTo('2026-12-09T10:00:00+08:00');
    desk = await Follower.signedIn(house, 'fandongzhi');
    await print(desk, 'supervision-notice');
    expect(desk.text).toMatch(/督办级别：红牌督办（逾期满 3 个工作日）。/);
    expect(desk.text).toMatch(/抄送：潘立春、纪检组 .*督办回执 件号/);
    await pdf(desk, 'supervision-notice');
  });

  test('R20: the notice of reconsideration says what was told when the route was confirmed', async () => {
    const questions = {
      legalIntent: 'ORAL_RECONSIDERATION',
      actionDocument: '税罚〔2026〕18 号',
      actionOrgCode: '341523',
      knownAt: '2026-12-01',
    };
    const legal = await walk(house, {
      ...PERSON,
      category: 'LEGAL_REMEDY',
      content: '税务局以逾期申报为由罚款2000元，我不服，要申请行政复议，请问向哪里申请？',
      tags: [],
      legalIntent: 'ORAL_RECONSIDERATION',
      actionOrgCode: '341523',
    });
    await legal.complete('confirm-legal-route', {
      legalDecision: 'TRANSFER',
      legalRoute: 'RECONSIDERATION',
      ...questions,
      noticeMethod: 'PHONE',
      noticeContent: '您反映的事情依法应通过行政复议办理，已经转六安市税务局法制科，不用重新提交。',
    });
    const { items } = await legal.auditor.get<{ items: { formId: string; completedBy: string | null }[] }>(
      `/demands/${legal.number}/tasks`,
    );
    const who = items.find((task) => task.formId === 'confirm-legal-route')!.completedBy!;
    const confirmer = await Follower.signedIn(house, who);
    await print(confirmer, 'route-notice', {}, legal);
    expect(confirmer.text).toMatch(/行政复议途径告知书 途径告知〔2026〕第 1 号/);
    expect(confirmer.text).toMatch(/申请期限到 2027年\d+月\d+日/);
    await pdf(confirmer, 'route-notice');
  });
});

describe('papers of demands that went another way', () => {
  const acceptance = async (of: Walk) => {
    await house.settle();
    await desk.get(path('acceptance-notice', of));
    return desk.text;
  };

  test('R12: the notice of acceptance of a demand answered on the spot promises no further answer', async () => {
    const spot = await walk(
      house,
      { ...PERSON, intakeChoice: 'ON_THE_SPOT', answerContent: '已说明申报入口。', answerBasis: '现行政策规定' },
      { department: '341523-HALL' },
    );
    const text = await acceptance(spot);
    expect(text).toContain('已当场答复');
    expect(text).not.toMatch(/个工作日内办结|最晚/);
  });

  test('R19: put aside: the notice of acceptance names no day, the handling sheet says what was told and by whom it is reviewed', async () => {
    const aside = await walk(house, PERSON);
    await aside.complete('dispatch-demand');
    const calendar = await house.house.calendar();
    const day = calendar.addWorkingDays(house.clock.now(), 30, '341523').dueDate;
    await (await aside.host()).post(`/demands/${aside.number}/extensions`, {
      requestedDueDate: calendar.addWorkingDays(house.clock.now(), 8, '341523').dueDate,
      reasonType: 'COMPLEX_CASE',
      reason: '等上级答复，一时办不完。',
      noticeMethod: 'PHONE',
      noticeContent: '已说明原因。',
    });
    await house.settle();
    await (await aside.host()).post(`/demands/${aside.number}/deferrals`, {
      deferralCategory: 'SYSTEM_OPTIMISATION',
      deferralReason: '系统由上级统一建设。',
      condition: '上级系统升级后办理。',
      reviewDate: day,
      responsible: (await house.house.directory()).usersInDepartment('341523-TAX2')[0]!.login,
      interimAnswer: '您的建议已经记录，条件成熟后办理。',
      interimMethod: 'PHONE',
    });
    await aside.complete('approve-deferral');
    const text = await acceptance(aside);
    expect(text).toContain('已详细记录，待条件成熟时解决');
    expect(text).not.toMatch(/个工作日内办结|最晚/);
    await desk.get(path('handling-sheet', aside));
    expect(desk.text).toMatch(/申请挂账 .*税政二股/);
    expect(desk.text).toMatch(/挂账 .*复核日/);
    expect(desk.text).toMatch(/办结期限 不计时（挂账/);
    // The extension nobody had decided was overtaken: the sheet does not wait for anybody.
    await desk.get(path('extension-sheet', aside));
    expect(desk.text).toMatch(/领导意见 已收回，没有审批。/);
  });

  test('R20: to be decided as a statutory route: the notice of acceptance says so instead of a day', async () => {
    const legal = await walk(house, {
      ...PERSON,
      category: 'LEGAL_REMEDY',
      content: '不服罚款决定，要申请行政复议，请问向哪里申请？',
      tags: [],
      legalIntent: 'ORAL_RECONSIDERATION',
      actionOrgCode: '341523',
    });
    const post = (await legal.open('confirm-legal-route')).candidates[0]!;
    const officer = await Follower.signedIn(house, post);
    await officer.get(path('acceptance-notice', legal));
    expect(officer.text).toContain('法定途径');
    expect(officer.text).not.toContain('个工作日内办结');
  });

  test('R21, R22: a joint handling: opinions of the co-handlers on the handling sheet, earlier extensions on the approval sheet', async () => {
    const joint = await walk(house, { ...PERSON, tags: ['契税', '退税到账'] });
    await joint.complete('dispatch-demand', { coDepartments: ['341523-REV'] });
    await joint.complete('give-co-opinion', { opinion: '国库已经退回，等入库。' });
    await desk.get(path('handling-sheet', joint));
    expect(desk.text).toMatch(/协办意见.*收入核算股 .*国库已经退回，等入库。/);
    const clock = await joint.clock('HANDLING');
    const days = (await house.house.calendar()).addWorkingDays(new Date(clock!.startsAt), 12, '341523').days;
    const later = days.filter((day) => day.count !== null).map((day) => day.date);
    for (const [until, reason] of [
      [later[7], '第一次：等国库回单。'],
      [later[8], '第二次：国库仍未退回。'],
    ]) {
      await (await joint.host()).post(`/demands/${joint.number}/extensions`, {
        requestedDueDate: until,
        reasonType: 'EXTERNAL_UNIT',
        reason,
        noticeMethod: 'PHONE',
        noticeContent: '已说明原因。',
      });
      await joint.complete('approve-extension', { extensionDecision: 'APPROVED', opinion: '同意。' });
    }
    await desk.get(path('extension-sheet', joint));
    expect(desk.text).toMatch(/以前的延期.*第一次：等国库回单。/);
    expect(desk.text).toMatch(/原因及材料 第二次：国库仍未退回。/);
    await desk.get(path('extension-notice', joint));
    expect(desk.text).toMatch(/经我局主要领导批准/);
    expect(desk.text).not.toContain('敬请');
  });

  test('R23: a demand that was reported up: both levels and the way between them are on the handling sheet', async () => {
    const up = await walk(house, PERSON);
    await up.complete('dispatch-demand');
    await (await up.host()).post(`/demands/${up.number}/level-shifts/up`, {
      toDepartment: '341500-PBT',
      reason: '口径需要全市统一。',
      workDone: '已核对来件资料。',
      noticeMethod: 'PHONE',
      noticeAt: house.clock.now().toISOString(),
      noticeContent: '已告知转市局办理。',
    });
    await desk.get(path('handling-sheet', up));
    expect(desk.text).toMatch(/移交上级或下级 .*税政二股 → .*财产和行为税科/);
    expect(desk.text).toContain('口径需要全市统一。');
  });
});

test('the style sheet of papers stays small', () => {
  expect(readFileSync('assets/styles/papers.css').length).toBeLessThan(6_000);
});
