/** A small process with everything whose order the schema lays down; each case writes one part at the wrong place. */
const PARTS = {
  task: `<bpmn:userTask id="review" name="审核"><bpmn:documentation>说明</bpmn:documentation><bpmn:extensionElements><zeebe:assignmentDefinition assignee="a"/></bpmn:extensionElements><bpmn:incoming>s_review</bpmn:incoming><bpmn:outgoing>review_g</bpmn:outgoing><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1]"/></bpmn:extensionElements><bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=true</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`,
  boundary: `<bpmn:boundaryEvent id="late" name="到期" attachedToRef="review"><bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="=1" target="x"/></zeebe:ioMapping></bpmn:extensionElements><bpmn:outgoing>late_e</bpmn:outgoing><bpmn:timerEventDefinition id="late_t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`,
  flow: `<bpmn:sequenceFlow id="g_e" name="同意" sourceRef="g" targetRef="e"><bpmn:extensionElements/><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=true</bpmn:conditionExpression></bpmn:sequenceFlow>`,
  gateway: `<bpmn:exclusiveGateway id="g" name="同意吗"><bpmn:documentation>说明</bpmn:documentation><bpmn:incoming>review_g</bpmn:incoming><bpmn:outgoing>g_e</bpmn:outgoing></bpmn:exclusiveGateway>`,
  lanes: `<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="纳服"><bpmn:flowNodeRef>s</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>`,
  note: `<bpmn:textAnnotation id="note"><bpmn:text>注</bpmn:text></bpmn:textAnnotation>`,
  shape: `<bpmndi:BPMNShape id="s_di" bpmnElement="s"><dc:Bounds x="100" y="100" width="36" height="36"/><bpmndi:BPMNLabel><dc:Bounds x="100" y="140" width="36" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>`,
};

/** The file; `change` rewrites it. */
export const ordered = (processId: string, change: (parts: typeof PARTS) => Partial<typeof PARTS> = () => ({})) => {
  const { task, boundary, flow, gateway, lanes, note, shape } = { ...PARTS, ...change(PARTS) };
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="urn:test">
  <bpmn:process id="${processId}" name="审核流程" isExecutable="true">${lanes}<bpmn:startEvent id="s" name="开始"><bpmn:outgoing>s_review</bpmn:outgoing></bpmn:startEvent><bpmn:sequenceFlow id="s_review" sourceRef="s" targetRef="review"/>${task}${boundary}<bpmn:sequenceFlow id="review_g" sourceRef="review" targetRef="g"/>${gateway}${flow}<bpmn:sequenceFlow id="late_e" sourceRef="late" targetRef="e"/><bpmn:endEvent id="e" name="结束"><bpmn:incoming>g_e</bpmn:incoming><bpmn:incoming>late_e</bpmn:incoming></bpmn:endEvent>${note}</bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="${processId}">${shape}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`;
};

/** Moves the first element named `tag` in front of the first one named `before`. */
function move(xml: string, tag: string, before: string): string {
  const found = new RegExp(`<${tag}\\b[^>]*/>|<${tag}\\b[\\s\\S]*?</${tag}>`).exec(xml)![0];
  const rest = xml.replace(found, '');
  const at = rest.search(new RegExp(`<${before}\\b`));
  return rest.slice(0, at) + found + rest.slice(at);
}

/** An event gateway before two timers; its own references to its flows may be left out. */
const choice = (processId: string, references: string) => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <bpmn:process id="${processId}" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:eventBasedGateway id="choice">${references}</bpmn:eventBasedGateway><bpmn:endEvent id="e"/>
  <bpmn:sequenceFlow id="s_choice" sourceRef="s" targetRef="choice"/>${['one', 'two']
    .map(
      (name) =>
        `<bpmn:intermediateCatchEvent id="${name}"><bpmn:timerEventDefinition id="${name}_t"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent><bpmn:sequenceFlow id="choice_${name}" sourceRef="choice" targetRef="${name}"/><bpmn:sequenceFlow id="${name}_e" sourceRef="${name}" targetRef="e"/>`,
    )
    .join('')}</bpmn:process>
</bpmn:definitions>`;
const BOTH = '<bpmn:outgoing>choice_one</bpmn:outgoing><bpmn:outgoing>choice_two</bpmn:outgoing>';
export const eventChoice = (processId: string): string => choice(processId, BOTH);

/** What stands wrong; the file; the element to be named and the words of the sentence. */
export const MISORDERED: [what: string, file: (processId: string) => string, elementId: string, says: RegExp][] = [
  [
    'extension elements after the incoming flow of a task',
    (id) => ordered(id, ({ task }) => ({ task: move(task, 'bpmn:incoming', 'bpmn:extensionElements') })),
    'review',
    /<bpmn:extensionElements>（扩展属性） 写在了 <bpmn:incoming>/,
  ],
  [
    'documentation after extension elements',
    (id) => ordered(id, ({ task }) => ({ task: move(task, 'bpmn:extensionElements', 'bpmn:documentation') })),
    'review',
    /<bpmn:documentation>（说明） 写在了/,
  ],
  [
    'outgoing before incoming',
    (id) => ordered(id, ({ gateway }) => ({ gateway: move(gateway, 'bpmn:outgoing', 'bpmn:incoming') })),
    'g',
    /<bpmn:incoming>（流入的连线） 写在了 <bpmn:outgoing>/,
  ],
  [
    'a multi-instance marker before the flows',
    (id) => ordered(id, ({ task }) => ({ task: move(task, 'bpmn:multiInstanceLoopCharacteristics', 'bpmn:incoming') })),
    'review',
    /写在了 <bpmn:multiInstanceLoopCharacteristics>（多实例标记） 后面/,
  ],
  [
    'a completion condition before its extension elements',
    (id) =>
      ordered(id, ({ task }) => ({
        task: task.replace(/(<bpmn:multi\w+>)([\s\S]*)(<\/bpmn:multi)/, (_all, open, inner, close) => {
          return open + move(inner, 'bpmn:completionCondition', 'bpmn:extensionElements') + close;
        }),
      })),
    'review',
    /<bpmn:multiInstanceLoopCharacteristics> 里的/,
  ],
  [
    'an event definition before the outgoing flow',
    (id) => ordered(id, ({ boundary }) => ({ boundary: move(boundary, 'bpmn:timerEventDefinition', 'bpmn:outgoing') })),
    'late',
    /<bpmn:outgoing>（流出的连线） 写在了 <bpmn:timerEventDefinition>/,
  ],
  [
    'extension elements after the condition of a flow',
    (id) => ordered(id, ({ flow }) => ({ flow: move(flow, 'bpmn:conditionExpression', 'bpmn:extensionElements') })),
    'g_e',
    /<bpmn:sequenceFlow> 里的/,
  ],
  [
    'lanes after the elements',
    (id) => {
      const xml = ordered(id);
      return move(xml, 'bpmn:startEvent', 'bpmn:laneSet');
    },
    'p',
    /<bpmn:laneSet>（泳道） 写在了/,
  ],
  [
    'a note between the elements',
    (id) => move(ordered(id), 'bpmn:textAnnotation', 'bpmn:exclusiveGateway'),
    'p',
    /写在了 <bpmn:textAnnotation>（注释） 后面/,
  ],
  [
    'a label before the bounds of a shape',
    (id) =>
      ordered(id, ({ shape }) => ({
        shape: shape.replace(/(<dc:Bounds[^>]*\/>)(<bpmndi:BPMNLabel>[\s\S]*<\/bpmndi:BPMNLabel>)/, '$2$1'),
      })),
    's',
    /<dc:Bounds>（图形的位置） 写在了 <bpmndi:BPMNLabel>/,
  ],
  [
    'the diagram before the process',
    (id) => move(ordered(id), 'bpmndi:BPMNDiagram', 'bpmn:process'),
    'definitions',
    /<bpmn:process>（流程） 写在了 <bpmndi:BPMNDiagram>/,
  ],
];

/** Flows that the element they begin at does not name, where Zeebe goes by its names. */
export const UNNAMED: typeof MISORDERED = [
  [
    'a boundary event that does not name its flow',
    (id) =>
      ordered(id, ({ boundary }) => ({ boundary: boundary.replace(/<bpmn:outgoing>[^<]*<\/bpmn:outgoing>/, '') })),
    'late',
    /边界事件里没有写它出去的顺序流/,
  ],
  ['an event gateway that does not name its flows', (id) => choice(id, ''), 'choice', /事件网关里没有写它出去的顺序流/],
];
