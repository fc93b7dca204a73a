import { type FieldProblem, invalid } from '../../../kernel/errors.ts';
import type { Choice, DesignWords } from './design-words.ts';
import { extensionOf, headerOf, type Model, setExtension, setHeader } from './open-model.ts';

/** One property of an element as people fill it in. */
export interface ElementField {
  name: string;
  label: string;
  type: 'text' | 'area' | 'select' | 'checks';
  value: string | readonly string[];
  options: readonly Choice[];
  hint: string;
  required: boolean;
}

export type Answers = Readonly<Record<string, string | readonly string[]>>;

/** How a property is read, written and explained. Long because it is the table of everything that may be said of an element. */
interface Definition {
  name: string;
  label: string;
  type: ElementField['type'];
  of(node: any): boolean;
  read(node: any, model: Model): string | readonly string[];
  write(model: Model, node: any, value: any): void;
  options?(words: DesignWords, node: any): readonly Choice[];
  hint?: string;
  required?(node: any): boolean;
  check?(value: string): string | undefined;
}

const is =
  (...types: string[]) =>
  (node: any): boolean =>
    types.includes(node.$type);
const isTask = is('bpmn:UserTask', 'bpmn:ServiceTask', 'bpmn:BusinessRuleTask', 'bpmn:SendTask', 'bpmn:CallActivity');
const isJob = is('bpmn:ServiceTask', 'bpmn:SendTask');
const isUser = is('bpmn:UserTask');
const isRule = is('bpmn:BusinessRuleTask');
const isCall = is('bpmn:CallActivity');
const eventOf = (node: any, type: string): any =>
  node.eventDefinitions?.find((definition: any) => definition.$type === type);
const isBranch = (node: any): boolean =>
  node.$type === 'bpmn:SequenceFlow' &&
  ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'].includes(node.sourceRef?.$type) &&
  node.sourceRef.outgoing.length > 1;
const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
const expression = (value: string): string | undefined =>
  value && !value.startsWith('=') ? '表达式要以“=”开头，例如 =reviewDecision = "APPROVED"。' : undefined;
const groupsOf = (node: any): string => extensionOf(node, 'zeebe:AssignmentDefinition')?.candidateGroups ?? '';
const typeOf = (node: any): string => extensionOf(node, 'zeebe:TaskDefinition')?.type ?? '';

/** Variables that go into a step, or come out of it. */
function mappingField(name: string, label: string, kind: 'Input' | 'Output', example: string): Definition {
  const list = `${kind.toLowerCase()}Parameters`;
  return {
    name,
    label,
    type: 'area',
    of: isTask,
    read: (node) => linesOf(node, list),
    write: (model, node, value) => writeLines(model, node, list, `zeebe:${kind}`, value),
    hint: `一行一个：变量名 = 取值，例如 ${example}。`,
    check: mappingProblem,
  };
}

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'name',
    label: '名称',
    type: 'text',
    of: () => true,
    read: (node) => node.name ?? '',
    write: (_model, node, value) => {
      node.name = value || undefined;
    },
    required: (node) => isTask(node) || node.$type === 'bpmn:Process',
    hint: '动词加对象，任务清单、时间轴和路径文字都用它。',
  },
  {
    name: 'form',
    label: '表单',
    type: 'select',
    of: isUser,
    read: (node) => extensionOf(node, 'zeebe:FormDefinition')?.formKey ?? '',
    write: (model, node, value) =>
      setExtension(model, node, 'zeebe:FormDefinition', { formKey: value || undefined, formId: undefined }),
    options: (words) => words.forms,
  },
  {
    name: 'groups',
    label: '谁办',
    type: 'checks',
    of: (node) => isUser(node) && !groupsOf(node).startsWith('='),
    read: (node) => listOf(groupsOf(node)),
    write: (model, node, value: readonly string[]) =>
      setExtension(model, node, 'zeebe:AssignmentDefinition', { candidateGroups: value.join(',') || undefined }),
    options: (words) => words.groups,
  },
  {
    name: 'groupsExpression',
    label: '谁办（表达式）',
    type: 'text',
    of: (node) => isUser(node) && groupsOf(node).startsWith('='),
    read: groupsOf,
    write: (model, node, value) =>
      setExtension(model, node, 'zeebe:AssignmentDefinition', { candidateGroups: value || undefined }),
    hint: '由变量决定部门，例如 =["department:" + coDepartment]。清空后可以改选岗位。',
    check: expression,
  },
  {
    name: 'assignee',
    label: '指定办理人',
    type: 'text',
    of: isUser,
    read: (node) => extensionOf(node, 'zeebe:AssignmentDefinition')?.assignee ?? '',
    write: (model, node, value) =>
      setExtension(model, node, 'zeebe:AssignmentDefinition', { assignee: value || undefined }),
    hint: '由规则指定人的，写变量，例如 =extension.approverLogin；一般留空。',
  },
  {
    name: 'clock',
    label: '期限',
    type: 'select',
    of: isUser,
    read: (node) => headerOf(node, 'clock'),
    write: (model, node, value) => setHeader(model, node, 'clock', value),
    options: (words) => words.clocks,
    hint: '任务上显示哪一个钟；天数在“参数”里。',
  },
  {
    name: 'results',
    label: '带回流程的结果',
    type: 'checks',
    of: isUser,
    read: (node) => listOf(headerOf(node, 'results')),
    write: (model, node, value: readonly string[]) => setHeader(model, node, 'results', value.join(',')),
    options: (words, node) =>
      (words.forms.find((form) => form.value === extensionOf(node, 'zeebe:FormDefinition')?.formKey)?.fields ?? []).map(
        (name) => ({ value: name, title: name }),
      ),
    hint: '后面的网关要读的字段。换了表单的，先保存再选。',
  },
  {
    name: 'job',
    label: '程序',
    type: 'select',
    of: isJob,
    read: typeOf,
    write: (model, node, value) => setExtension(model, node, 'zeebe:TaskDefinition', { type: value || undefined }),
    options: (words) => words.jobs.map((job) => ({ value: job.value, title: `${job.title}：${job.about}` })),
    required: () => true,
  },
  {
    name: 'ruleSet',
    label: '规则集',
    type: 'select',
    of: isRule,
    read: (node) => headerOf(node, 'ruleSet'),
    write(model, node, value) {
      setExtension(model, node, 'zeebe:TaskDefinition', { type: 'evaluate-rules' });
      setHeader(model, node, 'ruleSet', value);
    },
    options: (words) => words.ruleSets,
    required: () => true,
  },
  {
    name: 'resultVariable',
    label: '结果变量',
    type: 'text',
    of: isRule,
    read: (node) => headerOf(node, 'resultVariable'),
    write: (model, node, value) => setHeader(model, node, 'resultVariable', value),
    hint: '后面的网关用这个名称读结果，例如 decision.visit。',
    required: () => true,
    check: (value) =>
      value && !/^[a-zA-Z][\w]*$/.test(value) ? '变量名只能用英文字母、数字和下划线，以字母开头。' : undefined,
  },
  {
    name: 'called',
    label: '调用的流程',
    type: 'select',
    of: isCall,
    read: (node) => extensionOf(node, 'zeebe:CalledElement')?.processId ?? '',
    write: (model, node, value) =>
      setExtension(model, node, 'zeebe:CalledElement', {
        processId: value || undefined,
        propagateAllChildVariables: false,
        propagateAllParentVariables: false,
      }),
    options: (words) => words.processes,
    required: () => true,
  },
  {
    name: 'message',
    label: '消息',
    type: 'select',
    of: (node) => Boolean(eventOf(node, 'bpmn:MessageEventDefinition')),
    read: (node) => eventOf(node, 'bpmn:MessageEventDefinition').messageRef?.name ?? '',
    write(model, node, value) {
      eventOf(node, 'bpmn:MessageEventDefinition').messageRef = value ? messageOf(model, value) : undefined;
    },
    options: (words) => words.messages,
    required: () => true,
  },
  {
    name: 'timer',
    label: '定时',
    type: 'text',
    of: (node) => Boolean(eventOf(node, 'bpmn:TimerEventDefinition')),
    read(node) {
      const { timeDuration, timeDate, timeCycle } = eventOf(node, 'bpmn:TimerEventDefinition');
      return (timeDuration ?? timeDate ?? timeCycle)?.body ?? '';
    },
    write(model, node, value) {
      const timer = eventOf(node, 'bpmn:TimerEventDefinition');
      const kind = timer.timeDate ? 'timeDate' : timer.timeCycle ? 'timeCycle' : 'timeDuration';
      timer[kind] = value ? model.create('bpmn:FormalExpression', { body: value }) : undefined;
    },
    hint: '时长写 P3D、PT2H 这样的格式；工作日的期限不用定时器，用期限消息。',
    required: () => true,
  },
  {
    name: 'condition',
    label: '条件',
    type: 'area',
    of: isBranch,
    read: (node) => node.conditionExpression?.body ?? '',
    write(model, node, value) {
      node.conditionExpression = value ? model.create('bpmn:FormalExpression', { body: value }) : undefined;
    },
    hint: '以“=”开头，例如 =reviewDecision = "APPROVED"。默认的一条留空。',
    check: expression,
  },
  {
    name: 'isDefault',
    label: '默认',
    type: 'checks',
    of: isBranch,
    read: (node) => (node.sourceRef.default === node ? ['yes'] : []),
    write(_model, node, value: readonly string[]) {
      if (value.includes('yes')) node.sourceRef.default = node;
      else if (node.sourceRef.default === node) node.sourceRef.default = undefined;
    },
    options: () => [{ value: 'yes', title: '其他条件都不成立时走这条' }],
  },
  mappingField('inputs', '传入的变量', 'Input', 'demandId = demandId'),
  mappingField('outputs', '带回的变量', 'Output', 'visitOutcome = visitOutcome'),
  {
    name: 'documentation',
    label: '说明',
    type: 'area',
    of: (node) => node.$type !== 'bpmn:SequenceFlow',
    read: (node) => (node.documentation ?? []).map((entry: any) => entry.text).join('\n'),
    write(model, node, value) {
      node.documentation = value ? [model.create('bpmn:Documentation', { text: value })] : undefined;
    },
    hint: '这一步依据哪一条、办什么。',
  },
];

/** `target = source`, as people write mappings. */
const linesOf = (node: any, side: string): string =>
  (extensionOf(node, 'zeebe:IoMapping')?.[side] ?? [])
    .map((item: any) => `${item.target} = ${String(item.source ?? '').replace(/^=\s*/, '')}`)
    .join('\n');
const MAPPING = /^\s*([a-zA-Z]\w*)\s*=\s*(\S.*?)\s*$/;
function mappingProblem(value: string): string | undefined {
  const wrong = value.split('\n').findIndex((line) => line.trim() !== '' && !MAPPING.test(line));
  return wrong < 0 ? undefined : `第 ${wrong + 1} 行读不懂。请写成“变量名 = 取值”，例如 demandId = demandId。`;
}
function writeLines(model: Model, node: any, side: string, type: string, value: string): void {
  const made = value.split('\n').flatMap((line) => {
    const [, target, source] = MAPPING.exec(line) ?? [];
    return target ? [model.create(type, { target, source: `=${source!.replace(/^=\s*/, '')}` })] : [];
  });
  setExtension(model, node, 'zeebe:IoMapping', { [side]: made });
}

const MESSAGE_KEYS = new WeakMap<Model, DesignWords>();
function messageOf(model: Model, name: string): any {
  const roots: any[] = model.definitions.rootElements;
  const known = roots.find((root) => root.$type === 'bpmn:Message' && root.name === name);
  if (known) return known;
  const correlationKey = MESSAGE_KEYS.get(model)?.messages.find((item) => item.value === name)?.correlationKey;
  const message = model.create('bpmn:Message', { id: `message-${name}`, name });
  message.$parent = model.definitions;
  if (correlationKey) setExtension(model, message, 'zeebe:Subscription', { correlationKey });
  roots.push(message);
  return message;
}

/** Headers of a job with their choices: other fields for another job. */
const headersOf = (node: any, words: DesignWords): Definition[] =>
  isJob(node)
    ? (words.jobs.find((job) => job.value === typeOf(node))?.headers ?? []).map((header) => ({
        name: `header-${header.key}`,
        label: header.title,
        type: 'select',
        of: isJob,
        read: (item: any) => headerOf(item, header.key),
        write: (model: Model, item: any, value: string) => setHeader(model, item, header.key, value),
        options: () => header.choices,
      }))
    : [];

const definitionsFor = (node: any, words: DesignWords): Definition[] =>
  [...DEFINITIONS.slice(0, -3), ...headersOf(node, words), ...DEFINITIONS.slice(-3)].filter((item) => item.of(node));

/** What may be said of an element, as it stands. */
export function elementFields(model: Model, id: string, words: DesignWords): ElementField[] {
  const node = model.find(id);
  return definitionsFor(node, words).map((item) => ({
    name: item.name,
    label: item.label,
    type: item.type,
    value: item.read(node, model),
    options: item.options?.(words, node) ?? [],
    hint: item.hint ?? '',
    required: item.required?.(node) ?? false,
  }));
}

/** Writes what was filled in. Throws `Invalid` with every wrong field and then has changed nothing that is kept. */
export function changeElement(model: Model, id: string, answers: Answers, words: DesignWords): void {
  const node = model.find(id);
  MESSAGE_KEYS.set(model, words);
  const definitions = definitionsFor(node, words).filter((item) => item.name in answers || item.type === 'checks');
  const problems: FieldProblem[] = definitions.flatMap((item) => {
    const value = answers[item.name];
    const text = typeof value === 'string' ? value.trim() : '';
    if (item.required?.(node) && item.type !== 'checks' && text === '')
      return [{ pointer: `/${item.name}`, message: `没有填“${item.label}”。` }];
    const wrong = item.check?.(text);
    return wrong ? [{ pointer: `/${item.name}`, message: `${item.label}：${wrong}` }] : [];
  });
  if (problems.length > 0) throw invalid('有内容需要修改。', problems);
  for (const item of definitions) {
    const value = answers[item.name];
    const next =
      item.type === 'checks'
        ? (Array.isArray(value) ? value : [value]).filter((one): one is string => Boolean(one))
        : String(value ?? '')
            .replaceAll('\r\n', '\n')
            .trim();
    // What did not change is not written: the file stays as it was there.
    if (JSON.stringify(next) !== JSON.stringify(item.read(node, model))) item.write(model, node, next);
  }
}
