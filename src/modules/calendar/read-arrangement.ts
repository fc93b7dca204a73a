import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { type ArrangedDay, checkYear, type YearFile } from './arrangement.ts';
import type { DayKind } from './calendar.ts';

/** A day as it was read, with the line people see it on. */
interface ReadDay extends ArrangedDay {
  line: number;
}
interface Reading {
  days: ReadDay[];
  problems: FieldProblem[];
  source?: string;
}

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
const WEEK = '日一二三四五六';
const LARGEST = 100_000;
const DAY_MS = 86_400_000;

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
    : /^\s*[一二三四五六七八九十]+、/m.test(trimmed)
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

function readJson(text: string, year: number): Reading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return {
      days: [],
      problems: [
        { pointer: '/text', message: `不是有效的 JSON：${(error as Error).message}。请核对括号、引号和逗号。` },
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

const DAY = String.raw`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:（([^）]*)）)?`;
const RANGE = new RegExp(`${DAY}(?:至${DAY})?`, 'g');

/** The wording of the notice: “二、春节：2月15日（…周日）至23日（…）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。” */
function readNotice(text: string, year: number): Reading {
  const reading: Reading = { days: [], problems: [] };
  const source = /国办发明电〔\d{4}〕\d+号/.exec(text)?.[0];
  if (source) reading.source = `《国务院办公厅关于${year}年部分节假日安排的通知》（${source}）`;
  const lines = text.replace(/\(/g, '（').replace(/\)/g, '）').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const headed = /^\s*[一二三四五六七八九十]+、\s*([^：:，。]{2,12})[：:](.*)$/.exec(line);
    if (!headed) continue;
    const name = headed[1]!.trim();
    for (const sentence of headed[2]!.split('。')) readSentence(sentence, { name, year, line: index + 1 }, reading);
  }
  if (reading.days.length === 0 && reading.problems.length === 0)
    reading.problems.push({
      pointer: '/text',
      message: '没有读到“一、元旦：1月1日……放假”这样的条目。请粘贴通知里逐条列出节日的部分，每条单独一行。',
    });
  return reading;
}

interface Place {
  name: string;
  year: number;
  line: number;
}

/** One sentence says either which days are off or which are worked. */
function readSentence(sentence: string, place: Place, reading: Reading): void {
  const works = /上班/.test(sentence);
  if (!works && !/放假/.test(sentence)) return;
  const say = (message: string) =>
    reading.problems.push({ pointer: '/text', message: `第 ${place.line} 行${message}` });
  let counted = 0;
  let month: string | undefined;
  for (const match of sentence.matchAll(RANGE)) {
    const [, y1, m1 = month, d1, note1, y2 = y1, m2 = m1, d2, note2] = match;
    if (!m1) continue;
    month = m2;
    const from = dayOf(y1 ?? String(place.year), m1, d1!);
    const to = d2 ? dayOf(y2 ?? String(place.year), m2!, d2) : from;
    const wrong = wrongWeekday(from, note1) ?? (d2 ? wrongWeekday(to, note2) : undefined);
    if (wrong) say(wrong);
    if (!isReal(from) || !isReal(to)) {
      say(`“${isReal(from) ? to : from}”不是有效日期。请核对通知原文。`);
      continue;
    }
    if (to < from) {
      say(`的结束日期 ${to} 早于开始日期 ${from}。请核对通知原文。`);
      continue;
    }
    for (const date of daysBetween(from, to)) {
      counted += 1;
      // New Year's holiday may begin in the last days of the year before, which are in that year's calendar.
      if (Number(date.slice(0, 4)) !== place.year) continue;
      reading.days.push({
        date,
        kind: works ? 'MAKEUP_WORKDAY' : 'HOLIDAY',
        name: works ? `${place.name}调休上班` : place.name,
        line: place.line,
      });
    }
  }
  const stated = /共\s*(\d+)\s*天/.exec(sentence)?.[1] ?? /放假\s*(\d+)\s*天/.exec(sentence)?.[1];
  if (!works && stated && Number(stated) !== counted)
    say(`写“${stated}天”，按日期算是 ${counted} 天。请核对起止日期。`);
}

const dayOf = (year: string, month: string, day: string): LocalDate =>
  `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;

function isReal(date: LocalDate): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === date;
}

/** The notice gives the weekday of each day; one that does not fit means another year, or a slip of the pen. */
function wrongWeekday(date: LocalDate, note: string | undefined): string | undefined {
  const said = /(?:周|星期)([日一二三四五六天])/.exec(note ?? '')?.[1]?.replace('天', '日');
  if (!said || !isReal(date)) return undefined;
  const is = WEEK[new Date(`${date}T00:00:00Z`).getUTCDay()];
  return said === is ? undefined : `${date} 是周${is}，通知写的是周${said}。请核对年份和日期。`;
}

function daysBetween(from: LocalDate, to: LocalDate): LocalDate[] {
  const days: LocalDate[] = [];
  // No holiday is longer than a month: a wrong order of dates must not fill a year.
  for (
    let time = Date.parse(`${from}T00:00:00Z`);
    time <= Date.parse(`${to}T00:00:00Z`) && days.length < 31;
    time += DAY_MS
  )
    days.push(new Date(time).toISOString().slice(0, 10));
  return days;
}
