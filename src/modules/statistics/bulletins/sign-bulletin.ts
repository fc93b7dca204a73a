import type { Sql } from '../../../db/sql.ts';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { forbidden, invalid } from '../../../kernel/errors.ts';
import { hashOf } from '../../history/index.ts';
import { findSnapshot } from '../snapshots.ts';
import type { BulletinContent, BulletinWork } from './freeze-bulletin.ts';
import { type Bulletin, findBulletin, writtenText } from './read-bulletins.ts';
import { lockBulletin, noteBulletin, requireStatus } from './write-bulletin.ts';

/** A leader signs (签发), never the author. From now on the database refuses to change text and numbers. */
export async function signBulletin(work: BulletinWork, id: string, revision?: number): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['IN_REVIEW'], '这份通报不在待签发状态');
  if (bulletin.author === work.actor.login)
    throw forbidden('你是这份通报的编写人，不能由你签发。请由其他局领导签发。', { reason: 'sign-own' });
  const textHash = await hashOfText(sql, bulletin);
  await sql.query(
    `update bulletin set status = 'SIGNED', signer = $2, signer_name = $3, signed_at = $4, text_hash = $5, revision = revision + 1 where id = $1`,
    [id, work.actor.login, work.actor.name, work.clock.now().toISOString(), textHash],
  );
  await noteBulletin(work, sql, id, 'bulletin.signed', { snapshot: bulletin.snapshotId, text: textHash });
  return (await findBulletin(sql, id))!;
}

/** Hash over what the signed bulletin says. */
async function hashOfText(sql: Sql, bulletin: Bulletin): Promise<string> {
  const snapshot = (await findSnapshot<BulletinContent>(sql, bulletin.snapshotId))!;
  const sections = writtenText(snapshot.content.sections, bulletin.edits).map(({ title, paragraphs }) => ({
    title,
    paragraphs: paragraphs.map((paragraph) => paragraph.written),
  }));
  return hashOf(canonicalJson({ title: bulletin.title, version: bulletin.version, snapshot: snapshot.hash, sections }));
}

/** Back to the author (退回修改) with what is to be changed. */
export async function returnBulletin(
  work: BulletinWork,
  id: string,
  opinion: string,
  revision?: number,
): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['IN_REVIEW'], '这份通报不在待签发状态');
  if ([...opinion.trim()].length < 4)
    throw invalid('没有退回', [{ pointer: '/opinion', message: '请写明退回意见，至少 4 个字，写清楚改什么。' }]);
  await sql.query(`update bulletin set status = 'DRAFT', opinion = $2, revision = revision + 1 where id = $1`, [
    id,
    opinion.trim().slice(0, 500),
  ]);
  await noteBulletin(work, sql, id, 'bulletin.returned', { opinion: opinion.trim().slice(0, 500) });
  return (await findBulletin(sql, id))!;
}

/** Publishes to bureaus (按单位范围发布); a county publishes to itself. */
export async function publishBulletin(
  work: BulletinWork,
  id: string,
  input: { bureaus: readonly string[]; revision?: number },
): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, input.revision);
  requireStatus(bulletin, ['SIGNED'], '签发以后才能发布，并且只发布一次');
  const known = input.bureaus.filter((code) => work.directory.bureau(code));
  const scope = work.actor.bureauLevel === 'CITY' ? known : [work.actor.orgCode];
  if (scope.length === 0)
    throw invalid('没有发布', [{ pointer: '/bureaus', message: '还没有选发布范围，至少选一个单位。' }]);
  const to = [...new Set([bulletin.orgCode, ...scope])].sort();
  await sql.query(
    `update bulletin set status = 'PUBLISHED', published_to = $2::text[], published_at = $3, published_by = $4, published_by_name = $5, revision = revision + 1 where id = $1`,
    [id, to, work.clock.now().toISOString(), work.actor.login, work.actor.name],
  );
  const scopeText = to.map((code) => work.directory.bureau(code)?.shortName ?? code).join('、');
  await noteBulletin(work, sql, id, 'bulletin.published', { to, scopeText, text: bulletin.textHash });
  return (await findBulletin(sql, id))!;
}

/** Into the archive (归档): it stays readable to whom it was published. */
export async function archiveBulletin(work: BulletinWork, id: string, revision?: number): Promise<Bulletin> {
  const { sql, bulletin } = await lockBulletin(work, id, revision);
  requireStatus(bulletin, ['PUBLISHED'], '发布以后才能归档');
  await sql.query(`update bulletin set status = 'ARCHIVED', archived_at = $2, revision = revision + 1 where id = $1`, [
    id,
    work.clock.now().toISOString(),
  ]);
  await noteBulletin(work, sql, id, 'bulletin.archived', {});
  return (await findBulletin(sql, id))!;
}
