import type { Json, Variables } from '../../port.ts';
import type { Flow } from '../model/types.ts';
import { compensationDone, forgetCompensation, rememberCompensation } from './compensation.ts';
import { inMultiInstance, startInterrupting, subscribe, unsubscribe } from './events.ts';
import { evaluateJson } from './expressions.ts';
import { jobRecord } from './job-record.ts';
import { childCompleted, leaveChild } from './multi-instance.ts';
import { ACTIVATED, COMPLETING, type Run, Stuck, TERMINATING } from './run.ts';
import type { El } from './state.ts';

/** Input mappings make local variables. */
export function applyInputs(run: Run, el: El): void {
  const element = run.element(el);
  if (!element.inputs) return;
  run.mergeLocal(el, contextOf(evaluateJson(run, element.inputs, run.lookup(el), 'IO_MAPPING_ERROR')));
}

const contextOf = (value: Json): Variables => {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Stuck('IO_MAPPING_ERROR', 'Expected the mappings to give a context.');
  return value;
};

/** Variables of the inner instance of a multi-instance activity: its element, number, and an empty result. */
export function isolate(run: Run, el: El): void {
  const { multiInstance } = run.element(el);
  if (multiInstance?.outputVariable && !(el.v && Object.hasOwn(el.v, multiInstance.outputVariable)))
    run.setLocal(el, multiInstance.outputVariable, null);
}

/** Output mappings, or the event's own variables upward. */
function applyOutputs(run: Run, el: El): void {
  const element = run.element(el);
  const variables = el.trig?.v;
  // Inside a multi-instance activity the mappings write beside the element and its result, not above them.
  const scope = inMultiInstance(run, el) ? el : run.parent(el);
  if (element.type === 'TASK' || element.type === 'MANUAL_TASK') return;
  // What an event or job has brought is used up here: after an incident the variables of then are what counts.
  if (variables) delete el.trig!.v;
  if (element.outputs && !el.mi) {
    if (variables) run.mergeLocal(el, variables);
    const result = contextOf(evaluateJson(run, element.outputs, run.lookup(el), 'IO_MAPPING_ERROR'));
    run.merge(scope ?? el, result);
  } else if (variables && !(el.trig!.err && element.type === 'BOUNDARY_EVENT')) run.merge(el, variables);
}

/** Ends an element without waiting for its turn. */
export function completeNow(run: Run, el: El): void {
  el.s = COMPLETING;
  run.lifecycle(el, 'ELEMENT_COMPLETING');
  onComplete(run, el);
}

/** Ends an element. May throw `Stuck`; then it stays COMPLETING. */
export function onComplete(run: Run, el: El): void {
  const element = run.element(el);
  if (element.type === 'PROCESS') return completeProcess(run, el);
  if (element.type === 'EVENT_BASED_GATEWAY') return completeEventGateway(run, el);
  if (el.mi) {
    const output = element.multiInstance!.outputCollection;
    if (output) run.merge(run.parent(el)!, { [output]: el.v?.[output] ?? [] });
  } else applyOutputs(run, el);
  if (element.type === 'START_EVENT' && element.scope === 0) subscribe(run, run.parent(el)!);
  const inner = inMultiInstance(run, el);
  if (inner) leaveChild(run, el);
  unsubscribe(run, el);
  if (element.compensationHandler !== undefined && element.type !== 'BOUNDARY_EVENT' && !inner)
    rememberCompensation(run, el);
  else if (element.type === 'SUB_PROCESS' && !inner) rememberCompensation(run, el);
  const scope = run.parent(el)!;
  transitionCompleted(run, el);
  if (inner) {
    run.tree.remove(el);
    return childCompleted(run, scope, el);
  }
  if (element.eventType === 'LINK' && element.type === 'INTERMEDIATE_THROW_EVENT') {
    run.tree.remove(el);
    return run.activate(scope, run.elementAt(el.d, el.trig!.e));
  }
  for (const flow of [...element.outgoing].reverse()) takeFlow(run, el, scope, flow);
  run.tree.remove(el);
  if (el.sub) compensationDone(run, el);
  if (element.eventType === 'TERMINATE') return terminateScope(run, scope);
  if (element.outgoing.length === 0) finishPath(run, scope, el);
}

export function transitionCompleted(run: Run, el: El): void {
  run.lifecycle(el, 'ELEMENT_COMPLETED');
  const scope = run.parent(el);
  if (scope) scope.n -= 1;
}

/** A token leaves: joins collect, everything else is activated. */
export function takeFlow(run: Run, el: El, scope: El, flow: Flow): void {
  const definition = run.world.definition(el.d);
  run.record('PROCESS_INSTANCE', 'SEQUENCE_FLOW_TAKEN', run.tree.nextKey(), el, {
    bpmnElementType: 'SEQUENCE_FLOW',
    elementId: flow.id,
    bpmnProcessId: definition.process.id,
    version: definition.version,
    processDefinitionKey: String(el.d),
    processInstanceKey: String(el.pi),
    flowScopeKey: String(scope.k),
    bpmnEventType: 'UNSPECIFIED',
    parentProcessInstanceKey: '-1',
    parentElementInstanceKey: '-1',
  });
  scope.f += 1;
  const target = definition.process.elements[flow.target]!;
  const { length } = target.incoming;
  if (target.type === 'PARALLEL_GATEWAY' && length > 1) {
    scope.tf ??= {};
    scope.tf[flow.index] = (scope.tf[flow.index] ?? 0) + 1;
    if (!target.incoming.every((incoming) => (scope.tf![incoming.index] ?? 0) > 0)) return;
    for (const incoming of target.incoming) {
      const left = scope.tf[incoming.index]! - 1;
      if (left > 0) scope.tf[incoming.index] = left;
      else delete scope.tf[incoming.index];
    }
    run.tree.queue.push({ c: 'activate', element: target, d: el.d, scope: scope.k, consumed: length });
    return;
  }
  run.tree.queue.push({
    c: 'activate',
    element: target,
    d: el.d,
    scope: scope.k,
    consumed: 1,
    ...(target.multiInstance ? { mi: true } : {}),
  });
}

/** A path has ended in a scope: with nothing left, the scope completes. */
export function finishPath(run: Run, scope: El, _child: El): void {
  if (scope.int === 2) {
    if (scope.n === 0 && scope.s === ACTIVATED) run.complete(scope);
    return;
  }
  if (scope.s === ACTIVATED && scope.n === 0 && scope.f === 0) run.complete(scope);
}

function completeProcess(run: Run, el: El): void {
  unsubscribe(run, el);
  forgetCompensation(run, el);
  run.lifecycle(el, 'ELEMENT_COMPLETED');
  run.tree.remove(el);
  released(run, el);
  if (!el.by) return;
  const caller = run.tree.get(el.by);
  if (!caller || caller.s !== ACTIVATED) return;
  const element = run.element(caller);
  delete caller.call;
  if (element.outputs) run.mergeLocal(caller, el.v ?? {});
  else if (element.called!.propagateAllChildVariables) run.merge(caller, el.v ?? {});
  run.complete(caller);
}

/** A process instance that a message with a key has started gives its place to the next. */
export function released(run: Run, el: El): void {
  if (el.lock !== undefined) run.world.lockReleased(run.world.definition(el.d).process.id, el.lock);
}

/** The gateway ends and the event that happened begins; no flow is taken. */
function completeEventGateway(run: Run, el: El): void {
  const what = el.trig!;
  unsubscribe(run, el);
  const scope = run.parent(el)!;
  transitionCompleted(run, el);
  run.tree.remove(el);
  run.activateTriggered(scope, run.elementAt(el.d, what.e), what);
}

function terminateScope(run: Run, scope: El): void {
  scope.int = 2;
  scope.f = 0;
  delete scope.tf;
  const children = run.tree.children(scope.k);
  if (children.length === 0) return run.complete(scope);
  for (const child of children) run.terminate(child);
}

// ---- termination ---------------------------------------------------------------------------------------------

export function onTerminate(run: Run, el: El): void {
  unsubscribe(run, el);
  if (el.job) {
    const { job } = el;
    delete el.job;
    jobRecord(run, 'CANCELED', el, job);
    run.world.jobClosed(job);
  }
  for (const incident of [...(el.inc ?? [])]) run.resolveIncident(el, incident.k);
  const children = run.tree.children(el.k);
  const called = el.call ? run.tree.get(el.call) : undefined;
  if (called) {
    run.terminate(called);
    return;
  }
  if (children.length === 0) return finishTermination(run, el);
  for (const child of children) run.terminate(child);
}

/** Nothing lives below any more. */
export function finishTermination(run: Run, el: El): void {
  const scope = run.parent(el);
  forgetCompensation(run, el);
  run.lifecycle(el, 'ELEMENT_TERMINATED');
  run.tree.remove(el);
  if (!scope) return processTerminated(run, el);
  scope.n -= 1;
  if (el.trig && scope.s === ACTIVATED && !scope.int) {
    const boundary = run.elementAt(el.d, el.trig.e);
    if (boundary.type === 'BOUNDARY_EVENT') return run.activateTriggered(scope, boundary, el.trig);
  }
  childGone(run, scope, el);
}

function processTerminated(run: Run, el: El): void {
  released(run, el);
  const caller = el.by ? run.tree.get(el.by) : undefined;
  if (!caller) return;
  delete caller.call;
  if (caller.s === TERMINATING) finishTermination(run, caller);
}

function childGone(run: Run, scope: El, child: El): void {
  if (scope.s === TERMINATING) {
    if (scope.n === 0) finishTermination(run, scope);
    return;
  }
  if (scope.mi) return childCompleted(run, scope, child);
  if (scope.int === 1 && scope.trig) {
    if (scope.n === 0) startInterrupting(run, scope);
    return;
  }
  finishPath(run, scope, child);
}
