import type { Sql } from '../../../db/sql.ts';
import { type Actor, SYSTEM_ACTOR } from '../../../kernel/actor.ts';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { conflict, notFound } from '../../../kernel/errors.ts';
import { appendEvent, appendEvents } from '../../history/index.ts';
import { DESIGN_KINDS, type DesignKind } from '../design-drafts.ts';
import { contentHash } from '../read-diagram.ts';
import type { Check } from './check.ts';

/** What can be put into force through the gate: the designs, a year of the calendar, and what a scenario expects. */
export type ReleaseKind = DesignKind | 'calendar' | 'scenario';

export const RELEASE_KINDS: Record<ReleaseKind, string> = {
  ...DESIGN_KINDS,
  calendar: '工作日历',
  scenario: '场景',
};

export const RELEASE_STATES = {
  DRAFT: '草稿',
  CHECKED: '已检查',
  IN_REVIEW: '待复核',
  APPROVED: '已复核',
  SCHEDULED: '待生效',
  PUBLISHED: '已发布',
  RETURNED: '退回修改',
  WITHDRAWN: '已撤回',
  FAILED: '发布失败',
  ROLLED_BACK: '已回退',
} as const;
export type ReleaseState = keyof typeof RELEASE_STATES;

/** States in which contents and words may still be changed. */
export const OPEN_STATES: readonly ReleaseState[] = ['DRAFT', 'CHECKED', 'RETURNED'];

/** What was in force before, kept so that it can be put back. */
export interface Previous {
  version: number;
  content: string;
  examples: string | null;
}

export interface ReleaseItem {
  kind: ReleaseKind;
  id: string;
  title: string;
  /** The file exactly as it will be published. */
  content: string;
  examples: string | null;
  processId: string | null;
  /** Version the draft began from; null for something new. */
  basedOn: number | null;
  hash: string;
  /** Logins of everybody who worked on it. */
  authors: readonly string[];
  /** Why this one changes, where it has a reason of its own. */
  note: string | null;
  publishedVersion: number | null;
  previous: Previous | null;
}

export interface Signature {
  login: string;
  name: string;
  at: Date;
}

export interface Release {
  id: string;
  title: string;
  state: ReleaseState;
  revision: number;
  reason: string;
  basis: string;
  /** Null: as soon as it is signed. */
  effectiveAt: Date | null;
  createdBy: string;
  createdByName: string;
  createdAt: Date;
  items: readonly ReleaseItem[];
  /** The checks as they came out last; null before the first time. */
  report: readonly Check[] | null;
  reportHash: string | null;
  checkedAt: Date | null;
  checkedByName: string | null;
  /** Contents or effective time have changed since the checks. */
  stale: boolean;
  /** Why warnings are accepted, by check. */
  explanations: Readonly<Record<string, Explanation>>;
  submittedBy: string | null;
  submittedByName: string | null;
  submittedAt: Date | null;
  /** Signatures it takes; fixed when it was sent to review. */
  required: number | null;
  signatures: readonly Signature[];
  returned: { byName: string; at: string; reason: string } | null;
  failure: string | null;
  publishedAt: Date | null;
  rollsBack: string | null;
  rolledBackBy: string | null;
  /** A roll back that was published on one person's word. */
  fast: boolean;
  source: string;
}

export interface Explanation {
  text: string;
  byName: string;
  at: string;
  /** The findings it speaks of: other findings need other words. */
  findings: string;
}

export interface By {
  actor: Actor;
  now: Date;
}

/** One hash over everything that will be put into force and when. */
export const contentOf = (release: Pick<Release, 'items' | 'effectiveAt'>): string =>
  contentHash(
    canonicalJson({
      items: release.items.map((item) => ({
        kind: item.kind,
        id: item.id,
        content: contentHash(item.content),
        examples: item.examples === null ? null : contentHash(item.examples),
        basedOn: item.basedOn,
      })),
      effectiveAt: release.effectiveAt?.toISOString() ?? null,
    }),
  );

const timeOf = (value: unknown): Date | null => (value === null ? null : new Date(value as string));

/** A release with its items and signatures. */
export async function findRelease(sql: Sql, id: string): Promise<Release> {
  const [row] = await sql.query<any>('select * from release where id = $1', [id]);
  if (!row) throw notFound(`没有发布单“${id}”。请从“发布”列表进入。`);
  const items = await sql.query<any>('select * from release_item where release_id = $1 order by position', [id]);
  const signatures = await sql.query<any>('select * from release_signature where release_id = $1 order by at, login', [
    id,
  ]);
  return releaseOf(row, items, signatures);
}

function releaseOf(row: any, items: readonly any[], signatures: readonly any[]): Release {
  const release = {
    id: row.id,
    title: row.title,
    state: row.state as ReleaseState,
    revision: row.revision,
    reason: row.reason,
    basis: row.basis,
    effectiveAt: timeOf(row.effective_at),
    createdBy: row.created_by,
    createdByName: row.created_by_name,
    createdAt: new Date(row.created_at),
    items: items.map(
      (item): ReleaseItem => ({
        kind: item.kind,
        id: item.design_id,
        title: item.title,
        content: item.content,
        examples: item.examples,
        processId: item.process_id,
        basedOn: item.based_on,
        hash: item.hash,
        authors: item.authors,
        note: item.note,
        publishedVersion: item.published_version,
        previous: item.previous,
      }),
    ),
    report: row.report,
    reportHash: row.report_hash,
    checkedAt: timeOf(row.checked_at),
    checkedByName: row.checked_by_name,
    explanations: row.explanations,
    submittedBy: row.submitted_by,
    submittedByName: row.submitted_by_name,
    submittedAt: timeOf(row.submitted_at),
    required: row.required,
    signatures: signatures.map((item) => ({ login: item.login, name: item.name, at: new Date(item.at) })),
    returned: row.returned,
    failure: row.failure,
    publishedAt: timeOf(row.published_at),
    rollsBack: row.rolls_back,
    rolledBackBy: row.rolled_back_by,
    fast: row.fast,
    source: row.source,
  };
  return { ...release, stale: row.report !== null && row.checked_content !== contentOf(release) };
}

export interface ReleaseLine {
  id: string;
  title: string;
  state: ReleaseState;
  createdByName: string;
  createdAt: Date;
  effectiveAt: Date | null;
  publishedAt: Date | null;
  signatures: number;
  required: number | null;
}

/** The list, newest first. `open` leaves out what is finished. */
export async function listReleases(
  sql: Sql,
  filter: { states?: readonly ReleaseState[]; design?: { kind: ReleaseKind; id: string }; limit?: number } = {},
): Promise<ReleaseLine[]> {
  const rows = await sql.query<any>(
    `select r.*, (select count(*)::int from release_signature s where s.release_id = r.id) as signed from release r
     where ($1::text[] is null or r.state = any($1::text[]))
       and ($2::text is null or exists (select 1 from release_item i where i.release_id = r.id and i.kind = $2 and i.design_id = $3))
     order by r.created_at desc, r.id desc limit $4`,
    [filter.states ?? null, filter.design?.kind ?? null, filter.design?.id ?? null, filter.limit ?? 200],
  );
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    state: row.state,
    createdByName: row.created_by_name,
    createdAt: new Date(row.created_at),
    effectiveAt: timeOf(row.effective_at),
    publishedAt: timeOf(row.published_at),
    signatures: row.signed,
    required: row.required,
  }));
}

/** Takes the release for a change: whoever began from an older state of it is told what happened meanwhile. */
export async function lockRelease(sql: Sql, id: string, revision?: number): Promise<Release> {
  await sql.query('select 1 from release where id = $1 for update', [id]);
  const release = await findRelease(sql, id);
  if (revision !== undefined && release.revision !== revision)
    throw conflict(
      `这张发布单刚刚由别人改动过，现在是“${RELEASE_STATES[release.state]}”。请看完现在的内容再决定；你的操作没有生效。`,
      { reason: 'release-changed', details: { revision: release.revision, state: release.state } },
    );
  return release;
}

export function requireState(release: Release, states: readonly ReleaseState[], what: string): void {
  if (states.includes(release.state)) return;
  throw conflict(`发布单现在是“${RELEASE_STATES[release.state]}”，不能${what}。请刷新页面看现在的情况。`, {
    reason: 'release-state',
    details: { state: release.state },
  });
}

const COLUMNS = {
  state: 'state',
  title: 'title',
  reason: 'reason',
  basis: 'basis',
  effectiveAt: 'effective_at',
  report: 'report',
  reportHash: 'report_hash',
  checkedContent: 'checked_content',
  checkedAt: 'checked_at',
  checkedByName: 'checked_by_name',
  explanations: 'explanations',
  submittedBy: 'submitted_by',
  submittedByName: 'submitted_by_name',
  submittedAt: 'submitted_at',
  required: 'required',
  returned: 'returned',
  failure: 'failure',
  claim: 'claim',
  claimedUntil: 'claimed_until',
  publishedAt: 'published_at',
  rolledBackBy: 'rolled_back_by',
  fast: 'fast',
} as const;
const JSON_COLUMNS = ['report', 'explanations', 'returned'];

/** Writes some fields and counts the revision up. The caller holds the lock. */
export async function writeRelease(
  sql: Sql,
  id: string,
  fields: Partial<Record<keyof typeof COLUMNS, unknown>>,
): Promise<void> {
  const entries = Object.entries(fields) as [keyof typeof COLUMNS, unknown][];
  const sets = entries.map(
    ([name], index) => `${COLUMNS[name]} = $${index + 2}${JSON_COLUMNS.includes(name) ? '::jsonb' : ''}`,
  );
  const values = entries.map(([name, value]) => {
    if (value instanceof Date) return value.toISOString();
    return JSON_COLUMNS.includes(name) && value !== null ? JSON.stringify(value) : value;
  });
  await sql.query(`update release set ${[...sets, 'revision = revision + 1'].join(', ')} where id = $1`, [
    id,
    ...values,
  ]);
}

export const noteRelease = (sql: Sql, id: string, type: string, payload: Record<string, unknown>, by: By) =>
  appendEvent(sql, { subjectType: 'release', subjectId: id, type, occurredAt: by.now, actor: by.actor, payload });

const SUBJECTS: Record<ReleaseKind, string> = {
  process: 'process',
  rules: 'rule-set',
  form: 'form',
  calendar: 'calendar',
  scenario: 'process',
};

const subjectOf = (item: ReleaseItem): string =>
  item.kind === 'calendar' ? 'working-days' : item.kind === 'scenario' ? item.processId! : item.id;

/** The same on the chain of every design that is concerned. */
export const noteOnDesigns = (
  sql: Sql,
  items: readonly ReleaseItem[],
  type: string,
  payload: (item: ReleaseItem) => Record<string, unknown>,
  by: By,
) =>
  appendEvents(
    sql,
    items.map((item) => ({
      subjectType: SUBJECTS[item.kind],
      subjectId: subjectOf(item),
      type,
      occurredAt: by.now,
      actor: by.actor,
      payload: payload(item),
    })),
  );

/** Who a version is put into force by when the clock does it: whoever sent it to review. */
export const onBehalfOf = (login: string, name: string): Actor =>
  login === SYSTEM_ACTOR.login ? SYSTEM_ACTOR : { ...SYSTEM_ACTOR, kind: 'user', login, name };
