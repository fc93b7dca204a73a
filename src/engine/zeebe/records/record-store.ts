import type { Database, Sql } from '../../../db/sql.ts';
import type { EngineRecord, InstanceState, Json } from '../../port.ts';
import { FENCE_MESSAGE, type StoredRecord } from './record.ts';

/** How old the newest record of a partition is, and how far it has been projected. */
export interface PartitionLag {
  partition: number;
  /** Newest position received. */
  received: number;
  /** Wall-clock instant of the last bulk with news, epoch milliseconds. */
  receivedAt: number;
}

/** The raw record stream in our database: stored before the broker is told so, read later by the pump. */
export class RecordStore {
  readonly #database: Database;
  readonly #now: () => number;

  /** `now` is the machine's time: when a record arrived, and how long it is kept. */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** Stores a bulk in one transaction. Records that are there already are left as they are; answers how many were new. */
  async store(records: readonly StoredRecord[]): Promise<number> {
    if (records.length === 0) return 0;
    // One record that opens or closes no job is one statement, and that is a transaction by itself: an exporter that sends each record at once is served fast.
    if (records.length === 1 && records[0]!.valueType !== 'JOB') {
      const fresh = await this.#insert(this.#database, records);
      if (fresh.length === 0) await checkSameStream(this.#database, records);
      return fresh.length;
    }
    return this.#database.transaction(async (tx) => {
      const fresh = await this.#insert(tx, records);
      if (fresh.length < records.length) await checkSameStream(tx, records);
      const isFresh = new Set(fresh.map((row) => `${row.partition}-${row.position}`));
      await keepJobs(
        tx,
        records.filter((record) => record.valueType === 'JOB' && isFresh.has(`${record.partition}-${record.position}`)),
      );
      return fresh.length;
    });
  }

  #insert(sql: Sql, records: readonly StoredRecord[]): Promise<{ partition: number; position: string }[]> {
    return sql.query(
      `insert into zeebe_record (partition, position, key, value_type, intent, ref, happened_at, record, received_at)
       select r.partition, r.position, r.key, r."valueType", r.intent, r.ref, r.timestamp, r.record, $2::bigint
       from jsonb_to_recordset($1::jsonb) as r(partition int, position bigint, key text, "valueType" text, intent text, ref text, timestamp bigint, record text)
       order by r.partition, r.position
       on conflict do nothing returning partition, position`,
      [JSON.stringify(records), this.#now()],
    );
  }

  async partitions(): Promise<number[]> {
    const rows = await this.#database.query<{ partition: number }>(
      // A loose index scan: the table is large, its partitions are few.
      `with recursive p as (
         (select partition from zeebe_record order by partition limit 1)
         union all select (select r.partition from zeebe_record r where r.partition > p.partition order by r.partition limit 1) from p where p.partition is not null)
       select partition from p where partition is not null`,
    );
    return rows.map((row) => row.partition);
  }

  async read(partition: number, after: number, limit: number): Promise<EngineRecord[]> {
    const rows = await this.#database.query<{ record: string }>(
      'select record from zeebe_record where partition = $1 and position > $2 order by position limit $3',
      [partition, after, limit],
    );
    return rows.map((row) => JSON.parse(row.record) as EngineRecord);
  }

  async lag(): Promise<PartitionLag[]> {
    const rows: PartitionLag[] = [];
    for (const partition of await this.partitions()) {
      const [row] = await this.#database.query<{ position: string; received_at: string }>(
        'select position, received_at from zeebe_record where partition = $1 order by position desc limit 1',
        [partition],
      );
      if (row) rows.push({ partition, received: Number(row.position), receivedAt: Number(row.received_at) });
    }
    return rows;
  }

  /** The first record that shows a command has been carried out, without those that belong to another command already. */
  async find(query: {
    valueType: string;
    intents: readonly string[];
    key?: string;
    ref?: string;
    since: number;
  }): Promise<EngineRecord[]> {
    const rows = await this.#database.query<{ record: string }>(
      `select record from zeebe_record r where value_type = $1 and intent = any($2::text[]) and received_at >= $3
         and ($4::text is null or key = $4) and ($5::text is null or ref = $5)
         and not exists (select 1 from zeebe_command c where c.result_key = r.key and $4::text is null)
       order by partition, position limit 100`,
      [query.valueType, query.intents, query.since, query.key ?? null, query.ref ?? null],
    );
    return rows.map((row) => JSON.parse(row.record) as EngineRecord);
  }

  /** Whether the stream has come as far as a mark of ours. */
  async hasFence(key: string): Promise<boolean> {
    const [row] = await this.#database.query(
      `select 1 from zeebe_record where key = $1 and value_type = 'MESSAGE' and intent = 'PUBLISHED'`,
      [key],
    );
    return row !== undefined;
  }

  /** Open jobs of the given types; without types, all user tasks. */
  async openJobs(types: readonly string[]): Promise<{ key: string; type: string; retries: number }[]> {
    const rows = await this.#database.query<{ key: string; type: string; retries: number }>(
      'select key, type, retries from zeebe_job where type = any($1::text[]) order by key',
      [types],
    );
    return rows;
  }

  /** The records by which the open jobs of element instances were created. */
  async openJobsAt(elementInstanceKeys: readonly string[]): Promise<Map<string, EngineRecord>> {
    const rows = await this.#database.query<{ at: string; record: string }>(
      'select element_instance_key as at, record from zeebe_job where element_instance_key = any($1::text[]) and record is not null',
      [elementInstanceKeys],
    );
    return new Map(rows.map((row) => [row.at, { ...(JSON.parse(row.record) as EngineRecord), intent: 'CREATED' }]));
  }

  /** What the records kept here tell of an instance: the last value of each variable, open jobs, timers that have neither fired nor been cancelled. */
  async inspect(processInstanceKey: string): Promise<InstanceState | undefined> {
    const rows = await this.#database.query<{ record: string }>(
      `select record from zeebe_record where ref = $1 and value_type in ('VARIABLE', 'TIMER') order by partition, position`,
      [processInstanceKey],
    );
    const jobs = await this.#database.query<{ key: string; type: string; id: string; at: string; retries: number }>(
      'select key, type, element_id as id, element_instance_key as at, retries from zeebe_job where process_instance_key = $1 order by key',
      [processInstanceKey],
    );
    if (rows.length === 0 && jobs.length === 0) return undefined;
    const variables = new Map<string, InstanceState['variables'][number]>();
    const timers = new Map<string, InstanceState['timers'][number]>();
    for (const { key, intent, value } of rows.map((row) => JSON.parse(row.record) as EngineRecord)) {
      if (value.scopeKey !== undefined) {
        const scopeKey = String(value.scopeKey);
        variables.set(`${scopeKey} ${value.name}`, {
          scopeKey,
          elementId: '',
          name: String(value.name),
          value: JSON.parse(String(value.value)) as Json,
        });
      } else if (intent === 'CREATED')
        timers.set(key, {
          elementId: String(value.targetElementId),
          dueAt: Number(value.dueDate),
          repetitions: Number(value.repetitions ?? 1),
        });
      else timers.delete(key);
    }
    return {
      variables: [...variables.values()],
      jobs: jobs.map((job) => ({
        key: job.key,
        type: job.type,
        elementId: job.id,
        elementInstanceKey: job.at,
        retries: job.retries,
      })),
      timers: [...timers.values()],
    };
  }

  /**
   * Forgets records older than `days` that every receiver has seen: at most `limit` at a time, so that a prune never holds
   * the table long. The last record of a partition stays: it tells how far we are.
   */
  async prune(days: number, projected: ReadonlyMap<number, number>, limit = 5000): Promise<number> {
    let pruned = 0;
    const before = this.#now() - days * 86_400_000;
    for (const [partition, position] of projected) {
      const rows = await this.#database.query(
        `delete from zeebe_record where partition = $1 and position in (
           select position from zeebe_record where partition = $1 and position < $2 and received_at < $3 order by position limit $4) returning position`,
        [partition, position, before, limit],
      );
      pruned += rows.length;
    }
    return pruned;
  }
}

/** A broker whose data was replaced counts its records from the beginning again. */
export class ForeignStream extends Error {
  override name = 'ForeignStream';
}

/** What is stored under a position already must be the same record: otherwise another broker writes here, and its records would be lost as old ones. */
async function checkSameStream(tx: Sql, records: readonly StoredRecord[]): Promise<void> {
  const [other] = await tx.query<{ partition: number; position: string }>(
    `select z.partition, z.position from zeebe_record z
     join jsonb_to_recordset($1::jsonb) as r(partition int, position bigint, key text, intent text, timestamp bigint)
       on z.partition = r.partition and z.position = r.position
     where z.key <> r.key or z.intent <> r.intent or z.happened_at <> r.timestamp limit 1`,
    [JSON.stringify(records.map(({ record: _record, ...rest }) => rest))],
  );
  if (other) throw new ForeignStream(`position ${other.partition}-${other.position} holds another record`);
}

/** What the last record of each job in a bulk leaves of it: its row, or nothing. */
interface JobRow {
  key: string;
  type: string;
  processInstanceKey: string;
  elementInstanceKey: string;
  elementId: string;
  retries: number;
  createdAt: number;
  record: string;
}

/**
 * Jobs that are open, as the stream tells: the only list of them we can have, the broker keeps none for others.
 * Two statements for a bulk, however many jobs it tells of.
 */
async function keepJobs(tx: Sql, records: readonly StoredRecord[]): Promise<void> {
  const last = new Map<string, JobRow | undefined>();
  for (const stored of records) {
    const { value, ...record } = JSON.parse(stored.record) as EngineRecord;
    if (JOB_GONE.includes(record.intent)) last.set(record.key, undefined);
    else if (JOB_OPEN.includes(record.intent))
      last.set(record.key, {
        key: record.key,
        type: String(value.type),
        processInstanceKey: record.processInstanceKey,
        elementInstanceKey: String(value.elementInstanceKey),
        elementId: record.elementId,
        retries: Number(value.retries),
        createdAt: last.get(record.key)?.createdAt ?? record.timestamp,
        record: stored.record,
      });
  }
  const gone = [...last].flatMap(([key, row]) => (row ? [] : [key]));
  const open = [...last.values()].filter((row) => row !== undefined);
  if (gone.length > 0) await tx.query('delete from zeebe_job where key = any($1::text[])', [gone]);
  if (open.length > 0)
    await tx.query(
      `insert into zeebe_job (key, type, process_instance_key, element_instance_key, element_id, retries, created_at, record)
       select r.key, r.type, r."processInstanceKey", r."elementInstanceKey", r."elementId", r.retries, r."createdAt", r.record
       from jsonb_to_recordset($1::jsonb) as r(key text, type text, "processInstanceKey" text, "elementInstanceKey" text,
         "elementId" text, retries int, "createdAt" bigint, record text)
       on conflict (key) do update set retries = excluded.retries, element_id = excluded.element_id, record = excluded.record`,
      [JSON.stringify(open)],
    );
}
const JOB_GONE = ['COMPLETED', 'CANCELED', 'ERROR_THROWN'];
const JOB_OPEN = ['CREATED', 'FAILED', 'RETRIES_UPDATED', 'MIGRATED'];

export const isFence = (record: EngineRecord): boolean =>
  record.valueType === 'MESSAGE' && record.value.name === FENCE_MESSAGE;
