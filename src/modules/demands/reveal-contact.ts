import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { parameterFacts } from './parameter-facts.ts';

export const REVEAL_REASONS = {
  CONTACT: '联系诉求人',
  IDENTITY: '核对身份',
  LEADER: '领导调阅',
  AUDIT: '审计',
} as const;

/** Fields of a demand that are shown masked until somebody gives a reason, each for itself. */
export const REVEAL_FIELDS = {
  contactPhone: '联系电话',
  otherContact: '其他联系方式',
  taxpayerName: '诉求人名称',
  contactPerson: '联系人',
  creditCode: '信用代码',
} as const;
export type RevealField = keyof typeof REVEAL_FIELDS;

export const isRevealField = (name: string | undefined): name is RevealField =>
  name !== undefined && Object.hasOwn(REVEAL_FIELDS, name);

export interface Reveal {
  field: RevealField;
  shownUntil: Date;
  /** How often this person has looked today, this time included. */
  today: number;
  /** Set once `reveal.daily_alarm` is passed: the auditors are to be told, once a day. */
  alarm: { count: number; threshold: number } | null;
}

/**
 * Shows one field in full for a reason, for a few minutes (`reveal.minutes`): who looked, at what, why, when and from where is kept in
 * the log and in the history of the demand (个人信息保护法 51).
 */
export async function revealContact(
  work: Work,
  demand: Demand,
  input: { field: string | undefined; reason: string | undefined },
): Promise<Reveal> {
  const problems: FieldProblem[] = [];
  if (!isRevealField(input.field))
    problems.push({ pointer: '/field', message: '没有这一项。请回到诉求件，点要看的那一项。' });
  if (!input.reason || !Object.hasOwn(REVEAL_REASONS, input.reason))
    problems.push({ pointer: '/reason', message: '还没选“事由”。' });
  if (problems.length > 0 || !isRevealField(input.field)) throw invalid('请选事由', problems);
  const field = input.field;
  const sql = sqlOf(work.em);
  const at = work.clock.now();
  const parameters = await work.parameters(parameterFacts(demand));
  const shownUntil = new Date(+at + parameters.number('reveal.minutes') * 60_000);
  await sql.query(
    `insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, ip, at, shown_until, outside_own)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      work.actor.login,
      work.actor.name,
      work.actor.roles.join(','),
      work.actor.orgCode,
      demand.id,
      field,
      input.reason,
      work.actor.ip ?? null,
      at.toISOString(),
      shownUntil.toISOString(),
      ![demand.orgCode, demand.hostOrgCode].includes(work.actor.orgCode),
    ],
  );
  await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: demand.id,
    type: 'demand.revealed',
    occurredAt: at,
    actor: work.actor,
    payload: { field, reason: input.reason },
  });
  const today = await countToday(sql, work.actor.login, at);
  const threshold = parameters.number('reveal.daily_alarm');
  return { field, shownUntil, today, alarm: today > threshold ? { count: today, threshold } : null };
}

async function countToday(sql: Sql, login: string, now: Date): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    'select count(*)::int as n from pii_access_log where login = $1 and at >= $2',
    [login, shanghaiInstant(shanghaiDate(now), '00:00').toISOString()],
  );
  return row!.n;
}

/** The fields somebody may still see in full on this demand, and until when. */
export async function shownFields(
  sql: Sql,
  demandId: string,
  login: string,
  now: Date,
): Promise<Map<RevealField, Date>> {
  const rows = await sql.query<{ field: string; until: Date | string }>(
    'select field, max(shown_until) as until from pii_access_log where demand_id = $1 and login = $2 and shown_until > $3 group by field',
    [demandId, login, now.toISOString()],
  );
  return new Map(rows.flatMap(({ field, until }) => (isRevealField(field) ? [[field, new Date(until)] as const] : [])));
}

export interface RevealRow {
  login: string;
  name: string;
  demandId: string;
  field: string;
  fieldTitle: string;
  reasonTitle: string;
  at: Date;
  ip: string | null;
  outsideOwn: boolean;
}

/** Who has looked: at one demand, or what one person has looked at; newest first. */
export async function revealsOf(
  sql: Sql,
  about: { demandId: string } | { login: string },
  limit = 50,
): Promise<{ rows: RevealRow[]; total: number }> {
  const [column, value] = 'demandId' in about ? ['demand_id', about.demandId] : ['login', about.login];
  const rows = await sql.query<any>(
    `select login, name, demand_id, field, reason, at, ip, outside_own, count(*) over ()::int as total
     from pii_access_log where ${column} = $1 order by at desc, id desc limit $2`,
    [value, limit],
  );
  return {
    total: rows[0]?.total ?? 0,
    rows: rows.map((row) => ({
      login: row.login,
      name: row.name,
      demandId: row.demand_id,
      field: row.field,
      // Older lines of the log name the whole contact block.
      fieldTitle: REVEAL_FIELDS[row.field as RevealField] ?? '联系方式',
      reasonTitle: REVEAL_REASONS[row.reason as keyof typeof REVEAL_REASONS] ?? row.reason,
      at: new Date(row.at),
      ip: row.ip,
      outsideOwn: row.outside_own,
    })),
  };
}

export interface RevealAlarm {
  login: string;
  name: string;
  day: string;
  count: number;
  outsideOwn: number;
}

/** Days on which somebody looked more often than the threshold, or at demands of other bureaus (异常阈值); newest first. */
export function revealAlarms(sql: Sql, threshold: number, since: Date): Promise<RevealAlarm[]> {
  return sql.query<RevealAlarm>(
    `select login, max(name) as name, (at at time zone 'Asia/Shanghai')::date::text as day, count(*)::int as count,
       (count(*) filter (where outside_own))::int as "outsideOwn"
     from pii_access_log where at >= $2 group by login, (at at time zone 'Asia/Shanghai')::date
     having count(*) > $1 or count(*) filter (where outside_own) > 0 order by 3 desc, 4 desc`,
    [threshold, since.toISOString()],
  );
}
