import type { EntityManager } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';

/** One unit of work on attachments. */
export interface AttachmentWork {
  em: EntityManager;
  actor: Actor;
  clock: Clock;
  ids: Ids;
}
