import type { Logger } from '../../../kernel/logger.ts';
import type { EngineRecord, RecordReceiver } from '../../port.ts';
import { isFence, type RecordStore } from './record-store.ts';

const RECORDS_AT_ONCE = 1000;
const POLL_MS = 500;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const ALL = 'all';

/** Carries stored records to the receiver, in order per partition; woken by the endpoint, and by a slow poll for those of other nodes. */
export class RecordPump {
  readonly #store: RecordStore;
  readonly #logger: Logger;
  #receiver: RecordReceiver | undefined;
  #running: Promise<void> | undefined;
  /** Partitions to look at when the run in hand has ended; `ALL`: whatever there is. */
  #due: Set<number> | typeof ALL = new Set();
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #failures = 0;
  #waitUntil = 0;
  /** Position up to which the receiver has been served, per partition. */
  readonly #position = new Map<number, number>();
  /** Records handed on since the start, marks excluded: `settle` looks whether anything moved. */
  delivered = 0;

  constructor(parts: { store: RecordStore; logger: Logger }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  onRecords(receiver: RecordReceiver): void {
    this.#receiver = receiver;
  }

  start(): void {
    this.#started = true;
    this.#timer = setInterval(() => this.kick(), POLL_MS);
    this.#timer.unref();
    this.kick();
  }

  async stop(): Promise<void> {
    this.#started = false;
    clearInterval(this.#timer);
    await this.#running;
  }

  positions(): ReadonlyMap<number, number> {
    return this.#position;
  }

  /** Looks for records: of the partitions told, of all without any. */
  kick(partitions: Iterable<number> | typeof ALL = ALL): void {
    if (!this.#started || Date.now() < this.#waitUntil) return;
    this.#due = partitions === ALL || this.#due === ALL ? ALL : new Set([...this.#due, ...partitions]);
    if (this.#running) return;
    const due = this.#due;
    this.#due = new Set();
    this.#running = this.#run(due).finally(() => {
      this.#running = undefined;
      if (this.#due === ALL || this.#due.size > 0) this.kick(this.#due);
    });
  }

  /** Resolves when everything stored by now has been handed on. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#started) await this.#run(ALL);
  }

  async #run(due: Set<number> | typeof ALL): Promise<void> {
    try {
      for (const partition of due === ALL ? await this.#store.partitions() : due) await this.#carry(partition);
      this.#failures = 0;
    } catch (error) {
      // The receiver's transaction failed: nothing is lost, the same records are read again.
      this.#position.clear();
      const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
      this.#failures += 1;
      this.#waitUntil = Date.now() + wait;
      this.#logger.error({ err: error, retryInMs: wait }, 'records could not be projected; they are tried again');
    }
  }

  async #carry(partition: number): Promise<void> {
    const receiver = this.#receiver;
    if (!receiver) return;
    // Another node may have been served meanwhile; its position is newer than what this one remembers.
    let position = Math.max(await receiver.fromPosition(partition), this.#position.get(partition) ?? 0);
    for (;;) {
      const records = await this.#store.read(partition, position, RECORDS_AT_ONCE);
      const last = records.at(-1);
      if (!last) break;
      const shown = records.filter((record: EngineRecord) => !isFence(record));
      if (shown.length > 0) await receiver.receive(shown);
      this.delivered += shown.length;
      position = last.position;
      this.#position.set(partition, position);
      // What is stored from now on wakes the pump again.
      if (records.length < RECORDS_AT_ONCE) break;
    }
    this.#position.set(partition, position);
  }
}
