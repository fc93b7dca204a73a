import { CommandRejected } from '../../port.ts';
import { onActivate, startProcess } from './activate.ts';
import { onComplete, onTerminate } from './complete.ts';
import { broadcastWithin } from './events.ts';
import { enterChild } from './multi-instance.ts';
import { ACTIVATED, ACTIVATING, COMPLETING, type Command, Run, Stuck, TERMINATING, Tree, type World } from './run.ts';
import type { El } from './state.ts';

const MOST_STEPS = 100_000;

/** The diagram goes round without ever waiting: nothing of it is kept. */
export class NeverRests extends CommandRejected {
  constructor(tree: number) {
    super(
      'FAILED_PRECONDITION',
      `流程实例 ${tree} 走了 ${MOST_STEPS} 步仍不停下来等待。请检查流程图里的循环（例如只有脚本任务和网关的循环）和它的条件。`,
    );
  }
}

/** Runs a tree until it rests: first in, first out over all branches, as Zeebe does. */
export function settle(run: Run): void {
  const { queue } = run.tree;
  for (let index = 0; index < queue.length; index += 1) {
    step(run, queue[index]!);
    if (index > MOST_STEPS) throw new NeverRests(run.tree.id);
  }
  queue.length = 0;
}

function step(run: Run, command: Command): void {
  if (command.c === 'activate') return activateElement(run, command);
  if (command.c === 'signal') return broadcastWithin(run, command.name, command.variables);
  const el = run.tree.get(command.key);
  if (!el) return;
  if (command.c === 'complete') {
    // What an interruption is about to terminate does not complete any more.
    if (el.s !== ACTIVATED || isInterrupted(run, el)) return;
    el.s = COMPLETING;
    run.lifecycle(el, 'ELEMENT_COMPLETING');
    return guarded(run, el, () => onComplete(run, el));
  }
  if (el.s === TERMINATING) return;
  el.s = TERMINATING;
  run.lifecycle(el, 'ELEMENT_TERMINATING');
  onTerminate(run, el);
}

const isInterrupted = (run: Run, el: El): boolean => {
  const interrupted = run.parent(el)?.int;
  return interrupted === 2 || (interrupted === 1 && run.element(el).type !== 'EVENT_SUB_PROCESS');
};

Run.activateAtOnce = (run, command) => activateElement(run, command);

function activateElement(run: Run, command: Extract<Command, { c: 'activate' }>): void {
  const scope = run.tree.get(command.scope);
  if (!scope) return;
  if (command.element.type === 'PROCESS') return guarded(run, scope, () => onActivate(run, scope));
  if (scope.s !== ACTIVATED) return;
  // In an interrupted scope only the interrupting event subprocess lives.
  if (scope.int === 2 || (scope.int === 1 && command.element.type !== 'EVENT_SUB_PROCESS')) return;
  scope.f = Math.max(0, scope.f - command.consumed);
  scope.n += 1;
  const el: El = {
    k: run.tree.nextKey(),
    p: scope.k,
    pi: scope.pi,
    d: command.d,
    e: command.element.index,
    ...(command.mi || (command.element.multiInstance && !(scope.mi && scope.e === command.element.index))
      ? { mi: 1 as const }
      : {}),
    s: ACTIVATING,
    n: 0,
    f: 0,
    ...(command.trigger ? { trig: command.trigger } : {}),
    ...command.patch,
  };
  run.tree.adopt(el);
  run.lifecycle(el, 'ELEMENT_ACTIVATING');
  guarded(run, el, () => begin(run, scope, el));
}

function begin(run: Run, scope: El, el: El): void {
  if (scope.mi && scope.e === el.e) enterChild(run, scope, el);
  onActivate(run, el);
}

/** What is stuck becomes an incident. */
function guarded(run: Run, el: El, effect: () => void): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof Stuck)) throw error;
    run.incident(el, error.type, error.message, undefined, error.scope);
  }
}

/** Tries again what an incident has stopped. */
export function retry(run: Run, el: El): void {
  if (el.s === ACTIVATING) guarded(run, el, () => (el.p ? begin(run, run.parent(el)!, el) : onActivate(run, el)));
  else if (el.s === COMPLETING) guarded(run, el, () => onComplete(run, el));
}

export type { World };
export { Run, startProcess, Tree };
