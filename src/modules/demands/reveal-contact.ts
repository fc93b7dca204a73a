import { sqlOf } from '../../db/orm.ts';
import { invalid } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';

export const REVEAL_REASONS = {
  CONTACT: '联系诉求人',
  IDENTITY: '核对身份',
  LEADER: '领导调阅',
  AUDIT: '审计',
} as const;

/** Shows a contact in full for a reason; who looked, when and why is kept (个人信息保护法 51). */
export async function revealContact(
  work: Work,
  demand: Demand,
  reason: string,
): Promise<{
  contactPhone: string | null;
  taxpayerName: string;
  contactPerson: string | null;
  creditCode: string | null;
  otherContact: string | null;
}> {
  if (!Object.hasOwn(REVEAL_REASONS, reason))
    throw invalid('请选事由', [{ pointer: '/reason', message: '还没选查看的事由。' }]);
  const sql = sqlOf(work.em);
  const at = work.clock.now();
  await sql.query(
    'insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, ip, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [
      work.actor.login,
      work.actor.name,
      work.actor.roles.join(','),
      work.actor.orgCode,
      demand.id,
      'contact',
      reason,
      work.actor.ip ?? null,
      at.toISOString(),
    ],
  );
  await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: demand.id,
    type: 'demand.revealed',
    occurredAt: at,
    actor: work.actor,
    payload: { field: 'contact', reason },
  });
  return {
    contactPhone: demand.contactPhone ?? null,
    taxpayerName: demand.taxpayerName,
    contactPerson: demand.contactPerson ?? null,
    creditCode: demand.creditCode ?? null,
    otherContact: demand.otherContact ?? null,
  };
}
