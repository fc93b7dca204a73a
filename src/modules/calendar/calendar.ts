import { type LocalDate, shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { DomainError, invalid } from '../../kernel/errors.ts';

/** Working-day arithmetic over tables of ours. Pure; every date is a calendar day in Asia/Shanghai (民法典 201、203). */

export type DayKind = 'HOLIDAY' | 'MAKEUP_WORKDAY' | 'TEMP_CLOSURE';
export type YearStatus = 'PROVISIONAL' | 'PUBLISHED';

export interface CalendarYear {
  year: number;
  status: YearStatus;
  source: string;
}

export interface CalendarDay {
  date: LocalDate;
  kind: DayKind;
  name: string;
  /** Only for this bureau; absent = for all. A temporary closure (台风、雪灾) is usually local. */
  orgCode?: string | null;
}

/** Close of business `HH:MM` of a bureau (null = all) from a day on; the latest entry that applies wins. */
export interface WorkHours {
  orgCode: string | null;
  from: LocalDate;
  close: string;
}

export interface CalendarData {
  version: number;
  years: readonly CalendarYear[];
  days: readonly CalendarDay[];
  hours: readonly WorkHours[];
}

/** One line of “逐日算给你看”. `count` is the number of the working day, or null when the day does not count. */
export interface CountedDay {
  date: LocalDate;
  weekday: string;
  count: number | null;
  reason: string;
}

export interface DueDay {
  dueDate: LocalDate;
  /** Close of business on the due day. */
  dueAt: Date;
  /** The way leads through a year whose arrangement is not published yet. */
  provisional: boolean;
  days: CountedDay[];
}

const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];
const DAY_MS = 86_400_000;
const DEFAULT_CLOSE = '17:30';

const toNumber = (date: LocalDate): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
const toDate = (day: number): LocalDate => new Date(day * DAY_MS).toISOString().slice(0, 10);
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** The calendar day of a start: a day as it is, an instant by its day in Asia/Shanghai. Refuses days that do not exist. */
export function toLocalDate(start: LocalDate | Date | string): LocalDate {
  if (start instanceof Date) {
    if (Number.isNaN(start.getTime())) throw badArgument('时刻无效');
    return shanghaiDate(start);
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(start)) {
    const time = Date.parse(`${start}T00:00:00Z`);
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== start)
      throw badArgument(`“${start}”不是有效日期`);
    return start;
  }
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(start) || Number.isNaN(Date.parse(start)))
    throw badArgument(`“${start}”不是有效日期或带时区的时刻`);
  toLocalDate(start.slice(0, 10));
  return shanghaiDate(new Date(start));
}

const badArgument = (message: string) => invalid(`${message}。`, [], { reason: 'INVALID_ARGUMENT' });

export class Calendar {
  readonly version: number;
  readonly #years: ReadonlyMap<number, CalendarYear>;
  readonly #days: ReadonlyMap<LocalDate, CalendarDay[]>;
  readonly #hours: readonly WorkHours[];

  constructor(data: CalendarData) {
    this.version = data.version;
    this.#years = new Map(data.years.map((year) => [year.year, year]));
    const days = new Map<LocalDate, CalendarDay[]>();
    for (const day of data.days) days.set(day.date, [...(days.get(day.date) ?? []), day]);
    this.#days = days;
    this.#hours = [...data.hours].sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  year(year: number): CalendarYear | undefined {
    return this.#years.get(year);
  }

  /** Exception of a day (holiday, make-up workday, closure) that applies to a bureau; its own closure goes before the general entry. */
  exception(date: LocalDate, orgCode?: string): CalendarDay | undefined {
    const entries = (this.#days.get(date) ?? []).filter((day) => !day.orgCode || day.orgCode === orgCode);
    return entries.find((day) => day.kind === 'TEMP_CLOSURE') ?? entries[0];
  }

  /** Whether people work that day. A year without data is an error, never a guess. */
  isWorkday(date: LocalDate, orgCode?: string): boolean {
    this.#requireYear(date);
    const exception = this.exception(date, orgCode);
    if (exception) return exception.kind === 'MAKEUP_WORKDAY';
    const weekday = weekdayOf(toNumber(date));
    return weekday !== 0 && weekday !== 6;
  }

  isProvisional(date: LocalDate): boolean {
    return this.#years.get(Number(date.slice(0, 4)))?.status === 'PROVISIONAL';
  }

  closeOfBusiness(date: LocalDate, orgCode?: string): string {
    let close = DEFAULT_CLOSE;
    for (const scope of [null, orgCode]) {
      for (const hours of this.#hours) if (hours.orgCode === scope && hours.from <= date) close = hours.close;
    }
    return close;
  }

  /** The n-th working day after the start; the day of the start does not count (民法典 201). */
  addWorkingDays(start: LocalDate | Date | string, days: number, orgCode?: string): DueDay {
    requirePositive(days);
    const counted: CountedDay[] = [];
    let day = toNumber(toLocalDate(start));
    let count = 0;
    let provisional = false;
    while (count < days) {
      day += 1;
      const date = toDate(day);
      const works = this.isWorkday(date, orgCode);
      if (works) count += 1;
      provisional ||= this.isProvisional(date);
      counted.push({
        date,
        weekday: WEEKDAYS[weekdayOf(day)]!,
        count: works ? count : null,
        reason: this.#reason(date, works, orgCode),
      });
    }
    return this.#due(toDate(day), provisional, counted, orgCode);
  }

  /** The n-th calendar day after the start; a last day off rolls forward to the next working day (民法典 203). */
  addCalendarDaysRoll(start: LocalDate | Date | string, days: number, orgCode?: string): DueDay {
    requirePositive(days);
    const first = toNumber(toLocalDate(start));
    let day = first + days;
    while (!this.isWorkday(toDate(day), orgCode)) day += 1;
    const dueDate = toDate(day);
    return this.#due(dueDate, this.isProvisional(dueDate), [], orgCode);
  }

  /** The n-th working day before a day (提前 n 个工作日提醒). */
  subtractWorkingDays(start: LocalDate | Date | string, days: number, orgCode?: string): DueDay {
    requirePositive(days);
    let day = toNumber(toLocalDate(start));
    let count = 0;
    let provisional = false;
    while (count < days) {
      day -= 1;
      const date = toDate(day);
      if (this.isWorkday(date, orgCode)) count += 1;
      provisional ||= this.isProvisional(date);
    }
    return this.#due(toDate(day), provisional, [], orgCode);
  }

  /** Working days after `start` up to and including `end`; negative when `end` lies before. */
  countWorkingDays(start: LocalDate | Date | string, end: LocalDate | Date | string, orgCode?: string): number {
    const [from, to] = [toNumber(toLocalDate(start)), toNumber(toLocalDate(end))];
    if (to < from) return -this.countWorkingDays(end, start, orgCode);
    let count = 0;
    for (let day = from + 1; day <= to; day += 1) if (this.isWorkday(toDate(day), orgCode)) count += 1;
    return count;
  }

  #due(dueDate: LocalDate, provisional: boolean, days: CountedDay[], orgCode?: string): DueDay {
    return { dueDate, dueAt: shanghaiInstant(dueDate, this.closeOfBusiness(dueDate, orgCode)), provisional, days };
  }

  #reason(date: LocalDate, works: boolean, orgCode?: string): string {
    const exception = this.exception(date, orgCode);
    if (exception) return exception.name;
    return works ? '' : '周末';
  }

  #requireYear(date: LocalDate): void {
    const year = Number(date.slice(0, 4));
    if (this.#years.has(year)) return;
    throw new DomainError(
      'Invalid',
      `日历里没有 ${year} 年的放假安排，不能推算期限。请先由流程管理员导入 ${year} 年日历。`,
      {
        reason: 'CALENDAR_YEAR_MISSING',
        details: { year },
      },
    );
  }
}

function requirePositive(days: number): void {
  if (!Number.isInteger(days) || days < 1) throw badArgument('天数必须是不小于 1 的整数');
}
