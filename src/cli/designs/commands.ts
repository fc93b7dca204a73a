import { type Composed, compose, openForOperator } from '../../compose.ts';
import { readConfig } from '../../config.ts';
import { invalid } from '../../kernel/errors.ts';
import { lintFiles, lintLines } from '../lint-files.ts';
import { readNamed } from '../read-file.ts';
import { type Backtested, backtestFile, keptBacktest } from './backtest-file.ts';
import { type DeployOptions, deployDesigns } from './deploy-designs.ts';
import { exportDesigns } from './export-designs.ts';
import { importCalendar, readYear } from './import-calendar.ts';
import { testFolder, testLines } from './test-designs.ts';

/** What stands behind the words of the command line. */
export interface DesignFlags {
  json?: boolean | undefined;
  by?: string | undefined;
  reason?: string | undefined;
  basis?: string | undefined;
  accept?: string | undefined;
  effective?: string | undefined;
  yes?: boolean | undefined;
  'sign-later'?: boolean | undefined;
  'max-changed'?: string | undefined;
}

const print = (flags: DesignFlags, result: unknown, lines: readonly string[]): void =>
  console.log(flags.json ? JSON.stringify(result, null, 2) : lines.join('\n'));

/** 0: nothing is wrong with the files; 1: something is. */
export async function lintCommand(names: readonly string[], flags: DesignFlags): Promise<number> {
  if (names.length === 0) throw invalid('请写明要检查的文件或文件夹。');
  const result = await lintFiles(names);
  const { good, bad } = lintLines(result);
  if (flags.json) print(flags, result, []);
  else {
    for (const line of bad) console.error(line);
    for (const line of good) console.log(line);
  }
  return result.ok ? 0 : 1;
}

export async function testCommand(folder: string | undefined, flags: DesignFlags): Promise<number> {
  const config = readConfig();
  // Scenarios run with the organisation of the bureau's database; where none is named, with the program's own.
  const composed = await compose(config.DATABASE_URL ? config : { ...config, PGLITE_DATA: 'memory://' }, {
    quiet: true,
    still: true,
  });
  try {
    const result = await testFolder(folder ?? '.', composed.house.openTrial);
    print(flags, result, testLines(result));
    return result.ok ? 0 : 1;
  } finally {
    await composed.stop();
  }
}

/** 1 when a decision could not be made any more, or more change than `--max-changed` allows. */
export async function backtestCommand(file: string | undefined, flags: DesignFlags): Promise<number> {
  if (!file) throw invalid('请写明规则文件，例如 rules/category-routing.rules.json。');
  const limit = flags['max-changed'] === undefined ? Number.POSITIVE_INFINITY : Number(flags['max-changed']);
  if (Number.isNaN(limit)) throw invalid('--max-changed 后面写一个数。');
  const content = await readNamed(file);
  const tell = ({ report, lines, run }: Backtested): number => {
    print(flags, run === null ? report : { ...report, run }, lines);
    return report.undecidable.length > 0 || report.changed > limit ? 1 : 0;
  };
  const { by } = flags;
  if (by) return withHouse(async ({ house }) => tell(await keptBacktest(house, file, content, by)));
  const { database, close } = await openForOperator(readConfig());
  try {
    return tell(await backtestFile(database, file, content));
  } finally {
    await close();
  }
}

/** A year of the calendar takes the same way as in the browser: checked, sent, and in force when a second person has signed. */
export async function importCalendarCommand(file: string | undefined, flags: DesignFlags): Promise<number> {
  if (!file) throw invalid('请写明日历文件，例如 data/calendar/2027.json。');
  const year = await readYear(file);
  return withHouse(async ({ house }) => {
    const result = await importCalendar(house, year, optionsOf(flags));
    if (result.code === 0 || flags.json) print(flags, result, result.lines);
    else console.error(result.lines.join('\n'));
    return result.code;
  });
}

export async function exportCommand(folder: string | undefined, flags: DesignFlags): Promise<number> {
  if (!folder) throw invalid('请写明导出到哪个文件夹。');
  return withHouse(async ({ house }) => {
    const result = await exportDesigns(house.sql, folder);
    const word = result.written.length === 0 ? '都没有变化' : `写了 ${result.written.length} 个`;
    print(flags, result, [...result.written, `在用的 ${result.files} 个文件，${word}。`]);
    return 0;
  });
}

export async function deployCommand(folder: string | undefined, flags: DesignFlags): Promise<number> {
  if (!folder) throw invalid('请写明要部署的文件夹。');
  return withHouse(async ({ house }) => {
    const result = await deployDesigns(house, folder, optionsOf(flags));
    print(flags, result, result.lines);
    return result.code;
  });
}

function optionsOf(flags: DesignFlags): DeployOptions {
  return {
    ...(flags.by ? { by: flags.by } : {}),
    ...(flags.reason ? { reason: flags.reason } : {}),
    ...(flags.basis ? { basis: flags.basis } : {}),
    ...(flags.accept ? { accept: flags.accept } : {}),
    effectiveAt: momentOf(flags.effective),
    yes: flags.yes ?? false,
    signLater: flags['sign-later'] ?? false,
  };
}

/** `2026-12-01` (half past eight) or `2026-12-01T17:30`, in Shanghai. */
function momentOf(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const [, day, time = '08:30'] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?$/.exec(text) ?? [];
  const moment = new Date(`${day}T${time}:00+08:00`);
  if (!day || Number.isNaN(+moment)) throw invalid('--effective 写成 2026-12-01 或 2026-12-01T08:30 的样子。');
  return moment;
}

/** The house without its engine running: what is read and written here is nobody's work. */
async function withHouse(work: (composed: Composed) => Promise<number>): Promise<number> {
  const composed = await compose(readConfig(), { quiet: true, still: true });
  try {
    return await work(composed);
  } finally {
    await composed.stop();
  }
}
