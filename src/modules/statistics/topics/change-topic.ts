import { sqlOf } from '../../../db/orm.ts';
import type { Sql } from '../../../db/sql.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, type FieldProblem, forbidden, invalid, notFound } from '../../../kernel/errors.ts';
import type { Work } from '../../demands/index.ts';
import { appendEvent } from '../../history/index.ts';
import { freeze } from '../snapshots.ts';
import { bureausOfTopic, findTopic, type Topic, weeksOfTopics } from './read-topics.ts';

type TopicWork = Pick<Work, 'em' | 'actor' | 'clock' | 'ids' | 'directory'>;

/** The group, locked for this unit of work, of a bureau the person keeps: the city keeps every group, a county its own. */
async function lockTopic(
  work: TopicWork,
  id: string,
  revision: number | undefined,
): Promise<{ sql: Sql; topic: Topic }> {
  const sql = sqlOf(work.em);
  await sql.query('select 1 from common_demand where id = $1 for update', [id]);
  const topic = await findTopic(sql, id);
  if (!topic || (work.actor.bureauLevel !== 'CITY' && topic.orgCode !== work.actor.orgCode))
    throw notFound('没有找到这个共性群组。请回到列表查看。');
  if (revision !== undefined && revision !== topic.revision)
    throw conflict('你打开以后，别人改动了这个群组。请刷新查看最新情况，再提交。', { reason: 'stale' });
  if (topic.status === 'CLOSED')
    throw conflict(`这个群组已由 ${topic.closedByName ?? ''} 关闭，不能再改。同类诉求再多起来时会成立新的群组。`, {
      reason: 'topic-closed',
    });
  return { sql, topic };
}

const LONGEST = 2000;

function textProblem(pointer: string, name: string, text: string, least: number): FieldProblem[] {
  const length = [...text].length;
  if (length < least) return [{ pointer, message: `“${name}”至少写 ${least} 个字，写明做什么、谁来做。` }];
  if (length > LONGEST) return [{ pointer, message: `“${name}”有 ${length} 个字，最多 ${LONGEST} 个字，请精简。` }];
  return [];
}

/** Which department leads (牵头科室). */
export async function setLead(
  work: TopicWork,
  id: string,
  input: { department: string; note: string; revision?: number },
): Promise<Topic> {
  const { sql, topic } = await lockTopic(work, id, input.revision);
  const department = work.directory.department(input.department);
  if (!department || department.orgCode !== topic.orgCode)
    throw invalid('牵头科室没有保存', [
      { pointer: '/department', message: '请选一个牵头科室，只能是这个群组所在单位的部门。' },
    ]);
  await sql.query(
    `update common_demand set lead_department = $2, lead_note = $3, lead_set_by = $4, lead_set_at = $5, revision = revision + 1 where id = $1`,
    [id, department.code, input.note.trim() || null, work.actor.login, work.clock.now().toISOString()],
  );
  await note(work, sql, id, 'topic.lead-set', { department: department.code, before: topic.leadDepartment });
  return (await findTopic(sql, id))!;
}

/** What the leading department does about the cause (措施). */
export async function writeMeasures(
  work: TopicWork,
  id: string,
  input: { measures: string; revision?: number },
): Promise<Topic> {
  const { sql, topic } = await lockTopic(work, id, input.revision);
  const measures = input.measures.trim();
  if (!topic.leadDepartment) throw conflict('还没有指定牵头科室。请先指定，再写措施。', { reason: 'no-lead' });
  if (!mayWriteMeasures(work.actor, topic))
    throw forbidden(
      `措施由牵头科室（${work.directory.department(topic.leadDepartment)?.name ?? topic.leadDepartment}）负责人或纳服专岗填写。`,
      { reason: 'not-lead' },
    );
  const problems = textProblem('/measures', '措施', measures, 10);
  if (problems.length > 0) throw invalid('措施没有保存', problems);
  await sql.query(
    `update common_demand set measures = $2, measures_by = $3, measures_by_name = $4, measures_at = $5, revision = revision + 1 where id = $1`,
    [id, measures, work.actor.login, work.actor.name, work.clock.now().toISOString()],
  );
  await note(work, sql, id, 'topic.measures-written', { measures, before: topic.measures });
  return (await findTopic(sql, id))!;
}

export const mayWriteMeasures = (actor: Work['actor'], topic: Pick<Topic, 'leadDepartment'>): boolean =>
  actor.roles.includes('DEMAND_DESK') ||
  (actor.roles.includes('DEPARTMENT_HEAD') &&
    topic.leadDepartment !== null &&
    actor.departments.includes(topic.leadDepartment));

/** The cause is dealt with (关闭群组). Its demands go on, each with its own feedback. */
export async function closeTopic(
  work: TopicWork,
  id: string,
  input: { reason: string; revision?: number },
): Promise<Topic> {
  const { sql, topic } = await lockTopic(work, id, input.revision);
  const reason = input.reason.trim();
  const problems = textProblem('/reason', '关闭理由', reason, 6);
  if (!topic.measures)
    problems.push({ pointer: '/reason', message: '还没有写措施。请先由牵头科室写明措施，再关闭群组。' });
  if (problems.length > 0) throw invalid('群组没有关闭', problems);
  await sql.query(
    `update common_demand set status = 'CLOSED', closed_at = $2, closed_by = $3, closed_by_name = $4, close_reason = $5, revision = revision + 1 where id = $1`,
    [id, work.clock.now().toISOString(), work.actor.login, work.actor.name, reason],
  );
  await note(work, sql, id, 'topic.closed', { reason, members: topic.members, open: topic.open });
  return (await findTopic(sql, id))!;
}

/** 专报: the group as it stands, frozen; numbers and measures, nobody's name. */
export interface TopicReport {
  title: string;
  orgCode: string;
  reason: string;
  facts: Topic['facts'];
  members: number;
  open: number;
  bureaus: { orgCode: string; n: number; open: number }[];
  weeks: { from: string; n: number }[];
  leadDepartment: string | null;
  measures: string | null;
  foundAt: string;
}

export async function reportTopic(work: TopicWork, id: string): Promise<string> {
  const { sql, topic } = await lockTopic(work, id, undefined);
  const today = shanghaiDate(work.clock.now());
  const weeks = (await weeksOfTopics(sql, [id], today)).get(id)!;
  const content: TopicReport = {
    title: topic.title,
    orgCode: topic.orgCode,
    reason: topic.ruleReason,
    facts: topic.facts,
    members: topic.members,
    open: topic.open,
    bureaus: await bureausOfTopic(sql, id),
    weeks,
    leadDepartment: topic.leadDepartment,
    measures: topic.measures,
    foundAt: topic.foundAt.toISOString(),
  };
  const snapshot = await freeze(
    { ...work, sql },
    {
      kind: 'TOPIC',
      orgCode: topic.orgCode,
      from: weeks[0]!.from,
      to: today,
      definitionVersion: String(topic.ruleVersion),
      content,
    },
  );
  await note(work, sql, id, 'topic.reported', { snapshot: snapshot.id, hash: snapshot.hash });
  return snapshot.id;
}

const note = (work: TopicWork, sql: Sql, id: string, type: string, payload: Record<string, unknown>) =>
  appendEvent(sql, {
    subjectType: 'common-demand',
    subjectId: id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload,
  });
