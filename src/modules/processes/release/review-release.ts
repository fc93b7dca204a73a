import type { Sql } from '../../../db/sql.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { conflict, forbidden, invalid } from '../../../kernel/errors.ts';
import {
  type By,
  contentOf,
  lockRelease,
  noteRelease,
  type Release,
  type ReleaseItem,
  requireState,
  writeRelease,
} from './release.ts';
import { approvedState, refuseWhilePublishing } from './submit-release.ts';

/** Why somebody may not sign a release; undefined for whoever may. Nobody judges their own work. */
export function whyNotSign(release: Release, actor: Pick<Actor, 'login' | 'bureauLevel'>): string | undefined {
  if (actor.bureauLevel !== 'CITY') return '发布由市局复核，县区局不能复核。';
  if (release.items.some((item) => item.authors.includes(actor.login)))
    return '你参与了这次修改，不能由你复核。请另一位流程管理员或主要领导复核。';
  if (release.submittedBy === actor.login)
    return '这张发布单是你送复核的，不能由你复核。请另一位流程管理员或主要领导复核。';
  if (release.signatures.some((signature) => signature.login === actor.login)) return '你已经复核过，等其他人复核。';
  return undefined;
}

/** Which of the changed designs somebody has opened, in the form that is to be signed. */
export async function looksOf(sql: Sql, release: Release, login: string): Promise<ReleaseItem[]> {
  const rows = await sql.query<{ kind: string; design_id: string; hash: string }>(
    'select kind, design_id, hash from release_look where release_id = $1 and login = $2',
    [release.id, login],
  );
  return release.items.filter((item) =>
    rows.some((row) => row.kind === item.kind && row.design_id === item.id && row.hash === item.hash),
  );
}

/** A reviewer has opened a changed design. */
export async function noteLook(
  sql: Sql,
  release: Release,
  item: Pick<ReleaseItem, 'kind' | 'id' | 'hash'>,
  by: By,
): Promise<void> {
  await sql.query(
    `insert into release_look (release_id, kind, design_id, login, hash, at) values ($1, $2, $3, $4, $5, $6)
     on conflict (release_id, kind, design_id, login) do update set hash = excluded.hash, at = excluded.at`,
    [release.id, item.kind, item.id, by.actor.login, item.hash, by.now.toISOString()],
  );
}

/** A reviewer approves. With the last signature it takes, the release is approved or waits for its time. */
export async function signRelease(sql: Sql, id: string, revision: number, by: By): Promise<Release['state']> {
  const release = await lockRelease(sql, id, revision);
  requireState(release, ['IN_REVIEW'], '复核');
  const no = whyNotSign(release, by.actor);
  if (no) throw forbidden(no, { reason: 'release-own' });
  if (release.stale) throw conflict('检查之后内容改过，请退回修改，由作者重新检查。', { reason: 'release-stale' });
  const seen = await looksOf(sql, release, by.actor.login);
  if (seen.length < release.items.length) {
    const left = release.items.filter((item) => !seen.includes(item)).map((item) => item.title);
    throw invalid('还不能批准', [
      {
        pointer: '/items',
        message: `每处修改要打开看过才能批准：已看 ${seen.length}/${release.items.length}，还没有看${left.join('、')}。`,
      },
    ]);
  }
  await sql.query(
    'insert into release_signature (release_id, login, name, at, content_hash) values ($1, $2, $3, $4, $5)',
    [id, by.actor.login, by.actor.name, by.now.toISOString(), contentOf(release)],
  );
  const signed = release.signatures.length + 1;
  const state = signed >= (release.required ?? 1) ? approvedState(release, by.now) : 'IN_REVIEW';
  await writeRelease(sql, id, { state });
  await noteRelease(
    sql,
    id,
    'release.signed',
    { signature: signed, of: release.required, reportHash: release.reportHash, content: contentOf(release) },
    by,
  );
  return state;
}

/** A reviewer sends it back with what has to be mended; signatures given so far fall with it. */
export async function returnRelease(
  sql: Sql,
  id: string,
  opinion: { revision: number; reason: string },
  by: By,
): Promise<void> {
  const release = await lockRelease(sql, id, opinion.revision);
  requireState(release, ['IN_REVIEW', 'SCHEDULED', 'FAILED'], '退回修改');
  await refuseWhilePublishing(sql, id, by.now);
  const no = whyNotSign({ ...release, signatures: [] }, by.actor);
  if (no) throw forbidden(no, { reason: 'release-own' });
  if (!opinion.reason.trim()) throw invalid('没有退回', [{ pointer: '/opinion', message: '请写明要改什么。' }]);
  await sql.query('delete from release_signature where release_id = $1', [id]);
  await writeRelease(sql, id, {
    state: 'RETURNED',
    returned: { byName: by.actor.name, at: by.now.toISOString(), reason: opinion.reason.trim() },
    failure: null,
  });
  await noteRelease(sql, id, 'release.returned', { reason: opinion.reason.trim() }, by);
}

/** After a failure: the same contents, as they were signed, are to be published again. */
export async function retryRelease(sql: Sql, id: string, revision: number, by: By): Promise<void> {
  const release = await lockRelease(sql, id, revision);
  requireState(release, ['FAILED'], '再试');
  await writeRelease(sql, id, { state: 'APPROVED', failure: null });
  await noteRelease(sql, id, 'release.retried', {}, by);
}
