import type { Sql } from '../../../db/sql.ts';
import { conflict, type FieldProblem, invalid } from '../../../kernel/errors.ts';
import { backtestsOf, unseenBacktests } from './backtest-check.ts';
import { findingsKey } from './check.ts';
import {
  type By,
  type Explanation,
  lockRelease,
  noteRelease,
  OPEN_STATES,
  type Release,
  requireState,
  writeRelease,
} from './release.ts';

/** What still keeps a release from review, each as a sentence; nothing when it may go. */
function obstaclesOf(release: Release): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const say = (pointer: string, message: string) => problems.push({ pointer, message });
  if (release.report === null) say('/checks', '还没有检查。请先点“检查”。');
  else if (release.stale) say('/checks', '检查之后内容或生效时间又改过，原来的结果不再有效。请重新检查。');
  else {
    const failed = release.report.filter((check) => check.state === 'failed');
    if (failed.length > 0)
      say(
        '/checks',
        `还不能发布：${failed.length} 项检查没有通过（${failed.map((check) => check.title).join('、')}）。请按下面的说明改正后重新检查。`,
      );
    for (const check of release.report.filter((one) => one.state === 'warning'))
      if (explanationOf(release, check.id) === undefined)
        say(`/explain-${check.id}`, `“${check.title}”有 ${check.findings.length} 处警告，请写明为什么可以接受。`);
  }
  if (!release.reason.trim()) say('/reason', '“变更说明”还没有填写。请写明改了什么、为什么改。');
  return problems;
}

/** The words that were written for the warnings of a check, as long as they are the same warnings. */
export function explanationOf(release: Release, checkId: string): Explanation | undefined {
  const check = release.report?.find((one) => one.id === checkId);
  const explanation = release.explanations[checkId];
  return check && explanation?.findings === findingsKey(check) ? explanation : undefined;
}

/** Keeps why warnings are accepted. Empty words take an explanation back. */
export async function explainWarnings(
  sql: Sql,
  id: string,
  words: Readonly<Record<string, string>>,
  revision: number,
  by: By,
): Promise<void> {
  const release = await lockRelease(sql, id, revision);
  requireState(release, OPEN_STATES, '写说明');
  const explanations: Record<string, Explanation> = { ...release.explanations };
  for (const check of release.report ?? []) {
    const text = words[check.id]?.trim();
    if (text === undefined || check.state !== 'warning') continue;
    if (text === '') delete explanations[check.id];
    else if (explanations[check.id]?.text !== text || explanations[check.id]?.findings !== findingsKey(check))
      explanations[check.id] = {
        text,
        byName: by.actor.name,
        at: by.now.toISOString(),
        findings: findingsKey(check),
      };
  }
  await writeRelease(sql, id, { explanations });
}

/**
 * Sends a release to whoever signs, with the number of signatures it takes as it is today. With none it is approved at once.
 * Everything that is missing is named.
 */
export async function submitRelease(
  sql: Sql,
  id: string,
  submission: { revision: number; required: number },
  by: By,
): Promise<Release['state']> {
  const release = await lockRelease(sql, id, submission.revision);
  requireState(release, OPEN_STATES, '送复核');
  const problems = obstaclesOf(release);
  if (problems.length === 0) problems.push(...(await unseenBacktests(sql, release, by.actor.login)));
  if (problems.length > 0) throw invalid(problems[0]!.message, problems);
  if (release.report?.some((check) => check.state === 'failed')) throw conflict('还不能发布：有检查没有通过。');
  const state = submission.required > 0 ? 'IN_REVIEW' : approvedState(release, by.now);
  await sql.query('delete from release_signature where release_id = $1', [id]);
  await sql.query('delete from release_look where release_id = $1', [id]);
  await writeRelease(sql, id, {
    state,
    submittedBy: by.actor.login,
    submittedByName: by.actor.name,
    submittedAt: by.now,
    required: submission.required,
    returned: null,
    failure: null,
  });
  await noteRelease(
    sql,
    id,
    'release.submitted',
    {
      reason: release.reason,
      basis: release.basis,
      reportHash: release.reportHash,
      required: submission.required,
      effectiveAt: release.effectiveAt?.toISOString() ?? null,
      ...(await backtestsOnRecord(sql, release)),
      explanations: Object.fromEntries(Object.entries(release.explanations).map(([check, item]) => [check, item.text])),
    },
    by,
  );
  return state;
}

/** Which kept runs the release rests on, and who had opened each, when. */
async function backtestsOnRecord(sql: Sql, release: Release): Promise<Record<string, unknown>> {
  const runs = (await backtestsOf(sql, release)).flatMap(({ item, run }) => (run ? [{ item, run }] : []));
  if (runs.length === 0) return {};
  return {
    backtests: runs.map(({ item, run }) => ({
      ruleSet: item.id,
      run: run.id,
      draftHash: run.draftHash,
      seen: run.seen.map(({ login, at }) => ({ login, at: at.toISOString() })),
    })),
  };
}

/** Signed as often as it takes: it waits for its time, or is to be published now. */
export const approvedState = (release: Release, now: Date): 'APPROVED' | 'SCHEDULED' =>
  release.effectiveAt !== null && release.effectiveAt > now ? 'SCHEDULED' : 'APPROVED';

/** Takes a release back that is not in force yet, with a reason. The drafts stay. */
export async function withdrawRelease(
  sql: Sql,
  id: string,
  withdrawal: { revision: number; reason: string },
  by: By,
): Promise<void> {
  const release = await lockRelease(sql, id, withdrawal.revision);
  requireState(release, [...OPEN_STATES, 'IN_REVIEW', 'APPROVED', 'SCHEDULED', 'FAILED'], '撤回');
  await refuseWhilePublishing(sql, id, by.now);
  if (!withdrawal.reason.trim())
    throw invalid('没有撤回', [{ pointer: '/withdrawReason', message: '请写明为什么撤回。' }]);
  await writeRelease(sql, id, { state: 'WITHDRAWN', claim: null, claimedUntil: null });
  await noteRelease(sql, id, 'release.withdrawn', { reason: withdrawal.reason.trim(), from: release.state }, by);
}

/** While a node is putting it into force nobody takes it away. */
export async function refuseWhilePublishing(sql: Sql, id: string, now: Date): Promise<void> {
  const busy = await sql.query('select 1 from release where id = $1 and claim is not null and claimed_until > $2', [
    id,
    now.toISOString(),
  ]);
  if (busy.length > 0) throw conflict('这张发布单正在发布。请稍候刷新页面看结果。', { reason: 'release-publishing' });
}
