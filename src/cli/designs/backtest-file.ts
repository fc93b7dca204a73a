import { basename } from 'node:path';
import type { Composed } from '../../compose.ts';
import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import {
  type BacktestReport,
  backtestRuleSet,
  backtestRun,
  noteSeen,
  outcomeInWords,
  parseRuleFile,
  type RuleSet,
  startBacktest,
} from '../../modules/rules/index.ts';
import { someone } from './deploy-designs.ts';

export interface Backtested {
  report: BacktestReport;
  lines: string[];
  /** The kept run a release can rest on; null when nothing was kept. */
  run: string | null;
}

/** Decides every recorded decision again by the rules of a file. Nothing is stored. */
export async function backtestFile(sql: Sql, file: string, content: string): Promise<Backtested> {
  const { ruleSet } = parseRuleFile(basename(file), content);
  const report = await backtestRuleSet(sql, { draft: ruleSet });
  return { report, lines: inLines(ruleSet, report), run: null };
}

/** The same as a kept run, which whoever is named has seen by having it printed: what `deploy` by that person rests on. */
export async function keptBacktest(
  house: Pick<Composed['house'], 'sql' | 'transaction' | 'clock' | 'ids' | 'directory' | 'runBacktests'>,
  file: string,
  content: string,
  login: string,
): Promise<Backtested> {
  const actor = await someone(house, login, { permission: 'design.edit', what: '回测' });
  const { ruleSet } = parseRuleFile(basename(file), content);
  if (`${ruleSet.id}.rules.json` !== basename(file))
    throw invalid(`${basename(file)} 里的规则集是“${ruleSet.id}”，文件名应当是 ${ruleSet.id}.rules.json。`);
  const id = house.ids.uuid();
  await house.transaction(actor, (unit) =>
    startBacktest(
      sqlOf(unit.em),
      { id, ruleSet: ruleSet.id, draft: content, from: null },
      { actor, now: house.clock.now() },
    ),
  );
  await house.runBacktests();
  const run = await backtestRun(house.sql, id);
  if (!run.report)
    throw conflict(`回测没有算成：${run.problem ?? '正由另一个节点计算'}。请稍后再试。`, { reason: 'backtest-open' });
  await house.transaction(actor, (unit) => noteSeen(sqlOf(unit.em), id, { actor, now: house.clock.now() }));
  return {
    report: run.report,
    lines: [
      ...inLines(ruleSet, run.report),
      `结果已保存，并记下${actor.name}看过：${actor.login} 可以用这份文件 deploy。`,
    ],
    run: id,
  };
}

function inLines(ruleSet: RuleSet, report: BacktestReport): string[] {
  const undecidable = report.undecidable.reduce((sum, item) => sum + item.count, 0);
  const word = (name: string, value: unknown) =>
    value === null ? '无' : (outcomeInWords(ruleSet, { [name]: value as never })[0]?.value ?? String(value));
  return [
    `${ruleSet.title}：重新判断 ${report.decisions} 次，结果改变 ${report.changed} 次，判断不了 ${undecidable} 次。`,
    ...report.undecidable.map(({ reason, count }) => `✗ ${count} 次判断不了：${reason}`),
    ...report.parts.flatMap(({ name, changed, moves }) => [
      `${ruleSet.outcomeSchema[name]?.title ?? name}改变 ${changed} 次`,
      ...moves.slice(0, 20).map((move) => `    ${word(name, move.from)} → ${word(name, move.to)}　${move.count} 次`),
    ]),
  ];
}
