import type { Diagram, DiagramElement } from './diagram.ts';
import { isGateway } from './diagram.ts';
import { KINDS } from './path-in-words.ts';

/** One row of the table that says the same as the picture: who does what, with which form, by which rules, until when. */
export interface ElementRow {
  id: string;
  name: string;
  kind: string;
  /** Who, in words; empty where nobody does. */
  who: string;
  formId: string | null;
  ruleSet: string | null;
  calledProcess: string | null;
  jobType: string | null;
  /** Clock that runs meanwhile, `TRANSFER`, `HANDLING`, ... */
  clock: string | null;
  /** Of gateways: each way out with its condition. */
  ways: { name: string; condition: string | null; to: string }[];
  /** Lies in a subprocess. */
  inside: boolean;
  documentation: string;
}

/** Candidate-group tokens of the diagrams in words. */
export const GROUP_WORDS: Record<string, string> = {
  'tax-service': '本级纳服专岗',
  'host-department': '主办部门处理人员',
  'host-department-head': '主办部门负责人',
  'registering-department': '首次受理部门',
  'extension-approver': '规则指定的领导',
  'deferral-approver': '挂账审批人',
  'deferral-confirmer': '本级主要领导',
  'unreasonable-reviewer': '分管纳服的局领导',
  'return-reviewer': '本级纳服专岗',
  'completion-reviewer': '主办部门负责人',
  'supervision-receiver': '主办部门负责人',
  'supervision-leader': '分管局领导',
  'supervision-chief': '本级主要领导',
  'bulletin-signer': '分管纳服的局领导',
};

/** Elements in the order of the drawing, left to right, what lies in a subprocess after it; silent joins left out unless asked for. */
export function elementTable(diagram: Diagram, options: { unnamed?: boolean } = {}): ElementRow[] {
  const leftOf = new Map(diagram.shapes.map((shape) => [shape.elementId, shape.bounds.x]));
  const ofParent = (parentId: string | null): DiagramElement[] =>
    diagram.elements
      .filter((element) => element.parentId === parentId)
      .sort((a, b) => rank(a) - rank(b) || (leftOf.get(a.id) ?? 0) - (leftOf.get(b.id) ?? 0))
      .flatMap((element) => [element, ...ofParent(element.id)]);
  return ofParent(null)
    .filter((element) => element.named || options.unnamed)
    .map((element) => ({
      id: element.id,
      name: element.name,
      kind: isGateway(element) ? '判断' : (KINDS[element.type] ?? '步骤'),
      who: whoOf(element),
      formId: element.formId ?? null,
      ruleSet: element.headers.ruleSet ?? null,
      calledProcess: element.calledProcess ?? null,
      jobType: element.headers.ruleSet ? null : (element.jobType ?? null),
      clock: element.headers.clock ?? null,
      ways: isGateway(element) ? waysOf(diagram, element) : [],
      inside: element.parentId !== null,
      documentation: element.documentation ?? '',
    }));
}

/** Event subprocesses answer to what happens meanwhile; they come after the main way. */
const rank = (element: DiagramElement): number => (element.triggeredByEvent ? 1 : 0);

function whoOf(element: DiagramElement): string {
  if (element.candidateGroups.length > 0)
    return element.candidateGroups.map((group) => GROUP_WORDS[group] ?? group).join('、');
  if (element.assignee) return element.assignee.startsWith('=') ? '规则指定的人' : element.assignee;
  return element.type === 'userTask' ? '没有写明' : '';
}

function waysOf(diagram: Diagram, gateway: DiagramElement): ElementRow['ways'] {
  const flows = diagram.flows.filter((flow) => flow.source === gateway.id);
  if (flows.length < 2) return [];
  return flows.map((flow) => ({
    name: flow.name || (flow.isDefault ? '其他情况' : ''),
    condition: flow.condition ?? null,
    to: diagram.elements.find((element) => element.id === flow.target)?.name ?? flow.target,
  }));
}
