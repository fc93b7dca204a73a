import type { Sql } from '../../db/sql.ts';
import type { ActivatedJob, EngineRecord, Variables } from '../port.ts';
import {
  type BufferedMessage,
  drop,
  inOrder,
  lockName,
  put,
  rows,
  type SubscriptionRow,
  type TimerRow,
} from './batch-rows.ts';
import { parseJson } from './big-json.ts';
import type { Definitions, Deployed } from './definitions.ts';
import { Elsewhere, endOfTrees, partitionOf, partitionOfText, partitionOfTree } from './partitions.ts';
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
import { StoredMessages, type Topic } from './stored-messages.ts';
import type { TreeCache } from './tree-cache.ts';

/** A partition the batch holds: what it knows of it and hands back when it is written. */
export interface Held {
  id: number;
  trees: TreeCache;
  nextTree: number;
  /** Keys outside any instance come from a tree number of their own. */
  block?: { tree: number; used: number };
}

/** Type of the jobs that people do; they need no activation. */
export const USER_TASK_JOB = 'io.camunda.zeebe:userTask';

/**
 * One transaction of the engine: commands run on trees in memory; everything they change is collected and written in one statement at the end.
 * It holds one partition or several. Whatever belongs to another raises `Elsewhere`, and the batch is done again with that one held, too.
 * More than 200 lines: it is the whole of what a running tree may ask of the engine.
 */
export class Batch implements World {
  readonly sql: Sql;
  readonly definitions: Definitions;
  readonly now: number;
  readonly held: ReadonlyMap<number, Held>;
  /** How many partitions there are, and over how many new work is spread. */
  readonly partitions: number;
  readonly spread: number;
  /** Where the command at hand makes what has no place yet. */
  home: number;
  readonly stored: StoredMessages;
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

  constructor(parts: {
    sql: Sql;
    definitions: Definitions;
    now: number;
    held: readonly Held[];
    partitions: number;
    spread: number;
    added: Deployed[];
  }) {
    this.sql = parts.sql;
    this.definitions = parts.definitions;
    this.now = parts.now;
    this.stored = new StoredMessages(parts.sql, parts.now);
    this.held = new Map(parts.held.map((item) => [item.id, item]));
    this.home = parts.held[0]!.id;
    this.partitions = parts.partitions;
    this.spread = parts.spread;
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
      at: this.now,
      ordinal: this.newKey(this.requireText(subscription.key)),
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

  // ---- partitions ------------------------------------------------------------------------------------------

  #hold(partition: number): Held {
    const found = this.held.get(partition);
    if (!found) throw new Elsewhere([partition]);
    return found;
  }

  /** What is the business of every partition: deployments and signals. */
  requireAll(): void {
    const all = Array.from({ length: this.partitions }, (_, index) => index + 1);
    if (all.some((partition) => !this.held.has(partition))) throw new Elsewhere(all);
  }

  /** The partition of everything that has this correlation key: messages, subscriptions, locks of started instances. */
  requireText(correlationKey: string): number {
    return this.#hold(partitionOfText(correlationKey, this.spread)).id;
  }

  // ---- keys and trees --------------------------------------------------------------------------------------

  #takeTree(held: Held): number {
    if (held.nextTree >= endOfTrees(held.id)) throw new Error(`partition ${held.id} has used all its keys`);
    held.nextTree += 1;
    return held.nextTree - 1;
  }

  /** A key outside any instance: of a message, a signal, a start timer. They grow in the order they are given out. */
  newKey(partition = this.home): number {
    const held = this.#hold(partition);
    if (!held.block || held.block.used >= KEYS_PER_TREE - 1) held.block = { tree: this.#takeTree(held), used: 0 };
    held.block.used += 1;
    return held.block.tree * KEYS_PER_TREE + held.block.used;
  }

  /** The key of a definition: those behind it are for its start events. */
  newDefinitionKey(): number {
    return this.#takeTree(this.#hold(this.home)) * KEYS_PER_TREE + 1;
  }

  newTree(partition = this.home): Tree {
    const held = this.#hold(partition);
    const tree = new Tree({ id: this.#takeTree(held), seq: 0, els: {} });
    held.trees.set(tree);
    this.touched.add(tree.id);
    return tree;
  }

  /** A tree that is in memory. */
  known(id: number): Tree | undefined {
    return this.held.get(partitionOfTree(id))?.trees.get(id);
  }

  /** The batch was not written: its trees are not to be trusted. */
  forget(id: number): void {
    this.held.get(partitionOfTree(id))?.trees.delete(id);
  }

  /** The batch is written: what has ended is let go, the rest stays at hand. */
  keep(): void {
    for (const id of this.touched) {
      const tree = this.known(id);
      if (tree && tree.els.size === 0) this.forget(id);
      else if (tree) this.held.get(partitionOfTree(id))!.trees.used(tree);
    }
  }

  async load(keys: Iterable<number>): Promise<void> {
    const wanted = [...new Set([...keys].map(treeOf))].filter((id) => {
      const partition = partitionOfTree(id);
      return partition <= this.partitions && !this.#hold(partition).trees.has(id);
    });
    if (wanted.length === 0) return;
    const found = await this.sql.query<{ state: string }>(
      'select state from engine_instance where id = any($1::bigint[])',
      [wanted.map(String)],
    );
    for (const row of found) {
      const state = parseJson(row.state) as unknown as TreeState;
      const tree = new Tree(state);
      tree.bytes = row.state.length;
      this.#hold(partitionOfTree(state.id)).trees.set(tree);
    }
  }

  /** The tree a key belongs to, ready for change. */
  async tree(key: number): Promise<Tree | undefined> {
    if (treeOf(key) <= 0) return undefined;
    await this.load([key]);
    const tree = this.known(treeOf(key));
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
    this.requireText(correlationKey);
    const stored = await this.stored.subscriptions(name, correlationKey);
    const found = stored.filter((row) => !this.subscriptions.gone.has(row.key) && !this.subscriptions.put.has(row.key));
    for (const row of this.subscriptions.put.values())
      if (row.name === name && row.correlationKey === correlationKey) found.push(row);
    return inOrder(found);
  }

  async messagesFor(name: string, correlationKey: string): Promise<BufferedMessage[]> {
    this.requireText(correlationKey);
    const stored = await this.stored.messages(name, correlationKey);
    const found = stored.filter((row) => !this.messages.put.has(row.key));
    for (const row of this.messages.put.values())
      if (row.name === name && row.correlationKey === correlationKey) found.push(row);
    return inOrder(found);
  }

  /** Reads in one go what so many messages will ask for, and the trees that wait for them: a storm of messages is not read one by one. */
  async expectMessages(messages: readonly Topic[]): Promise<void> {
    if (messages.length < 2) return;
    await this.load(await this.stored.read(messages));
  }

  /** The same for the subscriptions that have been opened and look for messages sent before. */
  async expectBuffered(): Promise<void> {
    if (this.opened.length < 2 || this.stored.knowsMessages(topicOf(this.opened[0]!))) return;
    await this.stored.readMessages(this.opened.map(topicOf));
  }

  async isLocked(processId: string, correlationKey: string): Promise<boolean> {
    this.requireText(correlationKey);
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
    this.requireText(correlationKey);
    const lock = lockName(processId, correlationKey);
    this.locksTaken.delete(lock);
    this.locksGone.add(lock);
  }

  async signalsFor(name: string): Promise<{ key: number; owner: number }[]> {
    this.requireAll();
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
    const tree = this.known(treeOf(key));
    if (!tree) return undefined;
    for (const el of tree.els.values()) if (el.job?.k === key && !el.job.st) return jobOf(this, tree, el);
    return undefined;
  }

  /** The records of each partition, numbered on from where it stands. */
  numbered(positions: ReadonlyMap<number, number>): Map<number, EngineRecord[]> {
    const lists = new Map<number, EngineRecord[]>([...this.held.keys()].map((id) => [id, []]));
    for (const record of this.records) {
      const partition = this.#partitionOfRecord(record);
      const list = lists.get(partition)!;
      list.push({
        partition,
        position: positions.get(partition)! + list.length + 1,
        timestamp: this.now,
        valueType: record.valueType,
        intent: record.intent,
        key: String(record.key),
        processInstanceKey: record.processInstanceKey ? String(record.processInstanceKey) : '',
        elementId: record.elementId,
        value: record.value,
      });
    }
    return lists;
  }

  #partitionOfRecord(record: RawRecord): number {
    if (this.held.size === 1) return this.home;
    const partition = partitionOf(record.processInstanceKey || record.key);
    return this.held.has(partition) ? partition : this.home;
  }
}

const topicOf = ({ subscription }: { subscription: MessageSub }): Topic => ({
  name: subscription.name,
  correlationKey: subscription.key,
});

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
