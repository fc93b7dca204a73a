import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { DomainError, invalid } from '../../kernel/errors.ts';
import type {
  Diagram,
  DiagramEdge,
  DiagramElement,
  DiagramFlow,
  DiagramMessage,
  DiagramProcess,
  DiagramShape,
  EventKind,
} from './diagram.ts';
import { whyUnreadable } from './xml-trouble.ts';

export const contentHash = (content: string): string => createHash('sha256').update(content).digest('hex');

/** Parsed files by hash of their content. The same bytes always give the same diagram, so nothing can go stale. */
const parsed = new Map<string, Promise<Diagram>>();
const REMEMBERED = 64;

/** Reads a BPMN file into plain data. Throws `Invalid` with the line when it is no BPMN file. */
export function readDiagram(xml: string): Promise<Diagram> {
  const hash = contentHash(xml);
  const known = parsed.get(hash);
  if (known) return known;
  const reading = parse(xml, hash);
  parsed.set(hash, reading);
  reading.catch(() => parsed.delete(hash));
  if (parsed.size > REMEMBERED) parsed.delete(parsed.keys().next().value!);
  return reading;
}

/** Hashes of the files that need not be sent again, and what was read from them. */
export const knownHashes = (): string[] => [...parsed.keys()];
export const knownDiagram = (hash: string): Promise<Diagram> | undefined => parsed.get(hash);

async function parse(xml: string, hash: string): Promise<Diagram> {
  return toDiagram((await parseDefinitions(xml)).rootElement, hash);
}

async function newModdle(): Promise<any> {
  // Loaded when first needed: the parser is not part of a cold start.
  const { BpmnModdle } = (await import('bpmn-moddle' as string)) as any;
  return new BpmnModdle({ zeebe: createRequire(import.meta.url)('zeebe-bpmn-moddle/resources/zeebe.json') });
}

/** The moddle tree, for the linter and for whoever changes it. */
export async function parseDefinitions(xml: string): Promise<{ moddle: any; rootElement: any; warnings: string[] }> {
  const moddle = await newModdle();
  try {
    const result = await moddle.fromXML(xml);
    return {
      moddle,
      rootElement: result.rootElement,
      warnings: result.warnings.map((warning: { message: string }) => warning.message),
    };
  } catch (error) {
    throw notBpmn(xml, error as Error);
  }
}

function notBpmn(xml: string, error: Error): DomainError {
  if (error instanceof DomainError) return error;
  return invalid(`不是有效的 BPMN 文件：${whyUnreadable(xml, error.message)}。`, [], {
    reason: 'not-bpmn',
    cause: error,
  });
}

const local = (node: any): string => {
  const name: string = node.$type.split(':').pop()!;
  return name.charAt(0).toLowerCase() + name.slice(1);
};
const textOf = (node: any): string | undefined =>
  node.documentation
    ?.map((entry: any) => entry.text)
    .filter(Boolean)
    .join('\n') || undefined;
const extension = (node: any, type: string): any =>
  node.extensionElements?.values?.find((value: any) => value.$type === type);

function toDiagram(definitions: any, hash: string): Diagram {
  const diagram: Diagram = { hash, processes: [], elements: [], flows: [], messages: [], shapes: [], edges: [] };
  for (const root of definitions.rootElements ?? []) {
    if (root.$type === 'bpmn:Message') diagram.messages.push(messageOf(root));
    if (root.$type === 'bpmn:Process') readProcess(root, diagram);
  }
  for (const plane of (definitions.diagrams ?? []).map((entry: any) => entry.plane)) {
    for (const item of plane?.planeElement ?? []) readPlaneElement(item, diagram);
  }
  return diagram;
}

function messageOf(node: any): DiagramMessage {
  const correlationKey = extension(node, 'zeebe:Subscription')?.correlationKey;
  return { id: node.id, name: node.name ?? '', ...(correlationKey ? { correlationKey } : {}) };
}

function readProcess(node: any, diagram: Diagram): void {
  const documentation = textOf(node);
  const process: DiagramProcess = {
    id: node.id,
    name: node.name ?? node.id,
    executable: node.isExecutable === true,
    ...(documentation ? { documentation } : {}),
  };
  diagram.processes.push(process);
  readScope(node, process.id, null, lanesOf(node), diagram);
}

function lanesOf(process: any): Map<string, string> {
  const lanes = new Map<string, string>();
  const visit = (set: any): void => {
    for (const lane of set.lanes ?? []) {
      for (const node of lane.flowNodeRef ?? []) lanes.set(node.id, lane.name ?? lane.id);
      if (lane.childLaneSet) visit(lane.childLaneSet);
    }
  };
  for (const set of process.laneSets ?? []) visit(set);
  return lanes;
}

function readScope(
  scope: any,
  processId: string,
  parentId: string | null,
  lanes: Map<string, string>,
  diagram: Diagram,
): void {
  const nodes: any[] = scope.flowElements ?? [];
  for (const node of nodes) {
    if (node.$type === 'bpmn:SequenceFlow') diagram.flows.push(flowOf(node, processId));
    else if (node.$instanceOf('bpmn:FlowNode')) {
      const lane = lanes.get(node.id);
      diagram.elements.push({ ...elementFrom(node, processId, parentId), ...(lane ? { lane } : {}) });
      if (node.flowElements) readScope(node, processId, node.id, lanes, diagram);
    }
  }
}

function flowOf(node: any, processId: string): DiagramFlow {
  const condition = node.conditionExpression?.body;
  return {
    id: node.id,
    name: node.name ?? '',
    source: node.sourceRef?.id ?? '',
    target: node.targetRef?.id ?? '',
    ...(condition ? { condition } : {}),
    isDefault: node.sourceRef?.default?.id === node.id,
    processId,
  };
}

/** One flow node with everything its extensions say; longer than others because BPMN is wide, not deep. */
function elementFrom(node: any, processId: string, parentId: string | null): DiagramElement {
  const headers = extension(node, 'zeebe:TaskHeaders')?.values ?? [];
  const form = extension(node, 'zeebe:FormDefinition');
  const assignment = extension(node, 'zeebe:AssignmentDefinition');
  const definition = node.eventDefinitions?.[0];
  const message = definition?.messageRef ?? node.messageRef;
  const isEventStart = node.$type === 'bpmn:StartEvent' && parentId !== null;
  return dropUndefined({
    id: node.id,
    name: node.name || node.id,
    named: Boolean(node.name),
    type: local(node),
    processId,
    parentId,
    documentation: textOf(node),
    jobType: extension(node, 'zeebe:TaskDefinition')?.type,
    headers: Object.fromEntries(headers.map((header: any) => [header.key ?? '', header.value ?? ''])),
    formId: form?.formKey ?? form?.formId,
    candidateGroups: groupsOf(assignment?.candidateGroups),
    groupsExpression: assignment?.candidateGroups?.startsWith('=') ? assignment.candidateGroups : undefined,
    assignee: assignment?.assignee,
    calledProcess: extension(node, 'zeebe:CalledElement')?.processId,
    event: definition ? (local(definition).replace('EventDefinition', '') as EventKind) : undefined,
    messageId: message?.id,
    messageName: message?.name,
    linkName: definition?.$type === 'bpmn:LinkEventDefinition' ? definition.name : undefined,
    attachedTo: node.attachedToRef?.id,
    interrupting:
      node.$type === 'bpmn:BoundaryEvent'
        ? node.cancelActivity !== false
        : isEventStart
          ? node.isInterrupting !== false
          : undefined,
    triggeredByEvent: node.triggeredByEvent === true ? true : undefined,
    multiInstance:
      node.loopCharacteristics?.$type === 'bpmn:MultiInstanceLoopCharacteristics'
        ? node.loopCharacteristics.isSequential
          ? 'sequential'
          : 'parallel'
        : undefined,
    defaultFlow: node.default?.id,
    incoming: (node.incoming ?? []).map((flow: any) => flow.id),
    outgoing: (node.outgoing ?? []).map((flow: any) => flow.id),
  }) as unknown as DiagramElement;
}

/** Static text is a comma-separated list; a FEEL list of texts is read where it is one, any other expression stays unread. */
function groupsOf(text: string | undefined): string[] {
  if (!text) return [];
  if (!text.startsWith('='))
    return text
      .split(',')
      .map((group) => group.trim())
      .filter(Boolean);
  return [...text.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
}

const dropUndefined = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const boundsOf = (bounds: any) => ({ x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height });

function readPlaneElement(item: any, diagram: Diagram): void {
  const target = item.bpmnElement;
  if (!target) return;
  const base = {
    elementId: target.id as string,
    type: local(target),
    name: (target.name ?? target.text ?? target.categoryValueRef?.value ?? '') as string,
    ...(item.label?.bounds ? { label: boundsOf(item.label.bounds) } : {}),
  };
  if (item.$type === 'bpmndi:BPMNShape' && item.bounds) {
    const shape: DiagramShape = { ...base, bounds: boundsOf(item.bounds), expanded: item.isExpanded === true };
    diagram.shapes.push(shape);
  } else if (item.$type === 'bpmndi:BPMNEdge' && item.waypoint?.length > 1) {
    const edge: DiagramEdge = { ...base, waypoints: item.waypoint.map((point: any) => ({ x: point.x, y: point.y })) };
    diagram.edges.push(edge);
  }
}
