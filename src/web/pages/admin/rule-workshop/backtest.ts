import { sqlOf } from '../../../../db/orm.ts';
import { isDomainError, notFound } from '../../../../kernel/errors.ts';
import { may } from '../../../../modules/access/index.ts';
import { findRelease, listReleases, OPEN_STATES } from '../../../../modules/processes/index.ts';
import {
  type BacktestRun,
  backtestRun,
  type ChangedDecision,
  cancelBacktest,
  compileRuleSet,
  evaluation,
  explainInWords,
  hashOf,
  listBacktests,
  nearestChange,
  noteSeen,
  outcomeInWords,
  parseRuleFile,
  type RuleSet,
  ruleSetVersion,
  startBacktest,
} from '../../../../modules/rules/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import { demandAccess } from '../../../load-demand.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { frameOf, type JsonError, workshopOf } from './workshop.ts';

/** So many decisions are made while the page is awaited; more are made in the background. */
const AT_ONCE = 20_000;
const PER_PAGE = 50;
const SPANS: Record<string, { title: string; months: number | null }> = {
  '6': { title: '近 6 个月', months: 6 },
  '12': { title: '近 12 个月', months: 12 },
  all: { title: '全部', months: null },
};
const STATES: Record<BacktestRun['state'], string> = {
  WAITING: '等待开始',
  RUNNING: '正在计算',
  DONE: '已完成',
  CANCELLED: '已取消',
  FAILED: '没有算成',
};

/** 回测: what the draft would have decided about everything that was decided. Results may be read by whoever signs a release. */
export function backtestPages(house: House): Route[] {
  const edit = { permission: 'design.edit', scope: '全部规则（不含个人信息）' } as const;
  const read = { permission: 'release.sign', scope: '件号和脱敏的事实；能看此件的人可以打开当时的件' } as const;
  return [
    { method: 'get', path: '/rules/:id/backtest', ...edit, handle: (ask) => showList(house, ask) },
    { method: 'post', path: '/rules/:id/backtest', ...edit, handle: (ask) => start(house, ask) },
    { method: 'get', path: '/rules/:id/backtest/:run', ...read, handle: (ask) => showRun(house, ask) },
    { method: 'post', path: '/rules/:id/backtest/:run/cancel', ...edit, handle: (ask) => cancel(house, ask) },
    {
      method: 'get',
      path: '/rules/:id/backtest/:run/decisions/:key',
      ...read,
      handle: (ask) => showDecision(house, ask),
    },
  ];
}

async function showList(house: House, ask: Ask, refused: readonly JsonError[] = []): Promise<void> {
  const workshop = await workshopOf(house, String(ask.req.params.id));
  const [runs, people] = await Promise.all([listBacktests(house.sql, workshop.id), house.directory()]);
  const hash = workshop.draft && hashOf(workshop.draft.content);
  ask.res.status(refused.length > 0 ? 422 : 200).render('admin/rule-workshop/backtests', {
    ...(await frameOf(house, workshop, 'backtest')),
    problems: refused.map((mistake) => ({
      field: '',
      href: `/rules/${workshop.id}/edit?view=json#line-${mistake.line}`,
      message: `第 ${mistake.line} 行：${mistake.message}`,
    })),
    spans: Object.entries(SPANS).map(([value, { title }]) => ({ value, title })),
    runs: runs.map((run) => ({
      ...shortOf(run),
      by: people.user(run.begunBy)?.name ?? run.begunBy,
      current: run.draftHash === hash,
    })),
  });
}

const shortOf = (run: BacktestRun) => ({
  id: run.id,
  state: run.state,
  stateTitle: STATES[run.state],
  at: format.time(run.begunAt),
  span: `${run.from ? format.day(run.from) : '最早'}–${format.day(run.until)}`,
  total: run.total,
  done: run.done,
  changed: run.report?.changed ?? null,
});

async function start(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const workshop = await workshopOf(house, String(req.params.id));
  const { id, draft, set } = workshop;
  if (!draft) return res.redirect(303, `/rules/${id}/edit`);
  if (!set)
    return showList(
      house,
      ask,
      workshop.mistakes.filter((mistake) => mistake.severity === 'error'),
    );
  const months = SPANS[textOf(req.body.span) ?? '']?.months ?? null;
  const from = months === null ? null : house.clock.now();
  from?.setUTCMonth(from.getUTCMonth() - months!);
  const run = await beginBacktest(house, actor, { ruleSet: id, draft: draft.content, from });
  res.redirect(303, `/rules/${id}/backtest/${run.id}`);
}

/** Begins a backtest; a short one is done when this returns, a long one goes on in the background. */
export async function beginBacktest(
  house: House,
  actor: Ask['actor'],
  asked: { ruleSet: string; draft: string; from: Date | null },
): Promise<BacktestRun> {
  const by = { actor, now: house.clock.now() };
  const run = await house.transaction(actor, (unit) =>
    startBacktest(sqlOf(unit.em), { id: house.ids.uuid(), ...asked }, by),
  );
  const made = house.runBacktests();
  if (run.total <= AT_ONCE) await made;
  else made.catch((error: unknown) => house.logger.error({ err: error }, 'backtest failed'));
  return run;
}

async function cancel(house: House, { req, res, actor }: Ask): Promise<void> {
  const run = await runAsked(house, req);
  await house.transaction(actor, (unit) => cancelBacktest(sqlOf(unit.em), run.id, { actor, now: house.clock.now() }));
  res.redirect(303, `/rules/${run.ruleSet}/backtest?ok=backtest-cancelled`);
}

async function runAsked(house: House, req: Ask['req']): Promise<BacktestRun> {
  const run = await backtestRun(house.sql, String(req.params.run));
  if (run.ruleSet !== String(req.params.id)) throw notFound('没有这次回测。请从规则的“回测”页进入。');
  return run;
}

/** The release that waits for this result, to go back to. */
async function releaseWaiting(house: House, run: BacktestRun): Promise<string | null> {
  const [open] = await listReleases(house.sql, {
    states: [...OPEN_STATES, 'IN_REVIEW'],
    design: { kind: 'rules', id: run.ruleSet },
    limit: 1,
  });
  if (!open) return null;
  const { items } = await findRelease(house.sql, open.id);
  const item = items.find((one) => one.kind === 'rules' && one.id === run.ruleSet);
  return item && hashOf(item.content) === run.draftHash ? open.id : null;
}

async function showRun(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const run = await runAsked(house, req);
  const workshop = await workshopOf(house, run.ruleSet);
  const people = await house.directory();
  const frame = { ...(await frameOf(house, workshop, 'backtest')), problems: [] };
  const common = {
    ...frame,
    run: { ...shortOf(run), by: people.user(run.begunBy)?.name ?? run.begunBy, problem: run.problem },
    stale: workshop.draft ? run.draftHash !== hashOf(workshop.draft.content) : false,
    mayEdit: may(actor, 'design.edit'),
    refresh: ['WAITING', 'RUNNING'].includes(run.state),
    release: await releaseWaiting(house, run),
  };
  if (!run.report) return res.render('admin/rule-workshop/backtest', { ...common, report: null });
  await house.transaction(actor, (unit) => noteSeen(sqlOf(unit.em), run.id, { actor, now: house.clock.now() }));
  const { ruleSet: draft } = parseRuleFile(`${run.ruleSet}.rules.json`, run.draft);
  const say = sayer(draft, (code) => people.department(code)?.name);
  const { report } = run;
  const part = textOf(req.query.part);
  const [from, to] = [textOf(req.query.from), textOf(req.query.to)];
  const chosen = report.samples.filter((sample) => fits(sample, say, { part, from, to }));
  const page = Math.max(1, Math.min(Number(textOf(req.query.page)) || 1, Math.ceil(chosen.length / PER_PAGE) || 1));
  const shown = chosen.slice((page - 1) * PER_PAGE, page * PER_PAGE);
  const numbers = await numbersOf(house, shown);
  const query = (change: Record<string, string>) =>
    `?${new URLSearchParams({ ...(part ? { part } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), ...change })}#changed`;
  res.render('admin/rule-workshop/backtest', {
    ...common,
    report: {
      decisions: report.decisions,
      changed: report.changed,
      undecidable: report.undecidable,
      parts: report.parts.map((item) => ({
        name: item.name,
        title: draft.outcomeSchema[item.name]?.title ?? item.name,
        changed: item.changed,
        moves: item.moves.slice(0, 12).map((move) => {
          const [was, is] = [say(item.name, move.from), say(item.name, move.to)];
          return {
            from: was,
            to: is,
            count: move.count,
            href: `?${new URLSearchParams({ part: item.name, from: was, to: is })}#changed`,
          };
        }),
        more: Math.max(0, item.moves.length - 12),
      })),
      loads: loadsOf(report.totals, draft, say),
    },
    filter: {
      part: part ?? '',
      from: from ?? '',
      to: to ?? '',
      title: part ? (draft.outcomeSchema[part]?.title ?? part) : '',
    },
    list: {
      all: chosen.length,
      named: report.samples.length,
      from: (page - 1) * PER_PAGE,
      rows: shown.map((sample) => ({
        key: sample.key,
        subject: numbers.get(sample.subjectId) ?? '—',
        at: format.time(sample.decidedAt),
        changes: Object.keys(sample.after).map((name) => ({
          title: draft.outcomeSchema[name]?.title ?? name,
          before: say(name, sample.before[name]),
          after: say(name, sample.after[name]),
        })),
      })),
      previous: page > 1 ? query({ page: String(page - 1) }) : '',
      next: page * PER_PAGE < chosen.length ? query({ page: String(page + 1) }) : '',
      page,
      pages: Math.ceil(chosen.length / PER_PAGE) || 1,
    },
  });
}

type Say = (name: string, value: unknown) => string;

/** A value of an outcome in words; codes of departments by their names. */
const sayer =
  (set: RuleSet, department: (code: string) => string | undefined): Say =>
  (name, value) => {
    if (value === null || value === undefined) return '空';
    const named = (item: unknown) => (typeof item === 'string' ? (department(item) ?? item) : item);
    const words = Array.isArray(value) ? value.map(named) : named(value);
    return set.outcomeSchema[name] ? outcomeInWords(set, { [name]: words })[0]!.value : JSON.stringify(words);
  };

function fits(
  sample: ChangedDecision,
  say: Say,
  { part, from, to }: { part?: string | undefined; from?: string | undefined; to?: string | undefined },
): boolean {
  if (!part) return true;
  if (!Object.hasOwn(sample.after, part)) return false;
  return (!from || say(part, sample.before[part]) === from) && (!to || say(part, sample.after[part]) === to);
}

/** How often each value was, and would be, decided, for the parts in which something moves: the workload before and after. */
function loadsOf(totals: Record<string, { value: unknown; before: number; after: number }[]>, set: RuleSet, say: Say) {
  return Object.entries(totals).flatMap(([name, values]) => {
    if (values.every((item) => item.before === item.after)) return [];
    const rows = values
      .map((item) => ({
        value: say(name, item.value),
        before: item.before,
        after: item.after,
        by: item.after - item.before,
      }))
      .sort((a, b) => Math.abs(b.by) - Math.abs(a.by) || b.before - a.before)
      .slice(0, 20);
    return [{ title: set.outcomeSchema[name]?.title ?? name, rows }];
  });
}

async function numbersOf(house: House, samples: readonly ChangedDecision[]): Promise<Map<string, string>> {
  const ids = samples.filter((sample) => sample.subjectType === 'demand').map((sample) => sample.subjectId);
  if (ids.length === 0) return new Map();
  const rows = await house.sql.query<{ id: string; number: string }>(
    'select id, number from demand where id = any($1::text[])',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.number]));
}

/** One changed decision: what was found and decided then, and what the draft makes of the same facts. */
async function showDecision(house: House, { req, res, actor }: Ask): Promise<void> {
  const run = await runAsked(house, req);
  const stored = await evaluation(house.sql, String(req.params.key));
  if (stored.ruleSet !== run.ruleSet) throw notFound('这次判断不属于这个规则集。');
  const workshop = await workshopOf(house, run.ruleSet);
  const { ruleSet: draft } = parseRuleFile(`${run.ruleSet}.rules.json`, run.draft);
  const then = await ruleSetVersion(house.sql, run.ruleSet, stored.version).catch(() => workshop.published);
  const people = await house.directory();
  const departments = (code: string) => people.department(code)?.name;
  const [number] = (
    await numbersOf(house, [{ ...stored, decidedAt: stored.evaluatedAt, before: {}, after: {} }])
  ).values();
  let now: ReturnType<ReturnType<typeof compileRuleSet>> | undefined;
  let problem = '';
  try {
    now = compileRuleSet(draft)(stored.facts);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    problem = error.problems.map((item) => item.message).join('；') || error.message;
  }
  const keys = [...new Set([...Object.keys(stored.outcome), ...Object.keys(now?.outcome ?? {})])];
  const [sayThen, sayNow] = [sayer(then, departments), sayer(draft, departments)];
  res.render('admin/rule-workshop/decision', {
    ...(await frameOf(house, workshop, 'backtest')),
    problems: [],
    run: shortOf(run),
    number: number ?? '',
    href:
      number && (await maySee(house, actor, number))
        ? `/demands/${encodeURIComponent(number)}/as-of?at=${encodeURIComponent(stored.evaluatedAt.toISOString())}`
        : '',
    at: format.time(stored.evaluatedAt),
    facts: Object.entries(stored.facts)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({
        title: then.facts[name]?.title ?? name,
        value: sayer({ ...then, outcomeSchema: then.facts }, departments)(name, value),
      })),
    outcome: keys.map((key) => ({
      title: draft.outcomeSchema[key]?.title ?? then.outcomeSchema[key]?.title ?? key,
      before: sayThen(key, stored.outcome[key]),
      after: now ? sayNow(key, now.outcome[key]) : '—',
      changed: now !== undefined && sayThen(key, stored.outcome[key]) !== sayNow(key, now.outcome[key]),
    })),
    sides: [
      {
        title: `当时：第 ${stored.version} 版`,
        ruleId: stored.ruleId,
        reason: stored.reason,
        rules: explainInWords(then, stored.explanation),
        nearest: nearestChange(then, stored.explanation),
        problem: '',
        outcome: [],
      },
      {
        title: '按草稿',
        ruleId: now?.ruleId ?? null,
        reason: now?.reason ?? '',
        rules: now ? explainInWords(draft, now.explanation) : [],
        nearest: now ? nearestChange(draft, now.explanation) : null,
        problem,
        outcome: [],
      },
    ],
  });
}

/** Whether the person may open the demand itself; process administrators as a rule may not. */
async function maySee(house: House, actor: Ask['actor'], number: string): Promise<boolean> {
  if (!may(actor, 'demand.read')) return false;
  try {
    return await house.transaction(actor, async (unit) => (await demandAccess(unit, actor, number)).view === 'CONTENT');
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return false;
  }
}
