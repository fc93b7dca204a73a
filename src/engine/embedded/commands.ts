import { CommandRejected, type CommandResult, type EngineCommand, type Json, type Variables } from '../port.ts';
import type { Batch } from './batch.ts';
import type { BufferedMessage, TimerRow } from './batch-rows.ts';
import type { Deployed } from './definitions.ts';
import { migrateInstance } from './migrate/migrate.ts';
import { modifyInstance } from './modify.ts';
import { keyOf } from './partitions.ts';
import { startProcess } from './run/activate.ts';
import { correlate, findCatch, fireTimer, messageRecord, receiveSignal, trigger } from './run/events.ts';
import { jobRecord } from './run/job-record.ts';
import type { Run, Tree } from './run/run.ts';
import { type El, type Job, type MessageSub, treeOf } from './run/state.ts';
import { retry } from './run/step.ts';
import { nextTurn } from './run/timers.ts';

const reject = (code: CommandRejected['code'], message: string): never => {
  throw new CommandRejected(code, message);
};

/** Carries out one command. Refuses before anything is changed. */
export async function execute(batch: Batch, command: EngineCommand): Promise<CommandResult> {
  const result = await dispatch(batch, command);
  await followUp(batch);
  return result;
}

async function dispatch(batch: Batch, command: EngineCommand): Promise<CommandResult> {
  switch (command.type) {
    case 'publishMessage':
      return publishMessage(batch, command);
    case 'createInstance':
      return createInstance(batch, command);
    case 'completeJob':
      return withJob(batch, command.jobKey, (run, el, job) => {
        if (job.st) refuseState(job, 'complete');
        jobRecord(run, 'COMPLETED', el, job, { variables: documentOf(command.variables) });
        delete el.job;
        batch.jobClosed(job);
        el.trig = { e: el.e, v: documentOf(command.variables) };
        run.complete(el);
      });
    case 'failJob':
      return failJob(batch, command);
    case 'throwError':
      return throwError(batch, command);
    case 'updateRetries':
      return updateRetries(batch, command);
    case 'resolveIncident':
      return resolveIncident(batch, keyOf(command.incidentKey));
    case 'setVariables': {
      const tree = await batch.tree(keyOf(command.elementInstanceKey));
      const el = tree?.get(Number(command.elementInstanceKey));
      if (!tree || !el)
        return reject(
          'NOT_FOUND',
          `Expected to update variables for element with key '${command.elementInstanceKey}', but no such element was found`,
        );
      batch.run(tree, (run) =>
        command.local
          ? run.mergeLocal(el, documentOf(command.variables))
          : run.merge(el, documentOf(command.variables)),
      );
      return {};
    }
    case 'broadcastSignal': {
      await broadcast(batch, command.name, documentOf(command.variables));
      return {};
    }
    case 'migrateInstance':
      return migrateInstance(batch, command);
    case 'modifyInstance':
      return modifyInstance(batch, command);
    case 'cancelInstance': {
      const tree = await batch.tree(keyOf(command.processInstanceKey));
      const el = tree?.get(Number(command.processInstanceKey));
      if (!tree || !el || el.p !== 0 || el.e !== 0)
        return reject(
          'NOT_FOUND',
          `Expected to cancel a process instance with key '${command.processInstanceKey}', but no such process was found`,
        );
      if (el.by)
        return reject(
          'FAILED_PRECONDITION',
          `Expected to cancel a process instance with key '${command.processInstanceKey}', but it is created by a parent process instance. Cancel the root process instance instead.`,
        );
      batch.run(tree, (run) => run.terminate(el));
      return {};
    }
  }
}

function documentOf(variables: Variables | undefined): Variables {
  if (variables === undefined || variables === null) return {};
  if (typeof variables !== 'object' || Array.isArray(variables))
    reject('INVALID_ARGUMENT', 'Expected document to be a root level object, but was an array or a value');
  return variables;
}

// ---- jobs ----------------------------------------------------------------------------------------------------

const STATES = { F: 'FAILED', B: 'FAILED', E: 'ERROR_THROWN' } as const;
const refuseState = (job: Job, what: string): never =>
  reject('FAILED_PRECONDITION', `Expected to ${what} job with key '${job.k}', but it is in state '${STATES[job.st!]}'`);

async function withJob(
  batch: Batch,
  key: string,
  effect: (run: Run, el: El, job: Job) => void,
): Promise<CommandResult> {
  const tree = await batch.tree(keyOf(key));
  const el = tree && jobOwner(tree, Number(key));
  if (!tree || !el) return reject('NOT_FOUND', `Expected to find job with key '${key}', but no such job was found`);
  batch.run(tree, (run) => effect(run, el, el.job!));
  return {};
}

const jobOwner = (tree: Tree, key: number): El | undefined => {
  for (const el of tree.els.values()) if (el.job?.k === key) return el;
  return undefined;
};

function failJob(batch: Batch, command: Extract<EngineCommand, { type: 'failJob' }>): Promise<CommandResult> {
  return withJob(batch, command.jobKey, (run, el, job) => {
    if (job.st) refuseState(job, 'fail');
    const variables = documentOf(command.variables);
    const backoff = command.retries > 0 ? (command.backoffMs ?? 0) : 0;
    job.r = command.retries;
    job.msg = command.errorMessage ?? '';
    if (command.retries <= 0) job.st = 'F';
    else if (backoff > 0) {
      job.st = 'B';
      job.at = batch.now + backoff;
    }
    jobRecord(run, 'FAILED', el, job, { retryBackoff: command.backoffMs ?? 0, variables });
    batch.jobChanged(run.tree, el, job);
    run.mergeLocal(el, variables);
    if (command.retries <= 0) run.incident(el, 'JOB_NO_RETRIES', command.errorMessage || 'No more retries left.', job);
  });
}

function throwError(batch: Batch, command: Extract<EngineCommand, { type: 'throwError' }>): Promise<CommandResult> {
  return withJob(batch, command.jobKey, (run, el, job) => {
    if (job.st) refuseState(job, 'throw an error for');
    const variables = documentOf(command.variables);
    job.msg = command.errorMessage ?? '';
    const found = findCatch(run, el, 'ERROR', command.errorCode);
    jobRecord(run, 'ERROR_THROWN', el, job, { errorCode: command.errorCode, variables });
    if (found) {
      delete el.job;
      batch.jobClosed(job);
      return trigger(run, found.owner, found.event, variables, true);
    }
    job.st = 'E';
    batch.jobChanged(run.tree, el, job);
    const message = command.errorMessage
      ? `Expected to throw an error event with the code '${command.errorCode}' with message '${command.errorMessage}', but it was not caught.`
      : `Expected to throw an error event with the code '${command.errorCode}', but it was not caught.`;
    run.incident(el, 'UNHANDLED_ERROR_EVENT', message, job);
  });
}

async function updateRetries(
  batch: Batch,
  command: Extract<EngineCommand, { type: 'updateRetries' }>,
): Promise<CommandResult> {
  if (command.retries < 1)
    reject(
      'INVALID_ARGUMENT',
      `Expected to update retries for job with key '${command.jobKey}' with a positive amount of retries, but the amount given was '${command.retries}'`,
    );
  return withJob(batch, command.jobKey, (run, el, job) => {
    job.r = command.retries;
    jobRecord(run, 'RETRIES_UPDATED', el, job);
  });
}

async function resolveIncident(batch: Batch, key: number): Promise<CommandResult> {
  const tree = key > 0 ? await batch.tree(key) : undefined;
  const el = tree && [...tree.els.values()].find((item) => item.inc?.some((incident) => incident.k === key));
  const incident = el?.inc?.find((item) => item.k === key);
  if (!tree || !el || !incident)
    return reject('NOT_FOUND', `Expected to resolve incident with key '${key}', but no such incident was found`);
  const { job } = el;
  if (incident.job && job?.st === 'F' && job.r <= 0)
    return reject(
      'NOT_FOUND',
      `Expected to resolve incident with key '${key}', but its job with key '${job.k}' has no retries left`,
    );
  batch.run(tree, (run) => {
    run.resolveIncident(el, key);
    if (incident.job && job) {
      delete job.st;
      batch.jobChanged(tree, el, job);
    } else retry(run, el);
  });
  return {};
}

// ---- instances -----------------------------------------------------------------------------------------------

async function createInstance(
  batch: Batch,
  command: Extract<EngineCommand, { type: 'createInstance' }>,
): Promise<CommandResult> {
  const definition = command.version
    ? batch.definitions.find(command.processId, command.version)
    : batch.definitions.latest(command.processId);
  if (!definition)
    return reject(
      'NOT_FOUND',
      `Expected to find process definition with process ID '${command.processId}'${command.version ? ` and version '${command.version}'` : ''}, but none found`,
    );
  if (!definition.process.elements[0]!.noneStart)
    return reject(
      'FAILED_PRECONDITION',
      'Expected to create instance of process with none start event, but there is no such event',
    );
  return { key: String(start(batch, definition, documentOf(command.variables), {})) };
}

function start(
  batch: Batch,
  definition: Deployed,
  variables: Variables,
  patch: Partial<El>,
  tree = batch.newTree(),
): number {
  const key = tree.nextKey();
  batch.run(tree, (run) => startProcess(run, definition.key, key, variables, patch));
  return key;
}

/** Starts an instance at an event: its variables arrive with the event. */
const startAt = (
  batch: Batch,
  definition: Deployed,
  element: number,
  variables: Variables,
  lock?: string,
  tree?: Tree,
): number =>
  start(
    batch,
    definition,
    {},
    { trig: { e: element, ...(Object.keys(variables).length > 0 ? { v: variables } : {}) }, ...(lock ? { lock } : {}) },
    tree,
  );

// ---- messages ------------------------------------------------------------------------------------------------

async function publishMessage(
  batch: Batch,
  command: Extract<EngineCommand, { type: 'publishMessage' }>,
): Promise<CommandResult> {
  const { name, correlationKey, ttlMs, messageId } = command;
  const variables = documentOf(command.variables);
  const partition = batch.requireText(correlationKey);
  if (messageId && (await batch.messagesFor(name, correlationKey)).some((other) => other.messageId === messageId))
    return reject(
      'ALREADY_EXISTS',
      `Expected to publish a new message with id '${messageId}', but a message with that id was already published`,
    );
  const message: BufferedMessage = {
    key: batch.newKey(partition),
    name,
    correlationKey,
    messageId: messageId || null,
    expiresAt: batch.now + ttlMs,
    variables,
    correlated: [],
    at: batch.now,
  };
  const value = { name, correlationKey, messageId: messageId ?? '', timeToLive: ttlMs, variables };
  batch.emit({
    valueType: 'MESSAGE',
    intent: 'PUBLISHED',
    key: message.key,
    processInstanceKey: 0,
    elementId: '',
    value,
  });
  if (ttlMs > 0) batch.messages.put.set(message.key, message);
  await correlateToSubscriptions(batch, message);
  await correlateToStarts(batch, message);
  if (ttlMs <= 0)
    batch.emit({
      valueType: 'MESSAGE',
      intent: 'EXPIRED',
      key: message.key,
      processInstanceKey: 0,
      elementId: '',
      value,
    });
  return { key: String(message.key) };
}

/** Once per process: the subscription that opened first gets the message. */
async function correlateToSubscriptions(batch: Batch, message: BufferedMessage): Promise<void> {
  for (const row of await batch.subscriptionsFor(message.name, message.correlationKey)) {
    if (!message.correlated.includes(row.processId)) await deliver(batch, row.key, row.owner, row.processId, message);
  }
}

async function deliver(
  batch: Batch,
  key: number,
  owner: number,
  processId: string,
  message: BufferedMessage,
): Promise<boolean> {
  const tree = await batch.tree(owner);
  const el = tree?.get(owner);
  if (!tree || !el) return false;
  let taken = false;
  batch.run(tree, (run) => {
    taken = correlate(run, el, key, message.key, message.variables);
  });
  if (taken) {
    message.correlated = [...message.correlated, processId];
    if (message.expiresAt > batch.now) batch.messages.put.set(message.key, message);
  }
  return taken;
}

async function correlateToStarts(batch: Batch, message: BufferedMessage): Promise<void> {
  for (const definition of batch.definitions.allLatest()) {
    const event = startOf(definition, 'MESSAGE', message.name);
    if (event === undefined || message.correlated.includes(definition.process.id)) continue;
    if (message.correlationKey !== '' && (await batch.isLocked(definition.process.id, message.correlationKey)))
      continue;
    startByMessage(batch, definition, event, message);
  }
}

function startByMessage(batch: Batch, definition: Deployed, event: number, message: BufferedMessage): void {
  const processId = definition.process.id;
  message.correlated = [...message.correlated, processId];
  if (message.expiresAt > batch.now) batch.messages.put.set(message.key, message);
  if (message.correlationKey !== '') batch.takeLock(processId, message.correlationKey);
  const tree = batch.newTree(batch.requireText(message.correlationKey));
  startSubscriptionRecord(batch, definition, event, 'CORRELATED', {
    correlationKey: message.correlationKey,
    messageKey: String(message.key),
    variables: message.variables,
    processInstanceKey: String(tree.upcomingKey),
  });
  startAt(batch, definition, event, message.variables, message.correlationKey || undefined, tree);
}

/** Index of the start event of a definition for a message or signal. */
export function startOf(definition: Deployed, type: 'MESSAGE' | 'SIGNAL', name: string): number | undefined {
  return definition.process.elements[0]!.eventStarts.find(
    (item) => item.eventType === type && startName(item.event?.name) === name,
  )?.index;
}

/** Names of start events are fixed, or expressions without variables. */
export function startName(
  name: NonNullable<Deployed['process']['elements'][number]['event']>['name'],
): string | undefined {
  if (!name) return undefined;
  if ('fixed' in name) return name.fixed;
  const value = name.expression.evaluate(() => undefined, 0);
  return typeof value === 'string' ? value : undefined;
}

export function startSubscriptionRecord(
  batch: Batch,
  definition: Deployed,
  event: number,
  intent: string,
  more: Record<string, Json> = {},
): void {
  const element = definition.process.elements[event]!;
  batch.emit({
    valueType: 'MESSAGE_START_EVENT_SUBSCRIPTION',
    intent,
    key: definition.key + 1 + event,
    processInstanceKey: typeof more.processInstanceKey === 'string' ? Number(more.processInstanceKey) : 0,
    elementId: element.id,
    value: {
      processDefinitionKey: String(definition.key),
      bpmnProcessId: definition.process.id,
      startEventId: element.id,
      messageName: startName(element.event!.name) ?? '',
      ...more,
    },
  });
}

// ---- signals -------------------------------------------------------------------------------------------------

async function broadcast(batch: Batch, name: string, variables: Variables): Promise<void> {
  batch.emit({
    valueType: 'SIGNAL',
    intent: 'BROADCASTED',
    key: batch.newKey(),
    processInstanceKey: 0,
    elementId: '',
    value: { signalName: name, variables },
  });
  await reach(batch, name, variables);
}

/** Starts processes and triggers what waits for the signal; a tree that has thrown it has had it already. */
async function reach(batch: Batch, name: string, variables: Variables, except?: number): Promise<void> {
  const waiting = (await batch.signalsFor(name)).filter((row) => treeOf(row.owner) !== except);
  for (const definition of [...batch.definitions.allLatest()]) {
    const event = startOf(definition, 'SIGNAL', name);
    if (event !== undefined) startAt(batch, definition, event, variables);
  }
  for (const row of waiting) {
    const tree = await batch.tree(row.owner);
    const el = tree?.get(row.owner);
    if (tree && el) batch.run(tree, (run) => receiveSignal(run, el, row.key, variables));
  }
}

// ---- what a run leaves behind --------------------------------------------------------------------------------

/** Opened subscriptions look for buffered messages, thrown signals travel, released keys start the next instance; until nothing is left. */
export async function followUp(batch: Batch): Promise<void> {
  for (;;) {
    await batch.expectBuffered();
    const opened = batch.opened.shift();
    if (opened) {
      await correlateBuffered(batch, opened.tree, opened.el, opened.subscription);
      continue;
    }
    const signal = batch.thrown.shift();
    if (signal) {
      await reach(batch, signal.name, signal.variables, signal.tree);
      continue;
    }
    const released = batch.released.shift();
    if (!released) return;
    batch.dropLock(released.processId, released.correlationKey);
    await startNext(batch, released.processId, released.correlationKey);
  }
}

/** A subscription is confirmed when no buffered message was waiting for it. */
async function correlateBuffered(batch: Batch, tree: Tree, el: El, subscription: MessageSub): Promise<void> {
  delete subscription.fresh;
  const row = batch.subscriptions.put.get(subscription.k);
  if (!row) return;
  let correlated = false;
  for (const message of await batch.messagesFor(subscription.name, subscription.key)) {
    if (message.correlated.includes(row.processId) || message.expiresAt <= batch.now) continue;
    if (!(await deliver(batch, subscription.k, el.k, row.processId, message))) continue;
    correlated = true;
    if (subscription.int) return;
  }
  if (!correlated) batch.run(tree, (run) => messageRecord(run, 'CREATED', el, subscription));
}

async function startNext(batch: Batch, processId: string, correlationKey: string): Promise<void> {
  const definition = batch.definitions.latest(processId);
  if (!definition) return;
  const waiting: { event: number; message: BufferedMessage }[] = [];
  for (const event of definition.process.elements[0]!.eventStarts) {
    const name = event.eventType === 'MESSAGE' ? startName(event.event?.name) : undefined;
    if (!name) continue;
    for (const message of await batch.messagesFor(name, correlationKey)) {
      if (message.expiresAt > batch.now && !message.correlated.includes(processId))
        waiting.push({ event: event.index, message });
    }
  }
  const [next] = waiting.sort((a, b) => a.message.at - b.message.at || a.message.key - b.message.key);
  if (next) startByMessage(batch, definition, next.event, next.message);
}

// ---- timers --------------------------------------------------------------------------------------------------

/** A due timer: of an element, of a start event, or the end of a job's backoff. */
export async function fire(batch: Batch, row: TimerRow): Promise<void> {
  if (batch.timers.gone.has(row.key)) return;
  batch.timers.gone.add(row.key);
  if (row.kind === 'START') fireStart(batch, row);
  else {
    const tree = await batch.tree(row.owner);
    const el = tree?.get(row.owner);
    if (!tree || !el) return;
    if (row.kind === 'ELEMENT') batch.run(tree, (run) => fireTimer(run, el, row.key));
    else if (el.job?.k === row.key && el.job.st === 'B') {
      const { job } = el;
      delete job.st;
      delete job.at;
      batch.run(tree, (run) => jobRecord(run, 'RECURRED_AFTER_BACKOFF', el, job));
      batch.jobChanged(tree, el, job);
    }
  }
  await followUp(batch);
}

export interface StartTimer {
  event: number;
  reps: number;
  every?: string;
}

export function startTimerRecord(batch: Batch, definition: Deployed, row: TimerRow, intent: string): void {
  const data = JSON.parse(row.data!) as StartTimer;
  const element = definition.process.elements[data.event]!;
  batch.emit({
    valueType: 'TIMER',
    intent,
    key: row.key,
    processInstanceKey: 0,
    elementId: element.id,
    value: {
      elementInstanceKey: '-1',
      processInstanceKey: '-1',
      processDefinitionKey: String(definition.key),
      dueDate: row.dueAt,
      targetElementId: element.id,
      repetitions: data.reps,
    },
  });
}

export function openStartTimer(batch: Batch, definition: Deployed, dueAt: number, data: StartTimer): void {
  const row: TimerRow = {
    key: batch.newKey(),
    owner: definition.key,
    kind: 'START',
    dueAt,
    data: JSON.stringify(data),
  };
  batch.timers.put.set(row.key, row);
  startTimerRecord(batch, definition, row, 'CREATED');
}

function fireStart(batch: Batch, row: TimerRow): void {
  const definition = batch.definitions.get(row.owner);
  const data = JSON.parse(row.data!) as StartTimer;
  startTimerRecord(batch, definition, row, 'TRIGGERED');
  startAt(batch, definition, data.event, {});
  if (data.every && (data.reps === -1 || data.reps > 1)) {
    openStartTimer(batch, definition, nextTurn(data.every, batch.now), {
      ...data,
      reps: data.reps === -1 ? -1 : data.reps - 1,
    });
  }
}
