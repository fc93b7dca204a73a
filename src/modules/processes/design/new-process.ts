import { type FieldProblem, invalid } from '../../../kernel/errors.ts';

/** Names that are addresses of the house already. */
const TAKEN = ['new', 'import'];

/** What is wrong with the id and the name of a new process; empty when nothing is. */
export function problemsOfNewProcess(input: { id: string; name: string }, known: readonly string[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!input.name) problems.push({ pointer: '/name', message: '没有填名称。请写流程叫什么，例如“办结复核”。' });
  else if ([...input.name].length > 40) problems.push({ pointer: '/name', message: '名称太长。请写在 40 字以内。' });
  if (!isProcessId(input.id))
    problems.push({
      pointer: '/id',
      message: '编号只能用小写英文字母、数字和连字符，以字母开头，3 到 60 个字，例如“completion-review”。',
    });
  else if (known.includes(input.id) || TAKEN.includes(input.id))
    problems.push({ pointer: '/id', message: `已经有编号“${input.id}”的流程或草稿。请换一个编号，或修改那一个。` });
  return problems;
}

export const isProcessId = (id: string): boolean => /^[a-z][a-z0-9-]{2,59}$/.test(id) && !TAKEN.includes(id);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The smallest process that runs: it begins, somebody does something, it ends. */
export function emptyProcess(input: { id: string; name: string }): string {
  if (!isProcessId(input.id)) throw invalid('流程编号不合规定。请用小写英文字母、数字和连字符。');
  const name = escaped(input.name);
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="definitions-${input.id}" targetNamespace="http://bpmn.io/schema/bpmn" exporter="suying" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.5.0">
  <bpmn:process id="${input.id}" name="${name}" isExecutable="true">
    <bpmn:startEvent id="begin" name="开始">
      <bpmn:outgoing>begin-done</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:sequenceFlow id="begin-done" sourceRef="begin" targetRef="done" />
    <bpmn:endEvent id="done" name="结束">
      <bpmn:incoming>begin-done</bpmn:incoming>
    </bpmn:endEvent>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram-${input.id}">
    <bpmndi:BPMNPlane id="plane-${input.id}" bpmnElement="${input.id}">
      <bpmndi:BPMNShape id="begin_di" bpmnElement="begin">
        <dc:Bounds x="180" y="160" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="187" y="203" width="22" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="done_di" bpmnElement="done">
        <dc:Bounds x="460" y="160" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="467" y="203" width="22" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="begin-done_di" bpmnElement="begin-done">
        <di:waypoint x="216" y="178" />
        <di:waypoint x="460" y="178" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`;
}
