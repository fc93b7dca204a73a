import type { Sql } from '../../db/sql.ts';
import type { EngineCommand } from '../port.ts';

export interface OutgoingCommand {
  /** Unique name of the effect, e.g. `demand-registered:<demand id>`; writing it twice has the effect of once. */
  commandId: string;
  /** Commands with the same ordering key (the demand id) are delivered one after the other, in the order they were written. */
  orderingKey: string;
  command: EngineCommand;
}

let written = 0;

/** How often commands have been written in this process: whoever looks before and after a transaction knows whether it may have any. */
export const commandsWritten = (): number => written;

/** Writes an engine command in the business transaction; it is delivered after the commit, and again after a crash. */
export async function enqueue(tx: Sql, { commandId, orderingKey, command }: OutgoingCommand): Promise<void> {
  written += 1;
  await tx.query(
    `insert into engine_outbox (command_id, ordering_key, command) values ($1, $2, $3::jsonb) on conflict (command_id) do nothing`,
    [commandId, orderingKey, JSON.stringify(command)],
  );
}

/** Many at once, in the order given; the same as one after the other. */
export async function enqueueAll(tx: Sql, commands: readonly OutgoingCommand[]): Promise<void> {
  if (commands.length === 0) return;
  written += commands.length;
  await tx.query(
    `insert into engine_outbox (command_id, ordering_key, command)
     select command_id, ordering_key, command from jsonb_to_recordset($1::jsonb) as r(command_id text, ordering_key text, command jsonb, place int)
     order by place on conflict (command_id) do nothing`,
    [
      JSON.stringify(
        commands.map(({ commandId, orderingKey, command }, place) => ({
          command_id: commandId,
          ordering_key: orderingKey,
          command,
          place,
        })),
      ),
    ],
  );
}
