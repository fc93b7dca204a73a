/** A report of the Camunda 8.5 rules, as bpmnlint hands it on. */
export interface CompatReport {
  id?: string;
  message: string;
  data?: {
    type?: string;
    property?: string;
    requiredProperty?: string | string[];
    requiredExtensionElement?: string | string[];
    requiredValue?: unknown;
    duplicatedPropertyValue?: string;
    elements?: readonly string[];
    node?: { $type?: string; id?: string };
  };
}

interface Said {
  what: string;
  why: string;
  mend: string;
  /** Another element than the report names. */
  place?: string;
}

const THINGS: Record<string, string> = {
  'zeebe:FormDefinition': '表单',
  'zeebe:TaskDefinition': '作业类型',
  'zeebe:Script': '脚本',
  'zeebe:Subscription': '关联键',
  'zeebe:LoopCharacteristics': '多实例的输入集合',
  'zeebe:CalledElement': '被调用的流程',
  'zeebe:CalledDecision': '规则集',
  'bpmn:UserTask': '人工任务',
  'bpmn:ServiceTask': '程序任务',
  'bpmn:BusinessRuleTask': '规则判断',
  'bpmn:ScriptTask': '脚本任务',
  'bpmn:SendTask': '发送任务',
  'bpmn:ReceiveTask': '接收任务',
  'bpmn:CallActivity': '调用活动',
  'bpmn:Process': '流程',
  'bpmn:SequenceFlow': '连线',
  'bpmn:TimerEventDefinition': '定时',
  'bpmn:FormalExpression': '定时',
  'bpmn:MessageEventDefinition': '消息事件',
  'bpmn:Message': '消息',
  'bpmn:ErrorEventDefinition': '错误事件',
  'bpmn:SignalEventDefinition': '信号事件',
  'bpmn:EscalationEventDefinition': '升级事件',
  'bpmn:LinkEventDefinition': '链接事件',
  'bpmn:MultiInstanceLoopCharacteristics': '多实例',
  'zeebe:Input': '输入映射',
  'zeebe:Output': '输出映射',
  'zeebe:Header': '作业参数',
  'zeebe:TaskHeaders': '作业参数',
  timeDuration: '时长',
  timeDate: '日期',
  timeCycle: '周期',
  messageRef: '消息名称',
  errorRef: '错误代码',
  signalRef: '信号名称',
  escalationRef: '升级代码',
  conditionExpression: '条件',
  isExecutable: '可执行',
  source: '取值',
  target: '变量名',
  correlationKey: '关联键',
  processId: '被调用的流程',
  inputCollection: '输入集合',
  expression: '表达式',
  name: '名称',
  type: '类型',
};
const named = (thing: string) => THINGS[thing] ?? thing.replace(/^(bpmn|zeebe):/, '');
const listed = (things: string | string[] | undefined) =>
  [things ?? []]
    .flat()
    .map((thing) => `“${named(thing)}”`)
    .join('或');

const WHY = '部署到 Zeebe 时会被拒绝，或者这项设置不起作用';
/** How times are written. */
export const TIMES =
  '时长写成 PT2H（2 小时）、P5D（5 天），日期写成 2026-12-01T09:00:00+08:00，或以“=”开头写 FEEL 表达式';

/** What a report means, for somebody who draws: what is so, why it matters, how to mend it. */
export function compatInWords({ message, data = {} }: CompatReport, nameOf: (id: string) => string): Said {
  const { property = '' } = data;
  const node = named(data.node?.$type ?? '');
  const value = /value of <([^>]*)>/.exec(message)?.[1] ?? '';
  switch (data.type?.replace(/^camunda\./, '')) {
    case 'extensionElementRequired':
    case 'childElementOfTypeRequired':
      return {
        what: `没有填${listed(data.requiredExtensionElement) || '必须的设置'}`,
        why: WHY,
        mend: '在属性面板里填上',
      };
    case 'propertyRequired':
    case 'propertyDependentRequired':
      return { what: `没有填${listed(data.requiredProperty) || '必须的设置'}`, why: WHY, mend: '在属性面板里填上' };
    case 'expressionValueNotAllowed':
      return { what: `“${value}”不是能用的${named(property)}`, why: '到不了这个时间，件会停在这里', mend: TIMES };
    case 'feelExpressionInvalid':
      return {
        what: `“${named(property)}”不是能读的 FEEL 表达式`,
        why: '算不出结果，走到这里会成为异常',
        mend: '核对括号、引号和运算，例如 =days > 5',
      };
    case 'expressionRequired':
      return { what: `“${named(property)}”要写成表达式`, why: WHY, mend: '以“=”开头写 FEEL 表达式' };
    case 'loopNotAllowed': {
      const steps = data.elements ?? [];
      return {
        what: `不经过人工或等待就绕回来：${[...steps, ...steps.slice(0, 1)].map(nameOf).join(' → ')}`,
        why: '会一直转下去，引擎会被占满',
        mend: '断开其中一条线，或在圈里放一步人工任务或定时',
        ...(steps[0] ? { place: steps[0] } : {}),
      };
    }
    case 'propertyValueDuplicated':
    case 'propertiesValuesDuplicated':
    case 'elementPropertyValueDuplicated':
      return {
        what: `${node}“${data.duplicatedPropertyValue ?? ''}”写了两次`,
        why: '只有一个起作用，看不出是哪一个',
        mend: '删去其中一个',
      };
    case 'propertyValueRequired':
      return data.property === 'isExecutable'
        ? { what: '没有勾选“可执行”', why: '引擎不会运行它', mend: '在流程的属性里勾选“可执行”' }
        : { what: `“${named(property)}”的值不合要求`, why: WHY, mend: '在属性面板里改正这一项' };
    case 'propertyValueNotAllowed':
    case 'propertyTypeNotAllowed':
      return {
        what: `${node ? `${node}的` : ''}“${named(property)}”不能是“${value}”`,
        why: WHY,
        mend: '变量名用英文字母、数字和下划线；其他项在属性面板里改正',
      };
    case 'propertyNotAllowed':
      return { what: `这里不能用“${named(property)}”`, why: WHY, mend: '在属性面板里去掉这一项，或换一种写法' };
    case 'expressionNotAllowed':
      return { what: `“${named(property)}”不能写成表达式`, why: WHY, mend: '直接填写值，不以“=”开头' };
    case 'elementTypeNotAllowed':
      return { what: '这种图元两种引擎不都能运行', why: WHY, mend: '换一种画法' };
    case 'elementCollapsedNotAllowed':
      return { what: '子流程是收起的', why: '收起的子流程里面看不见也改不了', mend: '展开它，或改用调用活动' };
    case 'extensionElementNotAllowed':
    case 'childElementTypeNotAllowed':
      return {
        what: '有一项 Camunda 8.5 没有的设置',
        why: '8.5 的引擎不认识它，会被拒绝或不起作用',
        mend: '在属性面板里去掉这一项',
      };
    case 'eventBasedGatewayTargetNotAllowed':
      return { what: '事件网关接错了', why: '它后面只能接收消息或定时器', mend: '在后面接消息或定时事件' };
    case 'attachedToRefElementTypeNotAllowed':
      return { what: '边界事件附在不能附的图元上', why: WHY, mend: '附到子流程或调用活动上' };
    default:
      return { what: `有一项设置不合 Camunda 8.5 的要求（${message}）`, why: WHY, mend: '在属性面板里改正这一项' };
  }
}

/** What our own checks say better of the same element: one problem is told once. By rule, what their sentence is known by. */
const SAID_BY_OURS: Record<string, RegExp> = {
  timer: /定时/,
  'message-reference': /消息名称/,
  subscription: /关联键/,
  'loop-characteristics': /多实例/,
  implementation: /作业类型|脚本/,
  'called-element': /被调用的流程|没有流程/,
  'executable-process': /可执行/,
  'error-reference': /错误代码/,
  'signal-reference': /信号/,
  'escalation-reference': /升级/,
  'element-type': /不支持|不能运行/,
  'variable-name': /变量名/,
  'io-mapping': /变量映射/,
  'sequence-flow-condition': /条件/,
  feel: /FEEL/,
  'user-task-definition': /没有(选)?表单/,
  'user-task-form': /没有(选)?表单/,
  'event-based-gateway-target': /事件网关/,
};

/** Whether a finding of a Camunda rule says no more than one of ours about the same element. */
export const saidByOurs = (rule: string, sentence: string): boolean =>
  SAID_BY_OURS[rule.replace(/^camunda-compat\//, '')]?.test(sentence) ?? false;
