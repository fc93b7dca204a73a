import type { Database } from '../../db/sql.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { EngineRecord, RecordReceiver } from '../port.ts';
import { USER_TASK_JOB } from './batch.ts';
import { unpackRecords } from './pack-records.ts';

const RECORDS_AT_ONCE = 2000;
const BATCHES_AT_ONCE = 50;
const DAY_MS = 86_400_000;
const RECORDS_KEPT_DAYS = 30;
/** How long records are gathered while handlers are at work: those somebody waits for, and those that only tell the way. */
const GATHER_MS = 10;
const GATHER_WAY_MS = 40;

/**
 * Hands the records of each partition to the receiver in order. What this node has written is at hand; what others have written is
 * read from the table: after a gap, and when a look is asked for.
 */
export class RecordStream {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #fresh = new Map<number, EngineRecord[]>();
  readonly #delivered = new Map<number, number>();
  readonly #looks = new Set<number>();
  #receiver: RecordReceiver | undefined;
  readonly #atWork: () => boolean;
  #delivering: Promise<void> | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #gatheringUntil = 0;
  /** Among the fresh ones are such as somebody waits for. */
  #awaited = false;

  /** `atWork` says whether more records are about to come. */
  constructor(parts: { database: Database; logger: Logger; atWork: () => boolean }) {
    this.#database = parts.database;
    this.#logger = parts.logger;
    this.#atWork = parts.atWork;
  }

  set receiver(receiver: RecordReceiver) {
    this.#receiver = receiver;
  }

  /** Records of this node that have not been received. A look is no reason to wait: two who wait would keep each other looking for ever. */
  get busy(): boolean {
    return this.#fresh.size > 0;
  }
  get delivering(): Promise<void> | undefined {
    return this.#delivering;
  }

  push(records: ReadonlyMap<number, EngineRecord[]>): void {
    if (!this.#receiver) return;
    for (const [partition, list] of records) {
      if (list.length === 0) continue;
      this.#awaited ||= list.some(isAwaited);
      const waiting = this.#fresh.get(partition);
      if (waiting) waiting.push(...list);
      else this.#fresh.set(partition, [...list]);
    }
    this.deliverSoon();
  }

  /** While handlers are at work, a chain of service tasks is received in one piece, and a crowd's in few. */
  deliverSoon(): void {
    if (this.#fresh.size === 0) return;
    if (!this.#atWork()) void this.#deliver();
    else this.#gather(this.#awaited ? GATHER_MS : GATHER_WAY_MS);
  }

  /** Never later than it was to be already. */
  #gather(forMs: number): void {
    const until = performance.now() + forMs;
    if (this.#gathering && this.#gatheringUntil <= until) return;
    clearTimeout(this.#gathering);
    this.#gatheringUntil = until;
    this.#gathering = setTimeout(() => void this.#deliver(), forMs);
  }

  stop(): void {
    clearTimeout(this.#gathering);
  }

  /** Delivers everything there is, also what other nodes have written to these partitions. */
  async look(partitions: readonly number[]): Promise<void> {
    if (!this.#receiver) return;
    // A look that was asked for is not answered by a delivery that is under way.
    await this.#delivering;
    for (const partition of partitions) this.#looks.add(partition);
    await this.#deliver();
  }

  #deliver(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#awaited = false;
    this.#delivering ??= this.#deliverAll(this.#receiver!)
      .catch((error: unknown) => {
        this.#logger.error({ err: error }, 'records could not be delivered; they come again');
        this.#delivered.clear();
        this.#fresh.clear();
        this.#looks.clear();
      })
      .finally(() => {
        this.#delivering = undefined;
      });
    return this.#delivering;
  }

  async #deliverAll(receiver: RecordReceiver): Promise<void> {
    for (;;) {
      const [partition] = [...this.#fresh.keys(), ...this.#looks];
      if (partition === undefined) return;
      const look = this.#looks.delete(partition);
      await this.#deliverPartition(receiver, partition, look);
    }
  }

  async #deliverPartition(receiver: RecordReceiver, partition: number, look: boolean): Promise<void> {
    for (let asked = false; ; ) {
      let delivered = this.#delivered.get(partition) ?? (await receiver.fromPosition(partition));
      const fresh = this.#fresh.get(partition) ?? [];
      while (fresh.length > 0 && fresh[0]!.position <= delivered) fresh.shift();
      const gap = fresh.length > 0 && fresh[0]!.position > delivered + 1;
      if (gap && !asked) {
        // Another node has written, and has perhaps delivered what it has written.
        asked = true;
        delivered = Math.max(delivered, await receiver.fromPosition(partition));
        this.#delivered.set(partition, delivered);
        continue;
      }
      this.#delivered.set(partition, delivered);
      if (fresh.length === 0 && !look) {
        this.#fresh.delete(partition);
        return;
      }
      const records =
        fresh.length > 0 && !gap ? splitOffRun(fresh, RECORDS_AT_ONCE) : await this.#read(partition, delivered);
      if (records.length === 0) {
        // What is missing in between is not there any more, or there is nothing new.
        if (fresh.length > 0) this.#delivered.set(partition, fresh[0]!.position - 1);
        look = false;
        continue;
      }
      await receiver.receive(records);
      this.#delivered.set(partition, records.at(-1)!.position);
      asked = false;
    }
  }

  async #read(partition: number, after: number): Promise<EngineRecord[]> {
    const rows = await this.#database.query<{ records: Uint8Array }>(
      `select records from engine_record where partition = $1 and last_position > $2 order by position limit ${BATCHES_AT_ONCE}`,
      [partition, after],
    );
    return rows.flatMap((row) => unpackRecords(row.records)).filter((record) => record.position > after);
  }

  /** Records have no time of their own in the table: a mark a day says how far the stream had come. Nothing unreceived is let go. */
  async prune(partition: number, now: number): Promise<void> {
    if (!this.#receiver) return;
    const day = Math.floor(now / DAY_MS);
    await this.#database.query(
      `insert into engine_record_mark (partition, day, position) select id, $2, position from engine_partition where id = $1 on conflict do nothing`,
      [partition, day],
    );
    const [mark] = await this.#database.query<{ position: string | null }>(
      'select max(position) as position from engine_record_mark where partition = $1 and day <= $2',
      [partition, day - RECORDS_KEPT_DAYS],
    );
    if (mark?.position == null) return;
    await this.#database.query(
      'delete from engine_record where partition = $1 and last_position <= least($2::bigint, $3::bigint)',
      [partition, mark.position, await this.#receiver.fromPosition(partition)],
    );
    await this.#database.query('delete from engine_record_mark where partition = $1 and position < $2::bigint', [
      partition,
      mark.position,
    ]);
  }
}

/** A person waits for the task, or for the end of the instance. */
const isAwaited = ({ valueType, intent, value }: EngineRecord): boolean =>
  (valueType === 'JOB' && intent === 'CREATED' && value.type === USER_TASK_JOB) ||
  (valueType === 'PROCESS_INSTANCE' &&
    value.bpmnElementType === 'PROCESS' &&
    /^ELEMENT_(COMPLETED|TERMINATED)$/.test(intent)) ||
  valueType === 'INCIDENT';

/** The first records up to where another node has written in between. */
function splitOffRun(records: EngineRecord[], atMost: number): EngineRecord[] {
  const first = records[0]!.position;
  let count = 1;
  while (count < atMost && records[count]?.position === first + count) count += 1;
  return records.splice(0, count);
}
