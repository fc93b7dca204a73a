import type { Variables } from '../../port.ts';
import { FeelDateTime, toJson, type Value } from '../feel/index.ts';
import { linkName } from '../model/read-model.ts';
import type { Element, Flow, TextOrExpression } from '../model/types.ts';
import { throwCompensation } from './compensation.ts';
import { applyInputs, completeNow, finishPath, isolate, takeFlow, transitionCompleted } from './complete.ts';
import { findCatch, inMultiInstance, subscribe, trigger } from './events.ts';
import { booleanOf, evaluate, evaluateJson, textOf, typeName } from './expressions.ts';
import { jobRecord } from './job-record.ts';
import { activateBody } from './multi-instance.ts';
import { ACTIVATED, type Run, Stuck } from './run.ts';
import type { El, Job } from './state.ts';

function activated(run: Run, el: El): void {
  el.s = ACTIVATED;
  run.lifecycle(el, 'ELEMENT_ACTIVATED');
}

/** Begins an element. May throw `Stuck`; then the element stays ACTIVATING and the same is tried again when the incident is resolved. */
export function onActivate(run: Run, el: El): void {
  const element = run.element(el);
  if (el.mi) return activateBody(run, el, () => activated(run, el));
  if (inMultiInstance(run, el)) isolate(run, el);
  switch (element.type) {
    case 'PROCESS':
      return activateContainer(run, el);
    case 'SUB_PROCESS':
    case 'EVENT_SUB_PROCESS':
      applyInputs(run, el);
      return activateContainer(run, el);
    case 'START_EVENT':
    case 'BOUNDARY_EVENT':
      if (el.trig?.v && ((el.trig.err && element.type === 'BOUNDARY_EVENT') || element.outputs))
        run.mergeLocal(el, el.trig.v);
      activated(run, el);
      return run.complete(el);
    case 'INTERMEDIATE_CATCH_EVENT':
      // Behind an event-based gateway the event has already happened: its input mappings are left aside.
      if (el.trig || element.eventType === 'LINK') {
        activated(run, el);
        return run.complete(el);
      }
      applyInputs(run, el);
      subscribe(run, el);
      return activated(run, el);
    case 'RECEIVE_TASK':
    case 'EVENT_BASED_GATEWAY':
      applyInputs(run, el);
      subscribe(run, el);
      return activated(run, el);
    case 'EXCLUSIVE_GATEWAY':
    case 'INCLUSIVE_GATEWAY':
    case 'PARALLEL_GATEWAY':
      return passGateway(run, el, element);
    case 'CALL_ACTIVITY':
      return activateCall(run, el, element);
    case 'INTERMEDIATE_THROW_EVENT':
    case 'END_EVENT':
      return activateThrow(run, el, element);
    case 'SCRIPT_TASK':
      if (element.script) return runScript(run, el, element);
      return activateJob(run, el, element);
    case 'TASK':
    case 'MANUAL_TASK':
      // Nothing happens in them: Zeebe leaves their mappings and boundary events aside.
      activated(run, el);
      return run.complete(el);
    default:
      return activateJob(run, el, element);
  }
}

function activateContainer(run: Run, el: El): void {
  const element = run.element(el);
  // A process opens its event subprocesses when its start event has brought its variables.
  if (element.type !== 'PROCESS') subscribe(run, el);
  activated(run, el);
  if (element.type === 'EVENT_SUB_PROCESS' || (element.type === 'PROCESS' && el.trig)) {
    const what = el.trig!;
    delete el.trig;
    return run.activate(el, run.elementAt(el.d, what.e), { trigger: what });
  }
  run.activate(el, element.noneStart!);
}

// ---- jobs ----------------------------------------------------------------------------------------------------

function activateJob(run: Run, el: El, element: Element): void {
  applyInputs(run, el);
  const definition = element.job!;
  const type = textOf(run, definition.type, el);
  const retries = retriesOf(run, definition.retries, el);
  const headers = element.userTask
    ? { ...definition.headers, ...userTaskHeaders(run, el, element) }
    : definition.headers;
  subscribe(run, el);
  const job: Job = { k: run.tree.nextKey(), type, r: retries, h: headers };
  el.job = job;
  jobRecord(run, 'CREATED', el, job);
  run.world.jobOpened(run.tree, el, job);
  activated(run, el);
}

function retriesOf(run: Run, text: TextOrExpression, el: El): number {
  const fixed = 'fixed' in text;
  const value = fixed
    ? /^[+-]?\d+$/.test(text.fixed)
      ? Number(text.fixed)
      : text.fixed
    : evaluateJson(run, text.expression, run.lookup(el));
  if (typeof value !== 'number')
    throw new Stuck(
      'EXTRACT_VALUE_ERROR',
      `Expected result of the expression '${fixed ? text.fixed : text.expression.text}' to be 'NUMBER', but was '${typeName(value)}'.`,
    );
  return Math.trunc(value);
}

const PREFIX = 'io.camunda.zeebe:';

function userTaskHeaders(run: Run, el: El, element: Element): Record<string, string> {
  const task = element.userTask!;
  const headers: Record<string, string> = {};
  if (task.assignee) {
    const assignee = textOf(run, task.assignee, el);
    if (assignee !== '') headers[`${PREFIX}assignee`] = assignee;
  }
  for (const name of ['candidateGroups', 'candidateUsers'] as const) {
    const list = task[name] && listOf(run, task[name], el);
    if (list) headers[PREFIX + name] = JSON.stringify(list);
  }
  for (const name of ['dueDate', 'followUpDate'] as const) {
    const date = task[name] && dateHeader(run, task[name], el);
    if (date) headers[PREFIX + name] = date;
  }
  if (task.formKey) headers[`${PREFIX}formKey`] = task.formKey;
  return headers;
}

function listOf(run: Run, text: TextOrExpression, el: El): string[] {
  if ('fixed' in text) {
    return text.fixed
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  }
  const value = evaluateJson(run, text.expression, run.lookup(el));
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new Stuck(
      'EXTRACT_VALUE_ERROR',
      `Expected result of the expression '${text.expression.text}' to be 'ARRAY' containing 'STRING' items.`,
    );
  }
  return value as string[];
}

/** Due dates are written again without zero seconds; empty ones give no header. */
function dateHeader(run: Run, text: TextOrExpression, el: El): string | undefined {
  const value: Value = 'fixed' in text ? text.fixed : evaluate(run, text.expression, run.lookup(el));
  if (value === null || value === '') return undefined;
  if (value instanceof FeelDateTime) return value.toString();
  const parsed = typeof value === 'string' ? zonedDate(value) : null;
  if (parsed) return parsed;
  throw new Stuck(
    'EXTRACT_VALUE_ERROR',
    `Invalid date-time format '${String(toJson(value))}' for expression '${'fixed' in text ? text.fixed : text.expression.text}'.`,
  );
}

function zonedDate(text: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})(\[.+\])?$/.exec(text);
  if (!match || Number.isNaN(Date.parse(`${match[1]}:00Z`))) return null;
  const seconds = match[2] && match[2] !== ':00' ? match[2] : match[3] ? ':00' : '';
  return `${match[1]}${seconds}${match[3] ?? ''}${match[4]}${match[5] ?? ''}`;
}

function runScript(run: Run, el: El, element: Element): void {
  applyInputs(run, el);
  // It is over at once: its boundary events are not waited for.
  const value = evaluateJson(run, element.script!.expression, run.lookup(el));
  activated(run, el);
  el.trig = { e: element.index, v: { [element.script!.resultVariable]: value } };
  run.complete(el);
}

// ---- gateways ------------------------------------------------------------------------------------------------

function passGateway(run: Run, el: El, element: Element): void {
  const flows = chooseFlows(run, el, element);
  activated(run, el);
  run.lifecycle(el, 'ELEMENT_COMPLETING');
  transitionCompleted(run, el);
  const scope = run.parent(el)!;
  for (const flow of flows) takeFlow(run, el, scope, flow);
  run.tree.remove(el);
  if (flows.length === 0) finishPath(run, scope, el);
}

/** The last true flow of the file wins; a fork starts its branches in the same reverse order. */
function chooseFlows(run: Run, el: El, element: Element): Flow[] {
  const reversed = [...element.outgoing].reverse();
  if (element.type === 'PARALLEL_GATEWAY' || reversed.length === 0) return reversed;
  if (reversed.length === 1 && !reversed[0]!.condition) return reversed;
  const lookup = run.lookup(el);
  const chosen: Flow[] = [];
  for (const flow of reversed) {
    if (flow === element.defaultFlow || !flow.condition) continue;
    if (!booleanOf(run, flow.condition, lookup)) continue;
    if (element.type === 'EXCLUSIVE_GATEWAY') return [flow];
    chosen.push(flow);
  }
  if (chosen.length > 0) return chosen;
  if (element.defaultFlow) return [element.defaultFlow];
  throw new Stuck('CONDITION_ERROR', `Expected at least one condition to evaluate to true, or to have a default flow`);
}

// ---- call activity -------------------------------------------------------------------------------------------

function activateCall(run: Run, el: El, element: Element): void {
  applyInputs(run, el);
  const called = element.called!;
  const processId = textOf(run, called.processId, el);
  const definition = run.world.latest(processId);
  if (!definition)
    throw new Stuck(
      'CALLED_ELEMENT_ERROR',
      `Expected process with BPMN process id '${processId}' to be deployed, but not found.`,
    );
  if (!definition.process.elements[0]!.noneStart)
    throw new Stuck(
      'CALLED_ELEMENT_ERROR',
      `Expected process with BPMN process id '${processId}' to have a none start event, but not found.`,
    );
  subscribe(run, el);
  const variables: Variables = called.propagateAllParentVariables ? run.visible(el) : { ...el.v };
  activated(run, el);
  const key = run.tree.nextKey();
  el.call = key;
  startProcess(run, definition.key, key, variables, { by: el.k });
}

/** Puts a new process instance into the tree. */
export function startProcess(
  run: Run,
  definitionKey: number,
  key: number,
  variables: Variables,
  patch: Partial<El>,
): void {
  const el: El = { k: key, p: 0, pi: key, d: definitionKey, e: 0, s: 0, n: 0, f: 0, ...patch };
  run.tree.adopt(el);
  run.mergeLocal(el, variables);
  run.lifecycle(el, 'ELEMENT_ACTIVATING');
  run.tree.queue.push({ c: 'activate', element: run.element(el), d: definitionKey, scope: key, consumed: 0 });
}

// ---- throwing events -----------------------------------------------------------------------------------------

function activateThrow(run: Run, el: El, element: Element): void {
  if (element.job) return activateJob(run, el, element);
  // An event that does nothing has output mappings only.
  if (element.eventType !== 'NONE') applyInputs(run, el);
  switch (element.eventType) {
    case 'ERROR':
      return throwErrorEnd(run, el, element);
    case 'ESCALATION':
      return throwEscalation(run, el, element);
    case 'SIGNAL': {
      const name = textOf(run, element.event!.name!, el);
      activated(run, el);
      run.tree.queue.push({ c: 'signal', name, variables: element.inputs ? { ...el.v } : {} });
      return run.complete(el);
    }
    case 'COMPENSATION':
      activated(run, el);
      if (!throwCompensation(run, el)) run.complete(el);
      return;
    case 'LINK': {
      activated(run, el);
      const target = run.world
        .definition(el.d)
        .process.elements.find(
          (other) =>
            other.scope === element.scope &&
            other.type === 'INTERMEDIATE_CATCH_EVENT' &&
            other.eventType === 'LINK' &&
            linkName(other) === linkName(element),
        )!;
      el.trig = { e: target.index };
      return run.complete(el);
    }
    case 'TERMINATE':
      // At once: what would still have been activated beside it is not.
      activated(run, el);
      return completeNow(run, el);
    default:
      activated(run, el);
      return run.complete(el);
  }
}

function throwErrorEnd(run: Run, el: El, element: Element): void {
  const code = textOf(run, element.event!.name!, el);
  const found = findCatch(run, run.parent(el)!, 'ERROR', code);
  if (!found)
    throw new Stuck(
      'UNHANDLED_ERROR_EVENT',
      `Expected to throw an error event with the code '${code}', but it was not caught.`,
    );
  activated(run, el);
  trigger(run, found.owner, found.event, {}, true);
}

function throwEscalation(run: Run, el: El, element: Element): void {
  const code = textOf(run, element.event!.name!, el);
  const found = findCatch(run, run.parent(el)!, 'ESCALATION', code);
  activated(run, el);
  run.record('ESCALATION', found ? 'ESCALATED' : 'NOT_ESCALATED', run.tree.nextKey(), el, {
    escalationCode: code,
    throwElementId: element.id,
    catchElementId: found?.event.id ?? '',
    processInstanceKey: String(el.pi),
  });
  if (found) trigger(run, found.owner, found.event, {}, true);
  if (!found?.event.interrupting) run.complete(el);
}
