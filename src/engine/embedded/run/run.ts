import type { Json, Variables } from '../../port.ts';
import type { CompiledProcess, Element, EventType } from '../model/types.ts';
import {
  ACTIVATED,
  ACTIVATING,
  COMPLETING,
  type El,
  type Job,
  KEYS_PER_TREE,
  type MessageSub,
  type SignalSub,
  TERMINATING,
  type TimerSub,
  type TreeState,
} from './state.ts';

/** A deployed version. */
export interface Definition {
  key: number;
  version: number;
  process: CompiledProcess;
}

/** A record before it has a position. */
export interface RawRecord {
  valueType: string;
  intent: string;
  key: number;
  processInstanceKey: number;
  elementId: string;
  value: Record<string, Json>;
}

/** What a run needs from outside, all of it in memory. */
export interface World {
  readonly now: number;
  definition(key: number): Definition;
  /** The newest version of a process. */
  latest(processId: string): Definition | undefined;
  emit(record: RawRecord): void;
  /** Rows others must find. */
  jobOpened(tree: Tree, el: El, job: Job): void;
  jobClosed(job: Job): void;
  jobChanged(tree: Tree, el: El, job: Job): void;
  timerOpened(tree: Tree, el: El, timer: TimerSub): void;
  timerClosed(key: number): void;
  messageOpened(tree: Tree, el: El, subscription: MessageSub): void;
  messageClosed(subscription: MessageSub): void;
  signalOpened(tree: Tree, el: El, subscription: SignalSub): void;
  signalClosed(subscription: SignalSub): void;
  /** A signal was thrown and has reached its own tree. */
  signalThrown(tree: number, name: string, variables: Variables): void;
  /** An instance started by a message with a key is over: the next buffered message may start one. */
  lockReleased(processId: string, correlationKey: string): void;
}

export type Command =
  | {
      c: 'activate';
      element: Element;
      d: number;
      scope: number;
      mi?: boolean;
      trigger?: El['trig'];
      consumed: number;
      patch?: Partial<El>;
    }
  | { c: 'signal'; name: string; variables: Variables }
  | { c: 'complete'; key: number }
  | { c: 'terminate'; key: number };

/** Something in the model cannot go on: the element waits behind an incident. */
export class Stuck extends Error {
  readonly type: string;
  readonly scope: number | undefined;
  constructor(type: string, message: string, scope?: number) {
    super(message);
    this.type = type;
    this.scope = scope;
  }
}

/** One tree in memory, while commands run on it. */
export class Tree {
  readonly id: number;
  seq: number;
  /** Length of its stored text when it was last read or written. */
  bytes = 0;
  readonly els = new Map<number, El>();
  readonly kids = new Map<number, Set<number>>();
  readonly queue: Command[] = [];

  constructor(state: TreeState) {
    this.id = state.id;
    this.seq = state.seq;
    for (const key in state.els) this.adopt(state.els[key]!);
  }

  adopt(el: El): void {
    this.els.set(el.k, el);
    const siblings = this.kids.get(el.p);
    if (siblings) siblings.add(el.k);
    else this.kids.set(el.p, new Set([el.k]));
  }

  remove(el: El): void {
    this.els.delete(el.k);
    this.kids.get(el.p)?.delete(el.k);
    this.kids.delete(el.k);
  }

  nextKey(): number {
    this.seq += 1;
    if (this.seq >= KEYS_PER_TREE) throw new Error(`process instance tree ${this.id} has used all its keys`);
    return this.id * KEYS_PER_TREE + this.seq;
  }

  /** The key that is given out next. */
  get upcomingKey(): number {
    return this.id * KEYS_PER_TREE + this.seq + 1;
  }

  get(key: number): El | undefined {
    return this.els.get(key);
  }

  children(key: number): El[] {
    return [...(this.kids.get(key) ?? [])].map((child) => this.els.get(child)!);
  }

  state(): TreeState {
    const els: Record<string, El> = {};
    for (const [key, el] of this.els) els[key] = el;
    return { id: this.id, seq: this.seq, els };
  }
}

/** One run over one tree: what every behaviour works with. */
export class Run {
  readonly world: World;
  readonly tree: Tree;
  constructor(world: World, tree: Tree) {
    this.world = world;
    this.tree = tree;
  }

  element(el: El): Element {
    return this.world.definition(el.d).process.elements[el.e]!;
  }
  elementAt(d: number, index: number): Element {
    return this.world.definition(d).process.elements[index]!;
  }
  parent(el: El): El | undefined {
    return this.tree.get(el.p);
  }

  record(valueType: string, intent: string, key: number, el: El | undefined, value: Record<string, Json>): void {
    const elementId = typeof value.elementId === 'string' ? value.elementId : '';
    this.world.emit({ valueType, intent, key, processInstanceKey: el?.pi ?? 0, elementId, value });
  }

  lifecycle(el: El, intent: string): void {
    const definition = this.world.definition(el.d);
    const element = definition.process.elements[el.e]!;
    const isProcess = element.type === 'PROCESS';
    this.record('PROCESS_INSTANCE', intent, el.k, el, {
      bpmnElementType: el.mi ? 'MULTI_INSTANCE_BODY' : element.type,
      elementId: element.id,
      bpmnProcessId: definition.process.id,
      version: definition.version,
      processDefinitionKey: String(el.d),
      processInstanceKey: String(el.pi),
      flowScopeKey: el.p === 0 ? '-1' : String(el.p),
      bpmnEventType: el.mi ? 'UNSPECIFIED' : eventTypeOf(element),
      parentProcessInstanceKey: isProcess && el.by ? String(this.tree.get(el.by)?.pi ?? -1) : '-1',
      parentElementInstanceKey: isProcess && el.by ? String(el.by) : '-1',
    });
  }

  // ---- variables -------------------------------------------------------------------------------------------

  /** Looks a variable up from a scope outward. */
  lookup(from: El | undefined): (name: string) => Json | undefined {
    return (name) => {
      for (let el = from; el; el = this.tree.get(el.p)) {
        if (el.v && Object.hasOwn(el.v, name)) return el.v[name];
      }
      return undefined;
    };
  }

  /** All variables a scope sees. */
  visible(from: El | undefined): Variables {
    const all: Variables = {};
    for (let el = from; el; el = this.tree.get(el.p)) {
      for (const name in el.v) if (!Object.hasOwn(all, name)) all[name] = el.v[name]!;
    }
    return all;
  }

  setLocal(scope: El, name: string, value: Json): void {
    scope.v ??= {};
    const known = Object.hasOwn(scope.v, name);
    if (known && same(scope.v[name]!, value)) return;
    scope.v[name] = value;
    const definition = this.world.definition(scope.d);
    this.record('VARIABLE', known ? 'UPDATED' : 'CREATED', this.tree.nextKey(), scope, {
      name,
      value: JSON.stringify(value),
      scopeKey: String(scope.k),
      processInstanceKey: String(scope.pi),
      bpmnProcessId: definition.process.id,
      processDefinitionKey: String(scope.d),
    });
  }

  mergeLocal(scope: El, variables: Variables): void {
    for (const name in variables) this.setLocal(scope, name, variables[name]!);
  }

  /**
   * Each variable goes to the nearest scope that has it with another value, else to the process.
   * An equal value does not stop it on its way up, as in Zeebe.
   */
  merge(from: El, variables: Variables): void {
    for (const name in variables) {
      const value = variables[name]!;
      let target = from;
      for (;;) {
        const outer = this.tree.get(target.p);
        if (!outer) break;
        if (target.v && Object.hasOwn(target.v, name) && !same(target.v[name]!, value)) break;
        target = outer;
      }
      this.setLocal(target, name, value);
    }
  }

  // ---- commands --------------------------------------------------------------------------------------------

  complete(el: El): void {
    this.tree.queue.push({ c: 'complete', key: el.k });
  }
  terminate(el: El): void {
    this.tree.queue.push({ c: 'terminate', key: el.k });
  }

  /** Set by the step: puts an element into the tree at once. */
  static activateAtOnce: (run: Run, command: Extract<Command, { c: 'activate' }>) => void;

  /** An event that has happened is there at once, before anything that is already on its way. */
  activateTriggered(scope: El, element: Element, trigger: NonNullable<El['trig']>): void {
    scope.f += 1;
    Run.activateAtOnce(this, { c: 'activate', element, d: scope.d, scope: scope.k, consumed: 1, trigger });
  }

  /** Sends a token to an element without a flow (boundary event, event subprocess, link, start event). */
  activate(
    scope: El,
    element: Element,
    options: { trigger?: El['trig']; mi?: boolean; patch?: Partial<El> } = {},
  ): void {
    scope.f += 1;
    this.tree.queue.push({ c: 'activate', element, d: scope.d, scope: scope.k, consumed: 1, ...options });
  }

  incident(el: El, type: string, message: string, job?: Job, variableScope?: number): void {
    const definition = this.world.definition(el.d);
    const element = this.element(el);
    const key = this.tree.nextKey();
    el.inc = [
      ...(el.inc ?? []),
      { k: key, type, ...(job ? { job: job.k } : {}), ...(variableScope ? { vs: variableScope } : {}) },
    ];
    this.record('INCIDENT', 'CREATED', key, el, {
      errorType: type,
      errorMessage: message,
      elementId: element.id,
      elementInstanceKey: String(el.k),
      bpmnProcessId: definition.process.id,
      processDefinitionKey: String(el.d),
      processInstanceKey: String(el.pi),
      jobKey: job ? String(job.k) : '-1',
      variableScopeKey: String(variableScope ?? el.k),
    });
  }

  resolveIncident(el: El, key: number): void {
    const incident = el.inc!.find((item) => item.k === key)!;
    el.inc = el.inc!.filter((item) => item.k !== key);
    if (el.inc.length === 0) delete el.inc;
    const definition = this.world.definition(el.d);
    this.record('INCIDENT', 'RESOLVED', key, el, {
      errorType: incident.type,
      errorMessage: '',
      elementId: this.element(el).id,
      elementInstanceKey: String(el.k),
      bpmnProcessId: definition.process.id,
      processDefinitionKey: String(el.d),
      processInstanceKey: String(el.pi),
      jobKey: incident.job ? String(incident.job) : '-1',
      variableScopeKey: String(incident.vs ?? el.k),
    });
  }
}

export function eventTypeOf(element: Element): EventType {
  return element.type === 'RECEIVE_TASK' ? 'MESSAGE' : element.eventType;
}

const same = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

export { ACTIVATED, ACTIVATING, COMPLETING, TERMINATING };
