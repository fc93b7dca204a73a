import { GROUP_WORDS } from '../element-table.ts';
import { KINDS } from '../path-in-words.ts';
import type { Facets } from './design-change.ts';

/** Headers with a word of their own; any other is told by its key. */
const HEADERS: Record<string, string> = {
  ruleSet: '规则集',
  clock: '期限',
  results: '任务结果',
  resultVariable: '结果变量',
};

const TYPES: Record<string, string> = {
  ...KINDS,
  exclusiveGateway: '排他网关',
  parallelGateway: '并行网关',
  inclusiveGateway: '包容网关',
  eventBasedGateway: '事件网关',
};

/**
 * Everything a flow node says, from the tree of bpmn-moddle: what a person would find in the properties panel, each under the word used
 * there. Drawing, order of attributes and ids of things nobody sees are left out, so that two files that mean the same say the same.
 * Long because BPMN is wide, not deep.
 */
export function elementFacets(node: any): Facets {
  const facets: Facets = new Map();
  const say = (title: string, value: unknown) => {
    if (value !== undefined && value !== null && value !== '') facets.set(title, String(value));
  };
  const extension = (type: string): any =>
    node.extensionElements?.values?.find((value: any) => value.$type === type || value.$type === `zeebe:${type}`);
  say('类型', typeInWords(node));
  say('名称', node.name);
  say(
    '说明',
    node.documentation
      ?.map((entry: any) => entry.text)
      .filter(Boolean)
      .join('\n'),
  );

  const assignment = extension('AssignmentDefinition');
  say('办理人', groupsInWords(assignment?.candidateGroups));
  say('指定办理人', assignment?.assignee);
  say('候选人', assignment?.candidateUsers);
  const form = extension('FormDefinition');
  say('表单', form?.formKey ?? form?.formId);
  const schedule = extension('TaskSchedule');
  say('到期时间', schedule?.dueDate);
  say('跟进时间', schedule?.followUpDate);
  say('优先级', extension('PriorityDefinition')?.priority);
  const job = extension('TaskDefinition');
  say('作业类型', job?.type);
  say('重试次数', job?.retries);
  for (const header of extension('TaskHeaders')?.values ?? [])
    say(HEADERS[header.key] ?? `附加信息 ${header.key}`, header.value);
  const called = extension('CalledElement');
  say('被调用的流程', called?.processId);
  say('传回全部变量', called && (called.propagateAllChildVariables === false ? '否' : '是'));
  say('传入全部变量', called?.propagateAllParentVariables === false ? '否' : undefined);
  const decision = extension('CalledDecision');
  say('决策', decision?.decisionId);
  say('结果变量', decision?.resultVariable);
  const script = extension('Script');
  say('脚本', script?.expression);
  say('结果变量', script?.resultVariable);
  const mapping = extension('IoMapping');
  for (const input of mapping?.inputParameters ?? []) say(`传入 ${input.target}`, input.source);
  for (const output of mapping?.outputParameters ?? []) say(`传出 ${output.target}`, output.source);

  for (const definition of node.eventDefinitions ?? []) sayEvent(definition, say);
  if (node.messageRef) sayMessage(node.messageRef, say);
  say('附着在', node.attachedToRef?.name || node.attachedToRef?.id);
  if (node.$type === 'bpmn:BoundaryEvent') say('中断', node.cancelActivity === false ? '否' : '是');
  if (node.$type === 'bpmn:StartEvent' && node.eventDefinitions?.length)
    say('中断', node.isInterrupting === false ? '否' : '是');
  if (node.triggeredByEvent) say('事件子流程', '是');
  sayLoop(node.loopCharacteristics, say);
  say('默认流向', node.default && (node.default.targetRef?.name || node.default.targetRef?.id));
  say('所在子流程', node.$parent?.$type === 'bpmn:SubProcess' ? node.$parent.name || node.$parent.id : undefined);
  return facets;
}

type Say = (title: string, value: unknown) => void;

function sayEvent(definition: any, say: Say): void {
  say('日期', definition.timeDate?.body);
  say('时长', definition.timeDuration?.body);
  say('周期', definition.timeCycle?.body);
  if (definition.messageRef) sayMessage(definition.messageRef, say);
  say('信号', definition.signalRef?.name);
  say('错误', definition.errorRef?.errorCode ?? definition.errorRef?.name);
  say('升级', definition.escalationRef?.escalationCode ?? definition.escalationRef?.name);
  say('补偿', definition.activityRef?.name ?? definition.activityRef?.id);
  say('连接', definition.$type === 'bpmn:LinkEventDefinition' ? definition.name : undefined);
  if (definition.$type === 'bpmn:TerminateEventDefinition') say('终止', '整个流程');
}

function sayMessage(message: any, say: Say): void {
  say('消息', message.name);
  const subscription = message.extensionElements?.values?.find((value: any) => value.$type === 'zeebe:Subscription');
  say('消息关联', subscription?.correlationKey);
}

function sayLoop(loop: any, say: Say): void {
  if (!loop) return;
  if (loop.$type !== 'bpmn:MultiInstanceLoopCharacteristics') return say('循环', '标准循环');
  say('多人办理', loop.isSequential ? '逐个' : '同时');
  const own = loop.extensionElements?.values?.find((value: any) => value.$type === 'zeebe:LoopCharacteristics');
  say('逐项来自', own?.inputCollection);
  say('每项叫', own?.inputElement);
  say('汇总到', own?.outputCollection);
  say('每项结果', own?.outputElement);
  say('提前结束条件', loop.completionCondition?.body);
}

export function typeInWords(node: any): string {
  const name: string = node.$type.split(':').pop()!;
  const type = name.charAt(0).toLowerCase() + name.slice(1);
  return TYPES[type] ?? type;
}

const groupsInWords = (text: string | undefined): string | undefined =>
  text
    ?.split(',')
    .map((token) => GROUP_WORDS[token.trim()] ?? token.trim())
    .join('、');
