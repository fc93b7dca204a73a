import type { EngineRecord } from '../port.ts';
import { type Batch, lockParts } from './batch.ts';

/** Builds the one statement that writes a batch: parts that have nothing to write are left out. */
class Statement {
  readonly parts: string[] = [];
  readonly parameters: unknown[] = [];

  add(text: string, ...values: unknown[]): void {
    let part = text;
    values.forEach((value, index) => {
      this.parameters.push(value);
      part = part.replaceAll(`:${index + 1}`, `$${this.parameters.length}`);
    });
    this.parts.push(part);
  }

  text(last: string): string {
    if (this.parts.length === 0) return last;
    return `with ${this.parts.map((part, index) => `w${index} as (${part})`).join(', ')} ${last}`;
  }
}

export interface CommandRow {
  id: string;
  result: string;
}

/** Writes everything a batch has changed, with its records, in one round trip. Long because each table is one line. */
export async function writeBatch(
  batch: Batch,
  outcome: {
    position: number;
    records: EngineRecord[];
    commands: CommandRow[];
    leaseUntil: number;
    deployments: number;
  },
): Promise<void> {
  const s = new Statement();
  const numbers = (keys: Iterable<number>) => [...keys].map(String);
  const living: { id: string; state: string }[] = [];
  const ended: string[] = [];
  for (const id of batch.touched) {
    const tree = batch.trees.get(id)!;
    if (tree.els.size === 0) ended.push(String(id));
    else living.push({ id: String(id), state: JSON.stringify(tree.state()) });
  }
  if (living.length > 0) {
    s.add(
      `insert into engine_instance (id, state) select * from unnest(:1::bigint[], :2::text[])
       on conflict (id) do update set state = excluded.state`,
      living.map((row) => row.id),
      living.map((row) => row.state),
    );
  }
  if (ended.length > 0) s.add('delete from engine_instance where id = any(:1::bigint[])', ended);
  const deleted = (table: string, rows: { gone: Set<number>; put: Map<number, unknown> }) => {
    const keys = [...rows.gone].filter((key) => !rows.put.has(key));
    if (keys.length > 0) s.add(`delete from ${table} where key = any(:1::bigint[])`, numbers(keys));
  };
  deleted('engine_job', batch.jobs);
  deleted('engine_timer', batch.timers);
  deleted('engine_message_subscription', batch.subscriptions);
  deleted('engine_message', batch.messages);
  deleted('engine_signal_subscription', batch.signals);
  if (batch.jobs.put.size > 0) {
    s.add(
      `insert into engine_job (key, type, locked_until) select k, t, :3::bigint from unnest(:1::bigint[], :2::text[]) as r(k, t)
       on conflict (key) do update set locked_until = excluded.locked_until`,
      numbers(batch.jobs.put.keys()),
      [...batch.jobs.put.values()].map((row) => row.type),
      outcome.leaseUntil,
    );
  }
  const timers = [...batch.timers.put.values()];
  if (timers.length > 0) {
    s.add(
      `insert into engine_timer (key, owner, kind, due_at, data) select * from unnest(:1::bigint[], :2::bigint[], :3::text[], :4::bigint[], :5::text[])
       on conflict (key) do update set due_at = excluded.due_at`,
      timers.map((row) => String(row.key)),
      timers.map((row) => String(row.owner)),
      timers.map((row) => row.kind),
      timers.map((row) => String(row.dueAt)),
      timers.map((row) => row.data),
    );
  }
  const subscriptions = [...batch.subscriptions.put.values()];
  if (subscriptions.length > 0) {
    s.add(
      `insert into engine_message_subscription (key, owner, process_id, name, correlation_key)
       select * from unnest(:1::bigint[], :2::bigint[], :3::text[], :4::text[], :5::text[]) on conflict (key) do nothing`,
      subscriptions.map((row) => String(row.key)),
      subscriptions.map((row) => String(row.owner)),
      subscriptions.map((row) => row.processId),
      subscriptions.map((row) => row.name),
      subscriptions.map((row) => row.correlationKey),
    );
  }
  for (const message of batch.messages.put.values()) {
    s.add(
      `insert into engine_message (key, name, correlation_key, message_id, expires_at, variables, correlated)
       values (:1::bigint, :2::text, :3::text, :4::text, :5::bigint, :6::text, :7::text[]) on conflict (key) do update set correlated = excluded.correlated`,
      String(message.key),
      message.name,
      message.correlationKey,
      message.messageId,
      message.expiresAt,
      JSON.stringify(message.variables),
      message.correlated,
    );
  }
  if (batch.signals.put.size > 0) {
    s.add(
      `insert into engine_signal_subscription (key, owner, name) select * from unnest(:1::bigint[], :2::bigint[], :3::text[]) on conflict (key) do nothing`,
      numbers(batch.signals.put.keys()),
      [...batch.signals.put.values()].map((row) => String(row.owner)),
      [...batch.signals.put.values()].map((row) => row.name),
    );
  }
  const taken = [...batch.locksTaken].map(lockParts);
  if (taken.length > 0)
    s.add(
      'insert into engine_start_lock (process_id, correlation_key) select * from unnest(:1::text[], :2::text[]) on conflict do nothing',
      taken.map((part) => part[0]),
      taken.map((part) => part[1]),
    );
  const gone = [...batch.locksGone].map(lockParts);
  if (gone.length > 0)
    s.add(
      'delete from engine_start_lock where (process_id, correlation_key) in (select * from unnest(:1::text[], :2::text[]))',
      gone.map((part) => part[0]),
      gone.map((part) => part[1]),
    );
  if (outcome.commands.length > 0)
    s.add(
      'insert into engine_command (id, result, at) select i, r, :3::bigint from unnest(:1::text[], :2::text[]) as c(i, r)',
      outcome.commands.map((row) => row.id),
      outcome.commands.map((row) => row.result),
      batch.now,
    );
  if (outcome.records.length > 0)
    s.add(
      'insert into engine_record (position, last_position, records) values (:1::bigint, :2::bigint, :3::text)',
      outcome.records[0]!.position,
      outcome.records.at(-1)!.position,
      JSON.stringify(outcome.records),
    );
  s.parameters.push(outcome.position, batch.nextTree, outcome.deployments);
  const n = s.parameters.length;
  await batch.sql.query(
    s.text(
      `update engine_partition set position = $${n - 2}::bigint, next_tree = $${n - 1}::bigint, deployments = $${n}::int where id = 1`,
    ),
    s.parameters,
  );
}
