import type { Sql } from '../../db/sql.ts';
import type { EngineCommand } from '../port.ts';

/** A command the engine would not take; it waits for a person to send it again or to let it go. */
export interface RefusedCommand {
  sequence: string;
  /** Subject of the command: the demand whose commands it is in line with. */
  orderingKey: string;
  type: EngineCommand['type'];
  /** Name of the message or signal, where it is one. */
  name: string | null;
  code: string;
  message: string;
  createdAt: Date;
  attempts: number;
}

const COLUMNS = `sequence::text as sequence, ordering_key as "orderingKey", command->>'type' as type, command->>'name' as name,
  refused_code as code, coalesce(refused_message, '') as message, created_at as "createdAt", attempts`;
const read = (row: RefusedCommand): RefusedCommand => ({ ...row, createdAt: new Date(row.createdAt) });

/** Refused commands, oldest first. */
export async function listRefused(sql: Sql, limit = 200): Promise<RefusedCommand[]> {
  const rows = await sql.query<RefusedCommand>(
    `select ${COLUMNS} from engine_outbox where refused_code is not null order by sequence limit $1`,
    [limit],
  );
  return rows.map(read);
}

/**
 * Puts a refused command back in line, under a new id: the engine answers an id it knows with its first answer. In the caller's transaction; undefined when somebody else has settled it.
 */
export async function resendRefused(tx: Sql, sequence: string): Promise<RefusedCommand | undefined> {
  const [row] = await tx.query<RefusedCommand>(
    `with before as (select * from engine_outbox where sequence::text = $1 and refused_code is not null for update),
       sent as (update engine_outbox o set command_id = o.command_id || '~' || o.attempts, refused_code = null, refused_message = null, leased_until = 0, retry_at = 0 from before b where o.sequence = b.sequence)
     select ${COLUMNS} from before`,
    [sequence],
  );
  return row ? read(row) : undefined;
}

/** Lets a refused command go for good. In the caller's transaction; undefined when somebody else has settled it. */
export async function dropRefused(tx: Sql, sequence: string): Promise<RefusedCommand | undefined> {
  const [row] = await tx.query<RefusedCommand>(
    `delete from engine_outbox where sequence::text = $1 and refused_code is not null returning ${COLUMNS}`,
    [sequence],
  );
  return row ? read(row) : undefined;
}

/** Why the engine would not take a command a person has just sent: it is told there and then, and not kept. Undefined when it has not been refused. */
export async function takeRefusal(tx: Sql, commandId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ message: string }>(
    `delete from engine_outbox where command_id = $1 and refused_code is not null returning coalesce(refused_message, refused_code) as message`,
    [commandId],
  );
  return row?.message;
}
