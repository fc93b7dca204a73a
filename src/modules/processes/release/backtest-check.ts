import type { Sql } from '../../../db/sql.ts';
import { isDomainError } from '../../../kernel/errors.ts';
import {
  type BacktestReport,
  backtestRuleSet,
  outcomeInWords,
  parseRuleFile,
  type RuleSet,
} from '../../rules/index.ts';
import { type Check, type CheckFinding, checkOf } from './check.ts';
import type { Release } from './release.ts';

const NAMED = 5;

/** What the rules of the release would have decided about everything that was decided: each part of an outcome that changes wants words. */
export async function backtestCheck(release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> {
  const items = release.items.filter((item) => item.kind === 'rules');
  if (items.length === 0) return undefined;
  const findings: CheckFinding[] = [];
  const parts: string[] = [];
  for (const item of items) {
    let draft: RuleSet;
    try {
      draft = parseRuleFile(`${item.id}.rules.json`, item.content).ruleSet;
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return { id: 'backtest', title: '历史回测', state: 'not-run', summary: '规则有错误，没有回测', findings: [] };
    }
    const report = await backtestRuleSet(sql, { draft, samples: 0 });
    const undecidable = report.undecidable.reduce((sum, one) => sum + one.count, 0);
    parts.push(
      `${item.title}：${report.decisions} 次判断，结果不变 ${report.decisions - report.changed - undecidable}，改变 ${report.changed}，判断不了 ${undecidable}`,
    );
    for (const { reason, count } of report.undecidable)
      findings.push({
        severity: 'error',
        where: item.title,
        what: `${count} 次判断按新规则没有结果：${reason}`,
        why: '同样的诉求以后会停在这里',
        mend: '补上规则或默认结果',
      });
    findings.push(...changesOf(item.title, draft, report));
  }
  return checkOf('backtest', '历史回测', parts.join('；'), findings);
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
