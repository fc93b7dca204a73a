import type { Expression } from '../feel/index.ts';

/** Element types as Zeebe's records name them. */
export type ElementType =
  | 'PROCESS'
  | 'SUB_PROCESS'
  | 'EVENT_SUB_PROCESS'
  | 'START_EVENT'
  | 'INTERMEDIATE_CATCH_EVENT'
  | 'INTERMEDIATE_THROW_EVENT'
  | 'BOUNDARY_EVENT'
  | 'END_EVENT'
  | 'SERVICE_TASK'
  | 'SEND_TASK'
  | 'SCRIPT_TASK'
  | 'BUSINESS_RULE_TASK'
  | 'USER_TASK'
  | 'RECEIVE_TASK'
  | 'MANUAL_TASK'
  | 'TASK'
  | 'CALL_ACTIVITY'
  | 'EXCLUSIVE_GATEWAY'
  | 'PARALLEL_GATEWAY'
  | 'INCLUSIVE_GATEWAY'
  | 'EVENT_BASED_GATEWAY';

export type EventType =
  | 'UNSPECIFIED'
  | 'NONE'
  | 'MESSAGE'
  | 'TIMER'
  | 'SIGNAL'
  | 'ERROR'
  | 'ESCALATION'
  | 'COMPENSATION'
  | 'LINK'
  | 'TERMINATE';

/** A text attribute: fixed, or a FEEL expression when it begins with `=`. */
export type TextOrExpression = { fixed: string } | { expression: Expression };

export interface Flow {
  id: string;
  index: number;
  source: number;
  target: number;
  condition: Expression | null;
}

export interface Timer {
  kind: 'duration' | 'date' | 'cycle';
  value: TextOrExpression;
}

export interface EventDefinition {
  type: EventType;
  timer?: Timer;
  /** Message name, signal name, link name, error or escalation code. Absent code = catch all. */
  name?: TextOrExpression;
  correlationKey?: TextOrExpression;
  /** Compensation throw event: id of the one activity to undo. */
  activity?: string;
}

export interface JobDefinition {
  type: TextOrExpression;
  retries: TextOrExpression;
  headers: Record<string, string>;
}

export interface UserTaskDefinition {
  assignee?: TextOrExpression;
  candidateGroups?: TextOrExpression;
  candidateUsers?: TextOrExpression;
  dueDate?: TextOrExpression;
  followUpDate?: TextOrExpression;
  formKey?: string;
}

export interface MultiInstance {
  sequential: boolean;
  inputCollection: Expression;
  inputElement?: string;
  outputCollection?: string;
  outputElement?: Expression;
  /** Set when the output element is a plain variable name. */
  outputVariable?: string;
  completionCondition?: Expression;
}

/** One element of a compiled process. Index 0 is the process itself. */
export interface Element {
  index: number;
  id: string;
  name: string;
  type: ElementType;
  eventType: EventType;
  /** Index of the container. */
  scope: number;
  /** In the order of the file. */
  outgoing: Flow[];
  incoming: Flow[];
  defaultFlow?: Flow;
  /** One FEEL context over all input mappings; output mappings likewise. */
  inputs?: Expression;
  outputs?: Expression;
  job?: JobDefinition;
  userTask?: UserTaskDefinition;
  script?: { expression: Expression; resultVariable: string };
  called?: { processId: TextOrExpression; propagateAllChildVariables: boolean; propagateAllParentVariables: boolean };
  event?: EventDefinition;
  interrupting: boolean;
  multiInstance?: MultiInstance;
  /** Boundary events attached to this activity, in the order of the file. */
  boundary: Element[];
  attachedTo?: number;
  /** Event subprocesses of this container: the subprocess and its start event. */
  eventSubprocesses: { subprocess: Element; start: Element }[];
  /** None start event of this container. */
  noneStart?: Element;
  /** Start events of a process with an event definition. */
  eventStarts: Element[];
  isForCompensation: boolean;
  compensationHandler?: number;
}

export interface CompiledProcess {
  id: string;
  name: string;
  elements: Element[];
  flows: Flow[];
  byId: Map<string, Element>;
}
