import type { Choice, DesignWords, JobChoice } from './design-words.ts';

/** An element template as the editor of Camunda reads it. */
export interface ElementTemplate {
  id: string;
  name: string;
  description: string;
  /** Other words people look for it by. */
  keywords?: string[];
  appliesTo: string[];
  elementType: { value: string };
  properties: TemplateProperty[];
}

interface TemplateProperty {
  label?: string;
  type: 'Dropdown' | 'Hidden' | 'String';
  value?: string;
  choices?: { name: string; value: string }[];
  binding: Record<string, string>;
  constraints?: { notEmpty: boolean };
}

const header = (key: string) => ({ type: 'zeebe:taskHeader', key });
/** Nothing is chosen beforehand: what nobody chose is a finding, not the first of a list. */
const dropdown = (label: string, choices: readonly Choice[], binding: Record<string, string>): TemplateProperty => ({
  label,
  type: 'Dropdown',
  choices: choices.map(({ value, title }) => ({ name: title, value })),
  binding,
});

/** What somebody may put on the canvas, ready to run: tasks for people, decisions, programs, other processes. */
export function elementTemplates(words: DesignWords): ElementTemplate[] {
  const jobs = words.jobs.filter((job) => job.value !== 'evaluate-rules');
  return [
    {
      id: 'suying.user-task',
      name: '人工任务',
      description: '由一个岗位的人填一张表单',
      keywords: ['办理', '复核', '审核', '审批', '填表', 'user'],
      appliesTo: ['bpmn:Task', 'bpmn:UserTask'],
      elementType: { value: 'bpmn:UserTask' },
      properties: [
        dropdown('表单', words.forms, { type: 'zeebe:formDefinition', property: 'formKey' }),
        dropdown('谁办', words.groups, { type: 'zeebe:assignmentDefinition', property: 'candidateGroups' }),
        dropdown('期限', words.clocks, header('clock')),
      ],
    },
    {
      id: 'suying.rule-decision',
      name: '规则判断',
      description: '按一个规则集判断，结果写入流程变量',
      keywords: ['条件', '决策', 'rule'],
      appliesTo: ['bpmn:Task', 'bpmn:BusinessRuleTask'],
      elementType: { value: 'bpmn:BusinessRuleTask' },
      properties: [
        { type: 'Hidden', value: 'evaluate-rules', binding: { type: 'zeebe:taskDefinition', property: 'type' } },
        dropdown('规则集', words.ruleSets, header('ruleSet')),
        { label: '结果变量', type: 'String', value: 'decision', binding: header('resultVariable') },
      ],
    },
    {
      id: 'suying.call-process',
      name: '调用流程',
      description: '走完另一个流程再继续',
      keywords: ['子流程', 'call'],
      appliesTo: ['bpmn:Task', 'bpmn:CallActivity'],
      elementType: { value: 'bpmn:CallActivity' },
      properties: [
        dropdown('流程', words.processes, { type: 'zeebe:calledElement', property: 'processId' }),
        {
          type: 'Hidden',
          value: '=demandId',
          binding: { type: 'zeebe:input', name: 'demandId' },
        },
      ],
    },
    ...jobs.map(jobTemplate),
  ];
}

const jobTemplate = (job: JobChoice): ElementTemplate => ({
  id: `suying.job.${job.value}`,
  name: `程序：${job.title}`,
  description: job.about,
  appliesTo: ['bpmn:Task', 'bpmn:ServiceTask'],
  elementType: { value: 'bpmn:ServiceTask' },
  properties: [
    { type: 'Hidden', value: job.value, binding: { type: 'zeebe:taskDefinition', property: 'type' } },
    ...job.headers.map((item) => dropdown(item.title, item.choices, header(item.key))),
  ],
});
