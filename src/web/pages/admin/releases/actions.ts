import { sqlOf } from '../../../../db/orm.ts';
import type { Sql } from '../../../../db/sql.ts';
import { shanghaiDate, shanghaiInstant } from '../../../../kernel/clock.ts';
import { type FieldProblem, invalid, isDomainError, notFound } from '../../../../kernel/errors.ts';
import { readDay, toLocalDate } from '../../../../modules/calendar/index.ts';
import {
  beginRelease,
  beginRollBack,
  contentOf,
  describeRelease,
  draftsAsCandidates,
  explainWarnings,
  findRelease,
  keepExpectation,
  keepReport,
  nextReleaseId,
  OPEN_STATES,
  type Release,
  readDesigns,
  readScenarioKey,
  renewExpectation,
  requireState,
  retryRelease,
  returnRelease,
  rollBackAtOnce,
  runChecks,
  signRelease,
  submitRelease,
  takeDrafts,
  withdrawRelease,
  withNewForms,
} from '../../../../modules/processes/index.ts';
import { expectationNow } from '../../../../tryout/index.ts';
import type { House, Unit } from '../../../house.ts';
import { problemViews, textsOf, typedIn } from '../../../plain-form.ts';
import { type Ask, textOf } from '../../../route.ts';
import { beginBacktest } from '../rule-workshop/backtest.ts';
import { expectationField } from './expectation-field.ts';
import { showList } from './list.ts';
import { showRelease } from './show.ts';
import { tellRelease } from './tell.ts';

type Act = (sql: Sql, id: string, by: { actor: Ask['actor']; now: Date }, unit: Unit) => Promise<unknown>;

const revisionOf = (ask: Ask): number => Number(ask.req.body.revision) || 0;
const text = (ask: Ask, name: string): string => textOf(ask.req.body[name]) ?? '';

/** Does one act on a release and shows it again; what is wrong comes back to the page with everything typed. */
async function act(house: House, ask: Ask, ok: string, run: Act): Promise<void> {
  const id = String(ask.req.params.id);
  await orShown(house, ask, async () => {
    await house.transaction(ask.actor, (unit) =>
      run(sqlOf(unit.em), id, { actor: ask.actor, now: house.clock.now() }, unit),
    );
    ask.res.redirect(303, `/releases/${id}?ok=${ok}`);
  });
}

async function orShown(house: House, ask: Ask, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ pointer: '', message: error.message }];
    await showRelease(house, ask, problems, typedIn(ask.req.body));
  }
}

/** `designs=process:fast-response,rules:deadlines`: a new release of these drafts and the new forms they use, or the one they stand in already. */
export async function begin(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  try {
    const release = await house.transaction(actor, async (unit) => {
      const sql = sqlOf(unit.em);
      const named = readDesigns(textsOf(req.body.designs).join(','));
      const candidates = await draftsAsCandidates(sql, await withNewForms(sql, named));
      const id = await nextReleaseId(sql, shanghaiDate(house.clock.now()));
      return beginRelease(sql, candidates, { actor, now: house.clock.now(), id });
    });
    res.redirect(303, `/releases/${release.id}?ok=release-begun`);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.reason === 'release-open' && typeof error.details.release === 'string')
      return res.redirect(303, `/releases/${error.details.release}?ok=release-open`);
    if (error.code !== 'Invalid') throw error;
    await showList(house, ask, problemViews(error.problems));
  }
}

/** The author's form: every button keeps what was typed, then does what it says. */
export async function keepWords(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const wish = textOf(req.body.do) ?? 'save';
  await orShown(house, ask, async () => {
    const words = {
      reason: text(ask, 'reason'),
      basis: text(ask, 'basis'),
      effectiveAt: readMoment(ask, shanghaiDate(house.clock.now())),
    };
    const by = () => ({ actor, now: house.clock.now() });
    await house.transaction(actor, async (unit) => {
      const sql = sqlOf(unit.em);
      await describeRelease(sql, id, { ...words, revision: revisionOf(ask) });
      await explainWarnings(sql, id, explanationsIn(req.body), revisionOf(ask) + 1, by());
      if (wish === 'refresh') await takeDrafts(sql, id, revisionOf(ask) + 2, by());
    });
    let release = await findRelease(house.sql, id);
    if (wish.startsWith('backtest:')) return backtest(house, ask, release, wish.slice('backtest:'.length));
    if (wish.startsWith('expect:')) return renew(house, ask, release, wish.slice('expect:'.length));
    if (wish.startsWith('keep:')) return keepAsItIs(house, ask, release, wish.slice('keep:'.length));
    // What was red may have been mended elsewhere: a backtest that is done, a person who is there.
    const failed = release.report?.some((check) => check.state === 'failed');
    const fresh = release.report !== null && !release.stale && !failed;
    if (wish === 'check' || (wish === 'submit' && !fresh)) release = await check(house, ask, release);
    if (wish !== 'submit') {
      const ok = { check: 'release-checked', refresh: 'release-refreshed' }[wish] ?? 'release-saved';
      return res.redirect(303, `/releases/${id}?ok=${ok}`);
    }
    const state = await house.transaction(actor, async (unit) => {
      const required = (await unit.parameters({ orgCode: actor.orgCode })).number('release.signatures');
      const after = await submitRelease(sqlOf(unit.em), id, { revision: release.revision, required }, by());
      await tellRelease(unit, 'submit', await findRelease(sqlOf(unit.em), id));
      return after;
    });
    await finish(house, ask, state, 'release-submitted');
  });
}

/** Begins the backtest that is missing; its result is to be opened. */
async function backtest(house: House, { res, actor }: Ask, release: Release, ruleSet: string): Promise<void> {
  requireState(release, OPEN_STATES, '回测');
  const item = release.items.find((one) => one.kind === 'rules' && one.id === ruleSet);
  if (!item) throw notFound('这张发布单里没有这个规则集。请刷新页面。');
  const run = await beginBacktest(house, actor, { ruleSet, draft: item.content, from: null });
  res.redirect(303, `/rules/${ruleSet}/backtest/${run.id}`);
}

/** What a scenario expects becomes what comes out with the release; then everything is looked at again. */
async function renew(house: House, ask: Ask, release: Release, scenario: string): Promise<void> {
  const { res, actor } = ask;
  requireState(release, OPEN_STATES, '更新期望');
  const field = expectationField(release, scenario);
  const reason = text(ask, field);
  if (!reason)
    throw invalid('没有更新期望', [
      { pointer: `/${field}`, message: `请写明为什么“${readScenarioKey(scenario).name}”本来就要这样走。` },
    ]);
  const now = await expectationNow(house.openTrial, release, scenario, house.sql);
  await house.transaction(actor, (unit) =>
    renewExpectation(
      sqlOf(unit.em),
      release.id,
      { revision: release.revision, scenario, reason, ...now },
      { actor, now: house.clock.now() },
    ),
  );
  await check(house, ask, await findRelease(house.sql, release.id));
  res.redirect(303, `/releases/${release.id}?ok=release-expectation`);
}

async function keepAsItIs(house: House, { res, actor }: Ask, release: Release, scenario: string): Promise<void> {
  await house.transaction(actor, (unit) =>
    keepExpectation(
      sqlOf(unit.em),
      release.id,
      { revision: release.revision, scenario },
      { actor, now: house.clock.now() },
    ),
  );
  res.redirect(303, `/releases/${release.id}?ok=release-expectation-kept`);
}

/** Checks may take a while: they run outside any transaction, and their report counts only for what they looked at. */
async function check(house: House, { actor }: Ask, release: Release): Promise<Release> {
  const report = await runChecks(house.gate(), release);
  await house.transaction(actor, (unit) =>
    keepReport(
      sqlOf(unit.em),
      release.id,
      report,
      { content: contentOf(release), revision: release.revision },
      { actor, now: house.clock.now() },
    ),
  );
  return findRelease(house.sql, release.id);
}

/** What is approved for now is put into force at once; how it came out stands on the page. */
async function finish(house: House, { req, res }: Ask, state: Release['state'], otherwise: string): Promise<void> {
  const id = String(req.params.id);
  const after = state === 'APPROVED' ? await house.publishRelease(id) : state;
  const ok = { PUBLISHED: 'release-published', FAILED: 'release-failed', SCHEDULED: 'release-scheduled' }[
    after as string
  ];
  res.redirect(303, `/releases/${id}?ok=${ok ?? otherwise}`);
}

export async function sign(house: House, ask: Ask): Promise<void> {
  await orShown(house, ask, async () => {
    const state = await house.transaction(ask.actor, (unit) =>
      signRelease(sqlOf(unit.em), String(ask.req.params.id), revisionOf(ask), {
        actor: ask.actor,
        now: house.clock.now(),
      }),
    );
    await finish(house, ask, state, 'release-signed');
  });
}

export const sendBack = (house: House, ask: Ask): Promise<void> =>
  act(house, ask, 'release-returned', async (sql, id, by, unit) => {
    await returnRelease(sql, id, { revision: revisionOf(ask), reason: text(ask, 'opinion') }, by);
    await tellRelease(unit, 'return', await findRelease(sql, id));
  });

export const withdraw = (house: House, ask: Ask): Promise<void> =>
  act(house, ask, 'release-withdrawn', (sql, id, by) =>
    withdrawRelease(sql, id, { revision: revisionOf(ask), reason: text(ask, 'withdrawReason') }, by),
  );

/** Something after which the release is put into force at once. */
async function approve(house: House, ask: Ask, decide: typeof retryRelease): Promise<void> {
  await house.transaction(ask.actor, (unit) =>
    decide(sqlOf(unit.em), String(ask.req.params.id), revisionOf(ask), { actor: ask.actor, now: house.clock.now() }),
  );
  await finish(house, ask, 'APPROVED', 'release-failed');
}

export const retry = (house: House, ask: Ask): Promise<void> => approve(house, ask, retryRelease);
export const rollBackNow = (house: House, ask: Ask): Promise<void> => approve(house, ask, rollBackAtOnce);

/** A roll back begins as a release of its own, checked at once. */
export async function rollBack(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  await orShown(house, ask, async () => {
    const begun = await house.transaction(actor, async (unit) => {
      const sql = sqlOf(unit.em);
      const id = await nextReleaseId(sql, shanghaiDate(house.clock.now()));
      const by = { actor, now: house.clock.now(), id, reason: text(ask, 'rollBackReason') };
      return beginRollBack(sql, String(req.params.id), by);
    });
    await check(house, ask, begun);
    res.redirect(303, `/releases/${begun.id}?ok=release-roll-back`);
  });
}

const explanationsIn = (body: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => name.startsWith('explain-'))
      .map(([name, value]) => [name.slice('explain-'.length), String(value)]),
  );

/** Day and time as they were typed; both empty means at once. */
function readMoment(ask: Ask, today: string): Date | null {
  const [typedDay, typedTime] = [text(ask, 'effectiveDay'), text(ask, 'effectiveTime')];
  if (!typedDay && !typedTime) return null;
  const problems: FieldProblem[] = [];
  const day = readDay(typedDay, today);
  try {
    toLocalDate(day);
  } catch {
    problems.push({ pointer: '/effectiveDay', message: `“${typedDay}”不是有效日期。请写成 2026-12-01 的样子。` });
  }
  const time = (typedTime || '08:30').normalize('NFKC');
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time))
    problems.push({ pointer: '/effectiveTime', message: `“${typedTime}”不是时刻。请写成 08:30 的样子。` });
  if (problems.length > 0) throw invalid('没有保存', problems);
  return shanghaiInstant(day, time);
}
