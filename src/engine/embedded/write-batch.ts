import type { Sql } from '../../db/sql.ts';
import type { EngineRecord } from '../port.ts';
import type { Batch } from './batch.ts';
import { lockParts } from './batch-rows.ts';
import { packRecords } from './pack-records.ts';

export interface CommandRow {
  id: string;
  result: string;
}

/** What becomes of one partition the batch holds. */
export interface Advance {
  partition: number;
  /** Its version when the batch began; one more afterwards. */
  expected: number;
  position: number;
  nextTree: number;
  deployments: number;
  records: EngineRecord[];
}

export interface BatchOutcome {
  /** The first one carries the rows of the whole batch. */
  advances: readonly [Advance, ...Advance[]];
  commands: CommandRow[];
  /** Jobs handed out with this batch come back to others after this moment. */
  leaseUntil: number;
}

const list = <T>(items: readonly T[]): T[] | null => (items.length > 0 ? [...items] : null);
const numbers = (keys: Iterable<number>): string[] | null => list([...keys].map(String));
const columns = <T>(rows: readonly T[], ...read: ((row: T) => string | null)[]) =>
  read.map((column) => (rows.length > 0 ? rows.map(column) : null));

/** Rows that are deleted and not written again. */
const deleted = (table: { gone: Set<number>; put: Map<number, unknown> }) =>
  numbers([...table.gone].filter((key) => !table.put.has(key)));

/**
 * Writes everything a batch has changed, with its records, in one call of `engine_write`. Alone it is its own transaction; a batch over
 * several partitions, which runs in a transaction that has locked them, advances the others first.
 * Fails with SQLSTATE SY001 when another node has written since `expected`, with 23505 when a command id was answered before; then nothing is written.
 */
export async function writeBatch(batch: Batch, outcome: BatchOutcome): Promise<void> {
  const living: { id: number; state: string }[] = [];
  const ended: number[] = [];
  for (const id of batch.touched) {
    const tree = batch.known(id)!;
    if (tree.els.size === 0) ended.push(id);
    else {
      const state = JSON.stringify(tree.state());
      tree.bytes = state.length;
      living.push({ id, state });
    }
  }
  const [main, ...others] = outcome.advances;
  for (const other of others) await advance(batch.sql, other, [...batch.touched]);
  const { records } = main;
  // In one order everywhere: two batches with the same two commands must not wait for each other.
  const commands = outcome.commands.length > 1 ? [...outcome.commands].sort(byId) : outcome.commands;
  const locks = [...batch.locksTaken].map(lockParts);
  const unlocks = [...batch.locksGone].map(lockParts);
  const messages = [...batch.messages.put.values()].map((message) => ({
    key: message.key,
    name: message.name,
    correlation_key: message.correlationKey,
    message_id: message.messageId,
    expires_at: message.expiresAt,
    variables: JSON.stringify(message.variables),
    correlated: message.correlated,
    at: message.at,
  }));
  const parameters = [
    main.partition,
    main.expected,
    main.position,
    main.nextTree,
    main.deployments,
    batch.now,
    outcome.leaseUntil,
    ...columns(
      living,
      (row) => String(row.id),
      (row) => row.state,
    ),
    numbers(ended),
    numbers(batch.jobs.put.keys()),
    list([...batch.jobs.put.values()].map((row) => row.type)),
    deleted(batch.jobs),
    ...columns(
      [...batch.timers.put.values()],
      (row) => String(row.key),
      (row) => String(row.owner),
      (row) => row.kind,
      (row) => String(row.dueAt),
      (row) => row.data,
    ),
    deleted(batch.timers),
    ...columns(
      [...batch.subscriptions.put.values()],
      (row) => String(row.key),
      (row) => String(row.owner),
      (row) => row.processId,
      (row) => row.name,
      (row) => row.correlationKey,
      (row) => String(row.ordinal),
    ),
    deleted(batch.subscriptions),
    messages.length > 0 ? JSON.stringify(messages) : null,
    deleted(batch.messages),
    numbers(batch.signals.put.keys()),
    numbers([...batch.signals.put.values()].map((row) => row.owner)),
    list([...batch.signals.put.values()].map((row) => row.name)),
    deleted(batch.signals),
    ...columns(
      locks,
      (part) => part[0],
      (part) => part[1],
    ),
    ...columns(
      unlocks,
      (part) => part[0],
      (part) => part[1],
    ),
    ...columns(
      commands,
      (row) => row.id,
      (row) => row.result,
    ),
    records[0]?.position ?? null,
    records.at(-1)?.position ?? null,
    records.length > 0 ? packRecords(records) : null,
  ];
  await batch.sql.query(CALL, parameters);
}

const byId = (a: CommandRow, b: CommandRow): number => (a.id < b.id ? -1 : 1);

async function advance(sql: Sql, other: Advance, touched: readonly number[]): Promise<void> {
  const { records } = other;
  await sql.query(
    'select engine_advance($1::int, $2::bigint, $3::bigint, $4::bigint, $5::int, $6::bigint, $7::bigint, $8::bytea, $9::bigint[])',
    [
      other.partition,
      other.expected,
      other.position,
      other.nextTree,
      other.deployments,
      records[0]?.position ?? null,
      records.at(-1)?.position ?? null,
      records.length > 0 ? packRecords(records) : null,
      touched.map(String),
    ],
  );
}

/** Types of the parameters, in the order of the function's. */
const TYPES = [
  ...['int', 'bigint', 'bigint', 'bigint', 'int', 'bigint', 'bigint'],
  ...['bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'text[]', 'text[]', 'bigint[]', 'bigint[]'],
  ...['jsonb', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'bigint[]'],
  ...['text[]', 'text[]', 'text[]', 'text[]'],
  ...['text[]', 'text[]'],
  ...['bigint', 'bigint', 'bytea'],
];
const CALL = `select engine_write(${TYPES.map((type, index) => `$${index + 1}::${type}`).join(', ')})`;
