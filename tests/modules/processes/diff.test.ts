import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseForm } from '../../../src/modules/forms/index.ts';
import { diffForm, diffProcess } from '../../../src/modules/processes/index.ts';
import { diffRuleSets, type RuleSet } from '../../../src/modules/rules/index.ts';
import { ruleSetFile } from '../../support/rules.ts';

const root = join(import.meta.dirname, '../../..');
const xml = readFileSync(join(root, 'processes/fast-response/fast-response.bpmn'), 'utf8');
const joint = readFileSync(join(root, 'processes/joint-handling/joint-handling.bpmn'), 'utf8');
const formText = readFileSync(join(root, 'processes/fast-response/forms/dispatch-demand.form'), 'utf8');

describe('differences of diagrams', () => {
  test('the same file has none', async () => expect(await diffProcess(xml, xml)).toEqual([]));

  test('what is no BPMN file is refused', async () =>
    expect(diffProcess(xml, '<bpmn:definitions')).rejects.toMatchObject({ code: 'Invalid' }));

  test.each<[string, (text: string) => string, object[]]>([
    [
      'who does it',
      (text) =>
        text.replace(
          /(id="dispatch-demand"[\s\S]*?)candidateGroups="tax-service"/,
          '$1candidateGroups="host-department-head"',
        ),
      [
        {
          kind: 'changed',
          place: 'dispatch-demand',
          text: '人工任务“纳服派单”的办理人：“本级纳服专岗”改为“主办部门负责人”',
        },
      ],
    ],
    [
      'its form',
      (text) => text.replace('formKey="dispatch-demand"', 'formKey="dispatch-demand-2"'),
      [{ place: 'dispatch-demand', text: '人工任务“纳服派单”的表单：“dispatch-demand”改为“dispatch-demand-2”' }],
    ],
    [
      'its clock is taken away',
      (text) => text.replace(/(id="dispatch-demand"[\s\S]*?)\s*<zeebe:header key="clock" value="TRANSFER" \/>/, '$1'),
      [{ place: 'dispatch-demand', text: '人工任务“纳服派单”的期限：去掉了“TRANSFER”' }],
    ],
    [
      'its name',
      (text) => text.replace('id="dispatch-demand" name="纳服派单"', 'id="dispatch-demand" name="派单"'),
      [
        { place: 'dispatch-demand', text: '人工任务“纳服派单”的名称：“纳服派单”改为“派单”' },
        { place: 'to-dispatch_dispatch-demand' },
        { place: 'dispatch-demand_dispatch-decision' },
      ],
    ],
    [
      'a condition',
      (text) => text.replace('=handlingOutcome = "DIVERTED"', '=handlingOutcome = "AWAY"'),
      [
        {
          place: 'handling-outcome_to-legal-decision',
          text: expect.stringContaining('的条件：“=handlingOutcome = "DIVERTED"”改为“=handlingOutcome = "AWAY"”'),
        },
      ],
    ],
    [
      'where a way leads',
      (text) =>
        text.replace(
          'id="handling-outcome_to-dispatch" name="退单" sourceRef="handling-outcome" targetRef="to-dispatch"',
          'id="handling-outcome_to-dispatch" name="退单" sourceRef="handling-outcome" targetRef="to-handling"',
        ),
      [{ place: 'handling-outcome_to-dispatch', text: expect.stringContaining('的终点：“') }],
    ],
    [
      'a rule set and the variable of its result',
      (text) => text.replace('key="ruleSet" value="legal-route"', 'key="ruleSet" value="deferral"'),
      [{ text: expect.stringContaining('的规则集：“legal-route”改为“deferral”') }],
    ],
    [
      'a step that is gone',
      (text) => text.replace(/\s*<bpmn:userTask id="dispatch-demand"[\s\S]*?<\/bpmn:userTask>/, ''),
      [{ kind: 'removed', place: 'dispatch-demand', text: '删除人工任务“纳服派单”' }],
    ],
    [
      'only the drawing',
      (text) =>
        text.replace(/(bpmnElement="dispatch-demand"[^>]*>\s*<dc:Bounds x=")(\d+)/, (_all, head, x) => head + (+x + 5)),
      [{ kind: 'moved', text: '只挪了位置、没有改内容的图形：1 个' }],
    ],
  ])('%s', async (_what, edit, expected) => {
    const edited = edit(xml);
    expect(edited).not.toBe(xml);
    const changes = await diffProcess(xml, edited);
    for (const change of expected) expect(changes).toContainEqual(expect.objectContaining(change));
    // What was done can be undone: the way back tells of the same places.
    const back = await diffProcess(edited, xml);
    expect(new Set(back.map((change) => change.place))).toEqual(new Set(changes.map((change) => change.place)));
  });

  test('how many do it, and on what', async () => {
    const edited = joint.replace(/inputCollection="([^"]*)"/, 'inputCollection="=others"');
    expect(edited).not.toBe(joint);
    expect(await diffProcess(joint, edited)).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('逐项来自') }),
    );
  });

  test('forms, rule sets, clocks, processes and jobs by their titles, where the house knows them', async () => {
    const edited = xml
      .replace('formKey="dispatch-demand"', 'formKey="dispatch-demand-2"')
      .replace(
        /(id="dispatch-demand"[\s\S]*?)<zeebe:header key="clock" value="TRANSFER" \/>/,
        '$1<zeebe:header key="clock" value="HANDLING" />',
      )
      .replace('key="ruleSet" value="legal-route"', 'key="ruleSet" value="deferral"');
    const words = {
      forms: [
        { value: 'dispatch-demand', title: '派单', home: '/processes/draft/forms/answer', fields: [] },
        { value: 'dispatch-demand-2', title: '派单（试点）', home: '/processes/draft/forms/answer', fields: [] },
      ],
      clocks: [
        { value: 'TRANSFER', title: '转交钟' },
        { value: 'HANDLING', title: '办结钟' },
      ],
      ruleSets: [
        { value: 'legal-route', title: '法定途径' },
        { value: 'deferral', title: '挂账' },
      ],
      groups: [],
      processes: [],
      jobs: [],
      messages: [],
    };
    const told = (await diffProcess(xml, edited, words)).map((change) => change.text);
    expect(told).toContain('人工任务“纳服派单”的表单：“派单”改为“派单（试点）”');
    expect(told).toContain('人工任务“纳服派单”的期限：“转交钟”改为“办结钟”');
    expect(told).toContainEqual(expect.stringContaining('的规则集：“法定途径”改为“挂账”'));
  });

  test('a time', async () => {
    const timed = (time: string) =>
      xml.replace(
        '<bpmn:userTask id="dispatch-demand"',
        `<bpmn:intermediateCatchEvent id="pause" name="等一等"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">${time}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent><bpmn:userTask id="dispatch-demand"`,
      );
    expect(await diffProcess(timed('PT72H'), timed('P5D'))).toEqual([
      {
        kind: 'changed',
        place: 'pause',
        name: '等一等',
        text: expect.stringContaining('“等一等”的时长：“PT72H”改为“P5D”'),
      },
    ]);
  });

  test('mappings in and out', async () => {
    const mapped = (source: string) =>
      xml.replace(
        /(<bpmn:userTask id="dispatch-demand"[\s\S]*?<bpmn:extensionElements>)/,
        `$1<zeebe:ioMapping><zeebe:input source="=${source}" target="limit" /><zeebe:output source="=${source}" target="days" /></zeebe:ioMapping>`,
      );
    expect((await diffProcess(mapped('a'), mapped('b'))).map((change) => change.text)).toEqual([
      '人工任务“纳服派单”的传入 limit：“=a”改为“=b”',
      '人工任务“纳服派单”的传出 days：“=a”改为“=b”',
    ]);
  });

  test('what is new is told with all that it says', async () => {
    const without = xml.replace(/\s*<bpmn:userTask id="dispatch-demand"[\s\S]*?<\/bpmn:userTask>/, '');
    const added = (await diffProcess(without, xml)).find((change) => change.kind === 'added');
    expect(added?.text).toMatch(/^增加人工任务“纳服派单”：说明 .*办理人 本级纳服专岗，表单 dispatch-demand/);
  });
});

describe('differences of forms', () => {
  const before = parseForm('fast-response', 'dispatch-demand.form', formText);
  const edited = (edit: (form: any) => void) => {
    const copy = structuredClone(before);
    edit(copy);
    return diffForm(before, copy);
  };
  const first = (form: any): any => form.components.find((component: any) => component.key);

  test('the same form has none', () => expect(edited(() => {})).toEqual([]));
  test('a label, a limit and a condition', () => {
    const key = first(before).key;
    expect(edited((form) => (first(form).label = '别的名字'))).toMatchObject([{ kind: 'changed', place: key }]);
    expect(edited((form) => (first(form).validate = { ...first(form).validate, maxLength: 7 }))).toMatchObject([
      { kind: 'changed', place: key, text: expect.stringContaining('最多字数') },
    ]);
    expect(edited((form) => (first(form).conditional = { hide: '=a = 1' }))).toMatchObject([
      { place: key, text: expect.stringContaining('隐藏条件') },
    ]);
  });
  test('fields that come, go and change places', () => {
    expect(
      edited((form) =>
        form.components.push({ type: 'textfield', key: 'note', label: '备注', validate: { maxLength: 9 } }),
      ),
    ).toMatchObject([{ kind: 'added', place: 'note', text: '增加字段“备注”：类型 短文本，最多字数 9' }]);
    expect(edited((form) => form.components.splice(form.components.indexOf(first(form)), 1))).toContainEqual(
      expect.objectContaining({ kind: 'removed', place: first(before).key }),
    );
    expect(edited((form) => form.components.reverse())).toContainEqual(
      expect.objectContaining({ kind: 'moved', text: expect.stringContaining('字段的次序改为') }),
    );
  });
});

describe('differences of rules', () => {
  const edited = (id: string, edit: (set: RuleSet) => void) => {
    const before = ruleSetFile(id);
    const after = structuredClone(before);
    edit(after);
    return diffRuleSets(before, after);
  };

  test('the same set has none', () => expect(edited('category-routing', () => {})).toEqual([]));
  test('a parameter by its title and unit', () =>
    expect(edited('deadlines', (set) => (set.default.outcome['handle.single.days'] = 6))).toEqual([
      {
        kind: 'changed',
        place: '/default/outcome/handle.single.days',
        name: '单部门办结时限（工作日）',
        text: '单部门办结时限（工作日）：“5”改为“6”',
      },
    ]));
  test('rules that come, go, change and move', () => {
    const [one] = ruleSetFile('category-routing').rules;
    expect(edited('category-routing', (set) => void set.rules.shift())).toContainEqual(
      expect.objectContaining({ kind: 'removed', place: '/rules/0', text: expect.stringContaining(`“${one!.title}”`) }),
    );
    expect(
      edited(
        'category-routing',
        (set) => void set.rules.push({ ...structuredClone(one!), id: 'new', title: '新规则' }),
      ),
    ).toContainEqual(expect.objectContaining({ kind: 'added', text: expect.stringContaining('增加规则“新规则”') }));
    expect(edited('category-routing', (set) => (set.rules[0]!.title = '改名'))).toEqual([
      expect.objectContaining({
        kind: 'changed',
        place: '/rules/0',
        text: `规则“${one!.title}”的名称：“${one!.title}”改为“改名”`,
      }),
    ]);
    expect(edited('category-routing', (set) => (set.rules[0]!.disabled = true)).map((change) => change.text)).toEqual([
      `规则“${one!.title}”的状态：“在用”改为“停用”`,
    ]);
    expect(edited('category-routing', (set) => (set.rules[0]!.note = '试点'))).toMatchObject([
      { kind: 'changed', text: `规则“${one!.title}”的说明：“无”改为“试点”` },
    ]);
    expect(edited('category-routing', (set) => (set.effectiveFrom = '2027-01-01'))).toEqual([
      expect.objectContaining({ place: '/effectiveFrom' }),
    ]);
  });
});
