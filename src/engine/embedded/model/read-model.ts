import { createRequire } from 'node:module';
import { BpmnModdle } from 'bpmn-moddle';
import type { DeploymentProblem, Resource } from '../../port.ts';
import { compileExpression, type Expression, FeelSyntaxError } from '../feel/index.ts';
import { childOrderProblems } from './child-order.ts';
import { compileInputs, compileOutputs, isExpression, type Mapping } from './mappings.ts';
import type {
  CompiledProcess,
  Element,
  ElementType,
  EventDefinition,
  EventType,
  Flow,
  MultiInstance,
  TextOrExpression,
  Timer,
} from './types.ts';

// The moddle tree is untyped by nature: attributes depend on the element.
type Node = any;

const zeebe = createRequire(import.meta.url)('zeebe-bpmn-moddle/resources/zeebe.json');

const TYPES: Record<string, ElementType> = {
  'bpmn:SubProcess': 'SUB_PROCESS',
  'bpmn:StartEvent': 'START_EVENT',
  'bpmn:IntermediateCatchEvent': 'INTERMEDIATE_CATCH_EVENT',
  'bpmn:IntermediateThrowEvent': 'INTERMEDIATE_THROW_EVENT',
  'bpmn:BoundaryEvent': 'BOUNDARY_EVENT',
  'bpmn:EndEvent': 'END_EVENT',
  'bpmn:ServiceTask': 'SERVICE_TASK',
  'bpmn:SendTask': 'SEND_TASK',
  'bpmn:ScriptTask': 'SCRIPT_TASK',
  'bpmn:BusinessRuleTask': 'BUSINESS_RULE_TASK',
  'bpmn:UserTask': 'USER_TASK',
  'bpmn:ReceiveTask': 'RECEIVE_TASK',
  'bpmn:ManualTask': 'MANUAL_TASK',
  'bpmn:Task': 'TASK',
  'bpmn:CallActivity': 'CALL_ACTIVITY',
  'bpmn:ExclusiveGateway': 'EXCLUSIVE_GATEWAY',
  'bpmn:ParallelGateway': 'PARALLEL_GATEWAY',
  'bpmn:InclusiveGateway': 'INCLUSIVE_GATEWAY',
  'bpmn:EventBasedGateway': 'EVENT_BASED_GATEWAY',
};

const EVENTS: Record<string, EventType> = {
  'bpmn:MessageEventDefinition': 'MESSAGE',
  'bpmn:TimerEventDefinition': 'TIMER',
  'bpmn:SignalEventDefinition': 'SIGNAL',
  'bpmn:ErrorEventDefinition': 'ERROR',
  'bpmn:EscalationEventDefinition': 'ESCALATION',
  'bpmn:CompensateEventDefinition': 'COMPENSATION',
  'bpmn:LinkEventDefinition': 'LINK',
  'bpmn:TerminateEventDefinition': 'TERMINATE',
};

const UNSUPPORTED: Record<string, string> = {
  'bpmn:ComplexGateway': '复杂网关',
  'bpmn:AdHocSubProcess': '临时子流程',
  'bpmn:Transaction': '事务子流程',
};

const TARGET = /^[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)*$/;
const RESERVED = new Set('null true false function if then else for between instance of'.split(' '));

/** What is not part of the flow and may stand in any diagram. */
const SILENT = new Set(['bpmn:SequenceFlow', 'bpmn:DataObject', 'bpmn:DataObjectReference', 'bpmn:DataStoreReference']);

export interface ReadResult {
  processes: CompiledProcess[];
  problems: DeploymentProblem[];
}

/** Reads a diagram into tables. All problems are collected; a process with problems is not to be run. */
export async function readModel(resource: Resource): Promise<ReadResult> {
  const problems: DeploymentProblem[] = [];
  let definitions: Node;
  try {
    const moddle = new BpmnModdle({ zeebe });
    const read = await moddle.fromXML(resource.content);
    definitions = read.rootElement;
    for (const { message } of read.warnings) {
      const repeated = /duplicate ID <(.+)>/.exec(message);
      if (repeated)
        problems.push({
          resource: resource.name,
          elementId: repeated[1]!,
          reason: `编号“${repeated[1]}”在文件里出现了两次。请改成不同的编号。`,
        });
    }
  } catch (error) {
    problems.push({
      resource: resource.name,
      elementId: '',
      reason: `不是可读的 BPMN 文件：${(error as Error).message.split('\n')[0]}`,
    });
    return { processes: [], problems };
  }
  problems.push(...childOrderProblems(resource.name, resource.content));
  const executable = (definitions.rootElements ?? []).filter(
    (root: Node) => root.$type === 'bpmn:Process' && root.isExecutable,
  );
  const seen = new Set<string>();
  const processes = executable.map((process: Node) => new Reader(resource.name, problems, seen).process(process));
  if (executable.length === 0) {
    problems.push({
      resource: resource.name,
      elementId: definitions.id ?? '',
      reason: '文件里没有可执行的流程。请给流程勾选“可执行”（isExecutable）。',
    });
  }
  return { processes, problems };
}

class Reader {
  readonly elements: Element[] = [];
  readonly flows: Flow[] = [];
  readonly byId = new Map<string, Element>();
  readonly nodes = new Map<Element, Node>();
  readonly resource: string;
  readonly problems: DeploymentProblem[];
  readonly seen: Set<string>;

  constructor(resource: string, problems: DeploymentProblem[], seen: Set<string>) {
    this.resource = resource;
    this.problems = problems;
    this.seen = seen;
  }

  problem(node: Node, reason: string): void {
    this.problems.push({
      resource: this.resource,
      elementId: node.id ?? '',
      ...(node.name ? { elementName: node.name } : {}),
      elementType: node.$type,
      reason,
    });
  }

  process(node: Node): CompiledProcess {
    const root = this.add(node, 'PROCESS', 'UNSPECIFIED', -1);
    this.container(node, root);
    this.connect();
    this.attach();
    for (const [element, source] of this.nodes) this.check(element, source);
    this.checkLoops();
    return { id: node.id, name: node.name ?? node.id, elements: this.elements, flows: this.flows, byId: this.byId };
  }

  add(node: Node, type: ElementType, eventType: EventType, scope: number): Element {
    const element: Element = {
      index: this.elements.length,
      id: node.id ?? '',
      name: node.name ?? '',
      type,
      eventType,
      scope,
      outgoing: [],
      incoming: [],
      interrupting: true,
      boundary: [],
      eventSubprocesses: [],
      eventStarts: [],
      isForCompensation: node.isForCompensation ?? false,
    };
    if (!node.id) this.problem(node, '元素没有编号（id）。');
    else if (this.seen.has(node.id)) this.problem(node, `编号“${node.id}”在文件里出现了两次。请改成不同的编号。`);
    this.seen.add(node.id);
    this.elements.push(element);
    this.byId.set(element.id, element);
    this.nodes.set(element, node);
    return element;
  }

  container(node: Node, container: Element): void {
    for (const child of node.flowElements ?? []) {
      const type = TYPES[child.$type];
      if (type) {
        const element = this.element(child, type, container);
        if (child.$type === 'bpmn:SubProcess') this.container(child, element);
      } else if (!SILENT.has(child.$type)) {
        this.problem(child, `${UNSUPPORTED[child.$type] ?? child.$type}不能运行。请换成支持的元素。`);
      }
    }
    this.starts(node, container);
  }

  starts(node: Node, container: Element): void {
    const starts = this.elements.filter(
      (element) => element.scope === container.index && element.type === 'START_EVENT',
    );
    const none = starts.filter((start) => start.eventType === 'NONE');
    if (none[0]) container.noneStart = none[0];
    if (container.type === 'PROCESS') {
      container.eventStarts = starts.filter((start) => start.eventType !== 'NONE');
      if (starts.length === 0) this.problem(node, '流程没有开始事件。');
      if (none.length > 1) this.problem(none[1]!, '流程只能有一个无条件的开始事件。');
      for (const start of container.eventStarts)
        if (!['MESSAGE', 'TIMER', 'SIGNAL'].includes(start.eventType))
          this.problem(start, '流程的开始事件只能是普通、消息、定时或信号开始事件。');
    } else if (container.type === 'SUB_PROCESS') {
      if (none.length !== 1 || starts.length !== 1) this.problem(node, '子流程要有且只有一个无条件的开始事件。');
    } else if (container.type === 'EVENT_SUB_PROCESS') {
      const [start] = starts;
      if (starts.length !== 1 || start!.eventType === 'NONE')
        this.problem(node, '事件子流程要有且只有一个带事件的开始事件。');
      else {
        if (!['MESSAGE', 'TIMER', 'SIGNAL', 'ERROR', 'ESCALATION'].includes(start!.eventType))
          this.problem(start, '事件子流程的开始事件只能是消息、定时、信号、错误或升级。');
        if (start!.eventType === 'ERROR' && !start!.interrupting)
          this.problem(start, '事件子流程的错误开始事件必须是中断的。');
        if (start!.interrupting && start!.event?.timer?.kind === 'cycle')
          this.problem(start, '中断的事件子流程不能用周期定时。');
        this.elements[container.scope]!.eventSubprocesses.push({ subprocess: container, start: start! });
      }
    }
  }

  element(node: Node, plain: ElementType, container: Element): Element {
    const type = plain === 'SUB_PROCESS' && node.triggeredByEvent ? 'EVENT_SUB_PROCESS' : plain;
    const definitions = node.eventDefinitions ?? [];
    const isEvent = type.endsWith('_EVENT');
    const eventType: EventType = isEvent
      ? definitions[0]
        ? (EVENTS[definitions[0].$type] ?? 'UNSPECIFIED')
        : 'NONE'
      : 'UNSPECIFIED';
    const element = this.add(node, type, eventType, container.index);
    if (definitions.length > 1) this.problem(node, '一个事件只能有一个事件定义。');
    if (definitions[0] && !EVENTS[definitions[0].$type])
      this.problem(node, `事件定义 ${definitions[0].$type} 不能运行。`);
    const extensions: Node[] = node.extensionElements?.values ?? [];
    const find = (name: string) => extensions.find((item) => item.$type === `zeebe:${name}`);
    if (definitions[0]) {
      const event = this.eventDefinition(node, definitions[0], element);
      if (event) element.event = event;
    }
    if (type === 'RECEIVE_TASK') element.event = this.message(node, node.messageRef);
    if (type === 'BOUNDARY_EVENT') element.interrupting = node.cancelActivity !== false;
    if (type === 'START_EVENT') element.interrupting = node.isInterrupting !== false;
    this.mappings(node, element, find('IoMapping'));
    this.work(node, element, find);
    if (node.loopCharacteristics?.$type === 'bpmn:MultiInstanceLoopCharacteristics')
      element.multiInstance = this.multiInstance(node)!;
    return element;
  }

  expression(node: Node, text: string, what: string): Expression {
    try {
      return compileExpression(text);
    } catch (error) {
      if (!(error instanceof FeelSyntaxError)) throw error;
      this.problem(node, `${what}“${text}”不是有效的 FEEL 表达式：${error.message}`);
      return compileExpression('null');
    }
  }

  text(node: Node, text: string, what: string): TextOrExpression {
    return isExpression(text) ? { expression: this.expression(node, text.slice(1), what) } : { fixed: text };
  }

  required(node: Node, text: unknown, what: string): Expression {
    if (typeof text !== 'string' || !isExpression(text)) {
      this.problem(node, `${what}应当是以“=”开头的表达式。`);
      return compileExpression('null');
    }
    return this.expression(node, text.slice(1), what);
  }

  /** A completion condition without `=` is a text, which is no boolean when it is asked. */
  condition(node: Node, text: string): Expression {
    return text.startsWith('=')
      ? this.expression(node, text.slice(1), '多实例的完成条件')
      : compileExpression(JSON.stringify(text));
  }

  mappings(node: Node, element: Element, io: Node): void {
    if (!io) return;
    const read = (items: Node[] | undefined, output: boolean): Mapping[] =>
      (items ?? []).filter((item) => {
        const target = String(item.target ?? '');
        if (!TARGET.test(target) || RESERVED.has(target)) {
          this.problem(
            node,
            `变量映射的目标“${target}”不是有效的变量名。请用英文字母、数字和下划线，不以数字开头，不用 null、if 等保留字。`,
          );
          return false;
        }
        if (typeof item.source !== 'string' || item.source === '' || (output && !isExpression(item.source))) {
          this.problem(node, `变量映射“${target}”的来源应当是以“=”开头的表达式。`);
          return false;
        }
        if (isExpression(item.source)) {
          const before = this.problems.length;
          this.expression(node, item.source.slice(1), `变量映射“${target}”的来源`);
          return this.problems.length === before;
        }
        return true;
      });
    const inputs = read(io.inputParameters, false);
    const outputs = read(io.outputParameters, true);
    if (inputs.length > 0) element.inputs = compileInputs(inputs);
    if (outputs.length > 0) element.outputs = compileOutputs(outputs);
  }

  work(node: Node, element: Element, find: (name: string) => Node): void {
    const headers = Object.fromEntries(
      (find('TaskHeaders')?.values ?? [])
        .filter((item: Node) => item.key && item.value)
        .map((item: Node) => [item.key, item.value]),
    );
    const task = find('TaskDefinition');
    if (find('CalledDecision')) this.problem(node, '引擎内不运行 DMN 决策。请用作业类型 evaluate-rules 和规则集。');
    if (find('UserTask'))
      this.problem(node, '不支持 Zeebe 原生用户任务（zeebe:userTask）。请去掉该标记，使用作业式用户任务。');
    if (task) {
      if (!task.type) this.problem(node, '没有填写作业类型。');
      element.job = {
        type: this.text(node, task.type ?? '', '作业类型'),
        retries: this.text(node, task.retries || '3', '重试次数'),
        headers,
      };
    }
    const script = find('Script');
    if (script && element.type === 'SCRIPT_TASK') {
      if (!script.resultVariable) this.problem(node, '脚本任务没有填写结果变量。');
      element.script = {
        expression: this.required(node, script.expression, '脚本'),
        resultVariable: script.resultVariable ?? 'result',
      };
    }
    if (element.type === 'USER_TASK') this.userTask(node, element, find, headers);
    if (element.type === 'CALL_ACTIVITY') {
      const called = find('CalledElement');
      if (!called?.processId) this.problem(node, '调用活动没有填写被调用的流程编号。');
      element.called = {
        processId: this.text(node, called?.processId ?? '', '被调用流程'),
        propagateAllChildVariables: called?.propagateAllChildVariables !== false,
        propagateAllParentVariables: called?.propagateAllParentVariables !== false,
      };
    }
  }

  userTask(node: Node, element: Element, find: (name: string) => Node, headers: Record<string, string>): void {
    const assignment = find('AssignmentDefinition');
    const schedule = find('TaskSchedule');
    const form = find('FormDefinition');
    const optional = (text: string | undefined, what: string) => (text ? this.text(node, text, what) : undefined);
    for (const date of [schedule?.dueDate, schedule?.followUpDate])
      if (date && !date.startsWith('=') && !validTimer('date', date))
        this.problem(node, `时间“${date}”的写法有误，应当像 2026-11-24T17:30+08:00。`);
    if (form && Boolean(form.formKey) === Boolean(form.formId))
      this.problem(node, '表单要填写编号（formId）或表单键（formKey）中的一项。');
    for (const [list, what] of [
      [assignment?.candidateGroups, '候选组'],
      [assignment?.candidateUsers, '候选人'],
    ])
      if (list && !list.startsWith('=') && list.split(',').some((item: string) => item.trim() === ''))
        this.problem(node, `${what}“${list}”应当是用逗号分开的名称，中间不能空着。`);
    element.job = { type: { fixed: 'io.camunda.zeebe:userTask' }, retries: { fixed: '1' }, headers };
    const formKey = form?.formKey ?? form?.formId;
    element.userTask = {
      ...pick('assignee', optional(assignment?.assignee, '办理人')),
      ...pick('candidateGroups', optional(assignment?.candidateGroups, '候选组')),
      ...pick('candidateUsers', optional(assignment?.candidateUsers, '候选人')),
      ...pick('dueDate', optional(schedule?.dueDate, '到期时间')),
      ...pick('followUpDate', optional(schedule?.followUpDate, '跟进时间')),
      ...pick('formKey', formKey as string | undefined),
    };
  }

  multiInstance(node: Node): MultiInstance | undefined {
    const loop = node.loopCharacteristics;
    const extension = (loop.extensionElements?.values ?? []).find(
      (item: Node) => item.$type === 'zeebe:LoopCharacteristics',
    );
    if (!extension) {
      this.problem(node, '多实例没有填写输入集合。');
      return undefined;
    }
    if (Boolean(extension.outputCollection) !== Boolean(extension.outputElement))
      this.problem(node, '多实例的输出集合和输出元素要一起填写。');
    const element = extension.outputElement as string | undefined;
    const condition = loop.completionCondition?.body as string | undefined;
    const plain = element && /^=\s*([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(element);
    return {
      sequential: loop.isSequential ?? false,
      inputCollection: this.required(node, extension.inputCollection, '多实例的输入集合'),
      ...pick('inputElement', extension.inputElement as string | undefined),
      ...pick('outputCollection', extension.outputCollection as string | undefined),
      ...pick('outputElement', element ? this.required(node, element, '多实例的输出元素') : undefined),
      ...pick('outputVariable', plain ? plain[1] : undefined),
      ...pick('completionCondition', condition ? this.condition(node, condition) : undefined),
    };
  }

  eventDefinition(node: Node, definition: Node, element: Element): EventDefinition | undefined {
    const type = EVENTS[definition.$type];
    const catching = ['START_EVENT', 'INTERMEDIATE_CATCH_EVENT', 'BOUNDARY_EVENT'].includes(element.type);
    if (!type) return undefined;
    if (type === 'MESSAGE') return catching ? this.message(node, definition.messageRef) : { type };
    if (type === 'TIMER') {
      const timer = this.timer(node, definition);
      return timer ? { type, timer } : { type };
    }
    if (type === 'SIGNAL') {
      if (!definition.signalRef?.name) this.problem(node, '信号事件没有填写信号名称。');
      return { type, name: this.text(node, definition.signalRef?.name ?? '', '信号名称') };
    }
    if (type === 'LINK') {
      if (!definition.name) this.problem(node, '链接事件没有填写名称。');
      return { type, name: { fixed: definition.name ?? '' } };
    }
    if (type === 'ERROR' || type === 'ESCALATION') {
      const reference = type === 'ERROR' ? definition.errorRef : definition.escalationRef;
      const code = type === 'ERROR' ? reference?.errorCode : reference?.escalationCode;
      if (!code) {
        if (!catching)
          this.problem(node, type === 'ERROR' ? '错误事件没有填写错误代码。' : '升级事件没有填写升级代码。');
        return { type };
      }
      if (catching && code.startsWith('=')) this.problem(node, '捕获错误、升级时代码不能是表达式。');
      return { type, name: this.text(node, code, '代码') };
    }
    if (type === 'COMPENSATION' && !definition.id) this.problem(node, '补偿事件定义没有编号（id）。');
    if (type === 'COMPENSATION' && definition.activityRef) return { type, activity: definition.activityRef.id };
    return { type };
  }

  message(node: Node, reference: Node): EventDefinition {
    if (!reference?.name) this.problem(node, '没有填写消息名称。');
    const subscription = (reference?.extensionElements?.values ?? []).find(
      (item: Node) => item.$type === 'zeebe:Subscription',
    );
    const key = subscription?.correlationKey as string | undefined;
    return {
      type: 'MESSAGE',
      name: this.text(node, reference?.name ?? '', '消息名称'),
      ...pick('correlationKey', key ? { expression: this.required(node, key, '消息的关联键') } : undefined),
    };
  }

  timer(node: Node, definition: Node): Timer | undefined {
    const forms = (['timeDuration', 'timeDate', 'timeCycle'] as const).filter((form) => definition[form]);
    if (forms.length !== 1) {
      this.problem(node, '定时事件要填写时长、日期、周期中的一项。');
      return undefined;
    }
    const text = String(definition[forms[0]!].body ?? '').trim();
    if (!text) this.problem(node, '定时事件没有填写时间。');
    return {
      kind: ({ timeDuration: 'duration', timeDate: 'date', timeCycle: 'cycle' } as const)[forms[0]!],
      value: this.text(node, text, '定时'),
    };
  }

  /** Sequence flows in the order of the file. */
  connect(): void {
    const walk = (node: Node): void => {
      for (const child of node.flowElements ?? []) {
        if (child.$type === 'bpmn:SequenceFlow') this.flow(child);
        if (child.flowElements) walk(child);
      }
    };
    walk(this.nodes.get(this.elements[0]!)!);
    for (const [element, node] of this.nodes) {
      if (!node.default) continue;
      const flow = this.flows.find((item) => item.id === node.default.id);
      if (!flow || flow.source !== element.index) this.problem(node, '默认流不是从这个元素出发的顺序流。');
      else element.defaultFlow = flow;
    }
  }

  flow(node: Node): void {
    const source = this.byId.get(node.sourceRef?.id);
    const target = this.byId.get(node.targetRef?.id);
    if (!node.id) this.problem(node, '顺序流没有编号（id）。');
    else if (this.seen.has(node.id)) this.problem(node, `编号“${node.id}”在文件里出现了两次。请改成不同的编号。`);
    this.seen.add(node.id);
    if (!source || !target) return this.problem(node, '顺序流没有连到两个可运行的元素。');
    const condition = node.conditionExpression
      ? this.required(node, node.conditionExpression.body, '顺序流的条件')
      : null;
    if (condition && source.type !== 'EXCLUSIVE_GATEWAY' && source.type !== 'INCLUSIVE_GATEWAY')
      this.problem(node, '条件只能写在排他网关、包容网关出去的顺序流上。');
    const flow: Flow = { id: node.id, index: this.flows.length, source: source.index, target: target.index, condition };
    this.flows.push(flow);
    source.outgoing.push(flow);
    target.incoming.push(flow);
  }

  /** Boundary events to activities, compensation handlers through associations. */
  attach(): void {
    for (const [element, node] of this.nodes) {
      if (element.type !== 'BOUNDARY_EVENT') continue;
      const host = this.byId.get(node.attachedToRef?.id);
      if (!host || !isActivity(host)) {
        this.problem(node, '边界事件没有附着在活动上。');
        continue;
      }
      element.attachedTo = host.index;
      host.boundary.push(element);
    }
    const walk = (node: Node): void => {
      for (const artifact of node.artifacts ?? []) {
        if (artifact.$type !== 'bpmn:Association') continue;
        const boundary = this.byId.get(artifact.sourceRef?.id);
        const handler = this.byId.get(artifact.targetRef?.id);
        if (boundary?.type !== 'BOUNDARY_EVENT' || boundary.eventType !== 'COMPENSATION' || !handler) continue;
        handler.eventType = 'COMPENSATION';
        boundary.compensationHandler = handler.index;
        this.elements[boundary.attachedTo!]!.compensationHandler = handler.index;
      }
      for (const child of node.flowElements ?? []) if (child.flowElements) walk(child);
    };
    walk(this.nodes.get(this.elements[0]!)!);
  }

  /** What can be said only when everything is connected. Long on purpose: one line per rule. */
  check(element: Element, node: Node): void {
    const { type, eventType } = element;
    if (type === 'START_EVENT' && element.incoming.length > 0) this.problem(node, '开始事件不能有进来的顺序流。');
    if (type === 'END_EVENT' && element.outgoing.length > 0) this.problem(node, '结束事件不能有出去的顺序流。');
    if (type === 'BOUNDARY_EVENT') {
      if (element.incoming.length > 0) this.problem(node, '边界事件不能有进来的顺序流。');
      if (!['MESSAGE', 'TIMER', 'SIGNAL', 'ERROR', 'ESCALATION', 'COMPENSATION'].includes(eventType))
        this.problem(node, '边界事件只能是消息、定时、信号、错误、升级或补偿。');
      if (eventType === 'ERROR' && !element.interrupting) this.problem(node, '错误边界事件必须是中断的。');
      if (eventType !== 'COMPENSATION' && element.outgoing.length === 0)
        this.problem(node, '边界事件没有出去的顺序流。');
      // Zeebe goes by the references here, not by the flows.
      else if (eventType !== 'COMPENSATION' && (node.outgoing ?? []).length === 0)
        this.problem(node, '边界事件里没有写它出去的顺序流（<bpmn:outgoing>）。');
      if (eventType === 'ESCALATION' && !this.escalates(element))
        this.problem(node, '升级边界事件只能附着在子流程或调用活动上。');
      if (eventType === 'COMPENSATION' && element.compensationHandler === undefined)
        this.problem(node, '补偿边界事件没有连到补偿活动。');
      if (eventType === 'COMPENSATION' && element.outgoing.length > 0) this.problem(node, '补偿边界事件不能有顺序流。');
      if (eventType === 'TIMER' && element.event?.timer?.kind === 'cycle' && element.interrupting)
        this.problem(node, '中断的边界事件不能用周期定时。');
    }
    if (type === 'INTERMEDIATE_CATCH_EVENT' && !['MESSAGE', 'TIMER', 'SIGNAL', 'LINK'].includes(eventType))
      this.problem(node, '中间捕获事件只能是消息、定时、信号或链接。');
    if (type === 'INTERMEDIATE_CATCH_EVENT' && eventType === 'TIMER' && element.event?.timer?.kind === 'cycle')
      this.problem(node, '中间定时事件只能用时长或日期。');
    if (
      type === 'INTERMEDIATE_THROW_EVENT' &&
      !['NONE', 'MESSAGE', 'SIGNAL', 'ESCALATION', 'COMPENSATION', 'LINK'].includes(eventType)
    )
      this.problem(node, '中间抛出事件只能是普通、消息、信号、升级、补偿或链接。');
    if (
      type === 'END_EVENT' &&
      !['NONE', 'MESSAGE', 'SIGNAL', 'ERROR', 'ESCALATION', 'COMPENSATION', 'TERMINATE'].includes(eventType)
    )
      this.problem(node, '结束事件只能是普通、消息、信号、错误、升级、补偿或终止。');
    if (['SERVICE_TASK', 'SEND_TASK'].includes(type) && !element.job)
      this.problem(node, '没有填写作业类型（任务定义）。');
    if (type === 'BUSINESS_RULE_TASK' && !element.job) this.problem(node, '业务规则任务没有填写作业类型（任务定义）。');
    if (type === 'SCRIPT_TASK' && !element.job && !element.script)
      this.problem(node, '脚本任务没有填写脚本，也没有作业类型。');
    if (eventType === 'MESSAGE' && (type === 'INTERMEDIATE_THROW_EVENT' || type === 'END_EVENT') && !element.job)
      this.problem(node, '消息抛出事件没有填写作业类型（任务定义）。');
    if (
      element.event?.type === 'MESSAGE' &&
      catches(element) &&
      !element.event.correlationKey &&
      !this.startsProcess(element)
    )
      this.problem(node, '没有填写消息的关联键。');
    if (element.event?.timer && this.startsProcess(element)) this.staticTimer(element, node);
    const started = this.startsProcess(element) ? element.event?.name : undefined;
    if (started && 'expression' in started && started.expression.names.size > 0)
      this.problem(node, '流程的开始事件的消息、信号名称不能引用变量。');
    if (
      element.event?.timer &&
      'fixed' in element.event.timer.value &&
      !validTimer(element.event.timer.kind, element.event.timer.value.fixed)
    )
      this.problem(node, `定时“${element.event.timer.value.fixed}”的写法有误。`);
    if (type === 'INCLUSIVE_GATEWAY' && element.incoming.length > 1)
      this.problem(node, '包容网关只支持分叉，不支持汇合。');
    if (type === 'EVENT_BASED_GATEWAY') this.eventGateway(element, node);
    if ((type === 'EXCLUSIVE_GATEWAY' || type === 'INCLUSIVE_GATEWAY') && element.outgoing.length > 1)
      for (const flow of element.outgoing)
        if (!flow.condition && flow !== element.defaultFlow)
          this.problem({ id: flow.id, $type: 'bpmn:SequenceFlow' }, '网关出去的顺序流没有写条件，也不是默认流。');
    if (eventType === 'LINK') this.link(element, node);
    if (isActivity(element)) this.duplicates(element, node, element.boundary);
    if (element.eventSubprocesses.length > 0)
      this.duplicates(
        element,
        node,
        element.eventSubprocesses.map((item) => item.start),
      );
    if (type === 'PROCESS') this.duplicateStarts(element, node);
    if (element.compensationHandler !== undefined && type === 'BOUNDARY_EVENT') return;
    if (element.isForCompensation && (element.incoming.length > 0 || element.outgoing.length > 0))
      this.problem(node, '补偿活动不能有进出的顺序流。');
  }

  escalates(boundary: Element): boolean {
    const host = this.elements[boundary.attachedTo ?? 0]!;
    return host.type === 'SUB_PROCESS' || host.type === 'CALL_ACTIVITY';
  }

  startsProcess(element: Element): boolean {
    return element.type === 'START_EVENT' && element.scope === 0;
  }

  staticTimer(element: Element, node: Node): void {
    const { value } = element.event!.timer!;
    if ('expression' in value && value.expression.names.size > 0)
      this.problem(node, '流程的定时开始事件不能引用变量。');
  }

  eventGateway(element: Element, node: Node): void {
    if (element.outgoing.length < 2) this.problem(node, '事件网关至少要有两条出去的顺序流。');
    else if ((node.outgoing ?? []).length < 2)
      this.problem(node, '事件网关里没有写它出去的顺序流（<bpmn:outgoing>），至少要有两条。');
    for (const flow of element.outgoing) {
      const target = this.elements[flow.target]!;
      const allowed =
        target.type === 'INTERMEDIATE_CATCH_EVENT' && ['MESSAGE', 'TIMER', 'SIGNAL'].includes(target.eventType);
      if (!allowed) this.problem(node, `事件网关只能连到消息、定时或信号中间捕获事件，不能连到“${target.id}”。`);
      else if (target.incoming.length > 1) this.problem(node, `事件网关后的“${target.id}”不能有别的进来的顺序流。`);
    }
    const names = element.outgoing.map((flow) => messageName(this.elements[flow.target]!)).filter(Boolean);
    if (new Set(names).size < names.length) this.problem(node, '事件网关后有两个同名消息。');
  }

  link(element: Element, node: Node): void {
    const name = linkName(element);
    const siblings = this.elements.filter(
      (other) => other.scope === element.scope && other.eventType === 'LINK' && linkName(other) === name,
    );
    const targets = siblings.filter((other) => other.type === 'INTERMEDIATE_CATCH_EVENT');
    if (targets.length > 1 && element === targets[1]) this.problem(node, `链接“${name}”有多个目标。`);
    if (element.type === 'INTERMEDIATE_THROW_EVENT' && targets.length === 0)
      this.problem(node, `链接“${name}”没有目标。`);
  }

  duplicates(_element: Element, node: Node, events: Element[]): void {
    const messages = events.map(messageName).filter(Boolean);
    if (new Set(messages).size < messages.length) this.problem(node, '同一处有两个事件等待同名的消息。');
    for (const type of ['ERROR', 'ESCALATION'] as const) {
      const codes = events
        .filter((event) => event.eventType === type)
        .map((event) => (event.event?.name && 'fixed' in event.event.name ? event.event.name.fixed : '*'));
      if (new Set(codes).size < codes.length)
        this.problem(node, `同一处有两个事件捕获相同的${type === 'ERROR' ? '错误' : '升级'}代码。`);
    }
    const signals = events
      .filter((event) => event.eventType === 'SIGNAL')
      .map((event) => (event.event?.name && 'fixed' in event.event.name ? event.event.name.fixed : ''));
    if (new Set(signals).size < signals.length) this.problem(node, '同一处有两个事件等待同名的信号。');
  }

  duplicateStarts(element: Element, node: Node): void {
    for (const type of ['SIGNAL']) {
      const names = element.eventStarts
        .filter((start) => start.eventType === type)
        .map((start) => (start.event?.name && 'fixed' in start.event.name ? start.event.name.fixed : start.id));
      if (new Set(names).size < names.length)
        this.problem(node, `流程有两个同名的${type === 'MESSAGE' ? '消息' : '信号'}开始事件。`);
    }
  }

  /** A loop without a wait state would never come to rest. */
  checkLoops(): void {
    const waits = (element: Element) =>
      Boolean(element.job || element.script || element.multiInstance) ||
      ['USER_TASK', 'RECEIVE_TASK', 'CALL_ACTIVITY', 'SUB_PROCESS', 'EVENT_BASED_GATEWAY', 'SCRIPT_TASK'].includes(
        element.type,
      ) ||
      (element.type === 'INTERMEDIATE_CATCH_EVENT' && element.eventType !== 'LINK');
    const state = new Map<number, 'open' | 'done'>();
    const visit = (element: Element, path: Element[]): void => {
      if (waits(element) || state.get(element.index) === 'done') return;
      if (state.get(element.index) === 'open') {
        const loop = path.slice(path.indexOf(element));
        this.problem(
          this.nodes.get(element),
          `流程在 ${loop.map((item) => item.id).join(' → ')} 之间空转，没有停下来等待的元素。`,
        );
        return;
      }
      state.set(element.index, 'open');
      for (const flow of element.outgoing) visit(this.elements[flow.target]!, [...path, element]);
      state.set(element.index, 'done');
    };
    for (const element of this.elements) visit(element, []);
  }
}

export const isActivity = (element: Element): boolean =>
  element.type.endsWith('_TASK') ||
  element.type === 'TASK' ||
  element.type === 'CALL_ACTIVITY' ||
  element.type === 'SUB_PROCESS';

const catches = (element: Element) =>
  ['START_EVENT', 'INTERMEDIATE_CATCH_EVENT', 'BOUNDARY_EVENT', 'RECEIVE_TASK'].includes(element.type);

const messageName = (element: Element): string | undefined =>
  element.event?.type === 'MESSAGE' && element.event.name && 'fixed' in element.event.name
    ? element.event.name.fixed
    : undefined;

export const linkName = (element: Element): string =>
  element.event?.name && 'fixed' in element.event.name ? element.event.name.fixed : '';

const DURATION = /^-?P(?=\d|T\d|-)(-?\d+Y)?(-?\d+M)?(-?\d+W)?(-?\d+D)?(T(?=-?\d)(-?\d+H)?(-?\d+M)?(-?\d+(\.\d+)?S)?)?$/;

function validTimer(kind: Timer['kind'], text: string): boolean {
  if (kind === 'duration') return DURATION.test(text);
  if (kind === 'date')
    return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})(\[[\w/]+\])?$/.test(text);
  if (!text.startsWith('R')) return text.startsWith('@') || text.trim().split(/\s+/).length === 6;
  const parts = text.split('/');
  return /^R-?\d*$/.test(parts[0]!) && parts.length >= 2 && parts.length <= 3 && DURATION.test(parts.at(-1)!);
}

function pick<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
