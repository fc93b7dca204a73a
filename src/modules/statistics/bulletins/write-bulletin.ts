import { sqlOf } from '../../../db/orm.ts';
import type { Sql } from '../../../db/sql.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, forbidden, invalid, notFound } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import { type Period, readPeriod, weekPeriod } from '../period.ts';
import { findSnapshot } from '../snapshots.ts';
import { type BulletinContent, type BulletinWork, freezeBulletin } from './freeze-bulletin.ts';
import {
  type Bulletin,
  type BulletinKind,
  type Edit,
  findBulletin,
  unexplained,
  writtenText,
} from './read-bulletins.ts';

const KIND_OF: Partial<Record<Period['kind'], BulletinKind>> = {
  WEEK: 'WEEKLY',
  MONTH: 'MONTHLY',
  QUARTER: 'QUARTERLY',
  YEAR: 'YEARLY',
};
const LONGEST = 2000;

/** Begins the bulletin of a period: numbers frozen now, text made from them (一键生成). */
export async function beginBulletin(work: BulletinWork, periodKey: string): Promise<Bulletin> {
  const sql = sqlOf(work.em);
  const period = readPeriod(periodKey);
  const kind = period && KIND_OF[period.kind];
  if (!period || !kind)
    throw invalid('通报没有生成', [{ pointer: '/period', message: '请选统计期：周、月、季度或年。' }]);
  if (period.from > shanghaiDate(work.clock.now()))
    throw invalid('通报没有生成', [{ pointer: '/period', message: `${period.title}还没有开始。` }]);
  const { orgCode } = work.actor;
  const [known] = await sql.query<{ id: string }>(
    'select id from bulletin where org_code = $1 and kind = $2 and period_key = $3',
    [orgCode, kind, period.key],
  );
  if (known)
    throw conflict(`${period.title}的通报已经有了。要改已发布的通报，请打开它点“更正”。`, {
      reason: 'bulletin-exists',
      details: { id: known.id },
    });
  const bureau = work.directory.bureau(orgCode)?.shortName ?? '';
  const snapshot = await freezeBulletin(work, sql, orgCode, period);
  return insert(work, sql, {
    kind,
    period,
    title: `${bureau}纳税人缴费人诉求办理情况通报（${period.title}）`,
    snapshotId: snapshot.id,
    version: 1,
  });
}

async function insert(
  work: BulletinWork,
  sql: Sql,
  made: {
    kind: BulletinKind;
    period: Pick<Period, 'key' | 'title' | 'from' | 'to'>;
    title: string;
    snapshotId: string;
    version: number;
    corrects?: Bulletin;
    reason?: string;
  },
): Promise<Bulletin> {
  const id = work.ids.uuid();
  const now = work.clock.now();
  await sql.query(
    `insert into bulletin (id, org_code, kind, period_key, period_title, from_date, to_date, title, version, corrects, correction_reason, status, snapshot_id, edits,
       author, author_name, created_at)
     values ($1, $2, $3, $4, $5, $6::date, $7::date, $8, $9, $10, $11, 'DRAFT', $12, $13::jsonb, $14, $15, $16)`,
    [
      id,
      work.actor.orgCode,
      made.kind,
      made.period.key,
      made.period.title,
      made.period.from,
      made.period.to,
      made.title,
      made.version,
      made.corrects?.id ?? null,
      made.reason ?? null,
      made.snapshotId,
      JSON.stringify(made.corrects?.edits ?? {}),
      work.actor.login,
      work.actor.name,
      now.toISOString(),
    ],
  );
  await noteBulletin(work, sql, id, 'bulletin.created', {
    period: made.period.key,
    snapshot: made.snapshotId,
    version: made.version,
    ...(made.corrects ? { corrects: made.corrects.id, reason: made.reason } : {}),
  });
  return (await findBulletin(sql, id))!;
}

export interface Draft {
  revision?: number;
  title?: string;
  documentNumber?: string;
  copiesTo?: string;
  /** Texts by paragraph; one equal to the generated text is no edit. */
  texts?: Record<string, string>;
  /** Why numbers differ, by paragraph. */
  reasons?: Record<string, string>;
}

/** Keeps what has been written so far. Nothing is refused but what is too long: numbers are held against the frozen data when it goes to review. */
export async function saveDraft(work: BulletinWork, id: string, draft: Draft): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, draft.revision);
  requireStatus(bulletin, ['DRAFT'], '只有草稿可以修改');
  const { content } = (await findSnapshot<BulletinContent>(sql, bulletin.snapshotId))!;
  const title = draft.title?.trim() ?? bulletin.title;
  const problems = [
    ...(title ? [] : [{ pointer: '/title', message: '标题还没有填写。' }]),
    ...([...title].length > 100 ? [{ pointer: '/title', message: '标题最多 100 个字，请缩短。' }] : []),
    ...Object.entries(draft.texts ?? {})
      .filter(([, text]) => [...text].length > LONGEST)
      .map(([paragraph]) => ({ pointer: `/p-${paragraph}`, message: `这一段超过 ${LONGEST} 个字，请精简。` })),
  ];
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改`, problems);
  await sql.query(
    `update bulletin set title = $2, document_number = $3, copies_to = $4, edits = $5::jsonb, revision = revision + 1 where id = $1`,
    [
      id,
      title,
      orNull(draft.documentNumber ?? bulletin.documentNumber),
      orNull(draft.copiesTo ?? bulletin.copiesTo),
      JSON.stringify(editsOf(content, bulletin.edits, draft)),
    ],
  );
  return (await findBulletin(sql, id))!;
}

const orNull = (text: string | null | undefined): string | null => text?.trim().slice(0, 200) || null;

function editsOf(content: BulletinContent, before: Record<string, Edit>, draft: Draft): Record<string, Edit> {
  const edits: Record<string, Edit> = {};
  for (const paragraph of content.sections.flatMap((section) => section.paragraphs)) {
    const text = draft.texts?.[paragraph.id]?.replaceAll('\r\n', '\n').trim() ?? before[paragraph.id]?.text;
    const reason = draft.reasons?.[paragraph.id]?.trim().slice(0, 200) ?? before[paragraph.id]?.reason;
    if (text === undefined || text === paragraph.text) continue;
    edits[paragraph.id] = { text, ...(reason ? { reason } : {}) };
  }
  return edits;
}

/** Puts a paragraph back to what the frozen numbers say (改回). */
export async function restoreParagraph(
  work: BulletinWork,
  id: string,
  paragraph: string,
  revision?: number,
): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['DRAFT'], '只有草稿可以修改');
  const { [paragraph]: _dropped, ...edits } = bulletin.edits;
  await sql.query('update bulletin set edits = $2::jsonb, revision = revision + 1 where id = $1', [
    id,
    JSON.stringify(edits),
  ]);
  return (await findBulletin(sql, id))!;
}

/** Takes the numbers anew (重新取数): another snapshot; what was written stays and is held against it. */
export async function refetchNumbers(work: BulletinWork, id: string, revision?: number): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['DRAFT'], '送审以后数字不再重新取');
  const period = readPeriod(bulletin.periodKey) ?? weekPeriod(shanghaiDate(work.clock.now()));
  const snapshot = await freezeBulletin(work, sql, bulletin.orgCode, period);
  await sql.query('update bulletin set snapshot_id = $2, revision = revision + 1 where id = $1', [id, snapshot.id]);
  await noteBulletin(work, sql, id, 'bulletin.refetched', { snapshot: snapshot.id, before: bulletin.snapshotId });
  return (await findBulletin(sql, id))!;
}

/** To review (送审): every number that is not the frozen one must be put back or explained. */
export async function submitBulletin(work: BulletinWork, id: string, revision?: number): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['DRAFT'], '这份通报已经送审');
  const { content } = (await findSnapshot<BulletinContent>(sql, bulletin.snapshotId))!;
  const written = writtenText(content.sections, bulletin.edits);
  const open = unexplained(written);
  if (open.length > 0)
    throw invalid(
      `还不能送审：有 ${open.length} 个部分与冻结数据不一致`,
      open.map(({ paragraph, message }) => ({ pointer: `/p-${paragraph}`, message })),
      { reason: 'numbers-differ' },
    );
  await sql.query(
    `update bulletin set status = 'IN_REVIEW', submitted_at = $2, author = $3, author_name = $4, opinion = null, revision = revision + 1 where id = $1`,
    [id, work.clock.now().toISOString(), work.actor.login, work.actor.name],
  );
  const explained = written.flatMap((section) => section.paragraphs).filter((item) => item.deviations.length > 0);
  await noteBulletin(work, sql, id, 'bulletin.submitted', {
    edited: Object.keys(bulletin.edits).length,
    explained: explained.length,
    ...(explained.length > 0 ? { reasons: Object.fromEntries(explained.map((item) => [item.id, item.reason])) } : {}),
  });
  return (await findBulletin(sql, id))!;
}

/** A published bulletin is not changed: a mistake is corrected by a new version (更正). */
export async function correctBulletin(work: BulletinWork, id: string, reason: string): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, undefined);
  requireStatus(bulletin, ['PUBLISHED', 'ARCHIVED'], '只有已发布的通报需要更正，草稿请直接修改');
  if ([...reason.trim()].length < 6)
    throw invalid('没有建立更正', [{ pointer: '/reason', message: '请写明更正什么、为什么，至少 6 个字。' }]);
  const [known] = await sql.query<{ id: string }>('select id from bulletin where corrects = $1', [id]);
  if (known)
    throw conflict('这份通报已经有更正。请打开更正继续。', { reason: 'already-corrected', details: { id: known.id } });
  const period = readPeriod(bulletin.periodKey)!;
  const base = bulletin.title.replace(/（更正.*）$/, '');
  return insert(work, sql, {
    kind: bulletin.kind,
    period,
    title: `${base}（更正${bulletin.version > 1 ? bulletin.version : ''}）`,
    snapshotId: bulletin.snapshotId,
    version: bulletin.version + 1,
    corrects: bulletin,
    reason: reason.trim(),
  });
}

/** The bulletin, locked, of one's own bureau; a stale page is a conflict. */
export async function lockBulletin(
  work: BulletinWork,
  id: string,
  revision: number | undefined,
): Promise<{ sql: Sql; bulletin: Bulletin }> {
  const sql = sqlOf(work.em);
  await sql.query('select 1 from bulletin where id = $1 for update', [id]);
  const bulletin = await findBulletin(sql, id);
  if (!bulletin) throw notFound('没有找到这份通报。请回到列表查看。');
  if (bulletin.orgCode !== work.actor.orgCode)
    throw forbidden('这是别的单位的通报，只能看。', { reason: 'other-bureau' });
  if (revision !== undefined && revision !== bulletin.revision)
    throw conflict('你打开以后，别人改动了这份通报。请看完变化后再提交。', { reason: 'stale' });
  return { sql, bulletin };
}

export function requireStatus(bulletin: Bulletin, statuses: readonly Bulletin['status'][], otherwise: string): void {
  if (!statuses.includes(bulletin.status))
    throw conflict(`${otherwise}。请刷新页面查看最新情况。`, {
      reason: 'bulletin-status',
      details: { status: bulletin.status },
    });
}

export const noteBulletin = (
  work: BulletinWork,
  sql: Sql,
  id: string,
  type: string,
  payload: Record<string, unknown>,
): Promise<unknown> =>
  appendEvent(sql, {
    subjectType: 'bulletin',
    subjectId: id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload,
  });
