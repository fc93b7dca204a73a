import type { Sql } from '../../../db/sql.ts';
import { conflict, invalid, notFound } from '../../../kernel/errors.ts';
import { contentHash } from '../read-diagram.ts';
import { readScenarioKey } from '../scenario-file.ts';
import { refuseSecond, writeItem } from './begin-release.ts';
import { newestVersion } from './in-force.ts';
import { type By, lockRelease, noteRelease, OPEN_STATES, type Release, requireState, writeRelease } from './release.ts';

/**
 * What a scenario expects from now on becomes part of the release: frozen, shown, countersigned and put into force with the designs that
 * change it. The author says why. A text that is what is kept already takes an earlier wish back.
 */
export async function renewExpectation(
  sql: Sql,
  id: string,
  wish: { revision: number; scenario: string; content: string; reason: string; differences: readonly string[] },
  by: By,
): Promise<void> {
  await sql.query('lock table release in share row exclusive mode');
  const release = await lockRelease(sql, id, wish.revision);
  requireState(release, OPEN_STATES, '更新期望');
  const { processId, name } = readScenarioKey(wish.scenario);
  const reason = wish.reason.trim();
  if (!reason)
    throw invalid('没有更新期望', [{ pointer: '/expectation', message: `请写明为什么“${name}”本来就要这样走。` }]);
  const kept = await newestVersion(sql, { kind: 'scenario', id: wish.scenario });
  if (!kept) throw notFound(`没有叫“${name}”的场景，可能刚被别人删除。请重新检查。`);
  await refuseSecond(sql, { kind: 'scenario', id: wish.scenario }, id);
  if (kept.content === wish.content) refuseEmpty(release, wish.scenario);
  await removeItem(sql, id, wish.scenario);
  if (kept.content !== wish.content) {
    const candidate = {
      kind: 'scenario' as const,
      id: wish.scenario,
      content: wish.content,
      processId,
      basedOn: kept.version,
      authors: [by.actor.login],
      note: reason,
    };
    await writeItem(sql, id, release.items.length + 1, candidate, `场景“${name}”`);
  }
  await writeRelease(sql, id, { state: 'DRAFT' });
  await noteRelease(
    sql,
    id,
    'release.expectation',
    { scenario: wish.scenario, reason, differences: wish.differences, hash: contentHash(wish.content) },
    by,
  );
}

/** The scenario is to be expected as it is kept, after all. */
export async function keepExpectation(
  sql: Sql,
  id: string,
  wish: { revision: number; scenario: string },
  by: By,
): Promise<void> {
  const release = await lockRelease(sql, id, wish.revision);
  requireState(release, OPEN_STATES, '改回期望');
  if (!release.items.some((item) => item.kind === 'scenario' && item.id === wish.scenario))
    throw conflict('这张发布单没有改这个场景的期望。请刷新页面看现在的情况。', { reason: 'release-changed' });
  refuseEmpty(release, wish.scenario);
  await removeItem(sql, id, wish.scenario);
  await writeRelease(sql, id, { state: 'DRAFT' });
  await noteRelease(sql, id, 'release.expectation-kept', { scenario: wish.scenario }, by);
}

function refuseEmpty(release: Release, scenario: string): void {
  if (release.items.every((item) => item.kind === 'scenario' && item.id === scenario))
    throw conflict('发布单里只有这一项。不发布的，请撤回发布单。', { reason: 'release-empty' });
}

const removeItem = (sql: Sql, id: string, scenario: string) =>
  sql.query("delete from release_item where release_id = $1 and kind = 'scenario' and design_id = $2", [id, scenario]);
