import type { Sql } from '../../../db/sql.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { type Clock, shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import type { Ids } from '../../../kernel/ids.ts';
import { appendEvent, hashOf } from '../../history/index.ts';
import { addDays } from '../period.ts';
import { CLASSES, classTable, type ReconciliationClass } from './classes.ts';
import { type Break, type BreakReason, findBreaks } from './find-breaks.ts';

export interface ReconciliationWork {
  sql: Sql;
  actor: Actor;
  clock: Clock;
  ids: Ids;
}

/** The account of one bureau. */
export interface ReconciliationLine {
  orgCode: string;
  /** Registered on the day. */
  registeredToday: number;
  /** Numbers given out, and demands in the ledger, since the beginning. */
  numbered: number;
  registered: number;
  /** Demands by what became of them; what does not come out even is in none of them. */
  classes: Record<ReconciliationClass, number>;
  breaks: number;
  /** How much of it is restricted (限定可见): left out for whoever may not know of it. */
  restricted: Partial<Pick<ReconciliationLine, 'registeredToday' | 'registered' | 'breaks'>> & {
    classes?: Partial<Record<ReconciliationClass, number>>;
  };
}

export interface ReconciliationRun {
  id: string;
  day: string;
  madeAt: Date;
  madeBy: string;
  madeByName: string;
  breaks: number;
  hash: string;
}

/** Balances every bureau as it stands now (每日对账, R29) and keeps the result; its hash goes into the history and so under the daily seal. */
export async function reconcile(work: ReconciliationWork, day: string): Promise<ReconciliationRun> {
  const { sql } = work;
  const now = work.clock.now();
  const breaks = await findBreaks(sql, now);
  const lines = await balance(sql, day, breaks);
  const hash = hashOf(canonicalJson({ day, at: now.toISOString(), lines, breaks }));
  const run: ReconciliationRun = {
    id: work.ids.uuid(),
    day,
    madeAt: now,
    madeBy: work.actor.login,
    madeByName: work.actor.name,
    breaks: breaks.length,
    hash,
  };
  await sql.query(
    `insert into reconciliation_run (id, day, made_at, made_by, made_by_name, breaks, hash) values ($1, $2::date, $3, $4, $5, $6, $7)`,
    [run.id, day, now.toISOString(), run.madeBy, run.madeByName, run.breaks, hash],
  );
  await sql.query(
    `insert into reconciliation_line (run_id, org_code, registered_today, numbered, registered, classes, breaks, restricted)
     select $1, r."orgCode", r."registeredToday", r.numbered, r.registered, r.classes, r.breaks, r.restricted
     from jsonb_to_recordset($2::jsonb)
       as r("orgCode" text, "registeredToday" int, numbered int, registered int, classes jsonb, breaks int, restricted jsonb)`,
    [run.id, JSON.stringify(lines)],
  );
  await sql.query(
    `insert into reconciliation_break (run_id, position, org_code, demand_id, number, reason, detail)
     select $1, r.position, r."orgCode", r."demandId", r.number, r.reason, r.detail
     from jsonb_to_recordset($2::jsonb) as r(position int, "orgCode" text, "demandId" text, number text, reason text, detail text)`,
    [run.id, JSON.stringify(breaks.map((item, position) => ({ position, ...item })))],
  );
  await appendEvent(sql, {
    subjectType: 'reconciliation',
    subjectId: day,
    type: 'reconciliation.run',
    occurredAt: now,
    actor: work.actor,
    payload: { run: run.id, breaks: breaks.length, hash },
  });
  return run;
}

async function balance(sql: Sql, day: string, breaks: readonly Break[]): Promise<ReconciliationLine[]> {
  const broken = breaks.flatMap((item) => item.demandId ?? []);
  const counted = await sql.query<{
    org_code: string;
    class: ReconciliationClass | null;
    restricted: boolean;
    broken: number;
    n: number;
    even: number;
    today: number;
  }>(
    `select d.org_code, c.class, d.restricted, count(*)::int as n, (count(*) filter (where b.id is null))::int as even, count(b.id)::int as broken,
       (count(*) filter (where d.registered_at >= $2::timestamptz and d.registered_at < $3::timestamptz))::int as today
     from demand d
       left join (select key as status, value as class from jsonb_each_text($1::jsonb)) c on c.status = d.status
       left join unnest($4::text[]) b(id) on b.id = d.id
     group by d.org_code, c.class, d.restricted`,
    [
      JSON.stringify(classTable()),
      shanghaiInstant(day).toISOString(),
      shanghaiInstant(addDays(day, 1)).toISOString(),
      broken,
    ],
  );
  const numbered = await sql.query<{ org_code: string; n: number }>(
    'select org_code, sum(last)::int as n from demand_number group by org_code',
  );
  const lines = new Map<string, ReconciliationLine>();
  const lineOf = (orgCode: string): ReconciliationLine => {
    const known = lines.get(orgCode) ?? {
      orgCode,
      registeredToday: 0,
      numbered: 0,
      registered: 0,
      classes: Object.fromEntries(Object.keys(CLASSES).map((name) => [name, 0])) as ReconciliationLine['classes'],
      breaks: 0,
      restricted: {},
    };
    lines.set(orgCode, known);
    return known;
  };
  for (const row of counted) {
    const line = lineOf(row.org_code);
    line.registered += row.n;
    line.registeredToday += row.today;
    if (row.class) line.classes[row.class] += row.even;
    if (row.restricted) addRestricted(line.restricted, row);
  }
  for (const row of numbered) lineOf(row.org_code).numbered = row.n;
  for (const item of breaks) lineOf(item.orgCode).breaks += 1;
  return [...lines.values()].sort((a, b) => (a.orgCode < b.orgCode ? -1 : 1));
}

function addRestricted(
  known: ReconciliationLine['restricted'],
  row: { class: ReconciliationClass | null; n: number; even: number; broken: number; today: number },
): void {
  known.registered = (known.registered ?? 0) + row.n;
  known.registeredToday = (known.registeredToday ?? 0) + row.today;
  known.breaks = (known.breaks ?? 0) + row.broken;
  if (row.class) known.classes = { ...known.classes, [row.class]: (known.classes?.[row.class] ?? 0) + row.even };
}

/** A line as it is without what is restricted. */
function withoutRestricted(line: ReconciliationLine): ReconciliationLine {
  const { registered = 0, registeredToday = 0, breaks = 0, classes = {} } = line.restricted;
  return {
    ...line,
    registered: line.registered - registered,
    numbered: line.numbered - registered,
    registeredToday: line.registeredToday - registeredToday,
    breaks: line.breaks - breaks,
    classes: Object.fromEntries(
      (Object.keys(CLASSES) as ReconciliationClass[]).map((name) => [name, line.classes[name] - (classes[name] ?? 0)]),
    ) as ReconciliationLine['classes'],
    restricted: {},
  };
}

/** The account of yesterday, once per calendar day by whichever node comes first; to be called every now and then. */
export async function reconcileDaily(work: ReconciliationWork): Promise<ReconciliationRun | undefined> {
  const yesterday = addDays(shanghaiDate(work.clock.now()), -1);
  const first = await work.sql.query(
    `insert into statistics_done (kind, day) values ('reconciliation', $1::date) on conflict do nothing returning kind`,
    [yesterday],
  );
  return first.length > 0 ? reconcile(work, yesterday) : undefined;
}

const asRun = (row: any): ReconciliationRun => ({
  id: row.id,
  day: row.day,
  madeAt: new Date(row.made_at),
  madeBy: row.made_by,
  madeByName: row.made_by_name,
  breaks: row.breaks,
  hash: row.hash,
});
const RUN = 'id, day::text as day, made_at, made_by, made_by_name, breaks, hash';

/** The last runs, newest first. */
export const listRuns = async (sql: Sql, limit = 31): Promise<ReconciliationRun[]> =>
  (await sql.query(`select ${RUN} from reconciliation_run order by sequence desc limit $1`, [limit])).map(asRun);

/** One run, or the last. */
export async function findRun(sql: Sql, id?: string): Promise<ReconciliationRun | undefined> {
  const [row] = id
    ? await sql.query(`select ${RUN} from reconciliation_run where id = $1`, [id])
    : await sql.query(`select ${RUN} from reconciliation_run order by sequence desc limit 1`);
  return row && asRun(row);
}

/** The lines of a run; without what is restricted for whoever may not know of it. A bureau that has nothing else is not there. */
export async function linesOf(
  sql: Sql,
  run: string,
  { orgCode, withRestricted }: { orgCode?: string | undefined; withRestricted: boolean },
): Promise<ReconciliationLine[]> {
  const rows = await sql.query<any>(
    `select org_code, registered_today, numbered, registered, classes, breaks, restricted from reconciliation_line
     where run_id = $1 and ($2::text is null or org_code = $2::text) order by org_code`,
    [run, orgCode ?? null],
  );
  const lines = rows.map(
    (row): ReconciliationLine => ({
      orgCode: row.org_code,
      registeredToday: row.registered_today,
      numbered: row.numbered,
      registered: row.registered,
      classes: row.classes,
      breaks: row.breaks,
      restricted: row.restricted,
    }),
  );
  if (withRestricted) return lines;
  return lines.map(withoutRestricted).filter((line) => line.registered > 0 || line.numbered > 0 || line.breaks > 0);
}

/** What does not come out even, as far as a condition over `demand d` lets somebody see; the rest is a number, of which what is restricted is no part. */
export async function breaksOf(
  sql: Sql,
  run: string,
  scope: { sql: string; parameters: unknown[] },
  orgCode?: string,
): Promise<{ seen: Break[]; unseen: number }> {
  const parameters = [...scope.parameters, run, orgCode ?? null];
  const [id, org] = [`$${parameters.length - 1}::text`, `$${parameters.length}::text`];
  const rows = await sql.query<any>(
    `select b.org_code, b.demand_id, b.number, b.reason, b.detail, (d.id is null or ${scope.sql}) as seen, coalesce(d.restricted, false) as restricted
     from reconciliation_break b left join demand d on d.id = b.demand_id
     where b.run_id = ${id} and (${org} is null or b.org_code = ${org}) order by b.position`,
    parameters,
  );
  const seen = rows.filter((row) => row.seen);
  return {
    seen: seen.map((row) => ({
      orgCode: row.org_code,
      demandId: row.demand_id,
      number: row.number,
      reason: row.reason as BreakReason,
      detail: row.detail,
    })),
    unseen: rows.filter((row) => !row.seen && !row.restricted).length,
  };
}
