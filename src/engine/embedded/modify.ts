import { type Activation, CommandRejected, type CommandResult, type EngineCommand } from '../port.ts';
import type { Batch } from './batch.ts';
import type { CompiledProcess, Element } from './model/types.ts';
import { keyOf } from './partitions.ts';
import { subscribe } from './run/events.ts';
import { ACTIVATED, ACTIVATING, type Run, type Tree } from './run/run.ts';
import type { El } from './run/state.ts';

type Modify = Extract<EngineCommand, { type: 'modifyInstance' }>;

/**
 * Moves tokens by hand, as `ModifyProcessInstance` of Zeebe 8.5 does: first every activation, with the scopes it lacks, then every
 * termination; a scope that is left without anything in it ends, too, and the instance with its last token. Everything is checked before
 * anything is changed. Stricter than Zeebe in one thing: nothing is begun inside a multi-instance activity or an event subprocess from outside.
 */
export async function modifyInstance(batch: Batch, command: Modify): Promise<CommandResult> {
  const key = keyOf(command.processInstanceKey);
  const tree = await batch.tree(key);
  const root = tree?.get(key);
  if (!tree || !root || root.p !== 0 || root.e !== 0)
    throw new CommandRejected(
      'NOT_FOUND',
      `Expected to modify process instance but no process instance found with key '${command.processInstanceKey}'`,
    );
  const plan = new Plan(tree, root, batch.definition(root.d).process);
  const places = command.activate.map((item) => plan.placeOf(item));
  const ending = plan.endings(command.terminate, places);
  batch.run(tree, (run) => {
    const made = new Map<number, El>();
    for (const [index, item] of command.activate.entries()) begin(run, root, places[index]!, item, made);
    for (const el of ending) run.terminate(el);
    run.record('PROCESS_INSTANCE_MODIFICATION', 'MODIFIED', tree.nextKey(), root, {
      processInstanceKey: command.processInstanceKey,
      activateInstructions: command.activate.map((item) => ({ elementId: item.elementId })),
      terminateInstructions: command.terminate.map((item) => ({ elementInstanceKey: item })),
    });
  });
  return { key: command.processInstanceKey };
}

/** Where an element begins: in a living scope, or below it in scopes that are made for it. */
interface Place {
  element: Element;
  living: El;
  /** Scopes that are lacking, outermost first. */
  missing: Element[];
}

const NOT_BY_HAND = ['PROCESS', 'START_EVENT', 'BOUNDARY_EVENT'];

class Plan {
  readonly #tree: Tree;
  readonly #root: El;
  readonly #process: CompiledProcess;

  constructor(tree: Tree, root: El, process: CompiledProcess) {
    this.#tree = tree;
    this.#root = root;
    this.#process = process;
  }

  #refuse(code: CommandRejected['code'], why: string): never {
    throw new CommandRejected(code, `Expected to modify instance of process '${this.#process.id}' but ${why}`);
  }

  placeOf(item: Activation): Place {
    const element = this.#process.byId.get(item.elementId);
    if (!element)
      this.#refuse(
        'INVALID_ARGUMENT',
        `it contains one or more activate instructions with an element that could not be found: '${item.elementId}'`,
      );
    const unsupported = (why: string) =>
      this.#refuse(
        'INVALID_ARGUMENT',
        `it contains one or more activate instructions for elements that are unsupported: '${item.elementId}'. ${why}`,
      );
    if (NOT_BY_HAND.includes(element.type))
      unsupported(`The activation of elements with type '${element.type}' is not supported.`);
    if (element.incoming.some((flow) => this.#process.elements[flow.source]!.type === 'EVENT_BASED_GATEWAY'))
      unsupported('The activation of events belonging to an event-based gateway is not supported');
    if (element.isForCompensation)
      unsupported('A compensation handler is begun by the event that undoes its activity.');
    const missing: Element[] = [];
    let scope = this.#process.elements[element.scope]!;
    for (;;) {
      const living = this.#living(scope, item);
      if (living) {
        if (living.int) unsupported('The scope it lies in was interrupted by an event.');
        return { element, living, missing };
      }
      if (scope.multiInstance)
        unsupported('The activation of elements inside a multi-instance subprocess is not supported');
      if (scope.type === 'EVENT_SUB_PROCESS') unsupported('The event subprocess it lies in has not begun.');
      missing.unshift(scope);
      scope = this.#process.elements[scope.scope]!;
    }
  }

  /** The one living instance of a scope; the one that was named where there are several. */
  #living(scope: Element, item: Activation): El | undefined {
    if (scope.type === 'PROCESS') return this.#root;
    const all = [...this.#tree.els.values()].filter(
      (el) => el.pi === this.#root.k && el.e === scope.index && !el.mi && el.s === ACTIVATED,
    );
    if (item.ancestorKey === undefined) {
      if (all.length < 2) return all[0];
      this.#refuse(
        'INVALID_ARGUMENT',
        `it contains one or more activate instructions for an element that has a flow scope with more than one active instance: '${item.elementId}'. Can't decide in which instance of the flow scope the element should be activated. Please specify an ancestor element instance key for this activate instruction.`,
      );
    }
    const wanted = keyOf(item.ancestorKey);
    const named = all.filter((el) => el.k === wanted || this.#isBelow(el, wanted));
    return named.length === 1 ? named[0] : undefined;
  }

  #isBelow(el: El, key: number): boolean {
    for (let at = this.#tree.get(el.p); at; at = this.#tree.get(at.p)) if (at.k === key) return true;
    return false;
  }

  /** What ends: the instances named, and every scope that would be left empty. */
  endings(keys: readonly string[], places: readonly Place[]): El[] {
    const ending = new Map<number, El>();
    for (const text of keys) {
      const el = this.#tree.get(keyOf(text));
      if (!el)
        this.#refuse(
          'INVALID_ARGUMENT',
          `it contains one or more terminate instructions with an element instance that could not be found: '${text}'`,
        );
      if (el.pi !== this.#root.k)
        this.#refuse(
          'INVALID_ARGUMENT',
          `it contains one or more terminate instructions with an element instance that does not belong to the process instance: '${text}'`,
        );
      ending.set(el.k, el);
    }
    const kept = new Set<number>();
    for (const { living } of places)
      for (let at: El | undefined = living; at; at = this.#tree.get(at.p)) kept.add(at.k);
    for (const el of [...ending.values()]) this.#withEmptyScopes(el, ending, kept);
    // What lies in something that ends goes with it.
    const outermost = [...ending.values()].filter((el) => !this.#endsWithScope(el, ending));
    if (outermost.includes(this.#root) && this.#root.by)
      this.#refuse(
        'INVALID_ARGUMENT',
        'the given instructions would terminate the instance. The instance was created by a call activity in the parent process. To terminate this instance please modify the parent process instead.',
      );
    return outermost;
  }

  #withEmptyScopes(el: El, ending: Map<number, El>, kept: ReadonlySet<number>): void {
    for (let scope = this.#tree.get(el.p); scope && !kept.has(scope.k); scope = this.#tree.get(scope.p)) {
      if (scope.f > 0 || this.#tree.children(scope.k).some((child) => !ending.has(child.k))) return;
      ending.set(scope.k, scope);
    }
  }

  #endsWithScope(el: El, ending: ReadonlyMap<number, El>): boolean {
    for (let at = this.#tree.get(el.p); at; at = this.#tree.get(at.p)) if (ending.has(at.k)) return true;
    return false;
  }
}

/** Begins an element; the scopes it lacks are made without their own start. */
function begin(run: Run, root: El, place: Place, item: Activation, made: Map<number, El>): void {
  let scope = place.living;
  for (const element of place.missing) scope = made.get(element.index) ?? openScope(run, scope, element, made);
  for (const { scopeId, values } of item.variables ?? []) {
    const target = scopeId === undefined ? root : scopeNamed(run, scope, scopeId);
    if (target) run.mergeLocal(target, values);
  }
  run.activate(scope, place.element, place.element.multiInstance ? { mi: true } : {});
}

function scopeNamed(run: Run, from: El, id: string): El | undefined {
  for (let at: El | undefined = from; at; at = run.parent(at)) if (run.element(at).id === id) return at;
  return undefined;
}

function openScope(run: Run, parent: El, element: Element, made: Map<number, El>): El {
  const el: El = {
    k: run.tree.nextKey(),
    p: parent.k,
    pi: parent.pi,
    d: parent.d,
    e: element.index,
    s: ACTIVATING,
    n: 0,
    f: 0,
  };
  parent.n += 1;
  run.tree.adopt(el);
  run.lifecycle(el, 'ELEMENT_ACTIVATING');
  subscribe(run, el);
  el.s = ACTIVATED;
  run.lifecycle(el, 'ELEMENT_ACTIVATED');
  made.set(element.index, el);
  return el;
}
