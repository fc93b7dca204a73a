import { sqlOf } from '../../../db/orm.ts';
import type { Sql } from '../../../db/sql.ts';
import { appendEvents, eraseMentions, eraseTexts } from '../../history/index.ts';
import type { Work } from '../context.ts';
import {
  answersWithoutThem,
  type Identifiers,
  identifiersOf,
  isPerson,
  jsonWithoutThem,
  withoutThem,
} from './identifiers.ts';
import { PERSONAL_PLACES, type PersonalPlace } from './personal-places.ts';

/** Texts of the ledger row itself. */
const TEXTS = [
  'title',
  'content',
  'anonymous_reason',
  'answer_content',
  'answer_basis',
  'notice_content',
  'dispatch_basis',
  'measures',
  'policy_basis',
  'public_answer',
  'feedback_content',
  'withdrawal_reason',
  'void_reason',
  'raised_reason',
] as const;

type Names = ReadonlyMap<string, Identifiers>;

/**
 * Takes the personal data out of demands that have ended, because their time is over or their owner has asked for it: out of the ledger, of everything
 * that was written about them in any table, of the words of their history (whose chain stays whole), and of what people have kept to search by.
 * Files cannot be masked and go. In the caller's transaction; what is gone cannot be brought back.
 */
export async function anonymise(
  work: Pick<Work, 'em' | 'actor' | 'clock'>,
  ids: readonly string[],
  why: 'RETENTION' | 'REQUEST',
): Promise<void> {
  if (ids.length === 0) return;
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const names = await anonymiseLedger(sql, ids, now);
  for (const place of PERSONAL_PLACES) await anonymisePlace(sql, place, ids, names);
  const files = await removeFiles(sql, ids);
  await sql.query('delete from draft where subject in (select id from task where demand_id = any($1::text[]))', [
    [...ids],
  ]);
  await sql.query('delete from registration_key where demand_id = any($1::text[])', [[...ids]]);
  await anonymiseTopics(sql, ids, names);
  await anonymiseSearches(sql, names);
  const nobody: Identifiers = [];
  await eraseTexts(sql, 'demand', ids, (text, id) => withoutThem(text, names.get(id) ?? nobody));
  const instances = await demandsOfInstances(sql, ids);
  await eraseTexts(sql, 'instance', [...instances.keys()], (text, key) =>
    withoutThem(text, names.get(instances.get(key)!)!),
  );
  await eraseMentions(sql, [...names.values()].flat(), withoutThem);
  await appendEvents(
    sql,
    ids.map((subjectId) => ({
      subjectType: 'demand',
      subjectId,
      type: 'demand.anonymised',
      occurredAt: now,
      actor: work.actor,
      payload: { why, ...(files.has(subjectId) ? { files: files.get(subjectId) } : {}) },
    })),
  );
}

async function anonymiseLedger(sql: Sql, ids: readonly string[], now: Date): Promise<Names> {
  const rows = await sql.query<any>(
    `select id, taxpayer_name as "taxpayerName", taxpayer_type as "taxpayerType", credit_code as "creditCode", contact_person as "contactPerson",
       contact_phone as "contactPhone", other_contact as "otherContact", intake, routing, ${TEXTS.join(', ')}
     from demand where id = any($1::text[]) for update`,
    [[...ids]],
  );
  const names = new Map(rows.map((row): [string, Identifiers] => [row.id, identifiersOf(row)]));
  const masked = rows.map((row) => {
    const who = names.get(row.id)!;
    return {
      id: row.id,
      person: isPerson(row.taxpayerType),
      intake: answersWithoutThem(row.intake, who),
      routing: answersWithoutThem(row.routing, who),
      ...Object.fromEntries(TEXTS.map((name) => [name, row[name] ? withoutThem(row[name], who) : row[name]])),
    };
  });
  await sql.query(
    `update demand d set ${TEXTS.map((name) => `${name} = t.${name}`).join(', ')}, intake = t.intake, routing = t.routing,
       contact_person = null, contact_phone = null, other_contact = null, preferred_contact_time = null,
       credit_code = case when not t.person then d.credit_code end,
       taxpayer_name = case when t.person then '匿名化' else d.taxpayer_name end, anonymised_at = $2, revision = revision + 1
     from jsonb_to_recordset($1::jsonb) as t(id text, person boolean, intake jsonb, routing jsonb, ${TEXTS.map((name) => `${name} text`).join(', ')})
     where d.id = t.id`,
    [JSON.stringify(masked), now.toISOString()],
  );
  return names;
}

async function anonymisePlace(sql: Sql, place: PersonalPlace, ids: readonly string[], names: Names): Promise<void> {
  const { table, texts, json = [], answers = [] } = place;
  const key = place.key ?? 'id';
  const objects = [...json, ...answers];
  const columns = [...texts, ...objects].map((name) => `"${name}"`);
  const rows = await sql.query<any>(
    `select ${key} as key, ${place.demand ?? 'demand_id'} as demand, ${columns.join(', ')} from ${table}
     where ${place.of ?? 'demand_id = any($1::text[])'}`,
    [[...ids]],
  );
  const changed = rows.flatMap((row) => {
    const who = names.get(row.demand)!;
    const after: Record<string, unknown> = {
      ...Object.fromEntries(texts.map((name) => [name, row[name] ? withoutThem(row[name], who) : row[name]])),
      ...Object.fromEntries(json.map((name) => [name, jsonWithoutThem(row[name], who)])),
      ...Object.fromEntries(answers.map((name) => [name, answersWithoutThem(row[name], who)])),
    };
    const same = Object.entries(after).every(([name, value]) => JSON.stringify(value) === JSON.stringify(row[name]));
    return same ? [] : [{ key: row.key, ...after }];
  });
  if (changed.length === 0) return;
  await sql.query(
    `update ${table} p set ${columns.map((name) => `${name} = t.${name}`).join(', ')}
     from jsonb_to_recordset($1::jsonb) as t(key text, ${[...texts.map((name) => `"${name}" text`), ...objects.map((name) => `"${name}" jsonb`)].join(', ')})
     where p.${key} = t.key`,
    [JSON.stringify(changed)],
  );
}

/** Files are taken out of their demand and lose their names at once; the sweep removes row and bytes. Answers how many of each demand. */
async function removeFiles(sql: Sql, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ demand: string; n: number }>(
    `with old as (select id, subject_id from attachment where subject_type = 'demand' and subject_id = any($1::text[]) and status = 'ATTACHED'),
     gone as (update attachment a set status = 'REMOVED', subject_type = null, subject_id = null, name = '' from old where a.id = old.id returning a.id)
     select subject_id as demand, count(*)::int as n from old where id in (select id from gone) group by 1`,
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.demand, row.n]));
}

/** Groups of common demands speak of several demands: their words lose what names the people of any of these. */
async function anonymiseTopics(sql: Sql, ids: readonly string[], names: Names): Promise<void> {
  const texts = ['title', 'rule_reason', 'lead_note', 'measures', 'close_reason'] as const;
  const rows = await sql.query<any>(
    `select c.id, m.demands, ${texts.map((name) => `c.${name}`).join(', ')} from common_demand c join (
       select common_demand_id, array_agg(demand_id) as demands from common_demand_member where demand_id = any($1::text[]) group by 1) m
     on m.common_demand_id = c.id`,
    [[...ids]],
  );
  for (const row of rows) {
    const who = (row.demands as string[]).flatMap((id) => names.get(id) ?? []);
    await eraseTexts(sql, 'common-demand', [row.id], (text) => withoutThem(text, who));
    const after = texts.map((name) => (row[name] ? withoutThem(row[name], who) : row[name]));
    if (texts.every((name, index) => row[name] === after[index])) continue;
    await sql.query(
      `update common_demand set ${texts.map((name, index) => `${name} = $${index + 2}`).join(', ')} where id = $1`,
      [row.id, ...after],
    );
  }
}

/** An administrator's words about a process stand in its own chain. */
async function demandsOfInstances(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ key: string; demand: string }>(
    'select key, demand_id as demand from process_instance where demand_id = any($1::text[])',
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.key, row.demand]));
}

/** What people search the ledger by, kept as a view or a daily digest, may be somebody's name. */
async function anonymiseSearches(sql: Sql, names: Names): Promise<void> {
  const who = [...names.values()].flat();
  for (const [table, columns] of [
    ['ledger_view', ['query']],
    ['ledger_subscription', ['query', 'filter']],
  ] as const)
    for (const row of await sql.query<any>(
      `select id, name, ${columns.join(', ')} from ${table} where query ->> 'q' is not null`,
    )) {
      const before = [row.name, ...columns.map((name) => row[name])];
      const after = before.map((value) => jsonWithoutThem(value, who));
      if (JSON.stringify(after) === JSON.stringify(before)) continue;
      await sql.query(
        `update ${table} set name = $2, ${columns.map((name, index) => `${name} = $${index + 3}::jsonb`).join(', ')} where id = $1`,
        [row.id, after[0], ...after.slice(1).map((value) => JSON.stringify(value))],
      );
    }
}
