import type { Run } from './run.ts';
import type { CompensationSub, El } from './state.ts';

/** A completed activity can be undone: remembered at the instance that holds it. */
export function rememberCompensation(run: Run, el: El): void {
  const element = run.element(el);
  const scope = run.parent(el)!;
  const inner = (el.comp ?? []).map((sub) => ({ ...sub }));
  if (element.compensationHandler === undefined && inner.length === 0) return;
  const own: CompensationSub = { k: run.tree.nextKey(), a: el.e, scope: scope.k, of: el.k };
  delete el.comp;
  scope.comp = [...(scope.comp ?? []), ...inner, own];
  write(run, 'CREATED', scope, own);
}

function write(run: Run, intent: string, at: El, sub: CompensationSub): void {
  const activity = run.elementAt(at.d, sub.a);
  const thrower = sub.thrower ? run.tree.get(sub.thrower) : undefined;
  run.record('COMPENSATION_SUBSCRIPTION', intent, sub.k, at, {
    compensableActivityId: activity.id,
    compensableActivityScopeKey: String(sub.scope),
    compensableActivityInstanceKey: String(sub.of),
    compensationHandlerId:
      activity.compensationHandler === undefined ? '' : run.elementAt(at.d, activity.compensationHandler).id,
    throwEventId: thrower ? run.element(thrower).id : '',
    throwEventInstanceKey: String(sub.thrower ?? -1),
    variables: {},
  });
}

/** All handlers of completed activities start at once, where the throwing event stands. False when there is nothing to undo. */
export function throwCompensation(run: Run, el: El): boolean {
  const holder = compensatedScope(run, el);
  const scope = run.parent(el)!;
  const only = run.element(el).event?.activity;
  const open = (holder.comp ?? []).filter(
    (sub) => !sub.thrower && (only === undefined || run.elementAt(el.d, sub.a).id === only),
  );
  if (open.length === 0) return false;
  let waits = 0;
  for (const sub of open) {
    const activity = run.elementAt(el.d, sub.a);
    sub.thrower = el.k;
    if (activity.compensationHandler === undefined) {
      write(run, 'TRIGGERED', holder, sub);
      continue;
    }
    waits += 1;
    showBoundary(run, scope, activity.index);
    write(run, 'TRIGGERED', holder, sub);
    run.activate(scope, run.elementAt(el.d, activity.compensationHandler), { patch: { sub: sub.k, thrower: el.k } });
  }
  el.waits = waits;
  if (waits > 0) return true;
  finishThrown(run, holder, el);
  return false;
}

/** From an event subprocess it is the activities around it that are undone. */
function compensatedScope(run: Run, el: El): El {
  const scope = run.parent(el)!;
  return run.element(scope).type === 'EVENT_SUB_PROCESS' ? run.parent(scope)! : scope;
}

/** The boundary event of the compensated activity appears and is gone. */
function showBoundary(run: Run, scope: El, activity: number): void {
  const boundary = run.elementAt(scope.d, activity).boundary.find((event) => event.eventType === 'COMPENSATION')!;
  const el: El = { k: run.tree.nextKey(), p: scope.k, pi: scope.pi, d: scope.d, e: boundary.index, s: 0, n: 0, f: 0 };
  for (const intent of ['ELEMENT_ACTIVATING', 'ELEMENT_ACTIVATED', 'ELEMENT_COMPLETING', 'ELEMENT_COMPLETED'])
    run.lifecycle(el, intent);
}

/** A handler is done; after the last one the throwing event goes on. */
export function compensationDone(run: Run, handler: El): void {
  let holder = run.tree.get(handler.p);
  while (holder && !holder.comp?.some((item) => item.k === handler.sub)) holder = run.parent(holder);
  const sub = holder?.comp?.find((item) => item.k === handler.sub);
  if (holder && sub) {
    write(run, 'COMPLETED', holder, sub);
    holder.comp = holder.comp!.filter((item) => item !== sub);
  }
  const thrower = run.tree.get(handler.thrower!);
  if (!thrower) return;
  thrower.waits! -= 1;
  if (thrower.waits === 0) {
    finishThrown(run, holder ?? run.parent(thrower)!, thrower);
    run.complete(thrower);
  }
}

/** Subscriptions of subprocesses have no handler of their own: they are done with the rest. */
function finishThrown(run: Run, scope: El, thrower: El): void {
  const done = (scope.comp ?? []).filter((sub) => sub.thrower === thrower.k);
  for (const sub of done) write(run, 'COMPLETED', scope, sub);
  scope.comp = (scope.comp ?? []).filter((sub) => !done.includes(sub));
  if (scope.comp.length === 0) delete scope.comp;
}

/** The scope ends: what was not undone can no longer be. */
export function forgetCompensation(run: Run, el: El): void {
  for (const sub of el.comp ?? []) write(run, 'DELETED', el, sub);
  delete el.comp;
}
