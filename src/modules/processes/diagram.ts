/** A BPMN file as plain data: what people read in it, without the machinery of moddle. */

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export type EventKind =
  | 'message'
  | 'timer'
  | 'error'
  | 'signal'
  | 'escalation'
  | 'link'
  | 'compensation'
  | 'conditional'
  | 'cancel'
  | 'terminate';

export interface DiagramElement {
  id: string;
  /** Chinese name; the id where the author gave none. */
  name: string;
  named: boolean;
  /** Local name in BPMN: `userTask`, `exclusiveGateway`, `boundaryEvent` ... */
  type: string;
  processId: string;
  /** The subprocess it lies in, or null at the level of the process. */
  parentId: string | null;
  /** The lane it lies in, by name. */
  lane?: string;
  documentation?: string;
  /** `zeebe:taskDefinition` type; absent on job-based user tasks. */
  jobType?: string;
  headers: Record<string, string>;
  formId?: string;
  candidateGroups: string[];
  /** Groups that an expression gives and the diagram does not say. */
  groupsExpression?: string;
  /** As written: a static text or a FEEL expression with `=`. */
  assignee?: string;
  calledProcess?: string;
  event?: EventKind;
  messageId?: string;
  messageName?: string;
  /** Of link events: what is thrown and caught by this name is one way. */
  linkName?: string;
  attachedTo?: string;
  /** Of boundary events and of start events of event subprocesses. */
  interrupting?: boolean;
  triggeredByEvent?: boolean;
  multiInstance?: 'parallel' | 'sequential';
  defaultFlow?: string;
  incoming: string[];
  outgoing: string[];
}

export interface DiagramFlow {
  id: string;
  name: string;
  source: string;
  target: string;
  condition?: string;
  isDefault: boolean;
  processId: string;
}

export interface DiagramProcess {
  id: string;
  name: string;
  executable: boolean;
  documentation?: string;
}

export interface DiagramMessage {
  id: string;
  name: string;
  correlationKey?: string;
}

export interface DiagramShape {
  elementId: string;
  /** `userTask`, `subProcess`, also `participant`, `lane`, `textAnnotation`, `dataObjectReference` ... */
  type: string;
  name: string;
  bounds: Bounds;
  label?: Bounds;
  expanded: boolean;
}

export interface DiagramEdge {
  elementId: string;
  /** `sequenceFlow`, `messageFlow`, `association` ... */
  type: string;
  name: string;
  waypoints: Point[];
  label?: Bounds;
}

export interface Diagram {
  /** SHA-256 of the file. */
  hash: string;
  processes: DiagramProcess[];
  elements: DiagramElement[];
  flows: DiagramFlow[];
  messages: DiagramMessage[];
  /** In drawing order: containers before what lies in them. */
  shapes: DiagramShape[];
  edges: DiagramEdge[];
}

export const elementOf = (diagram: Diagram, id: string): DiagramElement | undefined =>
  diagram.elements.find((element) => element.id === id);

export const isGateway = (element: DiagramElement): boolean => element.type.endsWith('Gateway');
export const isActivity = (element: DiagramElement): boolean =>
  element.type.endsWith('ask') || element.type === 'callActivity' || element.type === 'subProcess';
export const isEvent = (element: DiagramElement): boolean => element.type.endsWith('Event');
