import { basename } from 'node:path';
import type { Composed } from '../../compose.ts';
import { SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { invalid } from '../../kernel/errors.ts';
import type { YearFile } from '../../modules/calendar/index.ts';
import { type Candidate, runChecks } from '../../modules/processes/index.ts';
import { readNamedJson } from '../read-file.ts';
import { type Deployed, type DeployOptions, inLines, rehearsal, sendRelease } from './deploy-designs.ts';

/** A year as the calendar files have it; what the days say is checked at the gate. */
export async function readYear(file: string): Promise<YearFile> {
  const year = (await readNamedJson(file)) as Partial<YearFile> | null;
  const listed = Array.isArray(year?.days) && year.days.every((day) => typeof day?.date === 'string');
  if (!Number.isInteger(year?.year) || !listed)
    throw invalid(
      `${basename(file)} 不是日历文件：应当有 year（年份）和 days（日子的列表）。可参照 data/calendar/2026.json。`,
    );
  return year as YearFile;
}

/**
 * Sends a year of the calendar through the publish gate, as the calendar page does: no clock moves before a second person has signed.
 * Without `yes` only what would be done is said.
 */
export async function importCalendar(
  house: Composed['house'],
  year: YearFile,
  options: DeployOptions,
): Promise<Omit<Deployed, 'changed'>> {
  const item: Candidate = {
    kind: 'calendar',
    id: String(year.year),
    title: `${year.year} 年工作日历`,
    content: `${JSON.stringify(year, null, 2)}\n`,
    basedOn: null,
    authors: [options.by ?? SYSTEM_ACTOR.login],
  };
  const words = { basis: year.source, ...options, signLater: true };
  const checks = await runChecks(house.gate(), await rehearsal(house, [item], words));
  const lines = checks.flatMap(inLines);
  const said = { checks, release: null, state: null };
  const failed = checks.filter((check) => check.state === 'failed');
  if (failed.length > 0)
    return { ...said, code: 1, lines: [...lines, `没有导入：${failed.length} 项检查没有通过。什么都没有改变。`] };
  if (!options.yes) return { ...said, code: 0, lines: [...lines, '以上是试算，什么都没有改变。确认后加 --yes。'] };
  const sent = await sendRelease(house, [item], checks, words, lines, {
    permission: 'calendar.edit',
    what: '导入日历',
  });
  return { ...said, ...sent };
}
