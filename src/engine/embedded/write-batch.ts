import type { EngineRecord } from '../port.ts';
import { type Batch, lockParts } from './batch.ts';
import { packRecords } from './pack-records.ts';

export interface CommandRow {
  id: string;
  result: string;
}

export interface BatchOutcome {
  /** Position the partition stood at when the batch began, and stands at afterwards. */
  expected: number;
  position: number;
  records: EngineRecord[];
  commands: CommandRow[];
  /** Jobs handed out with this batch come back to others after this moment. */
  leaseUntil: number;
  deployments: number;
}

const list = <T>(items: readonly T[]): T[] | null => (items.length > 0 ? [...items] : null);
const numbers = (keys: Iterable<number>): string[] | null => list([...keys].map(String));
const columns = <T>(rows: readonly T[], ...read: ((row: T) => string | null)[]) =>
  read.map((column) => (rows.length > 0 ? rows.map(column) : null));

/** Rows that are deleted and not written again. */
const deleted = (table: { gone: Set<number>; put: Map<number, unknown> }) =>
  numbers([...table.gone].filter((key) => !table.put.has(key)));

/**
 * Writes everything a batch has changed, with its records, in one call of `engine_write`. Alone it is its own transaction.
 * Fails with SQLSTATE SY001 when another node has written since `expected`, with 23505 when a command id was answered before; then nothing is written.
 */
export async function writeBatch(batch: Batch, outcome: BatchOutcome): Promise<void> {
  const living: { id: number; state: string }[] = [];
  const ended: number[] = [];
  for (const id of batch.touched) {
    const tree = batch.trees.get(id)!;
    if (tree.els.size === 0) ended.push(id);
    else living.push({ id, state: JSON.stringify(tree.state()) });
  }
  const { records, commands } = outcome;
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
  }));
  const parameters = [
    outcome.expected,
    outcome.position,
    batch.nextTree,
    outcome.deployments,
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

/** Types of the parameters, in the order of the function's. */
const TYPES = [
  ...['bigint', 'bigint', 'bigint', 'int', 'bigint', 'bigint'],
  ...['bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'bigint[]', 'text[]', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'text[]', 'text[]', 'bigint[]'],
  ...['jsonb', 'bigint[]'],
  ...['bigint[]', 'bigint[]', 'text[]', 'bigint[]'],
  ...['text[]', 'text[]', 'text[]', 'text[]'],
  ...['text[]', 'text[]'],
  ...['bigint', 'bigint', 'bytea'],
];
const CALL = `select engine_write(${TYPES.map((type, index) => `$${index + 1}::${type}`).join(', ')})`;
