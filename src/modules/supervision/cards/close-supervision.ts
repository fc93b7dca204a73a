import { sqlOf } from '../../../db/orm.ts';
import { forbidden } from '../../../kernel/errors.ts';
import { DemandEntity, type Work } from '../../demands/index.ts';
import { appendEvent } from '../../history/index.ts';
import { notify } from '../../notifications/index.ts';
import { tellingMoment } from '../telling-moment.ts';
import { considerSupervision, type Knowing, openSupervision } from './issue-supervision.ts';
import { LEVELS, peopleOf } from './levels.ts';
import { readSupervision, type Supervision } from './read-supervision.ts';

const record = (work: Work, card: Supervision, type: string, payload: Record<string, unknown> = {}) =>
  appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: card.demandId,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { number: card.number, level: card.level, ...payload },
  });

/** The supervised department has seen it (签收督办). */
export async function acknowledgeSupervision(work: Work, demandId: string): Promise<void> {
  const card = await openSupervision(work, demandId);
  await sqlOf(work.em).query(
    `update supervision set status = 'ACKNOWLEDGED', acknowledged_by_name = $2, acknowledged_at = $3 where id = $1`,
    [card.id, work.actor.name, work.clock.now().toISOString()],
  );
  await record(work, card, 'supervision.acknowledged');
}

/** The supervised department gives its account and asks to be lifted (整改说明、申请解除). */
export async function accountForSupervision(
  work: Work,
  demandId: string,
  input: { cause: string; measures: string; responsible: string; finishDay: string },
): Promise<void> {
  const card = await openSupervision(work, demandId);
  await sqlOf(work.em).query(
    `update supervision set status = 'ACCOUNTED', cause = $2, measures = $3, responsible = $4, finish_day = $5::date, accounted_by = $6,
       accounted_by_name = $7, accounted_at = $8 where id = $1`,
    [
      card.id,
      input.cause,
      input.measures,
      input.responsible,
      input.finishDay,
      work.actor.login,
      work.actor.name,
      work.clock.now().toISOString(),
    ],
  );
  await record(work, card, 'supervision.accounted', { finishDay: input.finishDay });
}

/** Somebody who is not supervised lifts the card, or sends the account back; an evasive one makes the card heavier. */
export async function decideLifting(
  work: Work,
  demandId: string,
  input: { liftDecision: string; opinion?: string },
  knowing: Knowing,
): Promise<{ lifted: boolean }> {
  const card = await openSupervision(work, demandId);
  const { actor } = work;
  if (actor.login === card.accountedBy || actor.departments.includes(card.departmentCode))
    throw forbidden('你是被督办部门的人，不能自己解除。请由纳税服务部门或督导岗的其他人审核。', {
      reason: 'lift-own',
    });
  const now = work.clock.now().toISOString();
  const opinion = input.opinion?.trim() || null;
  if (input.liftDecision === 'LIFT') {
    await sqlOf(work.em).query(
      `update supervision set status = 'LIFTED', lifted_by = $2, lifted_by_name = $3, lifted_at = $4, lift_opinion = $5 where id = $1`,
      [card.id, actor.login, actor.name, now, opinion],
    );
    await record(work, card, 'supervision.lifted', { opinion });
    return { lifted: true };
  }
  const evasive = input.liftDecision === 'EVASIVE';
  await sqlOf(work.em).query(
    `update supervision set status = 'ACKNOWLEDGED', returned = returned + 1, return_opinion = $2, evasive = $3 where id = $1`,
    [card.id, opinion, evasive],
  );
  await record(work, card, 'supervision.returned', { opinion, evasive });
  if (evasive) await considerSupervision(work, demandId, knowing);
  return { lifted: false };
}

/** The demand is withdrawn, voided, merged, split or restricted (诉求不再办理): its open card is over without an account, and who was supervised learns of it. */
export async function endSupervision(work: Work, demandId: string, because: string): Promise<void> {
  const sql = sqlOf(work.em);
  const [row] = await sql.query<any>(
    `update supervision set status = 'LIFTED', lifted_by = $2, lifted_by_name = $3, lifted_at = $4, lift_opinion = $5
     where demand_id = $1 and status <> 'LIFTED' returning *`,
    [demandId, work.actor.login, work.actor.name, work.clock.now().toISOString(), `诉求${because}`],
  );
  if (!row) return;
  const card = readSupervision(row);
  await record(work, card, 'supervision.ended', { reason: because });
  const demand = await work.em.findOneOrFail(DemandEntity, { id: demandId });
  // Who was supervised may not know that it is restricted now, nor that it is there.
  if (demand.restricted) return;
  await notify(
    sql,
    peopleOf(work, { ...demand, hostDepartment: card.departmentCode }, 'HOST,DEPARTMENT_HEAD,TAX_SERVICE'),
    {
      cause: `supervision-ended:${card.id}`,
      kind: 'SUPERVISION',
      title: `${LEVELS[card.level]} ${card.number} 已了结：${demand.number} ${because}`,
      body: '不用再说明。督办单和经过保留在诉求件的时间轴上。',
      link: `/demands/${demand.number}`,
      demandId,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, card.orgCode),
    },
  );
}
