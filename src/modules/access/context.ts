import type { Sql } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';

/** What sign-in, sessions and tokens are handed. */
export interface AccessWork {
  sql: Sql;
  clock: Clock;
  ids: Ids;
}
