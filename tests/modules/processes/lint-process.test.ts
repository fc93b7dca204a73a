import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkDiagram } from '../../../src/compose.ts';
import { loadForms } from '../../../src/modules/forms/index.ts';
import { type DesignFinding, lintProcess, type Surroundings } from '../../../src/modules/processes/index.ts';
import { variablesRead } from '../../../src/modules/processes/lint/index.ts';
import { jobHandlers } from '../../../src/workers/index.ts';
import { ruleSetIds } from '../../support/rules.ts';

const root = join(import.meta.dirname, '../../../processes');
const ids = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const xmlOf = (id: string) => readFileSync(join(root, id, `${id}.bpmn`), 'utf8');
const none = () => Promise.reject(new Error('not run here'));

let around: Surroundings;
beforeAll(async () => {
  around = {
    jobTypes: Object.keys(jobHandlers(none, none)),
    jobResults: {
      'open-handling': ['reviewRequired'],
      'form:conduct-return-visit': ['visitReached', 'visitSatisfied'],
    },
    messageVariables: {},
    ruleSets: ruleSetIds(),
    forms: await loadForms(root),
    processes: ids,
    given: (id) => (id === 'extension-approval' ? ['extensionId'] : []),
    group: (token) => (token === 'nobody' ? undefined : { emptyIn: token === 'tax-service' ? ['叶集区税务局'] : [] }),
    engineProblems: checkDiagram,
    expectedMessages: { 'demand-registered': ['deadline-warning', 'deadline-passed'] },
  };
});

/** A small process around what is between its start and its end. */
const model = (middle: string, extra = '') => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.5.0" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="draft" name="草稿" isExecutable="true">
    <bpmn:startEvent id="begin" name="开始"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="step" />
    ${middle}
    <bpmn:sequenceFlow id="f2" sourceRef="step" targetRef="done" />
    <bpmn:endEvent id="done" name="结束"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    ${extra}
  </bpmn:process>
</bpmn:definitions>`;
const ends = '<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>';
const service = (type: string, headers = '') =>
  model(
    `<bpmn:serviceTask id="step" name="办一步"><bpmn:extensionElements><zeebe:taskDefinition type="${type}" />${headers}</bpmn:extensionElements>${ends}</bpmn:serviceTask>`,
  );
const user = (inside: string) =>
  model(
    `<bpmn:userTask id="step" name="办一步"><bpmn:extensionElements>${inside}</bpmn:extensionElements>${ends}</bpmn:userTask>`,
  );
const waits = (kind: string, time: string) =>
  model(
    `<bpmn:intermediateCatchEvent id="step" name="等">${ends}<bpmn:timerEventDefinition id="timer"><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${time}</bpmn:${kind}></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>`,
  );
const calls = (process: string) =>
  model(
    `<bpmn:callActivity id="step" name="办一步"><bpmn:extensionElements><zeebe:calledElement processId="${process}" propagateAllChildVariables="false" /></bpmn:extensionElements>${ends}</bpmn:callActivity>`,
  );
const FORM = '<zeebe:formDefinition formKey="give-feedback" />';
const GROUP = '<zeebe:assignmentDefinition candidateGroups="host-department" />';

/** Without what is said of every model here: it has no picture. */
const besidesPicture = (findings: readonly DesignFinding[]) =>
  findings.filter((finding) => !/画在图上/.test(finding.what));

describe('the program’s own diagrams', () => {
  test.each(ids)('%s names nothing that is not there', async (id) => {
    const findings = await lintProcess(`${id}.bpmn`, xmlOf(id), around);
    expect(
      findings.filter(
        (finding) => ['syntax', 'engine', 'calendar'].includes(finding.group) && finding.severity === 'error',
      ),
    ).toEqual([]);
    expect(findings.filter((finding) => /没有(作业类型|规则集|表单|流程|选)/.test(finding.what))).toEqual([]);
  });

  test('a post that is empty somewhere is a warning at its element, with the bureau', async () => {
    const findings = await lintProcess('return-visit.bpmn', xmlOf('return-visit'), around);
    expect(findings.find((finding) => finding.place === 'conduct-return-visit')).toMatchObject({
      severity: 'warning',
      group: 'organisation',
      name: '电话回访',
      what: '岗位“tax-service”在叶集区税务局没有人',
    });
  });

  test('a diagram that no longer catches the deadlines is told so', async () => {
    const deaf = xmlOf('fast-response').replaceAll('name="deadline-passed"', 'name="something-else"');
    expect(await lintProcess('fast-response.bpmn', deaf, around)).toContainEqual(
      expect.objectContaining({ severity: 'error', group: 'calendar', what: '没有接住期限消息“deadline-passed”' }),
    );
  });
});

describe('faulty drafts', () => {
  test.each<[string, () => string, string, RegExp]>([
    ['a job nobody does', () => service('post-a-letter'), 'step', /没有作业类型“post-a-letter”/],
    [
      'a rule set that is not there',
      () =>
        service(
          'evaluate-rules',
          '<zeebe:taskHeaders><zeebe:header key="ruleSet" value="astrology" /></zeebe:taskHeaders>',
        ),
      'step',
      /没有规则集“astrology”/,
    ],
    ['no rule set chosen', () => service('evaluate-rules'), 'step', /没有选规则集/],
    ['no form', () => user(GROUP), 'step', /没有选表单/],
    [
      'a form that is not there',
      () => user(`<zeebe:formDefinition formKey="poem" />${GROUP}`),
      'step',
      /没有表单“poem”/,
    ],
    ['nobody to do it', () => user(FORM), 'step', /没有写由谁办理/],
    [
      'a post nobody knows',
      () => user(`${FORM}<zeebe:assignmentDefinition candidateGroups="nobody" />`),
      'step',
      /没有岗位“nobody”/,
    ],
    [
      'a result the form has not',
      () => user(`${FORM}${GROUP}<zeebe:taskHeaders><zeebe:header key="results" value="mood" /></zeebe:taskHeaders>`),
      'step',
      /结果“mood”在表单“.+”里没有/,
    ],
    [
      'a called process that is not there',
      () =>
        model(
          `<bpmn:callActivity id="step" name="办一步"><bpmn:extensionElements><zeebe:calledElement processId="nowhere" propagateAllChildVariables="false" /></bpmn:extensionElements>${ends}</bpmn:callActivity>`,
        ),
      'step',
      /没有流程“nowhere”/,
    ],
    [
      'what engines cannot run',
      () => model(`<bpmn:complexGateway id="step" name="复杂">${ends}</bpmn:complexGateway>`),
      'step',
      /复杂/,
    ],
    ['a step without a name', () => model(`<bpmn:manualTask id="step">${ends}</bpmn:manualTask>`), 'step', /没有名称/],
    [
      'a step nothing leads to',
      () =>
        model(
          `<bpmn:manualTask id="step" name="办一步">${ends}</bpmn:manualTask>`,
          '<bpmn:manualTask id="lost" name="失散" />',
        ),
      'lost',
      /没有连线|没有进线/,
    ],
    [
      'a circle nothing leads to',
      () =>
        model(
          `<bpmn:manualTask id="step" name="办一步">${ends}</bpmn:manualTask>`,
          `<bpmn:userTask id="one" name="甲"><bpmn:incoming>x2</bpmn:incoming><bpmn:outgoing>x1</bpmn:outgoing></bpmn:userTask><bpmn:userTask id="two" name="乙"><bpmn:incoming>x1</bpmn:incoming><bpmn:outgoing>x2</bpmn:outgoing></bpmn:userTask><bpmn:sequenceFlow id="x1" sourceRef="one" targetRef="two"/><bpmn:sequenceFlow id="x2" sourceRef="two" targetRef="one"/>`,
        ),
      'one',
      /从开始走不到这里/,
    ],
    [
      'a circle nobody gets out of',
      () =>
        model(
          `<bpmn:parallelGateway id="step" name="分">${ends}<bpmn:outgoing>x0</bpmn:outgoing></bpmn:parallelGateway>`,
          `<bpmn:userTask id="one" name="甲"><bpmn:incoming>x0</bpmn:incoming><bpmn:incoming>x2</bpmn:incoming><bpmn:outgoing>x1</bpmn:outgoing></bpmn:userTask><bpmn:userTask id="two" name="乙"><bpmn:incoming>x1</bpmn:incoming><bpmn:outgoing>x2</bpmn:outgoing></bpmn:userTask><bpmn:sequenceFlow id="x0" sourceRef="step" targetRef="one"/><bpmn:sequenceFlow id="x1" sourceRef="one" targetRef="two"/><bpmn:sequenceFlow id="x2" sourceRef="two" targetRef="one"/>`,
        ),
      'two',
      /从这里走不到结束/,
    ],
    ['a time that is none', () => waits('timeDuration', '五天'), 'step', /定时“五天”的写法有误/],
    ['a date that is none', () => waits('timeDate', '2026-13-01'), 'step', /定时“2026-13-01”的写法有误/],
    [
      'a call of itself without a pause',
      () => calls('draft'),
      'step',
      /不经过人工或等待就绕回来：办一步 → 开始 → 办一步/,
    ],
    [
      'settings of Camunda 7',
      () =>
        model(`<bpmn:manualTask id="step" name="办一步" c7:assignee="x">${ends}</bpmn:manualTask>`).replace(
          'xmlns:zeebe',
          'xmlns:c7="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe',
        ),
      '',
      /有 Camunda 7 的设置：c7:assignee/,
    ],
    [
      'text that is no XML, though a lenient reader takes it',
      () => model(`<bpmn:manualTask id="step" name="收 & 发">${ends}</bpmn:manualTask>`),
      '',
      /第 6 行有单独的“&”/,
    ],
    [
      'a part the reader passed over',
      () => model(`<bpmn:manualTask id="step" name=办一步>${ends}</bpmn:manualTask>`),
      '',
      /第 6 行有属性没有写对/,
    ],
    [
      'a setting written twice',
      () =>
        service(
          'transfer',
          '<zeebe:taskHeaders><zeebe:header key="a" value="1"/><zeebe:header key="a" value="2"/></zeebe:taskHeaders>',
        ),
      'step',
      /作业参数“a”写了两次/,
    ],
  ])('%s: said with place, reason and how to mend it', async (_name, xml, place, what) => {
    const findings = besidesPicture(await lintProcess('draft.bpmn', xml(), around)).filter((finding) =>
      what.test(finding.what),
    );
    expect(findings).toContainEqual(expect.objectContaining({ place, severity: 'error' }));
    for (const finding of findings) {
      expect(finding.why).toMatch(/[\u4e00-\u9fff]/);
      expect(finding.mend).toMatch(/[\u4e00-\u9fff]/);
    }
  });

  test('one problem is told once, in Chinese, whoever found it', async () => {
    const faulty = [
      waits('timeDuration', 'P5DT'),
      model(
        `<bpmn:intermediateCatchEvent id="step" name="等">${ends}<bpmn:timerEventDefinition id="timer" /></bpmn:intermediateCatchEvent>`,
      ),
      model(
        `<bpmn:intermediateCatchEvent id="step" name="等">${ends}<bpmn:messageEventDefinition id="m" /></bpmn:intermediateCatchEvent>`,
      ),
      model(`<bpmn:serviceTask id="step" name="办一步">${ends}</bpmn:serviceTask>`),
      model(`<bpmn:scriptTask id="step" name="算">${ends}</bpmn:scriptTask>`),
      model(`<bpmn:userTask id="step" name="办">${ends}<bpmn:multiInstanceLoopCharacteristics /></bpmn:userTask>`),
      service('transfer', '<zeebe:ioMapping><zeebe:input source="=1+" target="bad name" /></zeebe:ioMapping>'),
      calls('draft'),
    ];
    for (const xml of faulty) {
      const findings = besidesPicture(await lintProcess('draft.bpmn', xml, { ...around, processes: ['draft'] }));
      expect(findings.length).toBeGreaterThan(0);
      for (const { what, why, mend } of findings)
        for (const text of [what, why, mend]) expect(text).not.toMatch(/[A-Za-z]+ (of|must|not|is|value)\b/);
      const about = findings.map(
        (finding) =>
          `${finding.place} ${/定时|消息名称|关联键|作业类型|脚本|多实例|变量名|FEEL|表单|由谁|绕回/.exec(finding.what)?.[0]}`,
      );
      expect(about).toEqual([...new Set(about)]);
    }
  });

  test('calls that lead back to where they came from, with the way', async () => {
    const neighbours: Record<string, string[]> = { 'return-visit': ['handle-demand'], 'handle-demand': ['draft'] };
    const xml = calls('return-visit');
    const inCircle = await lintProcess('draft.bpmn', xml, { ...around, calls: (id) => neighbours[id] ?? [] });
    expect(inCircle).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        place: 'step',
        what: '流程调用成环：draft → return-visit → handle-demand → draft',
      }),
    );
    const straight = await lintProcess('draft.bpmn', xml, { ...around, calls: (id) => neighbours[id]?.slice(1) ?? [] });
    expect(straight.filter((finding) => /成环/.test(finding.what))).toEqual([]);
  });

  test('a step just drawn is told what it lacks once and in Chinese, by its kind while it has no name', async () => {
    const drawn = user('<zeebe:formDefinition />').replace(' name="办一步"', '');
    const findings = besidesPicture(await lintProcess('draft.bpmn', drawn, around));
    expect(findings.map(({ name, what }) => `${name}：${what}`).sort()).toEqual([
      '没有名称的人工任务：没有写由谁办理',
      '没有名称的人工任务：没有名称',
      '没有名称的人工任务：没有选表单',
    ]);
  });

  test('a condition on a variable nobody writes, at its flow', async () => {
    const xml = xmlOf('return-visit').replace('=visitSatisfied = true', '=visitorSatisfied = true');
    expect(await lintProcess('return-visit.bpmn', xml, around)).toContainEqual(
      expect.objectContaining({
        place: 'taxpayer-satisfied_satisfied',
        what: '条件用到的“visitorSatisfied”没有哪一步会写',
      }),
    );
  });

  test('what is no BPMN file is refused with its line', async () => {
    await expect(lintProcess('draft.bpmn', '<bpmn:definitions>', around)).rejects.toMatchObject({ code: 'Invalid' });
  });
});

describe('each fault is told once, as what it is, where it is', () => {
  /** A gateway with two ways, as given. */
  const split = (ways: string, attributes = '') =>
    model(
      `<bpmn:exclusiveGateway id="step" name="哪一种？" ${attributes}><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f3</bpmn:outgoing></bpmn:exclusiveGateway>`,
      `<bpmn:endEvent id="other" name="另一种"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>${ways}`,
    ).replace('<bpmn:sequenceFlow id="f2" sourceRef="step" targetRef="done" />', '');
  const when = (id: string, to: string, condition: string) =>
    `<bpmn:sequenceFlow id="${id}" name="${id}" sourceRef="step" targetRef="${to}"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${condition}</bpmn:conditionExpression></bpmn:sequenceFlow>`;
  const plain = (id: string, to: string) =>
    `<bpmn:sequenceFlow id="${id}" name="${id}" sourceRef="step" targetRef="${to}" />`;
  const waiting = (name: string) =>
    model(
      `<bpmn:intermediateCatchEvent id="step" name="等消息">${ends}<bpmn:messageEventDefinition id="d" messageRef="m" /></bpmn:intermediateCatchEvent>`,
    ).replace(
      '</bpmn:process>',
      `</bpmn:process><bpmn:message id="m" name="${name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=demandId" /></bpmn:extensionElements></bpmn:message>`,
    );
  const walked = (f2: number, f3: number, condition = '=demandId = null') => ({
    walked: async () =>
      new Map([
        ['f2', { taken: f2, condition }],
        ['f3', { taken: f3, condition: undefined }],
      ]),
  });
  const RARE = () => split(when('f2', 'done', '=demandId = null') + plain('f3', 'other'), 'default="f3"');

  test.each<[string, () => string, Partial<Surroundings>, [string, string, string] | undefined]>([
    [
      'no default way',
      () => split(when('f2', 'done', '=demandId = null') + when('f3', 'other', '=demandId != null')),
      {},
      ['error', 'step', '没有默认的路'],
    ],
    ['a default way', RARE, {}, undefined],
    ['a way history never took', RARE, walked(0, 60), ['warning', 'f2', '最近 60 次走到这里，这个条件没有一次成立']],
    ['a way history took once', RARE, walked(1, 60), undefined],
    ['a way few came by', RARE, walked(0, 12), undefined],
    ['a condition that is new', RARE, walked(0, 60, '=somethingElse'), undefined],
    [
      'a condition on what nobody writes',
      () => split(when('f2', 'done', '=mood = "bad"') + plain('f3', 'other'), 'default="f3"'),
      {},
      ['error', 'f2', '条件用到的“mood”没有哪一步会写'],
    ],
    [
      'a message nobody sends',
      () => waiting('godot'),
      { sentMessages: ['demand-withdrawn'] },
      ['error', 'step', '没有谁会发出消息“godot”'],
    ],
    ['a message of the house', () => waiting('demand-withdrawn'), { sentMessages: ['demand-withdrawn'] }, undefined],
    [
      'a form whose fields nobody reads',
      () => user(`<zeebe:formDefinition formKey="acknowledge-supervision" />${GROUP}`),
      { formHasEffect: () => false },
      ['warning', 'step', '没有人读'],
    ],
    [
      'a form that writes the ledger itself',
      () => user(`<zeebe:formDefinition formKey="acknowledge-supervision" />${GROUP}`),
      { formHasEffect: () => true },
      undefined,
    ],
  ])('%s', async (_name, xml, more, expected) => {
    const findings = besidesPicture(await lintProcess('draft.bpmn', xml(), { ...around, ...more }));
    expect(findings.map(({ severity, place, what }) => [severity, place, what])).toEqual(
      expected ? [[expected[0], expected[1], expect.stringContaining(expected[2])]] : [],
    );
    for (const finding of findings)
      expect([finding.why, finding.mend].every((text) => /[\u4e00-\u9fff]/.test(text))).toBe(true);
  });
});

test.each([
  ['=onTheSpot.onTheSpot = true', ['onTheSpot']],
  ['=count(list[item > limit]) > 3', ['list', 'limit']],
  ['=some x in ys satisfies x = z', ['ys', 'z']],
  ['="a text" = null', []],
  ['static', []],
])('%s reads %j', (expression, names) => {
  expect(variablesRead(expression)).toEqual(names);
});
