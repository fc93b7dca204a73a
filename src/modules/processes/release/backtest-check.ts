import type { Sql } from '../../../db/sql.ts';
import { type FieldProblem, isDomainError } from '../../../kernel/errors.ts';
import {
  type BacktestReport,
  type BacktestRun,
  countDecisions,
  listBacktests,
  outcomeInWords,
  parseRuleFile,
  type RuleSet,
} from '../../rules/index.ts';
import { type Check, type CheckFinding, checkOf } from './check.ts';
import type { Release, ReleaseItem } from './release.ts';

const NAMED = 5;

/** What was backtested of one rule set of a release, as it is frozen there. */
export interface BacktestOfItem {
  item: ReleaseItem;
  /** Decisions on record; with none there is nothing to look at. */
  history: number;
  /** The finished run over the longest time, made with exactly this content. */
  run: (BacktestRun & { report: BacktestReport }) | undefined;
  /** One that is on its way, or that came to nothing. */
  other: BacktestRun | undefined;
}

/** The kept backtests of the rule sets of a release. Another content, another run. */
export async function backtestsOf(sql: Sql, release: Pick<Release, 'items'>): Promise<BacktestOfItem[]> {
  const found: BacktestOfItem[] = [];
  for (const item of release.items.filter((one) => one.kind === 'rules')) {
    const history = await countDecisions(sql, item.id);
    const runs = history === 0 ? [] : await listBacktests(sql, item.id, item.content);
    const finished = runs.filter(
      (run): run is BacktestRun & { report: BacktestReport } =>
        run.state === 'DONE' && run.report !== null && run.report.decisions > 0,
    );
    // The list is newest first, and stays so among runs over the same time.
    const since = (run: BacktestRun) => (run.from === null ? 0 : +run.from);
    const [run] = finished.sort((a, b) => since(a) - since(b));
    found.push({ item, history, run, other: run ? undefined : runs[0] });
  }
  return found;
}

/**
 * What the rules of the release would have decided about everything that was decided, by the run that was kept: each part of an outcome
 * that changes wants words. Without a run the release stays where it is; what is put back had been in force, and needs none.
 */
export async function backtestCheck(release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> {
  const backtests = await backtestsOf(sql, release);
  if (backtests.length === 0) return undefined;
  const findings: CheckFinding[] = [];
  const parts: string[] = [];
  let left = 0;
  for (const backtest of backtests) {
    const draft = readable(backtest.item);
    if (!draft)
      return { id: 'backtest', title: '历史回测', state: 'not-run', summary: '规则有错误，没有回测', findings: [] };
    if (backtest.run) {
      parts.push(inNumbers(backtest.item, backtest.run, backtest.history));
      findings.push(...findingsOf(backtest.item, draft, backtest.run.report));
    } else if (backtest.history === 0) parts.push(`${backtest.item.title}：没有记录的判断，不用回测`);
    else {
      left += 1;
      parts.push(`${backtest.item.title}：记录了 ${backtest.history} 次判断，还没有回测`);
      if (!release.rollsBack) findings.push(missing(backtest));
    }
  }
  if (left > 0 && release.rollsBack)
    return {
      id: 'backtest',
      title: '历史回测',
      state: 'not-run',
      summary: `${parts.join('；')}；恢复的内容以前在用，不要求回测`,
      findings,
    };
  return checkOf('backtest', '历史回测', parts.join('；'), findings);
}

/** Backtests that whoever sends a release has not opened. */
export async function unseenBacktests(sql: Sql, release: Release, login: string): Promise<FieldProblem[]> {
  if (release.rollsBack) return [];
  return (await backtestsOf(sql, release)).flatMap(({ item, history, run }) => {
    if (history === 0) return [];
    if (run?.seen.some((one) => one.login === login)) return [];
    const message = run
      ? `“${item.title}”的回测结果你还没有打开看过。请在“历史回测”一行点“打开回测结果”，看过再送复核。`
      : `“${item.title}”现在的内容还没有回测。请点“开始回测”，看过结果再送复核。`;
    return [{ pointer: '/backtests', message }];
  });
}

function readable(item: ReleaseItem): RuleSet | undefined {
  try {
    return parseRuleFile(`${item.id}.rules.json`, item.content).ruleSet;
  } catch (error) {
    if (isDomainError(error)) return undefined;
    throw error;
  }
}

const undecidableIn = (report: BacktestReport): number => report.undecidable.reduce((sum, one) => sum + one.count, 0);

function inNumbers(item: ReleaseItem, run: BacktestRun & { report: BacktestReport }, history: number): string {
  const { decisions, changed } = run.report;
  const undecidable = undecidableIn(run.report);
  const rest = history - decisions;
  const outside = rest > 0 ? `（另有 ${rest} 次不在回测的时间里）` : '';
  return `${item.title}：${decisions} 次判断，结果不变 ${decisions - changed - undecidable}，改变 ${changed}，判断不了 ${undecidable}${outside}`;
}

const findingsOf = (item: ReleaseItem, draft: RuleSet, report: BacktestReport): CheckFinding[] => [
  ...report.undecidable.map(({ reason, count }) => ({
    severity: 'error' as const,
    where: item.title,
    what: `${count} 次判断按新规则没有结果：${reason}`,
    why: '同样的诉求以后会停在这里',
    mend: '补上规则或默认结果',
  })),
  ...changesOf(item.title, draft, report),
];

function missing({ item, other }: BacktestOfItem): CheckFinding {
  const running = other && ['WAITING', 'RUNNING'].includes(other.state);
  return {
    severity: 'error',
    where: item.title,
    what: running
      ? '回测还没有算完'
      : other?.state === 'FAILED'
        ? `回测没有算成：${other.problem ?? '原因不明'}`
        : '这份内容还没有回测',
    why: '不知道以前的判断会变多少',
    mend: running ? '算完以后打开看，再检查一次' : '点“开始回测”；命令行用 backtest 规则文件 --by 登录名',
  };
}

const changesOf = (title: string, draft: RuleSet, report: BacktestReport): CheckFinding[] =>
  report.parts.map(({ name, changed, moves }) => {
    const word = (value: unknown) =>
      value === null ? '无' : (outcomeInWords(draft, { [name]: value } as never)[0]?.value ?? String(value));
    const named = moves.slice(0, NAMED).map((move) => `${word(move.from)} → ${word(move.to)} ${move.count} 次`);
    return {
      severity: 'warning' as const,
      where: `${title} › ${draft.outcomeSchema[name]?.title ?? name}`,
      what: `${changed} 次判断会改变：${named.join('，')}${moves.length > NAMED ? ' 等' : ''}`,
    };
  });
