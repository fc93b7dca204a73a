import type { Sql } from '../../db/sql.ts';
import { CommandRejected, type RejectionCode } from '../port.ts';
import type { Pending } from './lane.ts';
import { NeverRests } from './run/step.ts';

/** What a command was answered; kept under its id, so that repeating it answers the same. */
export type Outcome = { ok: true; value: unknown } | { ok: false; error: CommandRejected };

export async function attempt(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    // What never rests has changed things on its way: the whole batch is given up, and everyone but the culprit tried again.
    if (error instanceof CommandRejected && !(error instanceof NeverRests)) return { ok: false, error };
    throw error;
  }
}

export const writeOutcome = (outcome: Outcome): string =>
  JSON.stringify(outcome.ok ? { value: outcome.value } : { code: outcome.error.code, message: outcome.error.message });

export function readOutcome(text: string): Outcome {
  const stored = JSON.parse(text) as { value?: unknown; code?: RejectionCode; message?: string };
  return stored.code
    ? { ok: false, error: new CommandRejected(stored.code, stored.message ?? '') }
    : { ok: true, value: stored.value };
}

export async function knownResults(sql: Sql, items: readonly Pending[]): Promise<Map<string, string>> {
  const ids = items.flatMap((item) => item.commandId ?? []);
  if (ids.length === 0) return new Map();
  const rows = await sql.query<{ id: string; result: string }>(
    'select id, result from engine_command where id = any($1::text[])',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.result]));
}
