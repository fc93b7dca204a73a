import type { LocalDate } from '../../kernel/clock.ts';
import type { FieldProblem } from '../../kernel/errors.ts';
import type { ArrangedDay } from './arrangement.ts';

/** A day as it was read, with the line people see it on. */
export interface ReadDay extends ArrangedDay {
  line: number;
}
export interface Reading {
  days: ReadDay[];
  /** Days the notice names of the year before or after: they belong into that year's calendar. */
  elsewhere?: ReadDay[];
  problems: FieldProblem[];
  source?: string;
}

const WEEK = '日一二三四五六';
const DAY_MS = 86_400_000;
const DAY = String.raw`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:（([^）]*)）)?`;
const RANGE = new RegExp(`${DAY}(?:[至到—–~-]+${DAY})?`, 'g');

const NUMBERED = '[一二三四五六七八九十]+、';
const HEADED = new RegExp(`^\\s*${NUMBERED}\\s*([^：:，。]{2,12})[：:](.*)$`);

/** The wording of the notice: “二、春节：2月15日（…周日）至23日（…）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。” */
export function readNotice(text: string, year: number): Reading {
  const reading: Reading = { days: [], elsewhere: [], problems: [] };
  const source = /国办发明电〔\d{4}〕\d+号/.exec(text)?.[0];
  if (source) reading.source = `《国务院办公厅关于${year}年部分节假日安排的通知》（${source}）`;
  const titled = /关于\s*(\d{4})\s*年\s*部分节假日安排/.exec(text)?.[1];
  if (titled && Number(titled) !== year)
    reading.problems.push({
      pointer: '/text',
      message: `通知是 ${titled} 年的，这里是 ${year} 年的日历。请到那一年导入，或核对粘贴的正文。`,
    });
  for (const { name, words, line } of itemsOf(text))
    for (const sentence of words.split('。')) readSentence(sentence, { name, year, line }, reading);
  if (reading.days.length === 0 && reading.problems.length === 0)
    reading.problems.push({
      pointer: '/text',
      message: '没有读到“一、元旦：1月1日……放假”这样的条目。请粘贴通知里逐条列出节日的部分，每条单独一行。',
    });
  return reading;
}

/** Where an item begins, also in the middle of a line. */
const BEFORE_ITEM = new RegExp(`(?<![一二三四五六七八九十])(?=${NUMBERED}\\s*[^：:，。]{2,12}[：:])`);

/**
 * The numbered items with the line each begins on. What was copied from a page or a PDF comes in one line, or broken in the middle of a
 * sentence, with blanks between figures: none of it may lose a day.
 */
function* itemsOf(text: string): Generator<{ name: string; words: string; line: number }> {
  let open: { name: string; words: string; line: number } | undefined;
  for (const [index, raw] of tidied(text).split('\n').entries())
    for (const part of raw.split(BEFORE_ITEM)) {
      const headed = HEADED.exec(part);
      if (!headed) {
        if (open) open.words += part.trim();
        continue;
      }
      if (open) yield open;
      open = { name: headed[1]!.trim(), words: headed[2]!.trim(), line: index + 1 };
    }
  if (open) yield open;
}

const tidied = (text: string): string =>
  text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/\(/g, '（')
    .replace(/\)/g, '）')
    .replaceAll('\r\n', '\n')
    .replace(/(\d)[ \t\u3000\u00a0]+(?=[年月日])/g, '$1')
    .replace(/([年月至到、])[ \t\u3000\u00a0]+(?=\d)/g, '$1');

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
      const list = Number(date.slice(0, 4)) === place.year ? reading.days : reading.elsewhere!;
      list.push({
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
