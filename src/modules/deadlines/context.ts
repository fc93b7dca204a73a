import type { EntityManager } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Calendar } from '../calendar/index.ts';

/** One unit of work on clocks: the caller's transaction and what is handed in. */
export interface ClockWork {
  em: EntityManager;
  actor: Actor;
  clock: Clock;
  ids: Ids;
  calendar: Calendar;
}
