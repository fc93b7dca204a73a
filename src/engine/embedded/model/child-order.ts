import { Parser } from 'saxen';
import type { DeploymentProblem } from '../../port.ts';

/**
 * The order of children that the schema of BPMN 2.0 lays down. Zeebe refuses a file that does not keep to it, and a modeler always does;
 * a file written by hand or by a script may not. The tree that is compiled has lost the order, so the text is read for it.
 */
type Names = readonly string[];
/** Names of one rank: in any order among themselves. */
type Ranks = readonly (string | Names)[];

const BASE: Ranks = ['documentation', 'extensionElements'];
const FLOW_ELEMENT: Ranks = [...BASE, 'auditing', 'monitoring', 'categoryValueRef'];
const FLOW_NODE: Ranks = [...FLOW_ELEMENT, 'incoming', 'outgoing'];
const ROLES: Names = ['resourceRole', 'performer', 'humanPerformer', 'potentialOwner'];
const LOOPS: Names = ['loopCharacteristics', 'multiInstanceLoopCharacteristics', 'standardLoopCharacteristics'];
const ACTIVITY: Ranks = [
  ...FLOW_NODE,
  'ioSpecification',
  'property',
  'dataInputAssociation',
  'dataOutputAssociation',
  ROLES,
  LOOPS,
];
const DEFINITIONS: Names = [
  ...['message', 'timer', 'signal', 'error', 'escalation', 'compensate', 'link', 'terminate', 'conditional', 'cancel'],
].map((kind) => `${kind}EventDefinition`);
const CATCH: Ranks = [
  ...FLOW_NODE,
  'property',
  'dataOutput',
  'dataOutputAssociation',
  'outputSet',
  DEFINITIONS,
  'eventDefinitionRef',
];
const THROW: Ranks = [
  ...FLOW_NODE,
  'property',
  'dataInput',
  'dataInputAssociation',
  'inputSet',
  DEFINITIONS,
  'eventDefinitionRef',
];
const TASKS: Names = [
  'serviceTask',
  'sendTask',
  'receiveTask',
  'manualTask',
  'businessRuleTask',
  'task',
  'callActivity',
];
const GATEWAYS: Names = [
  'exclusiveGateway',
  'parallelGateway',
  'inclusiveGateway',
  'eventBasedGateway',
  'complexGateway',
];
const FLOW_ELEMENTS: Names = [
  ...TASKS,
  ...GATEWAYS,
  'userTask',
  'scriptTask',
  'subProcess',
  'adHocSubProcess',
  'transaction',
  'startEvent',
  'intermediateCatchEvent',
  'boundaryEvent',
  'intermediateThrowEvent',
  'endEvent',
  'sequenceFlow',
  'dataObject',
  'dataObjectReference',
  'dataStoreReference',
];
const ARTIFACTS: Names = ['association', 'group', 'textAnnotation'];
const ROOTS: Names = [
  'process',
  'collaboration',
  'message',
  'error',
  'escalation',
  'signal',
  'category',
  'dataStore',
  'itemDefinition',
  'interface',
  'resource',
  ...DEFINITIONS,
];

const of = (names: Names, ranks: Ranks): [string, Ranks][] => names.map((name) => [`bpmn:${name}`, ranks]);
const SCHEMA: Record<string, Ranks> = {
  ...Object.fromEntries([
    ...of([...TASKS], ACTIVITY),
    ...of(GATEWAYS, FLOW_NODE),
    ...of(['startEvent', 'intermediateCatchEvent', 'boundaryEvent'], CATCH),
    ...of(['intermediateThrowEvent', 'endEvent'], THROW),
    ...of(['subProcess', 'adHocSubProcess', 'transaction'], [...ACTIVITY, 'laneSet', FLOW_ELEMENTS, ARTIFACTS]),
    ...of(['textAnnotation'], [...BASE, 'text']),
    ...of(['laneSet'], [...BASE, 'lane']),
    ...of(['lane'], [...BASE, 'partitionElement', 'flowNodeRef', 'childLaneSet']),
    ...of(['collaboration'], [...BASE, 'participant', 'messageFlow', ARTIFACTS]),
  ]),
  'bpmn:userTask': [...ACTIVITY, 'rendering'],
  'bpmn:scriptTask': [...ACTIVITY, 'script'],
  'bpmn:sequenceFlow': [...FLOW_ELEMENT, 'conditionExpression'],
  'bpmn:timerEventDefinition': [...BASE, ['timeDate', 'timeDuration', 'timeCycle']],
  'bpmn:multiInstanceLoopCharacteristics': [
    ...BASE,
    'loopCardinality',
    'loopDataInputRef',
    'loopDataOutputRef',
    'inputDataItem',
    'outputDataItem',
    'complexBehaviorDefinition',
    'completionCondition',
  ],
  'bpmn:process': [
    ...BASE,
    'supportedInterfaceRef',
    'ioSpecification',
    'ioBinding',
    'auditing',
    'monitoring',
    'property',
    'laneSet',
    FLOW_ELEMENTS,
    ARTIFACTS,
    ROLES,
    'correlationSubscription',
    'supports',
  ],
  'bpmn:definitions': ['import', 'extension', ROOTS, 'bpmndi:BPMNDiagram', 'relationship'],
  'bpmndi:BPMNDiagram': ['bpmndi:BPMNPlane', 'bpmndi:BPMNLabelStyle'],
  'bpmndi:BPMNShape': ['di:extension', 'dc:Bounds', 'bpmndi:BPMNLabel'],
  'bpmndi:BPMNEdge': ['di:extension', 'di:waypoint', 'bpmndi:BPMNLabel'],
};

const RANK_OF = new Map(
  Object.entries(SCHEMA).map(([parent, ranks]) => [
    parent,
    new Map(
      ranks.flatMap((rank, index) =>
        [rank].flat().map((name): [string, number] => [name.includes(':') ? name : `bpmn:${name}`, index]),
      ),
    ),
  ]),
);

const NAMESPACES = {
  'http://www.omg.org/spec/BPMN/20100524/MODEL': 'bpmn',
  'http://www.omg.org/spec/BPMN/20100524/DI': 'bpmndi',
  'http://www.omg.org/spec/DD/20100524/DC': 'dc',
  'http://www.omg.org/spec/DD/20100524/DI': 'di',
};

/** What people call the parts. */
const WORDS: Record<string, string> = {
  'bpmn:documentation': '说明',
  'bpmn:extensionElements': '扩展属性',
  'bpmn:incoming': '流入的连线',
  'bpmn:outgoing': '流出的连线',
  'bpmn:conditionExpression': '条件',
  'bpmn:multiInstanceLoopCharacteristics': '多实例标记',
  'bpmn:laneSet': '泳道',
  'bpmn:completionCondition': '完成条件',
  'bpmn:textAnnotation': '注释',
  'bpmn:association': '关联线',
  'bpmn:process': '流程',
  'bpmndi:BPMNDiagram': '图形',
  'bpmndi:BPMNLabel': '标签的位置',
  'dc:Bounds': '图形的位置',
  'di:waypoint': '连线的折点',
};
const word = (name: string): string => (WORDS[name] ? `<${name}>（${WORDS[name]}）` : `<${name}>`);

interface Open {
  name: string;
  /** Where to look for it: its own id, the element a shape stands for, or what it is in. */
  at: { id: string; label: string; type: string };
  /** The child so far that belongs furthest back. */
  furthest: { name: string; rank: number } | undefined;
  told: Set<string>;
}

/** Children that stand where the schema does not allow them, with their element, one sentence each. */
export function childOrderProblems(resource: string, xml: string): DeploymentProblem[] {
  const problems: DeploymentProblem[] = [];
  const open: Open[] = [];
  const parser = new Parser().ns(NAMESPACES);
  parser.on('error', () => {});
  parser.on('openTag', (name, attributes, decode) => {
    const parent = open.at(-1);
    const given = attributes();
    const text = (attribute: string) => decode(String(given[attribute] ?? ''));
    const id = text('bpmnElement') || text('id');
    const within = parent?.at ?? { id: '', label: '', type: name };
    const at = id ? { id, label: text('name'), type: name } : within;
    if (parent) check(parent, name);
    open.push({ name, at, furthest: undefined, told: new Set() });
  });
  parser.on('closeTag', () => {
    open.pop();
  });
  parser.parse(xml);
  return problems;

  function check(parent: Open, name: string): void {
    const rank = RANK_OF.get(parent.name)?.get(name);
    if (rank === undefined) return;
    if (!parent.furthest || rank >= parent.furthest.rank) {
      if (!parent.furthest || rank > parent.furthest.rank) parent.furthest = { name, rank };
      return;
    }
    if (parent.told.has(name)) return;
    parent.told.add(name);
    problems.push({
      resource,
      elementId: parent.at.id,
      ...(parent.at.label ? { elementName: parent.at.label } : {}),
      elementType: parent.at.type,
      reason: `<${parent.name}> 里的 ${word(name)} 写在了 ${word(parent.furthest.name)} 后面，Zeebe 不接受这样的文件。请把它移到前面，或在流程图编辑器里打开后重新保存一次，次序会自动改正。`,
    });
  }
}
