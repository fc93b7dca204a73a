import type { Sql } from '../../db/sql.ts';
import { anywhere, type SearchTerms, searchTerms } from './search-text.ts';
import { OPEN_STATUSES } from './vocabulary.ts';

/** A condition over `demand d` that says what somebody may see; its parameters come first. */
export interface DemandScope {
  sql: string;
  parameters: unknown[];
}

export interface DemandFilter {
  q?: string;
  orgCode?: string;
  channel?: string;
  category?: string;
  status?: string;
  hostDepartment?: string;
  /** `YYYY-MM-DD`, both included. */
  from?: string;
  to?: string;
  /** overdue, today, soon. */
  time?: string;
  /** open or closed. */
  state?: string;
  tag?: string;
  /** Login of the receiving officer. */
  registrar?: string;
  /** extended, joint, rework, restricted, provisional, duplicate. */
  marks?: readonly string[];
  /** `due`: what is due first comes first; otherwise newest first. */
  sort?: string;
  /** The demands behind a number of the statistics. */
  behind?: BehindNumber;
}

/** A condition over `demand d` made elsewhere: it adds its values to the parameters and names them. `key` says which, for records. */
export interface BehindNumber {
  key: string;
  condition(parameters: unknown[]): string;
}

export interface DemandRow {
  id: string;
  number: string;
  title: string;
  category: string;
  channel: string;
  status: string;
  taxpayerName: string;
  taxpayerType: string;
  orgCode: string;
  hostOrgCode: string;
  hostDepartment: string | null;
  registeringDepartment: string;
  receivingOfficerName: string;
  receivedAt: Date;
  registeredAt: Date;
  restricted: boolean;
  reworkCount: number;
  joint: boolean;
  duplicateOf: string | null;
  clockKind: string | null;
  clockStatus: string | null;
  pauseReason: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  provisional: boolean;
  extensions: number;
}

export interface DemandPage {
  rows: DemandRow[];
  /** Number of demands, counted up to `COUNTED`; beyond that only `more` is known. */
  total: number;
  more: boolean;
}

export interface PageOptions {
  limit: number;
  offset: number;
  now: Date;
  /** Until when “soon” reaches: the close of the next working day. */
  soon?: Date;
}

/** Counting further would cost more than anybody gains from it. */
export const COUNTED = 1_000;

const MARKS: Record<string, string> = {
  extended: `d.id = any(array(select x.subject_id from deadline x where x.subject_type = 'demand' and x.extensions > 0))`,
  joint: `d.handling_mode = 'JOINT'`,
  rework: 'd.rework_count > 0',
  restricted: 'd.restricted',
  duplicate: 'd.duplicate_of is not null',
  up: `d.path = 'LEVEL_UP'`,
  down: `d.path = 'LEVEL_DOWN'`,
  provisional: `d.id = any(array(select x.subject_id from deadline x where x.subject_type = 'demand' and x.provisional and x.status = 'OPEN'))`,
};

/** Rows of the ledger (台账) a person may see, with the clock that ends first. The parameters of the scope begin at 1. */
export async function listDemands(
  sql: Sql,
  scope: DemandScope,
  filter: DemandFilter,
  page: PageOptions,
): Promise<DemandPage> {
  const search = await searchFor(sql, filter.q);
  const rows = await readRows(sql, conditions(scope, filter, page, search), filter, page);
  // Words that stand in thousands of texts are listed newest first and not counted to the end.
  if (search?.common) return { rows, total: page.offset + rows.length, more: rows.length === page.limit };
  return { rows, ...(await count(sql, conditions(scope, filter, page, search), filter)) };
}

/** How many demands a filter finds, counted up to a limit. */
export async function countDemands(
  sql: Sql,
  scope: DemandScope,
  filter: DemandFilter,
  page: Pick<PageOptions, 'now' | 'soon'> & { upTo?: number },
): Promise<{ total: number; more: boolean }> {
  return count(sql, conditions(scope, filter, page, await searchFor(sql, filter.q)), filter, page.upTo);
}

async function count(
  sql: Sql,
  conditions: Conditions,
  filter: DemandFilter,
  upTo = COUNTED,
): Promise<{ total: number; more: boolean }> {
  const [row] = await sql.query<{ n: number }>(
    // In the order of the list, although counting needs none: without it the planner fetches everything that could match before it counts so few.
    `select count(*)::int as n from (${found('d.registered_at, d.number, d.next_due_at', conditions, orderOf(filter), String(upTo + 1))}) counted`,
    conditions.parameters,
  );
  return { total: Math.min(row!.n, upTo), more: row!.n > upTo };
}

const orderOf = (filter: DemandFilter): string =>
  filter.sort === 'due' ? 'd.next_due_at asc nulls last, d.number' : 'd.registered_at desc, d.number desc';

interface Conditions {
  where: string;
  /** Of these one holds, and never two: each is looked for on its own, in the order of the list, by an index of its own. */
  either: readonly string[];
  parameters: unknown[];
}

/** The first so many demands in an order. An “or” would keep the planner from any index that has the order. */
function found(columns: string, { where, either }: Conditions, order: string, limit: string, offset = '0'): string {
  const part = (condition: string) => `select ${columns} from demand d where ${condition} order by ${order}`;
  if (either.length === 0) return `${part(where)} limit ${limit} offset ${offset}`;
  const parts = either.map((one) => `(${part(`${one} and ${where}`)} limit ${limit}::bigint + ${offset}::bigint)`);
  return `select * from (${parts.join(' union all ')}) d order by ${order} limit ${limit} offset ${offset}`;
}

/** A search taken apart, with the demands its pairs of characters point to, unless they are too many to help. */
interface Search extends SearchTerms {
  common: boolean;
  candidates?: string[];
}

/** More candidates than this are slower to look up one by one than to meet on the way through the newest demands. */
const CANDIDATES = 3000;

async function searchFor(sql: Sql, q: string | undefined): Promise<Search | undefined> {
  if (!q) return undefined;
  const terms = searchTerms(q);
  if (terms.digits !== undefined && terms.digits.length <= 4) return endingWith(sql, terms, terms.digits);
  if (terms.words.length === 1 && NUMBER_BEGINS.test(terms.words[0]!)) return { ...terms, common: false };
  const words = terms.digits === undefined ? terms.words : [terms.digits];
  if (!words.some((word) => [...word].length > 1)) return { ...terms, common: true };
  const query = `select demand_id as id from demand_search where ${words.map((_, n) => `pairs @> search_pairs($${n + 1})`).join(' and ')} limit ${CANDIDATES + 1}`;
  if (await foundOften(sql, query, words)) return { ...terms, common: true };
  return among(terms, await sql.query<{ id: string }>(query, words));
}

/** Demands whose number or phone ends with these digits; a number is asked for by fewer than four as well. */
async function endingWith(sql: Sql, terms: SearchTerms, digits: string): Promise<Search> {
  const number = `select id from demand where right(number, 4) = lpad($1, 4, '0')`;
  const phone = `select id from demand where contact_phone is not null and right(phone_digits(contact_phone), 4) = $1`;
  return among(
    terms,
    await sql.query<{ id: string }>(
      `${number} ${digits.length === 4 ? `union ${phone}` : ''} limit ${CANDIDATES + 1}`,
      [digits],
    ),
  );
}

const among = (terms: SearchTerms, found: readonly { id: string }[]): Search =>
  found.length > CANDIDATES
    ? { ...terms, common: true }
    : { ...terms, common: false, candidates: found.map((row) => row.id) };

/** The planner's guess, which costs nothing: an index of sets must gather everything that matches before it can answer the first. */
async function foundOften(sql: Sql, query: string, words: readonly string[]): Promise<boolean> {
  const [row] = await sql.query<Record<string, unknown>>(
    `explain (format json) ${query.replace(/ limit \d+$/, '')}`,
    words,
  );
  const told = row?.['QUERY PLAN'];
  const [plan] = (typeof told === 'string' ? JSON.parse(told) : told) as [{ Plan: { 'Plan Rows': number } }];
  return plan.Plan['Plan Rows'] > 2 * CANDIDATES;
}

const NUMBER_BEGINS = /^LASQ-/i;

async function readRows(
  sql: Sql,
  conditions: Conditions,
  filter: DemandFilter,
  page: PageOptions,
): Promise<DemandRow[]> {
  const parameters = [...conditions.parameters, page.limit, page.offset];
  const order = orderOf(filter);
  const columns = `d.id, d.number, d.title, d.category, d.channel, d.status, d.taxpayer_name, d.taxpayer_type, d.org_code, d.host_org_code,
    d.host_department, d.registering_department, d.receiving_officer_name, d.received_at, d.registered_at, d.restricted, d.rework_count,
    d.handling_mode, d.duplicate_of, d.next_due_at`;
  // The page is found first, then looked at: clocks are read for its rows only.
  const rows = await sql.query<any>(
    `select d.*, c.kind as clock_kind, c.status as clock_status, c.pause_reason, c.due_at, c.due_date::text as due_date, c.provisional,
       (select coalesce(sum(x.extensions), 0)::int from deadline x where x.subject_type = 'demand' and x.subject_id = d.id) as extensions
     from (${found(columns, conditions, order, `$${parameters.length - 1}`, `$${parameters.length}`)}) d
     left join lateral (select kind, status, pause_reason, due_at, due_date, provisional from deadline
       where subject_type = 'demand' and subject_id = d.id and status in ('OPEN', 'PAUSED') order by status, due_at limit 1) c on true
     order by ${order}`,
    parameters,
  );
  return rows.map(asRow);
}

/** The filter as a condition over `demand d`, with every value as a parameter. */
function conditions(
  scope: DemandScope,
  filter: DemandFilter,
  page: Pick<PageOptions, 'now' | 'soon'>,
  search: Search | undefined,
): Conditions {
  const parameters = [...scope.parameters];
  const where = [scope.sql];
  const parameter = (value: unknown): string => `$${parameters.push(value)}`;
  const add = (value: unknown, condition: (name: string) => string) => {
    where.push(condition(parameter(value)));
  };
  if (filter.channel) add(filter.channel, (p) => `d.channel = ${p}`);
  if (filter.category) add(filter.category, (p) => `d.category = ${p}`);
  if (filter.status) add(filter.status, (p) => `d.status = ${p}`);
  let either: string[] = [];
  if (filter.hostDepartment) {
    const p = parameter(filter.hostDepartment);
    either = [
      `d.host_department = ${p}`,
      `d.co_departments @> array[${p}::text] and d.host_department is distinct from ${p}`,
    ];
  }
  if (filter.orgCode) {
    const p = parameter(filter.orgCode);
    const orgs = [`d.host_org_code = ${p}`, `d.org_code = ${p} and d.org_code <> d.host_org_code`];
    if (either.length === 0) either = orgs;
    else where.push(`(${orgs.join(' or ')})`);
  }
  if (filter.registrar) add(filter.registrar, (p) => `d.receiving_officer = ${p}`);
  if (filter.from) add(`${filter.from}T00:00:00+08:00`, (p) => `d.registered_at >= ${p}::timestamptz`);
  if (filter.to) add(`${filter.to}T00:00:00+08:00`, (p) => `d.registered_at < ${p}::timestamptz + interval '1 day'`);
  if (filter.tag) add(filter.tag, (p) => `d.tags @> array[${p}::text]`);
  if (filter.state === 'open') add(OPEN_STATUSES, (p) => `d.status = any(${p}::text[])`);
  if (filter.state === 'closed') where.push(`d.status in ('WRITTEN_OFF', 'VOIDED')`);
  for (const mark of filter.marks ?? []) if (Object.hasOwn(MARKS, mark)) where.push(MARKS[mark]!);
  if (filter.behind) where.push(filter.behind.condition(parameters));
  if (search) where.push(...searchConditions(search, parameter));
  if (filter.time === 'overdue') add(page.now.toISOString(), (p) => `d.next_due_at < ${p}::timestamptz`);
  if (filter.time === 'today') {
    const now = `${parameter(page.now.toISOString())}::timestamptz`;
    where.push(
      `d.next_due_at >= ${now} and d.next_due_at < date_trunc('day', ${now}, 'Asia/Shanghai') + interval '1 day'`,
    );
  }
  if (filter.time === 'soon') {
    const now = `${parameter(page.now.toISOString())}::timestamptz`;
    const until = `${parameter((page.soon ?? new Date(+page.now + 2 * 86_400_000)).toISOString())}::timestamptz`;
    where.push(
      `d.next_due_at >= date_trunc('day', ${now}, 'Asia/Shanghai') + interval '1 day' and d.next_due_at <= ${until}`,
    );
  }
  return { where: where.join(' and '), either, parameters };
}

/** Pairs of characters have found the candidates by index; the text itself decides. */
function searchConditions({ words, digits, candidates }: Search, parameter: (value: unknown) => string): string[] {
  const among = candidates ? [`d.id = any(array(select unnest(${parameter(candidates)}::text[])))`] : [];
  if (digits !== undefined) {
    const p = parameter(digits);
    if (digits.length < 4) return [...among, `right(d.number, 4) = lpad(${p}, 4, '0')`];
    if (digits.length === 4)
      return [
        ...among,
        `(right(d.number, 4) = ${p} or (d.contact_phone is not null and right(phone_digits(d.contact_phone), 4) = ${p}))`,
      ];
    const like = parameter(anywhere(digits));
    const text = `(d.number like ${like} or not d.restricted and (d.content like ${like} or d.title like ${like}))`;
    return [
      `((d.contact_phone is not null and phone_digits(d.contact_phone) = ${p}) or d.external_number = ${p}
        or ${[...among, text].join(' and ')})`,
    ];
  }
  const [first] = words;
  if (words.length === 1 && NUMBER_BEGINS.test(first!))
    return [`d.number like ${parameter(`${first!.toUpperCase().replace(/[\\%_]/g, '')}%`)}`];
  return [
    ...among,
    ...words.map((word) => {
      const like = parameter(anywhere(word));
      // The ledger keeper sees a restricted demand without its text: no word of it may be found out by searching either.
      return `(d.number ilike ${like} or not d.restricted and (d.title ilike ${like} or d.content ilike ${like}
        or d.taxpayer_name ilike ${like} or d.contact_person ilike ${like} or d.external_number ilike ${like}))`;
    }),
  ];
}

const asRow = (row: any): DemandRow => ({
  id: row.id,
  number: row.number,
  title: row.title,
  category: row.category,
  channel: row.channel,
  status: row.status,
  taxpayerName: row.taxpayer_name,
  taxpayerType: row.taxpayer_type,
  orgCode: row.org_code,
  hostOrgCode: row.host_org_code,
  hostDepartment: row.host_department,
  registeringDepartment: row.registering_department,
  receivingOfficerName: row.receiving_officer_name,
  receivedAt: new Date(row.received_at),
  registeredAt: new Date(row.registered_at),
  restricted: row.restricted,
  reworkCount: row.rework_count,
  joint: row.handling_mode === 'JOINT',
  duplicateOf: row.duplicate_of,
  clockKind: row.clock_kind,
  clockStatus: row.clock_status,
  pauseReason: row.pause_reason,
  dueAt: row.due_at ? new Date(row.due_at) : null,
  dueDate: row.due_date,
  provisional: row.provisional ?? false,
  extensions: row.extensions,
});
