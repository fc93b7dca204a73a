import { sqlOf } from '../../../db/orm.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { forbidden } from '../../../kernel/errors.ts';
import { appendEvent } from '../../../modules/history/index.ts';
import type { House } from '../../house.ts';

/** What an auditor does is itself on record, on a chain of the auditor's own. */
export async function leaveTrail(
  house: House,
  actor: Actor,
  type: string,
  payload: Record<string, unknown>,
): Promise<void> {
  await house.transaction(actor, (unit) =>
    appendEvent(sqlOf(unit.em), {
      subjectType: 'audit',
      subjectId: actor.login,
      type,
      occurredAt: house.clock.now(),
      actor,
      payload,
    }),
  );
}

/** The history of all bureaus is open to auditors of the city only. */
export function requireCity(actor: Actor): void {
  if (actor.bureauLevel !== 'CITY')
    throw forbidden(
      '历史检索、核验和访问记录包含全市的件，只对市局审计员开放。需要查本单位的，请联系市局督察内审部门。',
      {
        reason: 'scope',
      },
    );
}
