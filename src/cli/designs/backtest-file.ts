import { basename } from 'node:path';
import type { Sql } from '../../db/sql.ts';
import { type BacktestReport, backtestRuleSet, outcomeInWords, parseRuleFile } from '../../modules/rules/index.ts';

/** Decides every recorded decision again by the rules of a file. Nothing is stored. */
export async function backtestFile(
  sql: Sql,
  file: string,
  content: string,
): Promise<{ report: BacktestReport; lines: string[] }> {
  const { ruleSet } = parseRuleFile(basename(file), content);
  const report = await backtestRuleSet(sql, { draft: ruleSet });
  const undecidable = report.undecidable.reduce((sum, item) => sum + item.count, 0);
  const word = (name: string, value: unknown) =>
    value === null ? '无' : (outcomeInWords(ruleSet, { [name]: value })[0]?.value ?? String(value));
  return {
    report,
    lines: [
      `${ruleSet.title}：重新判断 ${report.decisions} 次，结果改变 ${report.changed} 次，判断不了 ${undecidable} 次。`,
      ...report.undecidable.map(({ reason, count }) => `✗ ${count} 次判断不了：${reason}`),
      ...report.parts.flatMap(({ name, changed, moves }) => [
        `${ruleSet.outcomeSchema[name]?.title ?? name}改变 ${changed} 次`,
        ...moves.slice(0, 20).map((move) => `    ${word(name, move.from)} → ${word(name, move.to)}　${move.count} 次`),
      ]),
    ],
  };
}
