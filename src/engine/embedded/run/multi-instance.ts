import type { Json } from '../../port.ts';
import { subscribe } from './events.ts';
import { booleanOf, evaluateJson, typeName } from './expressions.ts';
import { ACTIVATED, type Run, Stuck } from './run.ts';
import type { El } from './state.ts';

function inputOf(run: Run, body: El): Json[] {
  const { inputCollection } = run.element(body).multiInstance!;
  const value = evaluateJson(run, inputCollection, run.lookup(body));
  if (!Array.isArray(value)) {
    throw new Stuck(
      'EXTRACT_VALUE_ERROR',
      `Expected result of the expression '${inputCollection.text}' to be 'ARRAY', but was '${typeName(value)}'.`,
      body.k,
    );
  }
  return value;
}

/** The body begins: parallel starts all children at once, sequential the first. An empty list ends it. */
export function activateBody(run: Run, body: El, activated: () => void): void {
  const loop = run.element(body).multiInstance!;
  const items = inputOf(run, body);
  subscribe(run, body);
  if (loop.outputCollection)
    run.setLocal(
      body,
      loop.outputCollection,
      Array.from({ length: items.length }, () => null),
    );
  activated();
  body.started = 0;
  body.ended = 0;
  if (items.length === 0) return run.complete(body);
  const count = loop.sequential ? 1 : items.length;
  for (let n = 0; n < count; n += 1) startChild(run, body);
}

function startChild(run: Run, body: El): void {
  body.started = (body.started ?? 0) + 1;
  run.activate(body, run.element(body), { patch: { lc: body.started } });
}

/** Called when a child begins: its element and its number are variables of its own. */
export function enterChild(run: Run, body: El, child: El): void {
  const loop = run.element(body).multiInstance!;
  const items = inputOf(run, body);
  if (loop.inputElement) run.setLocal(child, loop.inputElement, items[child.lc! - 1] ?? null);
  run.setLocal(child, 'loopCounter', child.lc!);
}

/** A child is about to complete: its result goes into the list, and the completion condition is asked. */
export function leaveChild(run: Run, child: El): void {
  const body = run.parent(child)!;
  const loop = run.element(body).multiInstance!;
  if (loop.outputCollection && loop.outputElement) {
    const value = evaluateJson(run, loop.outputElement, run.lookup(child));
    const list = body.v?.[loop.outputCollection];
    if (Array.isArray(list)) {
      const next = [...list];
      if (child.lc! > next.length)
        throw new Stuck(
          'EXTRACT_VALUE_ERROR',
          `Unable to update an item in output collection '${loop.outputCollection}' at position ${child.lc} because the size of the collection is: ${next.length}. This may happen when multiple BPMN elements write to the same variable.`,
          body.k,
        );
      next[child.lc! - 1] = value;
      run.setLocal(body, loop.outputCollection, next);
    }
  }
  // Read again at every turn: a list that is none any more stops the child here.
  const size = inputOf(run, body).length;
  if (!loop.completionCondition) return;
  const ended = (body.ended ?? 0) + 1;
  const living = body.n;
  const counters: Record<string, Json> = {
    numberOfInstances: size,
    numberOfActiveInstances: living - 1,
    numberOfCompletedInstances: ended,
    numberOfTerminatedInstances: 0,
  };
  const outer = run.lookup(child);
  if (
    booleanOf(run, loop.completionCondition, (name) => (Object.hasOwn(counters, name) ? counters[name] : outer(name)))
  )
    body.met = 1;
}

/** A child is gone. */
export function childCompleted(run: Run, body: El, _child: El): void {
  body.ended = (body.ended ?? 0) + 1;
  if (body.s !== ACTIVATED) return;
  if (body.met) {
    body.f = 0;
    const children = run.tree.children(body.k);
    if (children.length === 0) return run.complete(body);
    for (const other of children) run.terminate(other);
    return;
  }
  const loop = run.element(body).multiInstance!;
  const size = inputOf(run, body).length;
  if (loop.sequential && body.started! < size) return startChild(run, body);
  // A body whose list has changed its length under it never completes, as in Zeebe.
  if (body.n === 0 && body.f === 0 && body.ended === size) run.complete(body);
}
