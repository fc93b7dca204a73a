import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { conflict, DomainError, isDomainError, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import { type BacktestReport, backtestRuleSet } from './backtest.ts';
import { hashOf, parseRuleFile } from './store-rules.ts';

/** A run this long without a sign is taken over: whoever ran it is gone. */
const SILENT_MS = 60_000;
/** Changed decisions that are kept by name; the numbers count all of them. */
const NAMED = 2_000;

export type BacktestState = 'WAITING' | 'RUNNING' | 'DONE' | 'CANCELLED' | 'FAILED';

/** One backtest of a draft. */
export interface BacktestRun {
  id: string;
  ruleSet: string;
  /** The draft as it was tried, and its hash (`hashOf`): another draft needs another run. */
  draft: string;
  draftHash: string;
  /** Decisions recorded from here (null: from the first) until there. */
  from: Date | null;
  until: Date;
  state: BacktestState;
  done: number;
  total: number;
  report: BacktestReport | null;
  problem: string | null;
  begunBy: string;
  begunAt: Date;
  finishedAt: Date | null;
  /** Logins of those who have looked at the result, with when. */
  seen: readonly { login: string; at: Date }[];
}

interface By {
  actor: Actor;
  now: Date;
}

/** Begins a backtest of a draft without lint errors, in the caller's transaction; `runBacktest` (or the sweep) makes it. */
export async function startBacktest(
  sql: Sql,
  request: { id: string; ruleSet: string; draft: string; from: Date | null },
  by: By,
): Promise<BacktestRun> {
  parseRuleFile(`${request.ruleSet}.rules.json`, request.draft);
  const [counted] = await sql.query<{ n: number }>(
    `select count(*)::int as n from rule_evaluation
     where rule_set = $1 and ($2::timestamptz is null or evaluated_at >= $2::timestamptz) and evaluated_at < $3::timestamptz`,
    [request.ruleSet, request.from?.toISOString() ?? null, by.now.toISOString()],
  );
  const hash = hashOf(request.draft);
  await sql.query(
    `insert into backtest_run (id, rule_set, draft, draft_hash, since, until, state, total, begun_by, begun_at, touched_at)
     values ($1, $2, $3, $4, $5, $6, 'WAITING', $7, $8, $6, $6)`,
    [
      request.id,
      request.ruleSet,
      request.draft,
      hash,
      request.from?.toISOString() ?? null,
      by.now.toISOString(),
      counted!.n,
      by.actor.login,
    ],
  );
  await appendEvent(sql, {
    subjectType: 'rule-set',
    subjectId: request.ruleSet,
    type: 'design.backtested',
    occurredAt: by.now,
    actor: by.actor,
    payload: { run: request.id, draftHash: hash, decisions: counted!.n },
  });
  return backtestRun(sql, request.id);
}

interface RunBy {
  now: () => Date;
  /** The program is to stop: what runs is left to whoever comes next. */
  stopping?: () => boolean;
}

/** Makes a run that waits, to its end; nothing happens when somebody else has it, or it was cancelled. Progress is kept page by page. */
export async function runBacktest(sql: Sql, id: string, { now, stopping }: RunBy): Promise<void> {
  const taken = await sql.query(
    `update backtest_run set state = 'RUNNING', done = 0, touched_at = $2
     where id = $1 and (state = 'WAITING' or (state = 'RUNNING' and touched_at < $3)) returning 1`,
    [id, now().toISOString(), new Date(+now() - SILENT_MS).toISOString()],
  );
  if (taken.length === 0) return;
  const run = await backtestRun(sql, id);
  try {
    const { ruleSet } = parseRuleFile(`${run.ruleSet}.rules.json`, run.draft);
    const report = await backtestRuleSet(sql, {
      draft: ruleSet,
      until: run.until,
      ...(run.from ? { from: run.from } : {}),
      samples: NAMED,
      onProgress: async (done) => {
        // Left as it is: whoever comes next takes it over.
        if (stopping?.()) throw new DomainError('Conflict', '程序正在停止。', { reason: 'backtest-cancelled' });
        const still = await sql.query(
          `update backtest_run set done = $2, touched_at = $3 where id = $1 and state = 'RUNNING' returning 1`,
          [id, done, now().toISOString()],
        );
        if (still.length === 0) throw new DomainError('Conflict', '回测已经取消。', { reason: 'backtest-cancelled' });
      },
    });
    await finish(sql, id, 'DONE', now(), { report });
  } catch (error) {
    if (isDomainError(error) && error.reason === 'backtest-cancelled') return;
    await finish(sql, id, 'FAILED', now(), { problem: error instanceof Error ? error.message : String(error) });
    if (!isDomainError(error)) throw error;
  }
}

const finish = (
  sql: Sql,
  id: string,
  state: 'DONE' | 'FAILED',
  now: Date,
  with_: { report?: BacktestReport; problem?: string },
) =>
  sql.query(
    `update backtest_run set state = $2, finished_at = $3, touched_at = $3, report = $4::jsonb, problem = $5
     where id = $1 and state = 'RUNNING'`,
    [id, state, now.toISOString(), with_.report ? JSON.stringify(with_.report) : null, with_.problem ?? null],
  );

/** Runs that wait, and those whose maker is gone, one after the other; how many were made. */
export async function runWaitingBacktests(sql: Sql, by: RunBy): Promise<number> {
  const waiting = await sql.query<{ id: string }>(
    `select id from backtest_run where state = 'WAITING' or (state = 'RUNNING' and touched_at < $1) order by begun_at, id`,
    [new Date(+by.now() - SILENT_MS).toISOString()],
  );
  for (const { id } of waiting) if (!by.stopping?.()) await runBacktest(sql, id, by);
  return waiting.length;
}

/** Stops a run that is not finished; what it found is dropped. */
export async function cancelBacktest(sql: Sql, id: string, by: By): Promise<void> {
  const cancelled = await sql.query(
    `update backtest_run set state = 'CANCELLED', finished_at = $2, touched_at = $2
     where id = $1 and state in ('WAITING', 'RUNNING') returning 1`,
    [id, by.now.toISOString()],
  );
  if (cancelled.length > 0) return;
  await backtestRun(sql, id);
  throw conflict('这次回测已经结束，不能取消。', { reason: 'backtest-finished' });
}

/** Keeps that somebody has looked at a finished result; a release asks for it. */
export async function noteSeen(sql: Sql, id: string, by: By): Promise<void> {
  await sql.query(
    `insert into backtest_seen (run, login, seen_at) select id, $2, $3 from backtest_run where id = $1 and state = 'DONE'
     on conflict do nothing`,
    [id, by.actor.login, by.now.toISOString()],
  );
}

/** A run by its id. */
export async function backtestRun(sql: Sql, id: string): Promise<BacktestRun> {
  const [run] = await select(sql, 'id = $1', [id]);
  if (!run) throw notFound('没有这次回测。请从规则的“回测”页进入。');
  return run;
}

/** Runs of a rule set, newest first; with `draft`, only those made for exactly this content. */
export async function listBacktests(sql: Sql, ruleSet: string, draft?: string): Promise<BacktestRun[]> {
  return draft === undefined
    ? select(sql, 'rule_set = $1', [ruleSet])
    : select(sql, 'rule_set = $1 and draft_hash = $2', [ruleSet, hashOf(draft)]);
}

async function select(sql: Sql, where: string, parameters: readonly unknown[]): Promise<BacktestRun[]> {
  const rows = await sql.query<any>(
    `select r.*, coalesce((select jsonb_agg(jsonb_build_object('login', s.login, 'at', s.seen_at) order by s.seen_at, s.login)
       from backtest_seen s where s.run = r.id), '[]') as seen
     from backtest_run r where ${where} order by begun_at desc, id desc limit 50`,
    parameters,
  );
  return rows.map((row) => ({
    id: row.id,
    ruleSet: row.rule_set,
    draft: row.draft,
    draftHash: row.draft_hash,
    from: row.since === null ? null : new Date(row.since),
    until: new Date(row.until),
    state: row.state,
    done: row.done,
    total: row.total,
    report: row.report && revived(row.report),
    problem: row.problem,
    begunBy: row.begun_by,
    begunAt: new Date(row.begun_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
    seen: row.seen.map((item: { login: string; at: string }) => ({ login: item.login, at: new Date(item.at) })),
  }));
}

/** Instants are text in the stored report. */
function revived(report: any): BacktestReport {
  const instant = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...report,
    earliest: instant(report.earliest),
    latest: instant(report.latest),
    samples: report.samples.map((sample: any) => ({ ...sample, decidedAt: new Date(sample.decidedAt) })),
  };
}
