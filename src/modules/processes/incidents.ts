import type { Sql } from '../../db/sql.ts';
import { CommandRejected, type EngineCommand } from '../../engine/port.ts';
import { conflict, notFound } from '../../kernel/errors.ts';

/** A place where a process has stopped and waits for a person (异常). */
export interface Incident {
  key: string;
  instanceKey: string;
  processId: string;
  processVersion: number;
  elementId: string;
  /** The element instance that stands still; unknown of incidents from before this was kept. */
  elementInstanceKey: string | null;
  jobKey: string | null;
  /** The engine's word for it. */
  type: string;
  /** What happened, in words. */
  what: string;
  /** As the engine or the handler says it. */
  message: string;
  createdAt: Date;
  resolvedAt: Date | null;
  demandId: string | null;
  /** Number of the demand; a process administrator sees no more of it. */
  demandNumber: string | null;
  /** The how many-th incident at this place of this instance. */
  attempt: number;
}

/** Incident types of the engine in words: what went wrong, and who can put it right. */
const CAUSES: Record<string, string> = {
  JOB_NO_RETRIES: '系统处理这一步没有成功，自动重试的次数已经用完',
  EXTRACT_VALUE_ERROR: '表达式取不到需要的值',
  CONDITION_ERROR: '没有一个出口的条件成立，也没有默认出口',
  IO_MAPPING_ERROR: '输入或输出映射算不出来',
  CALLED_ELEMENT_ERROR: '要调用的子流程没有部署',
  UNHANDLED_ERROR_EVENT: '处理程序报告了业务错误，流程图上没有接住它',
  MESSAGE_SIZE_EXCEEDED: '变量太大，引擎存不下',
  DECISION_EVALUATION_ERROR: '规则判断没有成功',
  FORM_NOT_FOUND: '找不到要用的表单',
  UNKNOWN: '引擎没有说明原因',
};
export const causeInWords = (type: string): string => CAUSES[type] ?? type;

const MEND_VALUE = '在“改变量后重试”里补上或改对；表达式写错了的，改流程图、发布后把这件迁移到新版，再重试。';

/** What puts an incident right, by its type; where a value is missing, by what the element wanted it for. */
export function remedyInWords(type: string, element?: { type: string; event?: string | null }): string {
  switch (type) {
    case 'JOB_NO_RETRIES':
      return '看下面引文里的原因：缺数据、缺岗位、规则或外部系统不通的，改好后重试；程序本身出错的，请维护人员更新程序后再重试。';
    case 'CONDITION_ERROR':
      return `各个出口的条件用到的变量，现在的值都不符合。${MEND_VALUE}`;
    case 'EXTRACT_VALUE_ERROR':
      if (element?.event === 'timer')
        return `定时要用的时间没有值，或者写法不对（时长如 PT2H，时刻如 2026-12-01T09:00:00+08:00）。${MEND_VALUE}`;
      if (element?.event === 'message' || element?.type === 'receiveTask')
        return `等消息要用的关联编号没有值，消息来了也对不上。${MEND_VALUE}`;
      if (element?.type.endsWith('Gateway')) return `出口条件的结果不是“是”或“否”，多半是变量没有值。${MEND_VALUE}`;
      return `这一步要用的变量没有值，或者不是需要的类型。${MEND_VALUE}`;
    case 'IO_MAPPING_ERROR':
      return `看是哪个变量没有值。${MEND_VALUE}`;
    case 'CALLED_ELEMENT_ERROR':
      return '到“流程”里看引文中的子流程是不是还没有发布；发布后重试。编号写错了的，改流程图、发布后把这件迁移到新版。';
    case 'UNHANDLED_ERROR_EVENT':
      return '流程图上给这一步加一个接住这个错误的边界事件，发布后把这件迁移到新版再重试；或者转人工处理。';
    case 'FORM_NOT_FOUND':
      return '到“流程”的表单里看引文中的表单是不是还没有发布；发布后重试。';
    case 'MESSAGE_SIZE_EXCEEDED':
      return '变量里放了太长的内容。大段文字和文件放在台账和附件里，变量只放编号；改短后重试。';
    default:
      return '先改好原因（补上数据、岗位或规则），再重试。';
  }
}

const SELECT = `select i.key, i.process_instance_key, i.element_id, i.element_instance_key, i.job_key, i.error_type, i.error_message, i.created_at, i.resolved_at,
    p.process_id, p.process_version, i.demand_id, d.number,
    (select count(*)::int from incident_view e where e.process_instance_key = i.process_instance_key and e.element_id = i.element_id
       and (e.created_at, e.key::numeric) <= (i.created_at, i.key::numeric)) as attempt
  from incident_view i join process_instance p on p.key = i.process_instance_key left join demand d on d.id = i.demand_id`;

/** Open incidents, oldest first. */
export async function openIncidents(sql: Sql, limit = 200): Promise<Incident[]> {
  const rows = await sql.query(`${SELECT} where i.resolved_at is null order by i.created_at, i.key::numeric limit $1`, [
    limit,
  ]);
  return rows.map(read);
}

/** What stands still in one instance. */
export async function openIncidentsOf(sql: Sql, instanceKey: string): Promise<Incident[]> {
  const rows = await sql.query(
    `${SELECT} where i.process_instance_key = $1 and i.resolved_at is null order by i.created_at, i.key::numeric`,
    [instanceKey],
  );
  return rows.map(read);
}

/** The incident that was put right last, for a page without any. */
export async function lastResolved(sql: Sql): Promise<Incident | undefined> {
  const [row] = await sql.query(`${SELECT} where i.resolved_at is not null order by i.resolved_at desc limit 1`);
  return row && read(row);
}

export async function countIncidents(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    'select count(*)::int as n from incident_view where resolved_at is null',
  );
  return row!.n;
}

/** One incident with everything that happened at the same place of the same instance, oldest first. */
export async function incidentWithAttempts(
  sql: Sql,
  key: string,
): Promise<{ incident: Incident; attempts: Incident[] }> {
  const [found] = await sql.query(`${SELECT} where i.key = $1`, [key]);
  if (!found) throw notFound('没有找到这个异常。请回到“系统状态”查看现在的异常。');
  const incident = read(found);
  const attempts = await sql.query(
    `${SELECT} where i.process_instance_key = $1 and i.element_id = $2 order by i.created_at, i.key::numeric`,
    [incident.instanceKey, incident.elementId],
  );
  return { incident, attempts: attempts.map(read) };
}

/**
 * Gives a stopped step another go: new retries where a job had used its own up, then the incident is resolved.
 * What comes of it is read afterwards with `outcomeOfRetry`; the engine works on its own time.
 */
export async function retryIncident(
  engine: { submit(commandId: string, command: EngineCommand): Promise<unknown> },
  incident: Incident,
  act: string,
): Promise<void> {
  if (incident.resolvedAt) throw conflict('这个异常已经处理过了。', { reason: 'incident-resolved' });
  try {
    if (incident.jobKey && incident.jobKey !== '-1')
      await engine.submit(`retries:${incident.key}:${act}`, {
        type: 'updateRetries',
        jobKey: incident.jobKey,
        retries: 1,
      });
    await engine.submit(`resolve:${incident.key}:${act}`, { type: 'resolveIncident', incidentKey: incident.key });
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
    if (error.code === 'NOT_FOUND')
      throw conflict('这个异常刚刚已经由别人处理，或流程已经结束。', { reason: 'incident-resolved' });
    throw conflict(`引擎没有接受重试：${error.message}`, { reason: 'engine-refused' });
  }
}

export type RetryOutcome =
  | { state: 'done' }
  /** Nothing is known yet: the step is still running. */
  | { state: 'running' }
  | { state: 'failed'; incident: Incident };

/** What has come of a retry: the same place failed again, the step is over, or it is still at work. */
export async function outcomeOfRetry(sql: Sql, retried: Incident): Promise<RetryOutcome> {
  const [again] = await sql.query(
    `${SELECT} where i.process_instance_key = $1 and i.element_id = $2 and i.resolved_at is null order by i.created_at desc, i.key::numeric desc limit 1`,
    [retried.instanceKey, retried.elementId],
  );
  if (again) {
    const incident = read(again);
    return incident.key === retried.key ? { state: 'running' } : { state: 'failed', incident };
  }
  const [standing] = await sql.query(
    `select 1 from element_visit v join process_instance p on p.key = v.process_instance_key
     where v.process_instance_key = $1 and v.element_id = $2 and v.state = 'ACTIVE' and p.state = 'ACTIVE'
       and v.element_type not in ('USER_TASK', 'CALL_ACTIVITY', 'SUB_PROCESS', 'RECEIVE_TASK') limit 1`,
    [retried.instanceKey, retried.elementId],
  );
  return { state: standing ? 'running' : 'done' };
}

function read(row: Record<string, any>): Incident {
  return {
    key: row.key,
    instanceKey: row.process_instance_key,
    processId: row.process_id,
    processVersion: row.process_version,
    elementId: row.element_id,
    elementInstanceKey: row.element_instance_key,
    jobKey: row.job_key,
    type: row.error_type,
    what: causeInWords(row.error_type),
    message: row.error_message,
    createdAt: new Date(Number(row.created_at)),
    resolvedAt: row.resolved_at ? new Date(Number(row.resolved_at)) : null,
    demandId: row.demand_id,
    demandNumber: row.number,
    attempt: row.attempt,
  };
}
