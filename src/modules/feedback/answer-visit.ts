import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import {
  closeReturnVisit,
  type Demand,
  lockDemand,
  noteRating,
  roundOf,
  tellRating,
  type Work,
} from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { notify } from '../notifications/index.ts';
import { type ReturnVisit, ReturnVisitEntity } from './entities.ts';
import { isContent } from './record-visit.ts';
import { hashOf } from './visit-link.ts';

export const DISSATISFIED_BECAUSE = {
  UNRESOLVED: '问题没有解决',
  ATTITUDE: '态度不好',
  SLOW: '办得太慢',
  OTHER: '其他',
} as const;
export const GRADES = {
  VERY_SATISFIED: '非常满意',
  SATISFIED: '满意',
  BASICALLY_SATISFIED: '基本满意',
  DISSATISFIED: '不满意',
  VERY_DISSATISFIED: '非常不满意',
} as const;
export const RESOLUTIONS = { RESOLVED: '解决', BASICALLY_RESOLVED: '基本解决', UNRESOLVED: '没有解决' } as const;
const LONGEST_REMARK = 300;

/** What somebody with a link may see: when the demand came in and whether there is still something to answer. No names, no content. */
export interface VisitLink {
  id: string;
  demandId: string;
  receivedAt: Date;
  state: 'OPEN' | 'CHANGEABLE' | 'USED' | 'EXPIRED';
  expiresAt: Date | null;
}

/** The link of a token; undefined for a token nobody was given. */
export async function visitLinkOf(sql: Sql, token: string, now: Date, changes: number): Promise<VisitLink | undefined> {
  const [row] = await sql.query<any>(
    `select l.id, l.demand_id, l.round, l.expires_at, l.answers, d.received_at, d.rework_count, d.status from visit_link_token t
       join visit_link l on l.id = t.link_id join demand d on d.id = l.demand_id where t.hash = $1`,
    [hashOf(token)],
  );
  if (!row) return undefined;
  // A link of an earlier round has nothing to say about the handling that followed.
  const over =
    (row.expires_at && new Date(row.expires_at) < now) ||
    row.round !== row.rework_count + 1 ||
    !RATED_IN.includes(row.status);
  return {
    id: row.id,
    demandId: row.demand_id,
    receivedAt: new Date(row.received_at),
    expiresAt: row.expires_at ? new Date(row.expires_at) : null,
    state: row.answers > changes ? 'USED' : over ? 'EXPIRED' : row.answers > 0 ? 'CHANGEABLE' : 'OPEN',
  };
}

const RATED_IN = ['FED_BACK', 'AWAITING_VISIT', 'AWAITING_WRITE_OFF', 'WRITTEN_OFF'];

export interface VisitAnswer {
  feedbackReceived?: string;
  resolved?: string;
  satisfaction?: string;
  reasons: readonly string[];
  remark?: string;
}

/**
 * The taxpayer answers by the link (短信评价): nothing is preselected, nothing is assumed, and it may be changed as often as the parameter
 * says. Dissatisfaction goes to tax service to judge, as on the telephone; content ends the visit unless a call is obligatory.
 */
export async function answerVisit(work: Work, token: string, answer: VisitAnswer): Promise<ReturnVisit> {
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const changes = (await work.parameters({})).number('visit.link_changes');
  const link = await visitLinkOf(sql, token, now, changes);
  if (!link) throw notFound('没有这个评价链接。请核对短信里的地址，或拨打 12366 补充。');
  const demand = await lockDemand(work, link.demandId);
  // Read again behind the lock: two taps on the button are one answer and one change, never three.
  const current = await visitLinkOf(sql, token, now, changes);
  if (current?.state === 'USED')
    throw conflict('您已经评价并修改过，不能再改。可拨打 12366 补充。', { reason: 'link-used' });
  if (current?.state !== 'OPEN' && current?.state !== 'CHANGEABLE')
    throw conflict('评价链接已过期，可拨打 12366 补充。', { reason: 'link-expired' });
  const problems = problemsOf(answer);
  if (problems.length > 0) throw invalid('评价没有提交。', problems);
  const visit = await keep(work, demand, link, answer);
  const dissatisfied = !isContent(visit.satisfaction);
  await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: demand.id,
    type: 'visit.answered',
    occurredAt: now,
    actor: work.actor,
    payload: { round: visit.round, satisfaction: visit.satisfaction, changed: current.state === 'CHANGEABLE' },
  });
  await followUp(work, demand, visit, dissatisfied);
  return visit;
}

async function keep(work: Work, demand: Demand, link: VisitLink, answer: VisitAnswer): Promise<ReturnVisit> {
  const sql = sqlOf(work.em);
  const round = roundOf(demand);
  const [before] = await sql.query<{ visit_id: string | null }>('select visit_id from visit_link where id = $1', [
    link.id,
  ]);
  const dissatisfied = !isContent(answer.satisfaction);
  const known = before?.visit_id ? await work.em.findOne(ReturnVisitEntity, { id: before.visit_id }) : null;
  const said = {
    visitedAt: work.clock.now(),
    feedbackReceived: answer.feedbackReceived === 'YES',
    resolved: answer.resolved ?? null,
    satisfaction: answer.satisfaction ?? null,
    dissatisfactionReason:
      dissatisfied && answer.reasons.length > 0
        ? answer.reasons.map((code) => DISSATISFIED_BECAUSE[code as keyof typeof DISSATISFIED_BECAUSE]).join('、')
        : null,
    remark: answer.remark?.trim() || null,
  };
  const attempt = await work.em.count(ReturnVisitEntity, { demandId: demand.id, round });
  const visit =
    known ??
    work.em.create(ReturnVisitEntity, {
      id: work.ids.uuid(),
      demandId: demand.id,
      round,
      attempt: attempt + 1,
      visitedBy: 'taxpayer',
      visitedByName: '诉求人',
      method: 'SMS_LINK',
      reached: true,
      judgement: null,
      judgementReason: null,
      judgedBy: null,
      ...said,
    });
  Object.assign(visit, said);
  await work.em.persist(visit).flush();
  await sql.query('update visit_link set answers = answers + 1, visit_id = $2 where id = $1', [link.id, visit.id]);
  return visit;
}

/** Where the demand stands decides what an answer does; each way is one step of the diagrams. */
async function followUp(work: Work, demand: Demand, visit: ReturnVisit, dissatisfied: boolean): Promise<void> {
  const sql = sqlOf(work.em);
  const calling =
    demand.status === 'AWAITING_VISIT' &&
    !(demand.visitedAt && demand.feedbackAt && demand.visitedAt > demand.feedbackAt);
  if (calling) {
    const mandatory = await mustBeCalled(sql, demand.id);
    if (!dissatisfied && mandatory) return;
    await closeReturnVisit(work, demand.id, { satisfaction: visit.satisfaction ?? null, dissatisfied });
    await tellProcess(work, visit, { satisfied: !dissatisfied, while: 'CALLING' });
    return;
  }
  await noteRating(work, demand.id, visit.satisfaction ?? null);
  if (!dissatisfied) return;
  if (demand.status === 'AWAITING_WRITE_OFF' || demand.status === 'FED_BACK')
    await tellProcess(work, visit, { satisfied: false, while: 'WRITING_OFF' });
  else if (demand.status === 'WRITTEN_OFF')
    await notify(
      sql,
      work.directory.usersWithRole(demand.hostOrgCode, 'DEMAND_DESK').map((user) => user.login),
      {
        cause: `visit-answered:${visit.id}:${visit.satisfaction}`,
        kind: 'VISIT',
        title: `${demand.number} 销号后收到不满意的评价`,
        body: '请联系诉求人；需要再办的，在诉求页重新打开。',
        link: `/demands/${demand.number}`,
        demandId: demand.id,
        at: work.clock.now(),
      },
    );
}

const tellProcess = (
  work: Work,
  visit: ReturnVisit,
  how: { satisfied: boolean; while: 'CALLING' | 'WRITING_OFF' },
): Promise<void> => tellRating(work, visit.demandId, { answer: `${visit.id}:${visit.visitedAt.getTime()}`, ...how });

/** Whether the sampling said that somebody must call in any case (必访). */
async function mustBeCalled(sql: Sql, demandId: string): Promise<boolean> {
  const [row] = await sql.query<{ mandatory: boolean }>(
    `select coalesce((outcome->>'mandatory')::boolean, false) as mandatory from rule_evaluation
     where subject_type = 'demand' and subject_id = $1 and rule_set = 'return-visit-sampling' order by evaluated_at desc, key desc limit 1`,
    [demandId],
  );
  return row?.mandatory === true;
}

function problemsOf(answer: VisitAnswer) {
  const problems = [];
  if (!['YES', 'NO'].includes(answer.feedbackReceived ?? ''))
    problems.push({ pointer: '/feedbackReceived', message: '请选“收到”或“没有收到”。' });
  if (!Object.hasOwn(RESOLUTIONS, answer.resolved ?? ''))
    problems.push({ pointer: '/resolved', message: '请选问题是否解决。' });
  if (!Object.hasOwn(GRADES, answer.satisfaction ?? ''))
    problems.push({ pointer: '/satisfaction', message: '请选一个总体评价。' });
  if (answer.reasons.some((code) => !Object.hasOwn(DISSATISFIED_BECAUSE, code)))
    problems.push({ pointer: '/reasons', message: '请从列出的原因里选。' });
  if ([...(answer.remark ?? '')].length > LONGEST_REMARK)
    problems.push({ pointer: '/remark', message: `“还想说的”最多 ${LONGEST_REMARK} 字，请写短一些。` });
  return problems;
}
