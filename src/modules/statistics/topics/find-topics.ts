import { sqlOf } from '../../../db/orm.ts';
import type { Sql } from '../../../db/sql.ts';
import { SYSTEM_ACTOR } from '../../../kernel/actor.ts';
import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import type { Work } from '../../demands/index.ts';
import { appendEvent } from '../../history/index.ts';
import { addDays } from '../period.ts';
import { similarTexts } from './similar-texts.ts';

/** What the rule set `common-demand` is asked about. */
export interface TopicFacts {
  kind: 'TAG' | 'TEXT';
  scope: 'CITY' | 'COUNTY';
  count7: number;
  counties7: number;
  count30: number;
  countBefore30: number;
  growth: number;
  taxpayers: number;
  similarity?: number;
  tag?: string;
}

interface Candidate {
  orgCode: string;
  title: string;
  tag: string | null;
  facts: TopicFacts;
  members: { id: string; similarity: number | null }[];
}

type FindWork = Pick<Work, 'em' | 'actor' | 'clock' | 'ids' | 'directory' | 'advise'>;

/** Too few to be common, whatever a rule says: not worth asking. */
const FEWEST = 2;
/** Texts compared with each other; more of the last month would not change what the newest have in common. */
const MOST_TEXTS = 4000;

/**
 * Finds common demands (共性诉求, R26) by tag and by text, for the city as a whole and for each county, and lets the rule set decide. Demands go on being
 * each its own: a group never takes a duty of feedback away. Restricted and confidential demands belong to no group.
 */
export async function findTopics(work: FindWork): Promise<{ found: number; joined: number }> {
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const today = shanghaiDate(now);
  let [found, joined] = [0, 0];
  for (const candidate of [...(await byTag(sql, work, today)), ...(await byText(sql, work, today))]) {
    const open = candidate.tag === null ? undefined : await openGroup(sql, candidate);
    if (open) {
      joined += await join(sql, open, candidate, now);
      continue;
    }
    const advice = await work.advise('common-demand', { ...candidate.facts }, today);
    if (advice.outcome.group !== true || (candidate.tag === null && (await mostlyGrouped(sql, candidate)))) continue;
    await openTopic(sql, work, candidate, advice);
    found += 1;
    joined += candidate.members.length;
  }
  return { found, joined };
}

/** Once per calendar day; to be called every now and then. */
export async function findTopicsDaily(work: FindWork): Promise<boolean> {
  const sql = sqlOf(work.em);
  const first = await sql.query(
    `insert into statistics_done (kind, day) values ('topics', $1::date) on conflict do nothing returning kind`,
    [shanghaiDate(work.clock.now())],
  );
  if (first.length === 0) return false;
  await findTopics({ ...work, actor: SYSTEM_ACTOR });
  return true;
}

interface TagRow {
  org: string;
  tag: string;
  count7: number;
  counties7: number;
  count30: number;
  before30: number;
  taxpayers: number;
  members: string[];
}

/** A taxpayer is known by the phone, else by the name. */
const TAXPAYER = `coalesce(phone_digits(d.contact_phone), d.taxpayer_name)`;
const COUNTED = `d.voided_at is null and not d.restricted and not d.confidential and d.status <> 'MERGED'`;

async function byTag(sql: Sql, work: FindWork, today: string): Promise<Candidate[]> {
  const until = shanghaiInstant(addDays(today, 1));
  const from = (days: number) => new Date(+until - days * 86_400_000).toISOString();
  // What came before a group of the same tag was closed is settled and begins no new one.
  const rows = await sql.query<TagRow>(
    `with tagged as (
       select d.id, d.org_code, d.registered_at, tag, ${TAXPAYER} as taxpayer from demand d cross join lateral unnest(d.tags) tag
       where d.registered_at >= $3::timestamptz and d.registered_at < $1::timestamptz and ${COUNTED}),
     scoped as (
       select org_code as org, t.* from tagged t where org_code <> $5 union all select $5, t.* from tagged t),
     fresh as (
       select s.* from scoped s where not exists (select 1 from common_demand g
         where g.org_code = s.org and g.tag = s.tag and g.closed_at is not null and g.closed_at > s.registered_at))
     select org, tag, (count(*) filter (where registered_at >= $4::timestamptz))::int as count7,
       (count(distinct org_code) filter (where registered_at >= $4::timestamptz and org_code <> $5))::int as counties7,
       (count(*) filter (where registered_at >= $2::timestamptz))::int as count30,
       (count(*) filter (where registered_at < $2::timestamptz))::int as before30,
       (count(distinct taxpayer) filter (where registered_at >= $2::timestamptz))::int as taxpayers,
       array_agg(id order by registered_at, id) filter (where registered_at >= $2::timestamptz) as members
     from fresh group by org, tag having count(*) filter (where registered_at >= $2::timestamptz) >= $6 order by org, tag collate "C"`,
    [until.toISOString(), from(30), from(60), from(7), SYSTEM_ACTOR.orgCode, FEWEST],
  );
  return rows.map((row) => ({
    orgCode: row.org,
    title: row.tag,
    tag: row.tag,
    facts: {
      kind: 'TAG',
      scope: scopeOf(work, row.org),
      tag: row.tag,
      count7: row.count7,
      counties7: row.counties7,
      count30: row.count30,
      countBefore30: row.before30,
      growth: row.before30 === 0 ? 0 : Math.round((row.count30 / row.before30) * 100) / 100,
      taxpayers: row.taxpayers,
    },
    members: row.members.map((id) => ({ id, similarity: null })),
  }));
}

const scopeOf = (work: FindWork, orgCode: string): 'CITY' | 'COUNTY' =>
  work.directory.bureau(orgCode)?.level === 'CITY' ? 'CITY' : 'COUNTY';

/** Only in the city as a whole: what one county has in common it has under its tags. */
async function byText(sql: Sql, work: FindWork, today: string): Promise<Candidate[]> {
  const until = shanghaiInstant(addDays(today, 1));
  const recent = +until - 7 * 86_400_000;
  const rows = await sql.query<{
    id: string;
    org_code: string;
    content: string;
    registered_at: string;
    taxpayer: string;
  }>(
    `select d.id, d.org_code, d.content, d.registered_at, ${TAXPAYER} as taxpayer from demand d
     where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz and ${COUNTED}
       and not exists (select 1 from common_demand_member m join common_demand g on g.id = m.common_demand_id
         where m.demand_id = d.id and g.kind = 'TEXT')
     order by d.registered_at desc, d.id limit ${MOST_TEXTS}`,
    [new Date(+until - 30 * 86_400_000).toISOString(), until.toISOString()],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return similarTexts(
    rows.map((row) => ({ id: row.id, text: row.content })),
    FEWEST + 1,
  ).map((cluster) => {
    const members = cluster.ids.map((id) => known.get(id)!);
    const lately = members.filter((row) => +new Date(row.registered_at) >= recent);
    const counties = new Set(lately.map((row) => row.org_code).filter((code) => code !== SYSTEM_ACTOR.orgCode));
    return {
      orgCode: SYSTEM_ACTOR.orgCode,
      title: cluster.words || '文字相似的诉求',
      tag: null,
      facts: {
        kind: 'TEXT',
        scope: scopeOf(work, SYSTEM_ACTOR.orgCode),
        count7: lately.length,
        counties7: counties.size,
        count30: members.length,
        countBefore30: 0,
        growth: 0,
        taxpayers: new Set(members.map((row) => row.taxpayer)).size,
        similarity: cluster.similarity,
      },
      members: members.map(({ id }) => ({ id, similarity: cluster.similarity })),
    };
  });
}

async function openGroup(sql: Sql, candidate: Candidate): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string }>(
    `select id from common_demand where org_code = $1 and tag = $2 and status = 'OPEN'`,
    [candidate.orgCode, candidate.tag],
  );
  return row?.id;
}

/** Similar texts that mostly carry a tag which has its group already are no second group. */
async function mostlyGrouped(sql: Sql, candidate: Candidate): Promise<boolean> {
  const [row] = await sql.query<{ n: number }>(
    `select count(distinct m.demand_id)::int as n from common_demand_member m join common_demand g on g.id = m.common_demand_id
     where m.demand_id = any($1::text[]) and g.org_code = $2`,
    [candidate.members.map(({ id }) => id), candidate.orgCode],
  );
  return row!.n * 2 >= candidate.members.length;
}

async function join(sql: Sql, group: string, candidate: Pick<Candidate, 'members'>, at: Date): Promise<number> {
  const added = await sql.query(
    `insert into common_demand_member (common_demand_id, demand_id, similarity, joined_at)
     select $1, r.id, r.similarity, $3::timestamptz from jsonb_to_recordset($2::jsonb) as r(id text, similarity real)
     on conflict do nothing returning demand_id`,
    [group, JSON.stringify(candidate.members), at.toISOString()],
  );
  return added.length;
}

async function openTopic(
  sql: Sql,
  work: FindWork,
  candidate: Candidate,
  advice: { outcome: Record<string, unknown>; reason: string; version: number },
): Promise<void> {
  const id = work.ids.uuid();
  const now = work.clock.now();
  await sql.query(
    `insert into common_demand (id, org_code, kind, title, tag, status, level, rule_version, rule_reason, facts, found_at)
     values ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, $9::jsonb, $10)`,
    [
      id,
      candidate.orgCode,
      candidate.facts.kind,
      candidate.title,
      candidate.tag,
      advice.outcome.level,
      advice.version,
      advice.reason,
      JSON.stringify(candidate.facts),
      now.toISOString(),
    ],
  );
  await join(sql, id, candidate, now);
  await appendEvent(sql, {
    subjectType: 'common-demand',
    subjectId: id,
    type: 'topic.found',
    occurredAt: now,
    actor: work.actor,
    payload: {
      orgCode: candidate.orgCode,
      kind: candidate.facts.kind,
      title: candidate.title,
      level: advice.outcome.level,
      ruleVersion: advice.version,
      reason: advice.reason,
      facts: { ...candidate.facts },
      members: candidate.members.length,
    },
  });
}
