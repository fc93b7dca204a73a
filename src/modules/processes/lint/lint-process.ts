import type { Form } from '../../forms/index.ts';
import { inputsOf } from '../../forms/index.ts';
import type { Diagram, DiagramElement } from '../diagram.ts';
import { KINDS } from '../path-in-words.ts';
import { parseDefinitions, readDiagram } from '../read-diagram.ts';
import { camunda7Settings, illFormed, passedOver } from '../xml-trouble.ts';
import { neverMet, type WalkedFlow, withoutDefault } from './branches.ts';
import { saidByOurs, TIMES } from './compat-in-words.ts';
import type { DesignFinding } from './finding.ts';
import { modelingProblems } from './modeling-rules.ts';
import { stranded } from './reach.ts';
import { variablesRead, variablesWritten } from './variables.ts';

/** What a diagram may lean on: everything the house knows at the moment it is linted. */
export interface Surroundings {
  jobTypes: readonly string[];
  /** Variables a job type gives back. */
  jobResults: Readonly<Record<string, readonly string[]>>;
  /** Variables messages bring along. */
  messageVariables: Readonly<Record<string, readonly string[]>>;
  ruleSets: readonly string[];
  forms: ReadonlyMap<string, Form>;
  processes: readonly string[];
  /** Variables the callers of a process hand over. */
  given(processId: string): readonly string[];
  /** What a candidate group means here: undefined for an unknown one, else the bureaus in which nobody is behind it. */
  group(token: string): { emptyIn: readonly string[] } | undefined;
  /** What the engines cannot run. */
  engineProblems(name: string, xml: string): Promise<readonly { elementId: string; reason: string }[]>;
  /** Whether what a form does to the ledger reads its fields itself; a form of another kind only gives the process its results. */
  formHasEffect?(formId: string): boolean;
  /** Messages the house, or another process, sends. */
  sentMessages?: readonly string[];
  /** How often flows of a process were taken lately, with their conditions then. */
  walked?(processId: string): Promise<ReadonlyMap<string, WalkedFlow>>;
  /** Processes that a process calls, this one's neighbours. */
  calls?(processId: string): readonly string[];
  /** Messages about deadlines the house sends to a process that is started by this message. */
  expectedMessages: Readonly<Record<string, readonly string[]>>;
}

/**
 * Everything that is wrong or doubtful about a diagram, worst first: drawing, engines, organisation, rules and forms, deadlines.
 * The editor and the publish gate ask the same question and get the same answer. Throws `Invalid` when it is no BPMN file.
 */
export async function lintProcess(name: string, xml: string, around: Surroundings): Promise<DesignFinding[]> {
  const { rootElement, warnings } = await parseDefinitions(xml);
  const diagram = await readDiagram(xml);
  const nameOf = (id: string) => {
    if (id === '') return '整个文件';
    const element = diagram.elements.find((item) => item.id === id);
    if (element) return element.named ? element.name : `没有名称的${KINDS[element.type] ?? '节点'}`;
    return [...diagram.flows, ...diagram.processes].find((item) => item.id === id)?.name ?? id;
  };
  const findings: DesignFinding[] = [];
  const find = (finding: Omit<DesignFinding, 'name'>) => findings.push({ ...finding, name: nameOf(finding.place) });

  for (const finding of unreadParts(xml, warnings)) find(finding);
  // A task without a form is said once, in the words of the house.
  const formless = (id: string) => diagram.elements.some((element) => element.id === id && isFormless(element));
  for (const problem of await around.engineProblems(name, xml)) {
    if (formless(problem.elementId) && problem.reason.includes('表单')) continue;
    find({
      severity: 'error',
      group: 'engine',
      // What is said of the file as a whole is about its process: that has a page where it is mended.
      place: problem.elementId === rootElement.id ? (diagram.processes[0]?.id ?? '') : problem.elementId,
      what: problem.reason,
      why: '引擎不能运行，部署会被拒绝',
      mend: mendOf(problem.reason),
    });
  }
  for (const element of diagram.elements) {
    for (const finding of referencesOf(element, around)) find(finding);
    for (const finding of groupsOf(element, around)) find(finding);
    for (const finding of unreadFields(element, around)) find(finding);
    for (const finding of unsent(element, around)) find(finding);
  }
  for (const finding of withoutDefault(diagram)) find(finding);
  for (const finding of stranded(diagram)) find(finding);
  for (const process of around.walked ? diagram.processes : [])
    for (const finding of neverMet(diagram, await around.walked!(process.id))) find(finding);
  for (const finding of unwritten(diagram, rootElement, around)) find(finding);
  for (const finding of uncaught(diagram, around)) find(finding);
  const modeling = await modelingProblems(rootElement, nameOf);
  // Round and round without a pause is worse, and said with its steps.
  const endless = new Set(modeling.filter(({ rule }) => rule.endsWith('/no-loop')).map(({ elementId }) => elementId));
  for (const finding of circular(diagram, around)) if (!endless.has(finding.place)) find(finding);
  const ours = [...findings];
  for (const { elementId, rule, ...meaning } of modeling)
    if (!ours.some((finding) => finding.place === elementId && saidByOurs(rule, finding.what)))
      find({ place: elementId, ...meaning });
  return findings.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
}

/** How to mend what an engine cannot run, where its sentence does not say. */
const MENDING: readonly [RegExp, string][] = [
  [/请/, '按说明改正'],
  [/定时“/, TIMES],
  [/作业类型/, '从模板里选择一种作业'],
  [/消息(名称|的关联键)/, '从消息清单里选一条，关联键会一起填上'],
  [/FEEL/, '核对括号、引号和运算，例如 =days > 5'],
  [/顺序流没有连到/, '把这条线连到一个图元，或删去'],
  [/没有开始事件/, '加一个开始事件'],
  [/多实例/, '填写要逐个办理的列表，例如 =departments'],
];
const mendOf = (reason: string): string =>
  MENDING.find(([about]) => about.test(reason))?.[1] ?? '按说明改正，或换一种画法';

const isFormless = (element: DiagramElement): boolean => element.type === 'userTask' && !element.formId;

type Found = Omit<DesignFinding, 'name'>;

/** What the reader of the file passed over, and what is in it that no engine reads: nothing is silently ignored. */
function* unreadParts(xml: string, warnings: readonly string[]): Generator<Found> {
  const syntax = (what: string, why: string, mend: string): Found => ({
    severity: 'error',
    group: 'syntax',
    place: '',
    what,
    why,
    mend,
  });
  const wrong = illFormed(xml);
  if (wrong) yield syntax(wrong, '不是合规的 XML，Zeebe 不接受', '按说明改正这一处，或用设计器重新导出');
  // The engine's own check names the element of a number used twice, and lines that lead nowhere.
  for (const warning of warnings.filter((item) => !/duplicate id|unresolved reference/i.test(item)))
    yield syntax(passedOver(warning), '读文件时这一处被跳过，图上会少东西', '改正这一处，或用设计器重新导出');
  const old = camunda7Settings(xml);
  if (old.length > 0)
    yield {
      ...syntax(
        `有 Camunda 7 的设置：${old.slice(0, 5).join('、')}`,
        '两种引擎都不读它们，这些设置不起作用',
        '在属性面板里重新设置，再删去这些设置；或用 Camunda 8 的设计器重新画',
      ),
      group: 'engine',
    };
}
const reference = (place: string, what: string, why: string, mend: string): Found => ({
  severity: 'error',
  group: 'references',
  place,
  what,
  why,
  mend,
});

/** Job types, rule sets, forms, called processes and results that are named but not there. */
function* referencesOf(element: DiagramElement, around: Surroundings): Generator<Found> {
  const { id } = element;
  if (element.jobType && !element.jobType.startsWith('=') && !around.jobTypes.includes(element.jobType))
    yield reference(
      id,
      `没有作业类型“${element.jobType}”`,
      '没有程序会来办这一步，件会停在这里',
      '从模板里选择一种作业',
    );
  const { ruleSet } = element.headers;
  if (element.jobType === 'evaluate-rules' && (!ruleSet || !around.ruleSets.includes(ruleSet)))
    yield reference(
      id,
      ruleSet ? `没有规则集“${ruleSet}”` : '没有选规则集',
      '这一步判断不出结果，会成为异常',
      '选择一个已发布的规则集',
    );
  if (element.type === 'userTask') {
    const form = element.formId ? around.forms.get(element.formId) : undefined;
    if (!form)
      yield reference(
        id,
        element.formId ? `没有表单“${element.formId}”` : '没有选表单',
        '打开任务时没有东西可填，任务办不了',
        '选择一张表单',
      );
    const keys = form ? inputsOf(form.components).map((input) => input.name) : [];
    for (const result of (element.headers.results ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean))
      if (form && !keys.includes(result) && !around.jobResults[`form:${form.id}`]?.includes(result))
        yield reference(
          id,
          `结果“${result}”在表单“${form.title}”里没有`,
          '后面的网关读不到它，会走错或停住',
          '在表单里加上这个字段，或改正结果的名称',
        );
  }
  if (element.type === 'callActivity' && !element.calledProcess?.startsWith('=')) {
    if (!element.calledProcess || !around.processes.includes(element.calledProcess))
      yield reference(
        id,
        element.calledProcess ? `没有流程“${element.calledProcess}”` : '没有选被调用的流程',
        '走到这里会成为异常',
        '选择一个已部署的流程，或与它一起发布',
      );
  }
}

/** Fields somebody fills in for nothing: the form has no effect of its own, and the task does not hand them to the process. */
function* unreadFields(element: DiagramElement, around: Surroundings): Generator<Found> {
  const form = element.type === 'userTask' && element.formId ? around.forms.get(element.formId) : undefined;
  if (!form || !around.formHasEffect || around.formHasEffect(form.id)) return;
  const handed = (element.headers.results ?? '').split(',').map((name) => name.trim());
  const unread = inputsOf(form.components)
    .filter((input) => !handed.includes(input.name))
    .map((input) => input.component.label ?? input.name);
  if (unread.length > 0)
    yield {
      severity: 'warning',
      group: 'references',
      place: element.id,
      what: `表单“${form.title}”的${unread.map((label) => `“${label}”`).join('、')}没有人读`,
      why: '填了以后既不进台账，也不影响后面走哪条路',
      mend: '勾选为带回流程的结果，或从表单里去掉',
    };
}

/** Events that wait for a message nobody sends. */
function* unsent(element: DiagramElement, around: Surroundings): Generator<Found> {
  const throws = element.type === 'intermediateThrowEvent' || element.type === 'endEvent';
  if (!element.messageName || throws || !around.sentMessages || around.sentMessages.includes(element.messageName))
    return;
  yield reference(
    element.id,
    `没有谁会发出消息“${element.messageName}”`,
    '这里永远等不到，后面的步骤不会发生',
    '从消息清单里选一条',
  );
}

/** Groups nobody knows, and groups with nobody in them somewhere. */
function* groupsOf(element: DiagramElement, around: Surroundings): Generator<Found> {
  if (element.type !== 'userTask') return;
  if (element.candidateGroups.length === 0 && !element.groupsExpression && !element.assignee)
    yield {
      severity: 'error',
      group: 'organisation',
      place: element.id,
      what: '没有写由谁办理',
      why: '任务没有人能看到，只能由纳服逐件指派',
      mend: '选择一个岗位，或写一条指定办理人的规则',
    };
  for (const token of element.candidateGroups) {
    const group = around.group(token);
    if (!group)
      yield {
        severity: 'error',
        group: 'organisation',
        place: element.id,
        what: `没有岗位“${token}”`,
        why: '任务没有人能看到，只能由纳服逐件指派',
        mend: '从岗位清单里选择',
      };
    else if (group.emptyIn.length > 0)
      yield {
        severity: 'warning',
        group: 'organisation',
        place: element.id,
        what: `岗位“${token}”在${group.emptyIn.join('、')}没有人`,
        why: '这些单位的件到这一步没有人办',
        mend: '到“组织与人员”里安排人员',
      };
  }
}

/** Conditions on variables nobody writes: FEEL makes them null, and the default flow is taken without anybody noticing. */
function* unwritten(diagram: Diagram, definitions: any, around: Surroundings): Generator<Found> {
  for (const process of definitions.rootElements.filter((root: any) => root.$type === 'bpmn:Process')) {
    const written = variablesWritten(process, around);
    for (const name of [...around.given(process.id), 'demandId']) written.add(name);
    for (const flow of diagram.flows.filter((item) => item.processId === process.id && item.condition))
      for (const name of variablesRead(flow.condition!))
        if (!written.has(name))
          yield reference(
            flow.id,
            `条件用到的“${name}”没有哪一步会写`,
            '条件永远不成立，件会走默认的路',
            '改正名称，或让前面的一步写出这个结果',
          );
  }
}

/** A process that is told of deadlines must catch the message, or nobody is reminded. */
function* uncaught(diagram: Diagram, around: Surroundings): Generator<Found> {
  for (const process of diagram.processes) {
    const events = diagram.elements.filter((element) => element.processId === process.id && element.messageName);
    const starts = events.filter((element) => element.type === 'startEvent' && element.parentId === null);
    for (const start of starts)
      for (const message of around.expectedMessages[start.messageName!] ?? [])
        if (!events.some((element) => element.messageName === message))
          yield {
            severity: 'error',
            group: 'calendar',
            place: process.id,
            what: `没有接住期限消息“${message}”`,
            why: '临期、逾期不会有人得到提醒',
            mend: '加一个由这条消息开始、不中断的事件子流程',
          };
  }
}

/** Calls that lead back to the process they start from: without a way out, one is opened within the other for ever. */
function* circular(diagram: Diagram, around: Surroundings): Generator<Found> {
  for (const element of diagram.elements) {
    const called = element.calledProcess;
    if (element.type !== 'callActivity' || !called || called.startsWith('=')) continue;
    const way = wayBack(called, element.processId, around);
    if (way)
      yield {
        severity: 'warning',
        group: 'references',
        place: element.id,
        what: `流程调用成环：${[element.processId, ...way].join(' → ')}`,
        why: '每调用一次就再开一层，没有出口时会一层套一层，停不下来',
        mend: '确认有一条不再调用的路；没有的，改为在本流程里回到前面的步骤',
      };
  }
}

function wayBack(from: string, to: string, around: Surroundings): string[] | undefined {
  const came = new Map<string, string | null>([[from, null]]);
  const open = [from];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    if (id === to) {
      const way: string[] = [];
      for (let at: string | null = id; at !== null; at = came.get(at) ?? null) way.unshift(at);
      return way;
    }
    for (const next of around.calls?.(id) ?? [])
      if (!came.has(next)) {
        came.set(next, id);
        open.push(next);
      }
  }
  return undefined;
}

/** A diagram by itself, without the house around: what is wrong with the drawing and what the engines cannot run. */
export async function lintDiagramAlone(
  name: string,
  xml: string,
  engineProblems: Surroundings['engineProblems'],
): Promise<DesignFinding[]> {
  const alone: Surroundings = {
    jobTypes: [],
    jobResults: {},
    messageVariables: {},
    ruleSets: [],
    forms: new Map(),
    processes: [],
    given: () => [],
    group: () => undefined,
    engineProblems,
    expectedMessages: {},
  };
  return (await lintProcess(name, xml, alone)).filter(({ group }) => group === 'syntax' || group === 'engine');
}
