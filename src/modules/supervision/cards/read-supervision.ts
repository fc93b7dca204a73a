import type { Sql } from '../../../db/sql.ts';
import type { Level } from './levels.ts';

/** One card (黄牌、红牌、提级督办) on a demand. */
export interface Supervision {
  id: string;
  number: string;
  orgCode: string;
  demandId: string;
  departmentCode: string;
  level: Level;
  status: 'ISSUED' | 'ACKNOWLEDGED' | 'ACCOUNTED' | 'LIFTED';
  ruleTitle: string;
  ruleVersion: number | null;
  overdueDays: number;
  requirement: string;
  answerBy: string;
  issuedByName: string;
  issuedAt: Date;
  /** When it was made heavier, if it was. */
  raisedAt: Date | null;
  acknowledgedByName: string | null;
  cause: string | null;
  measures: string | null;
  responsible: string | null;
  accountedBy: string | null;
  accountedByName: string | null;
  accountedAt: Date | null;
  returned: number;
  returnOpinion: string | null;
  liftedByName: string | null;
  liftedAt: Date | null;
  liftOpinion: string | null;
}

const time = (value: unknown): Date | null => (value ? new Date(String(value)) : null);

export const readSupervision = (row: any): Supervision => ({
  id: row.id,
  number: row.number,
  orgCode: row.org_code,
  demandId: row.demand_id,
  departmentCode: row.department_code,
  level: row.level,
  status: row.status,
  ruleTitle: row.rule_title,
  ruleVersion: row.rule_version,
  overdueDays: row.overdue_days,
  requirement: row.requirement,
  answerBy:
    row.answer_by instanceof Date ? row.answer_by.toISOString().slice(0, 10) : String(row.answer_by).slice(0, 10),
  issuedByName: row.issued_by_name,
  issuedAt: new Date(row.issued_at),
  raisedAt: time(row.raised_at),
  acknowledgedByName: row.acknowledged_by_name,
  cause: row.cause,
  measures: row.measures,
  responsible: row.responsible,
  accountedBy: row.accounted_by,
  accountedByName: row.accounted_by_name,
  accountedAt: time(row.accounted_at),
  returned: row.returned,
  returnOpinion: row.return_opinion,
  liftedByName: row.lifted_by_name,
  liftedAt: time(row.lifted_at),
  liftOpinion: row.lift_opinion,
});

export interface SupervisionFilter {
  /**
   * Who asks, and what of demands they see: a condition over `demand d` whose parameters begin at 1. A card is seen with its demand, or by whom it is
   * addressed to (R30) as long as the demand is not restricted (限定可见): then it is there for nobody else, open or lifted.
   */
  login: string;
  sees: { sql: string; parameters: readonly unknown[] };
  /** Bureaus in reach; undefined: all. */
  orgCodes?: readonly string[];
  /** Only these departments. */
  departments?: readonly string[];
  level?: string;
  state: 'open' | 'lifted';
}

const MOST = 300;

/** Cards by level, then by days past due; lifted ones newest first. */
export async function listSupervisions(sql: Sql, filter: SupervisionFilter): Promise<Supervision[]> {
  const { sees } = filter;
  const [orgs, departments, level, lifted, login] = [1, 2, 3, 4, 5].map((n) => `$${sees.parameters.length + n}`);
  const rows = await sql.query<any>(
    `select s.*, s.answer_by::text as answer_by from supervision s join demand d on d.id = s.demand_id
     where (${orgs}::text[] is null or s.org_code = any(${orgs}::text[])) and (${departments}::text[] is null or s.department_code = any(${departments}::text[]))
       and (${level}::text is null or s.level = ${level}) and (s.status = 'LIFTED') = ${lifted}
       and (${sees.sql} or not d.restricted and ${login}::text = any(s.told))
     order by case when ${lifted} then s.lifted_at end desc, case s.level when 'ESCALATION' then 0 when 'RED' then 1 else 2 end, s.overdue_days desc,
       s.issued_at limit ${MOST}`,
    [
      ...sees.parameters,
      filter.orgCodes ?? null,
      filter.departments ?? null,
      filter.level ?? null,
      filter.state === 'lifted',
      filter.login,
    ],
  );
  return rows.map(readSupervision);
}

/** Facts of the cards of a demand, oldest first, for its page and for papers. */
export async function supervisionsOf(sql: Sql, demandId: string): Promise<Supervision[]> {
  const rows = await sql.query<any>(
    'select s.*, s.answer_by::text as answer_by from supervision s where demand_id = $1 order by issued_at',
    [demandId],
  );
  return rows.map(readSupervision);
}
