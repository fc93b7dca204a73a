import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { type ArrangedDay, checkYear, type YearFile } from './arrangement.ts';
import type { DayKind } from './calendar.ts';
import { type ReadDay, type Reading, readNotice } from './read-notice.ts';

const KINDS: Record<string, DayKind> = {
  放假: 'HOLIDAY',
  休: 'HOLIDAY',
  休假: 'HOLIDAY',
  HOLIDAY: 'HOLIDAY',
  补班: 'MAKEUP_WORKDAY',
  班: 'MAKEUP_WORKDAY',
  上班: 'MAKEUP_WORKDAY',
  调休上班: 'MAKEUP_WORKDAY',
  MAKEUP_WORKDAY: 'MAKEUP_WORKDAY',
};
const LARGEST = 100_000;

/**
 * Reads what somebody pasted: the text of the State Council's notice, a table (日期,类型,名称 per line), or the JSON file of a year.
 * Everything that cannot be right is named with its line; nothing is guessed.
 */
export function readArrangement(text: string, given: { year: number; source: string }): YearFile {
  const trimmed = text.trim();
  if (trimmed === '')
    throw invalid('没有内容', [
      { pointer: '/text', message: '“放假安排”还没有填写。请粘贴通知正文，或每行一个日子的表格。' },
    ]);
  if (text.length > LARGEST)
    throw invalid('内容太长', [
      { pointer: '/text', message: `内容有 ${text.length} 个字，超过 ${LARGEST}。请只粘贴放假安排部分。` },
    ]);
  const reading = /^[[{]/.test(trimmed)
    ? readJson(trimmed, given.year)
    : isNotice(trimmed)
      ? readNotice(trimmed, given.year)
      : readTable(trimmed);
  const file: YearFile = {
    year: given.year,
    status: 'PUBLISHED',
    source: given.source.trim() || (reading.source ?? ''),
    days: reading.days.map(({ line: _line, ...day }) => day),
  };
  const problems = [...reading.problems];
  try {
    checkYear(
      file,
      reading.days.map((day) => day.line),
    );
  } catch (error) {
    // Lines that could not be read at all are told together with those that are wrong.
    problems.push(...((error as { problems?: FieldProblem[] }).problems ?? []));
  }
  const lineOf = (message: string) => Number(/^第 (\d+) 行/.exec(message)?.[1] ?? Number.POSITIVE_INFINITY);
  problems.sort((a, b) => lineOf(a.message) - lineOf(b.message) || 0);
  const told = problems.map((problem) => (problem.pointer === '/source' ? problem : { ...problem, pointer: '/text' }));
  if (told.length > 0) throw invalid(`放假安排有 ${told.length} 处需要修改`, told);
  return file;
}

const isNotice = (text: string) =>
  /^\s*[一二三四五六七八九十]+、/m.test(text) ||
  (/放假|上班/.test(text) && /\d+\s*月\s*\d+\s*日/.test(text) && /[一二三四五六七八九十]+、/.test(text));

/**
 * Days a notice names that lie in another year and make a difference there: a weekday off, a weekend worked. Importing a year does not
 * touch its neighbour, so people are told.
 */
export function daysElsewhere(text: string, year: number): ArrangedDay[] {
  if (!isNotice(text)) return [];
  const days = readNotice(text.trim(), year).elsewhere ?? [];
  return days
    .filter(({ date, kind }) => {
      const weekend = [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
      return kind === 'HOLIDAY' ? !weekend : weekend;
    })
    .map(({ line: _line, ...day }) => day);
}

function readJson(text: string, year: number): Reading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return {
      days: [],
      problems: [
        {
          pointer: '/text',
          message: `不是有效的 JSON${/end of JSON/.test((error as Error).message) ? '：还没有写完' : ''}。请核对括号、引号和逗号。`,
        },
      ],
    };
  }
  const file = (Array.isArray(parsed) ? { days: parsed } : parsed) as {
    year?: unknown;
    source?: unknown;
    days?: unknown;
  };
  const problems: FieldProblem[] = [];
  if (file.year !== undefined && file.year !== year)
    problems.push({
      pointer: '/text',
      message: `文件是 ${String(file.year)} 年的，这里是 ${year} 年的日历。请到那一年导入。`,
    });
  const rows: unknown[] = Array.isArray(file.days) ? file.days : [];
  const days = rows.map((row, index): ReadDay => {
    const { date, kind, name } = (row ?? {}) as Record<string, unknown>;
    return {
      date: String(date ?? ''),
      kind: KINDS[String(kind)] ?? (String(kind) as DayKind),
      name: String(name ?? ''),
      line: index + 1,
    };
  });
  return { days, problems, ...(typeof file.source === 'string' ? { source: file.source } : {}) };
}

/** `日期,类型,名称`, with comma, tab or blanks between; a heading line is passed over. */
function readTable(text: string): Reading {
  const days: ReadDay[] = [];
  const problems: FieldProblem[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/^\uFEFF/, '').trim();
    if (line === '' || (index === 0 && /日期|date/i.test(line))) continue;
    const [date = '', kind = '', ...name] = line
      .split(/[,，\t;；]|\s{1,}/)
      .map((part) => part.replace(/^"|"$/g, '').trim());
    const found = KINDS[kind];
    if (!found) {
      problems.push({
        pointer: '/text',
        message: `第 ${index + 1} 行“${line.slice(0, 30)}”读不懂。请写成“2027-01-01,放假,元旦”，类型只能是放假或补班。`,
      });
      continue;
    }
    days.push({ date: isoDate(date), kind: found, name: name.join(' ').trim(), line: index + 1 });
  }
  return { days, problems };
}

/** `2027/1/1`, `2027年1月1日` and `2027.1.1` are the same day as `2027-01-01`; anything else stays as typed and is refused by name. */
function isoDate(text: string): string {
  const match = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text);
  return match ? `${match[1]}-${match[2]!.padStart(2, '0')}-${match[3]!.padStart(2, '0')}` : text;
}
