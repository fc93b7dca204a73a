import type { Sql } from '../../db/sql.ts';
import type { ActivatedJob, EngineRecord, Variables } from '../port.ts';
import { parseJson } from './big-json.ts';
import type { Definitions, Deployed } from './definitions.ts';
import type { RawRecord, World } from './run/run.ts';
import {
  type El,
  type Job,
  KEYS_PER_TREE,
  type MessageSub,
  type SignalSub,
  type TimerSub,
  type TreeState,
  treeOf,
} from './run/state.ts';
import { Run, settle, Tree } from './run/step.ts';

export interface BufferedMessage {
  key: number;
  name: string;
  correlationKey: string;
  messageId: string | null;
  expiresAt: number;
  variables: Variables;
  correlated: string[];
}
export interface SubscriptionRow {
  key: number;
  owner: number;
  processId: string;
  name: string;
  correlationKey: string;
}
export interface TimerRow {
  key: number;
  owner: number;
  kind: 'ELEMENT' | 'START' | 'BACKOFF';
  dueAt: number;
  data: string | null;
}
type Rows<T> = { put: Map<number, T>; gone: Set<number> };
const rows = <T>(): Rows<T> => ({ put: new Map(), gone: new Set() });

function put<T>(table: Rows<T>, key: number, row: T): void {
  table.put.set(key, row);
}
function drop<T>(table: Rows<T>, key: number): void {
  // A row that was never written needs no delete; one that was is deleted. Both are harmless.
  if (!table.put.delete(key)) table.gone.add(key);
  else table.gone.add(key);
}

/** Type of the jobs that people do; they need no activation. */
export const USER_TASK_JOB = 'io.camunda.zeebe:userTask';

/**
 * One transaction of the engine: commands run on trees in memory; everything they change is collected and written in one statement at the end.
 */
export class Batch implements World {
  readonly sql: Sql;
  readonly definitions: Definitions;
  readonly now: number;
  readonly trees: Map<number, Tree>;
  readonly touched = new Set<number>();
  readonly records: RawRecord[] = [];
  readonly jobs = rows<{ type: string }>();
  readonly timers = rows<TimerRow>();
  readonly subscriptions = rows<SubscriptionRow>();
  readonly messages = rows<BufferedMessage>();
  readonly signals = rows<{ owner: number; name: string }>();
  readonly locksTaken = new Set<string>();
  readonly locksGone = new Set<string>();
  /** What the running of a tree asks of the rest of the engine. */
  readonly opened: { tree: Tree; el: El; subscription: MessageSub }[] = [];
  readonly thrown: { tree: number; name: string; variables: Variables }[] = [];
  readonly released: { processId: string; correlationKey: string }[] = [];
  /** Versions deployed in this batch. */
  readonly added: Deployed[];
  nextTree: number;

  constructor(parts: {
    sql: Sql;
    definitions: Definitions;
    now: number;
    trees: Map<number, Tree>;
    nextTree: number;
    added: Deployed[];
  }) {
    this.sql = parts.sql;
    this.definitions = parts.definitions;
    this.now = parts.now;
    this.trees = parts.trees;
    this.nextTree = parts.nextTree;
    this.added = parts.added;
  }

  // ---- World -----------------------------------------------------------------------------------------------
  definition(key: number) {
    return this.definitions.get(key);
  }
  latest(processId: string) {
    return this.definitions.latest(processId);
  }
  emit(record: RawRecord): void {
    this.records.push(record);
  }
  jobOpened(_tree: Tree, _el: El, job: Job): void {
    if (job.type !== USER_TASK_JOB) put(this.jobs, job.k, { type: job.type });
  }
  jobClosed(job: Job): void {
    if (job.type !== USER_TASK_JOB) drop(this.jobs, job.k);
    if (job.st === 'B') drop(this.timers, job.k);
  }
  jobChanged(_tree: Tree, el: El, job: Job): void {
    if (job.st === 'B')
      put(this.timers, job.k, { key: job.k, owner: el.k, kind: 'BACKOFF', dueAt: job.at!, data: null });
    if (job.type === USER_TASK_JOB) return;
    if (job.st) drop(this.jobs, job.k);
    else put(this.jobs, job.k, { type: job.type });
  }
  timerOpened(_tree: Tree, el: El, timer: TimerSub): void {
    put(this.timers, timer.k, { key: timer.k, owner: el.k, kind: 'ELEMENT', dueAt: timer.due, data: null });
  }
  timerClosed(key: number): void {
    drop(this.timers, key);
  }
  messageOpened(tree: Tree, el: El, subscription: MessageSub): void {
    const processId = this.definition(el.d).process.id;
    put(this.subscriptions, subscription.k, {
      key: subscription.k,
      owner: el.k,
      processId,
      name: subscription.name,
      correlationKey: subscription.key,
    });
    this.opened.push({ tree, el, subscription });
  }
  messageClosed(subscription: MessageSub): void {
    drop(this.subscriptions, subscription.k);
  }
  signalOpened(_tree: Tree, el: El, subscription: SignalSub): void {
    put(this.signals, subscription.k, { owner: el.k, name: subscription.name });
  }
  signalClosed(subscription: SignalSub): void {
    drop(this.signals, subscription.k);
  }
  signalThrown(tree: number, name: string, variables: Variables): void {
    this.thrown.push({ tree, name, variables });
  }
  lockReleased(processId: string, correlationKey: string): void {
    this.released.push({ processId, correlationKey });
  }

  // ---- trees -----------------------------------------------------------------------------------------------

  /** A key outside any instance: messages, definitions. */
  newKey(): number {
    const key = this.nextTree * KEYS_PER_TREE + 1;
    this.nextTree += 1;
    return key;
  }

  newTree(): Tree {
    const tree = new Tree({ id: this.nextTree, seq: 0, els: {} });
    this.nextTree += 1;
    this.trees.set(tree.id, tree);
    this.touched.add(tree.id);
    return tree;
  }

  async load(keys: Iterable<number>): Promise<void> {
    const wanted = [...new Set([...keys].map(treeOf))].filter((id) => !this.trees.has(id));
    if (wanted.length === 0) return;
    const found = await this.sql.query<{ state: string }>(
      'select state from engine_instance where id = any($1::bigint[])',
      [wanted.map(String)],
    );
    for (const row of found) {
      const state = parseJson(row.state) as unknown as TreeState;
      this.trees.set(state.id, new Tree(state));
    }
  }

  /** The tree a key belongs to, ready for change. */
  async tree(key: number): Promise<Tree | undefined> {
    await this.load([key]);
    const tree = this.trees.get(treeOf(key));
    if (tree) this.touched.add(tree.id);
    return tree;
  }

  run(tree: Tree, effect: (run: Run) => void): void {
    const run = new Run(this, tree);
    effect(run);
    settle(run);
  }

  // ---- look-ups that see what this batch has changed --------------------------------------------------------

  async subscriptionsFor(name: string, correlationKey: string): Promise<SubscriptionRow[]> {
    const stored = await this.sql.query<{ key: string; owner: string; process_id: string }>(
      'select key, owner, process_id from engine_message_subscription where name = $1 and correlation_key = $2',
      [name, correlationKey],
    );
    const found = stored
      .map((row) => ({
        key: Number(row.key),
        owner: Number(row.owner),
        processId: row.process_id,
        name,
        correlationKey,
      }))
      .filter((row) => !this.subscriptions.gone.has(row.key) && !this.subscriptions.put.has(row.key));
    for (const row of this.subscriptions.put.values())
      if (row.name === name && row.correlationKey === correlationKey) found.push(row);
    return found.sort((a, b) => a.key - b.key);
  }

  async messagesFor(name: string, correlationKey: string): Promise<BufferedMessage[]> {
    const stored = await this.sql.query<{
      key: string;
      message_id: string | null;
      expires_at: string;
      variables: string;
      correlated: string[];
    }>(
      'select key, message_id, expires_at, variables, correlated from engine_message where name = $1 and correlation_key = $2 and expires_at > $3',
      [name, correlationKey, this.now],
    );
    const found: BufferedMessage[] = stored
      .map((row) => ({
        key: Number(row.key),
        name,
        correlationKey,
        messageId: row.message_id,
        expiresAt: Number(row.expires_at),
        variables: parseJson(row.variables) as Variables,
        correlated: row.correlated,
      }))
      .filter((row) => !this.messages.put.has(row.key));
    for (const row of this.messages.put.values())
      if (row.name === name && row.correlationKey === correlationKey) found.push(row);
    return found.sort((a, b) => a.key - b.key);
  }

  async isLocked(processId: string, correlationKey: string): Promise<boolean> {
    const lock = lockName(processId, correlationKey);
    if (this.locksTaken.has(lock)) return true;
    if (this.locksGone.has(lock)) return false;
    const [row] = await this.sql.query(
      'select 1 as one from engine_start_lock where process_id = $1 and correlation_key = $2',
      [processId, correlationKey],
    );
    return row !== undefined;
  }
  takeLock(processId: string, correlationKey: string): void {
    const lock = lockName(processId, correlationKey);
    this.locksTaken.add(lock);
    this.locksGone.delete(lock);
  }
  dropLock(processId: string, correlationKey: string): void {
    const lock = lockName(processId, correlationKey);
    this.locksTaken.delete(lock);
    this.locksGone.add(lock);
  }

  async signalsFor(name: string): Promise<{ key: number; owner: number }[]> {
    const stored = await this.sql.query<{ key: string; owner: string }>(
      'select key, owner from engine_signal_subscription where name = $1',
      [name],
    );
    const found = stored
      .map((row) => ({ key: Number(row.key), owner: Number(row.owner) }))
      .filter((row) => !this.signals.gone.has(row.key) && !this.signals.put.has(row.key));
    for (const [key, row] of this.signals.put) if (row.name === name) found.push({ key, owner: row.owner });
    return found.sort((a, b) => a.key - b.key);
  }

  activatedJob(key: number): ActivatedJob | undefined {
    const tree = this.trees.get(treeOf(key));
    if (!tree) return undefined;
    for (const el of tree.els.values()) if (el.job?.k === key && !el.job.st) return jobOf(this, tree, el);
    return undefined;
  }

  numbered(position: number): EngineRecord[] {
    return this.records.map((record, index) => ({
      partition: 1,
      position: position + index + 1,
      timestamp: this.now,
      valueType: record.valueType,
      intent: record.intent,
      key: String(record.key),
      processInstanceKey: record.processInstanceKey ? String(record.processInstanceKey) : '',
      elementId: record.elementId,
      value: record.value,
    }));
  }
}

export function jobOf(world: World, tree: Tree, el: El): ActivatedJob {
  const run = new Run(world, tree);
  const definition = world.definition(el.d);
  const job = el.job!;
  return {
    key: String(job.k),
    type: job.type,
    processInstanceKey: String(el.pi),
    processId: definition.process.id,
    processVersion: definition.version,
    elementId: run.element(el).id,
    elementInstanceKey: String(el.k),
    customHeaders: job.h,
    variables: structuredClone(run.visible(el)),
    retries: job.r,
  };
}

const SEPARATOR = '\u0000';
export const lockName = (processId: string, correlationKey: string): string =>
  `${processId}${SEPARATOR}${correlationKey}`;
export const lockParts = (name: string): [string, string] => {
  const at = name.indexOf(SEPARATOR);
  return [name.slice(0, at), name.slice(at + 1)];
};
