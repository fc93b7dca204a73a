import type { Sql } from '../../../db/sql.ts';
import { conflict, invalid } from '../../../kernel/errors.ts';
import { beginRelease, type Candidate } from './begin-release.ts';
import { newestVersion } from './in-force.ts';
import { type By, lockRelease, noteRelease, type Release, requireState, writeRelease } from './release.ts';

/**
 * Begins the release that puts back what was in force before another one. It goes through the same gate. A design that was new then
 * has nothing to go back to, and one that was published again since has to be rolled back there first.
 */
export async function beginRollBack(sql: Sql, id: string, by: By & { id: string; reason: string }): Promise<Release> {
  const release = await lockRelease(sql, id);
  requireState(release, ['PUBLISHED'], '回退');
  if (!by.reason.trim()) throw invalid('没有回退', [{ pointer: '/rollBackReason', message: '请写明为什么回退。' }]);
  const candidates: Candidate[] = [];
  for (const item of release.items) {
    const newest = item.kind === 'calendar' ? null : await newestVersion(sql, item);
    // A scenario that was recorded anew since says what is expected since then.
    if (item.kind === 'scenario' && newest?.version !== item.publishedVersion) continue;
    if (newest && newest.version !== item.publishedVersion)
      throw conflict(`“${item.title}”之后又发布过第 ${newest.version} 版。请先回退那一次发布。`, {
        reason: 'release-overtaken',
      });
    if (!item.previous) continue;
    candidates.push({
      kind: item.kind,
      id: item.id,
      content: item.previous.content,
      examples: item.previous.examples,
      processId: item.processId,
      basedOn: item.kind === 'calendar' ? null : item.publishedVersion,
      authors: [by.actor.login],
      title: item.title,
      ...(item.kind === 'scenario' ? { note: by.reason.trim() } : {}),
    });
  }
  if (candidates.length === 0)
    throw conflict('这次发布的都是新建的，没有上一版可以回退。', { reason: 'release-nothing-before' });
  return beginRelease(sql, candidates, { ...by, rollsBack: id });
}

/**
 * A roll back on one person's word, for when something is wrong now: allowed because the contents were in force, and signed, before,
 * and only when every check passes and no clock moves. The reason is the explanation of every warning. It is marked for good.
 */
export async function rollBackAtOnce(sql: Sql, id: string, revision: number, by: By): Promise<void> {
  const release = await lockRelease(sql, id, revision);
  requireState(release, ['CHECKED'], '立即回退');
  if (!release.rollsBack) throw conflict('只有回退可以不等复核。', { reason: 'release-no-roll-back' });
  const failed = release.stale ? [] : (release.report ?? []).filter((check) => check.state === 'failed');
  if (release.stale || release.report === null || failed.length > 0)
    throw conflict(
      `不能立即回退：${failed.map((check) => check.title).join('、') || '检查不是最新的'}。请按检查的说明处理后送复核。`,
      { reason: 'release-not-safe' },
    );
  if (release.items.some((item) => item.kind === 'calendar'))
    throw conflict('日历会改变在办期限，回退要第二人复核。', { reason: 'release-calendar' });
  await writeRelease(sql, id, {
    state: 'APPROVED',
    fast: true,
    required: 0,
    submittedBy: by.actor.login,
    submittedByName: by.actor.name,
    submittedAt: by.now,
  });
  await noteRelease(
    sql,
    id,
    'release.fast',
    {
      reason: release.reason,
      reportHash: release.reportHash,
      warnings: (release.report ?? []).filter((check) => check.state === 'warning').map((check) => check.id),
    },
    by,
  );
}

/** Whether a published release can be rolled back by a new one. */
export const canRollBack = (release: Release): boolean =>
  release.state === 'PUBLISHED' && release.items.some((item) => item.previous !== null);
