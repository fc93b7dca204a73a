import type { Sql } from '../../../db/sql.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { CATEGORIES, CHANNELS, DEFERRAL_CATEGORIES, type Work } from '../../demands/index.ts';
import { instantsOf, type Period } from '../period.ts';
import { makeReport } from '../report.ts';
import { freeze, type Snapshot } from '../snapshots.ts';
import { listTopics } from '../topics/read-topics.ts';
import { type FrozenReport, indicatorsOf } from './frozen-report.ts';
import { type Section, writeText } from './write-text.ts';

export interface BulletinContent {
  report: FrozenReport;
  /** The text as it was made from these numbers. */
  sections: Section[];
}

export type BulletinWork = Pick<Work, 'em' | 'actor' | 'clock' | 'ids' | 'directory' | 'calendar'>;

/** Takes the numbers of a period as they stand and freezes them with the text made of them. The city speaks of all bureaus, a county of its departments. */
export async function freezeBulletin(
  work: BulletinWork,
  sql: Sql,
  orgCode: string,
  period: Period,
): Promise<Snapshot<BulletinContent>> {
  const city = work.directory.bureau(orgCode)?.level === 'CITY';
  const now = work.clock.now();
  // A bulletin goes to many: no number of it tells that a restricted demand is there.
  const report = await makeReport(sql, work.calendar, {
    period,
    now,
    compare: false,
    withRestricted: false,
    ...(city ? {} : { orgCode }),
  });
  // A county's own lines are its departments; of the whole it says what its own line says.
  const lines = city ? report.units.net : (report.departments?.net ?? []);
  const indicators = indicatorsOf(report);
  const frozen: FrozenReport = {
    period,
    orgCode,
    unitName: city ? '全市税务系统' : (work.directory.bureau(orgCode)?.name ?? orgCode),
    definitionVersion: report.definitions.version,
    parameters: report.definitions.parameters,
    indicators,
    intake: report.intake,
    intakeBefore: report.intakeBefore,
    intakeYearBefore: report.intakeYearBefore,
    channels: CHANNELS,
    categories: CATEGORIES,
    tags: report.tags,
    routes: report.routes,
    units: lines.map((line) => ({
      ...line,
      name: line.departmentCode
        ? (work.directory.department(line.departmentCode)?.name ?? line.departmentCode)
        : (work.directory.bureau(line.orgCode)?.shortName ?? line.orgCode),
    })),
    topics: (await listTopics(sql, { orgCode, status: 'OPEN' })).map((topic) => ({
      title: topic.title,
      members: topic.members,
      lead: topic.leadDepartment ? (work.directory.department(topic.leadDepartment)?.name ?? '') : '',
      measures: topic.measures,
    })),
    supervision: await cardsOf(work, sql, city ? undefined : orgCode, period),
    deferrals: await deferralsOf(sql, city ? undefined : orgCode, shanghaiDate(now)),
  };
  return freeze(
    { ...work, sql },
    {
      kind: 'BULLETIN',
      orgCode,
      from: period.from,
      to: period.to,
      definitionVersion: frozen.definitionVersion,
      content: { report: frozen, sections: writeText(frozen) },
    },
  );
}

const LEVELS: Record<string, string> = { YELLOW: '黄牌', RED: '红牌', ESCALATION: '提级' };

/** 督办清单: cards issued in the period, by number; those of restricted demands are not listed. */
async function cardsOf(
  work: BulletinWork,
  sql: Sql,
  orgCode: string | undefined,
  period: Period,
): Promise<NonNullable<FrozenReport['supervision']>> {
  const { from, until } = instantsOf(period);
  const rows = await sql.query<{ number: string; level: string; department_code: string; lifted: boolean }>(
    `select s.number, s.level, s.department_code, s.status = 'LIFTED' as lifted from supervision s join demand d on d.id = s.demand_id
     where s.issued_at >= $1::timestamptz and s.issued_at < $2::timestamptz and not d.restricted and not d.confidential
       and ($3::text is null or s.org_code = $3::text) order by s.org_code, s.issued_at, s.number`,
    [from.toISOString(), until.toISOString(), orgCode ?? null],
  );
  return rows.map((row) => ({
    number: row.number,
    level: LEVELS[row.level] ?? row.level,
    department: work.directory.department(row.department_code)?.name ?? row.department_code,
    lifted: row.lifted,
  }));
}

/** 挂账清单: numbers, kinds and days; nobody's name and no text. Restricted demands are counted and not listed. */
async function deferralsOf(sql: Sql, orgCode: string | undefined, today: string): Promise<FrozenReport['deferrals']> {
  const rows = await sql.query<{ number: string; category: string; review_date: string }>(
    `select d.number, f.category, f.review_date::text as review_date from deferral f join demand d on d.id = f.demand_id
     where f.status = 'ACTIVE' and not d.restricted and not d.confidential and ($1::text is null or f.org_code = $1::text) order by f.review_date, d.number`,
    [orgCode ?? null],
  );
  return rows.map((row) => ({
    number: row.number,
    category: DEFERRAL_CATEGORIES[row.category as keyof typeof DEFERRAL_CATEGORIES] ?? row.category,
    reviewDate: row.review_date,
    missed: row.review_date < today,
  }));
}
