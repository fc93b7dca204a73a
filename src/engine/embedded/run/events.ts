import type { Variables } from '../../port.ts';
import type { Element } from '../model/types.ts';
import { correlationKeyOf, textOf } from './expressions.ts';
import { ACTIVATED, type Run } from './run.ts';
import { ACTIVATING, type El, type MessageSub, type TimerSub } from './state.ts';
import { nextTurn, type Schedule, scheduleOf } from './timers.ts';

/** Events an element instance waits for: its own, its boundary events, its event subprocesses, or those behind an event gateway. */
function awaited(run: Run, el: El): Element[] {
  const element = run.element(el);
  const events: Element[] = [];
  if (!el.mi) events.push(...element.eventSubprocesses.map((item) => item.start));
  // Like sequence flows, boundary events and what is behind an event gateway come in reverse order of the file.
  if (el.mi || !inMultiInstance(run, el)) events.push(...[...element.boundary].reverse());
  if (!el.mi) {
    if (element.type === 'INTERMEDIATE_CATCH_EVENT' || element.type === 'RECEIVE_TASK') events.push(element);
    if (element.type === 'EVENT_BASED_GATEWAY')
      events.push(...element.outgoing.map((flow) => run.elementAt(el.d, flow.target)).reverse());
  }
  return events;
}

/** The inner instance of a multi-instance activity: the boundary events belong to the body. */
export const inMultiInstance = (run: Run, el: El): boolean => {
  const parent = run.parent(el);
  return Boolean(parent?.mi && parent.e === el.e && !el.mi);
};

/** Evaluates everything first, then opens messages, timers and signals in this order: a failing expression opens nothing. */
export function subscribe(run: Run, el: El): void {
  const messages: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const signals: (() => void)[] = [];
  for (const event of awaited(run, el)) {
    const definition = event.event;
    if (definition?.type === 'MESSAGE') {
      const name = textOf(run, definition.name!, el);
      // A boundary event's key is read where the activity stands, without the activity's own variables.
      const scope = event.type === 'BOUNDARY_EVENT' ? run.parent(el) : el;
      const key = correlationKeyOf(run, definition.correlationKey!, scope);
      messages.push(() => openMessage(run, el, event, name, key));
    } else if (definition?.type === 'TIMER') {
      const schedule = scheduleOf(run, definition.timer!, el);
      timers.push(() => openTimer(run, el, event, schedule));
    } else if (definition?.type === 'SIGNAL') {
      const name = textOf(run, definition.name!, el);
      signals.push(() => openSignal(run, el, event, name));
    }
  }
  for (const open of [...messages, ...timers, ...signals]) open();
}

export function timerRecord(run: Run, intent: string, el: El, timer: TimerSub): void {
  run.record('TIMER', intent, timer.k, el, {
    elementInstanceKey: String(el.k),
    processInstanceKey: String(el.pi),
    processDefinitionKey: String(el.d),
    dueDate: timer.due,
    targetElementId: run.elementAt(el.d, timer.e).id,
    repetitions: timer.reps,
  });
}

function openTimer(run: Run, el: El, event: Element, schedule: Schedule): void {
  const timer: TimerSub = { k: run.tree.nextKey(), e: event.index, ...schedule };
  el.t = [...(el.t ?? []), timer];
  timerRecord(run, 'CREATED', el, timer);
  run.world.timerOpened(run.tree, el, timer);
}

function openMessage(run: Run, el: El, event: Element, name: string, key: string): void {
  const interrupting = event.type === 'BOUNDARY_EVENT' || event.type === 'START_EVENT' ? event.interrupting : true;
  const subscription: MessageSub = { k: run.tree.nextKey(), e: event.index, name, key, int: interrupting, fresh: 1 };
  // One subscription per message name and instance: the later one takes the place of the other.
  const replaced = el.m?.find((item) => item.name === name);
  if (replaced) run.world.messageClosed(replaced);
  el.m = [...(el.m ?? []).filter((item) => item !== replaced), subscription];
  messageRecord(run, 'CREATING', el, subscription);
  run.world.messageOpened(run.tree, el, subscription);
}

export function messageRecord(
  run: Run,
  intent: string,
  el: El,
  sub: NonNullable<El['m']>[number],
  correlated?: { messageKey: number; variables: Variables },
): void {
  run.record('PROCESS_MESSAGE_SUBSCRIPTION', intent, sub.k, el, {
    elementId: run.elementAt(el.d, sub.e).id,
    elementInstanceKey: String(el.k),
    processInstanceKey: String(el.pi),
    bpmnProcessId: run.world.definition(el.d).process.id,
    messageName: sub.name,
    correlationKey: sub.key,
    interrupting: sub.int,
    messageKey: correlated ? String(correlated.messageKey) : '-1',
    variables: correlated?.variables ?? {},
  });
}

function openSignal(run: Run, el: El, event: Element, name: string): void {
  const subscription = { k: run.tree.nextKey(), e: event.index, name };
  // One subscription per signal and instance: the later one takes the place of the other.
  const replaced = el.g?.find((item) => item.name === name);
  if (replaced) run.world.signalClosed(replaced);
  el.g = [...(el.g ?? []).filter((item) => item !== replaced), subscription];
  signalRecord(run, 'CREATED', el, subscription);
  run.world.signalOpened(run.tree, el, subscription);
}

function signalRecord(run: Run, intent: string, el: El, sub: NonNullable<El['g']>[number]): void {
  run.record('SIGNAL_SUBSCRIPTION', intent, sub.k, el, {
    signalName: sub.name,
    catchEventId: run.elementAt(el.d, sub.e).id,
    catchEventInstanceKey: String(el.k),
    processDefinitionKey: String(el.d),
    bpmnProcessId: run.world.definition(el.d).process.id,
  });
}

/** Closes the subscriptions of an element instance; `only` keeps the others. */
export function unsubscribe(run: Run, el: El, only: (event: Element) => boolean = () => true): void {
  const chosen = (index: number) => only(run.elementAt(el.d, index));
  for (const timer of el.t?.filter((item) => chosen(item.e)) ?? []) {
    timerRecord(run, 'CANCELED', el, timer);
    run.world.timerClosed(timer.k);
  }
  for (const sub of el.m?.filter((item) => chosen(item.e)) ?? []) {
    if (sub.fresh) messageRecord(run, 'CREATED', el, sub);
    messageRecord(run, 'DELETING', el, sub);
    messageRecord(run, 'DELETED', el, sub);
    run.world.messageClosed(sub);
  }
  for (const sub of el.g?.filter((item) => chosen(item.e)) ?? []) {
    signalRecord(run, 'DELETED', el, sub);
    run.world.signalClosed(sub);
  }
  keep(el, 't', (item) => !chosen(item.e));
  keep(el, 'm', (item) => !chosen(item.e));
  keep(el, 'g', (item) => !chosen(item.e));
}

function keep<K extends 't' | 'm' | 'g'>(el: El, name: K, test: (item: NonNullable<El[K]>[number]) => boolean): void {
  const rest = (el[name] as NonNullable<El[K]>[number][] | undefined)?.filter(test) ?? [];
  if (rest.length > 0) el[name] = rest as never;
  else delete el[name];
}

/** A timer fires. Cycles open their next turn. */
export function fireTimer(run: Run, el: El, key: number): void {
  const timer = el.t?.find((item) => item.k === key);
  if (!timer || el.s !== ACTIVATED) return;
  keep(el, 't', (item) => item.k !== key);
  run.world.timerClosed(key);
  timerRecord(run, 'TRIGGERED', el, timer);
  trigger(run, el, run.elementAt(el.d, timer.e), {});
  if (timer.every && (timer.reps === -1 || timer.reps > 1)) {
    const next = {
      due: nextTurn(timer.every, run.world.now),
      reps: timer.reps === -1 ? -1 : timer.reps - 1,
      every: timer.every,
    };
    openTimer(run, el, run.elementAt(el.d, timer.e), next);
  }
}

/** A message reaches a subscription. */
export function correlate(run: Run, el: El, key: number, messageKey: number, variables: Variables): boolean {
  const sub = el.m?.find((item) => item.k === key);
  if (!sub || el.s !== ACTIVATED || el.int || el.trig) return false;
  if (sub.int) {
    keep(el, 'm', (item) => item.k !== key);
    run.world.messageClosed(sub);
  }
  messageRecord(run, 'CORRELATED', el, sub, { messageKey, variables });
  trigger(run, el, run.elementAt(el.d, sub.e), variables);
  return true;
}

/** A signal thrown inside the tree reaches, when its turn comes, what is waiting then; everything outside hears of it afterwards. */
export function broadcastWithin(run: Run, name: string, variables: Variables): void {
  run.record('SIGNAL', 'BROADCASTED', run.tree.nextKey(), undefined, { signalName: name, variables });
  const waiting = [...run.tree.els.values()].flatMap((el) =>
    (el.g ?? []).filter((sub) => sub.name === name).map((sub) => ({ el, key: sub.k })),
  );
  for (const { el, key } of waiting.sort((a, b) => a.key - b.key)) receiveSignal(run, el, key, variables);
  run.world.signalThrown(run.tree.id, name, variables);
}

export function receiveSignal(run: Run, el: El, key: number, variables: Variables): void {
  const sub = el.g?.find((item) => item.k === key);
  if (sub && el.s === ACTIVATED) trigger(run, el, run.elementAt(el.d, sub.e), variables);
}

/** An event happened at the instance that waits for it. */
export function trigger(run: Run, owner: El, event: Element, variables: Variables, error = false): void {
  const what = {
    e: event.index,
    ...(Object.keys(variables).length > 0 ? { v: variables } : {}),
    ...(error ? { err: 1 as const } : {}),
  };
  if (event.type === 'START_EVENT') return triggerEventSubprocess(run, owner, event, what);
  if (event.type === 'BOUNDARY_EVENT') {
    if (!event.interrupting) return run.activateTriggered(run.parent(owner)!, event, what);
    if (owner.trig) return;
    owner.trig = what;
    return run.terminate(owner);
  }
  if (owner.trig) return;
  owner.trig = what;
  run.complete(owner);
}

function triggerEventSubprocess(run: Run, scope: El, start: Element, what: NonNullable<El['trig']>): void {
  const { subprocess } = run.element(scope).eventSubprocesses.find((item) => item.start === start)!;
  if (!start.interrupting) return run.activate(scope, subprocess, { trigger: what });
  if (scope.int) return;
  scope.int = 1;
  scope.trig = what;
  // Tokens on their way are gone with the interruption.
  scope.f = 0;
  delete scope.tf;
  unsubscribe(run, scope, (event) => event.type === 'START_EVENT');
  const children = run.tree.children(scope.k);
  if (children.length === 0) return startInterrupting(run, scope);
  for (const child of children) run.terminate(child);
}

/** Everything in the scope is gone: the interrupting event subprocess begins. */
export function startInterrupting(run: Run, scope: El): void {
  const what = scope.trig!;
  delete scope.trig;
  const { subprocess } = run.element(scope).eventSubprocesses.find((item) => item.start.index === what.e)!;
  run.activate(scope, subprocess, { trigger: what });
}

export interface Catch {
  owner: El;
  event: Element;
}

/** The nearest event that catches an error or an escalation, from an element instance outward, through call activities. */
export function findCatch(run: Run, from: El, type: 'ERROR' | 'ESCALATION', code: string): Catch | undefined {
  let el: El | undefined = from;
  while (el) {
    if (el.s !== ACTIVATED && !(el === from && el.s === ACTIVATING)) return undefined;
    const element = run.element(el);
    if (!el.int) {
      // Inside before outside: the event subprocess of a scope, then its boundary.
      const events = el.mi ? [] : element.eventSubprocesses.map((item) => item.start);
      if (el.mi || !inMultiInstance(run, el)) events.push(...element.boundary);
      const match = (wanted: (event: Element) => boolean) =>
        events.find((event) => event.eventType === type && wanted(event));
      const event =
        match((item) => Boolean(item.event?.name && 'fixed' in item.event.name && item.event.name.fixed === code)) ??
        match((item) => !item.event?.name);
      if (event) return { owner: el, event };
    } else if (type === 'ERROR') return undefined;
    const outer: El | undefined = run.parent(el);
    el = outer ?? (el.by ? run.tree.get(el.by) : undefined);
  }
  return undefined;
}
