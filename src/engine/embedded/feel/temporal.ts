/** FEEL's dates, times and durations with the text forms of Zeebe 8.5 (java.time). Years 1 to 9999. */

const DAY = 86_400;

/** Days since 1970-01-01 of a proleptic Gregorian day; null when it does not exist. */
export function epochDay(year: number, month: number, day: number): number | null {
  const time = Date.UTC(2000, month - 1, day);
  const date = new Date(time);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.getTime() / (DAY * 1000);
}

export class FeelDate {
  readonly day: number;
  constructor(day: number) {
    this.day = day;
  }
  get #date(): Date {
    return new Date(this.day * DAY * 1000);
  }
  get year(): number {
    return this.#date.getUTCFullYear();
  }
  get month(): number {
    return this.#date.getUTCMonth() + 1;
  }
  get dayOfMonth(): number {
    return this.#date.getUTCDate();
  }
  /** 1 Monday to 7 Sunday. */
  get weekday(): number {
    return ((((this.day + 3) % 7) + 7) % 7) + 1;
  }
  plusMonths(months: number): FeelDate {
    const total = this.year * 12 + (this.month - 1) + months;
    const year = Math.floor(total / 12);
    const month = (total % 12) + 1;
    const last = daysInMonth(year, month);
    return new FeelDate(epochDay(year, month, Math.min(this.dayOfMonth, last))!);
  }
  toString(): string {
    return this.#date.toISOString().slice(0, 10);
  }
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** A zone: a fixed offset in seconds, or a region with its name. Local values have none. */
export interface Zone {
  offset: number;
  region?: string;
}

export class FeelTime {
  /** Nanoseconds are not kept: milliseconds of the day. */
  readonly millis: number;
  readonly zone: Zone | null;
  constructor(millis: number, zone: Zone | null) {
    this.millis = millis;
    this.zone = zone;
  }
  /** What two zoned times are compared by. */
  get utc(): number {
    return this.millis - (this.zone?.offset ?? 0) * 1000;
  }
  /** A local time drops zero seconds as a variable, not with `string()`. */
  toString(seconds = this.zone !== null): string {
    const zone = this.zone?.region ? `@${this.zone.region}` : zoneText(this.zone);
    return timeText(this.millis, seconds) + zone;
  }
}

export class FeelDateTime {
  readonly date: FeelDate;
  readonly millis: number;
  readonly zone: Zone | null;
  constructor(date: FeelDate, millis: number, zone: Zone | null) {
    this.date = date;
    this.millis = millis;
    this.zone = zone;
  }
  /** Milliseconds since 1970 of the wall clock, as if it were UTC. */
  get local(): number {
    return this.date.day * DAY * 1000 + this.millis;
  }
  /** The instant; a local value is read in the engine's zone, UTC. */
  get instant(): number {
    return this.local - (this.zone?.offset ?? 0) * 1000;
  }
  static ofLocal(local: number, zone: Zone | null): FeelDateTime {
    const day = Math.floor(local / (DAY * 1000));
    return new FeelDateTime(new FeelDate(day), local - day * DAY * 1000, zone);
  }
  static ofInstant(instant: number, zone: Zone): FeelDateTime {
    const offset = zone.region ? offsetOf(zone.region, instant)! : zone.offset;
    return FeelDateTime.ofLocal(instant + offset * 1000, { ...zone, offset });
  }
  /** What the clock on the wall shows there; a time that a change of offset skips moves forward. */
  static ofWallClock(local: number, zone: Zone): FeelDateTime {
    return zone.region ? resolveRegion(local, zone.region) : FeelDateTime.ofLocal(local, zone);
  }
  plusMillis(millis: number): FeelDateTime {
    return this.zone
      ? FeelDateTime.ofInstant(this.instant + millis, this.zone)
      : FeelDateTime.ofLocal(this.local + millis, null);
  }
  plusMonths(months: number): FeelDateTime {
    const moved = new FeelDateTime(this.date.plusMonths(months), this.millis, this.zone);
    return this.zone?.region ? resolveRegion(moved.local, this.zone.region) : moved;
  }
  /** `seconds` keeps zero seconds, as string() does; variables drop them. */
  toString(seconds = false): string {
    const region = this.zone?.region ? (seconds ? `@${this.zone.region}` : `[${this.zone.region}]`) : '';
    const offset = seconds && region ? '' : zoneText(this.zone);
    return `${this.date}T${timeText(this.millis, seconds)}${offset}${region}`;
  }
}

export class DayTimeDuration {
  readonly millis: number;
  constructor(millis: number) {
    this.millis = millis;
  }
  /** java.time writes hours without days (`PT26H`); string() has days and no fractions (`P1DT2H`). */
  toString(days = false): string {
    const size = Math.abs(this.millis);
    const sign = this.millis < 0 ? '-' : '';
    const part = (value: number, unit: string, minus = '') => (value ? `${minus}${value}${unit}` : '');
    const minutes = Math.floor((size % 3600_000) / 60_000);
    const seconds = (size % 60_000) / 1000;
    if (!days) {
      const time = part(Math.floor(size / 3600_000), 'H', sign) + part(minutes, 'M', sign) + part(seconds, 'S', sign);
      return time ? `PT${time}` : 'PT0S';
    }
    const day = part(Math.floor(size / (DAY * 1000)), 'D');
    const hours = Math.floor(size / 3600_000) % 24;
    const time = part(hours, 'H') + part(minutes, 'M') + part(Math.floor(seconds), 'S');
    return day || time ? `${sign}P${day}${time && `T${time}`}` : 'P0D';
  }
}

export class YearMonthDuration {
  readonly months: number;
  constructor(months: number) {
    this.months = months;
  }
  get years(): number {
    return Math.trunc(this.months / 12);
  }
  /** As java.time writes it, the form of a variable. */
  toString(): string {
    const rest = this.months % 12;
    if (this.months === 0) return 'P0D';
    return `P${this.years ? `${this.years}Y` : ''}${rest ? `${rest}M` : ''}`;
  }
  /** The form of `string()`. */
  toText(): string {
    const rest = Math.abs(this.months % 12);
    const years = Math.abs(this.years);
    if (this.months === 0) return 'P0Y';
    return `${this.months < 0 ? '-' : ''}P${years ? `${years}Y` : ''}${rest ? `${rest}M` : ''}`;
  }
}

function timeText(millis: number, seconds: boolean): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const text = `${two(Math.floor(millis / 3600_000))}:${two(Math.floor((millis % 3600_000) / 60_000))}`;
  const rest = millis % 60_000;
  if (rest === 0 && !seconds) return text;
  const fraction = rest % 1000;
  const digits = String(fraction).padStart(3, '0');
  // As a variable java.time writes fractions in threes, `string()` writes what there is.
  return `${text}:${two(Math.floor(rest / 1000))}${fraction ? `.${seconds ? digits.replace(/0+$/, '') : digits}` : ''}`;
}

function zoneText(zone: Zone | null): string {
  if (!zone) return '';
  if (zone.offset === 0) return 'Z';
  const size = Math.abs(zone.offset);
  const two = (n: number) => String(n).padStart(2, '0');
  const seconds = size % 60;
  return `${zone.offset < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor((size % 3600) / 60))}${seconds ? `:${two(seconds)}` : ''}`;
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Offset in seconds of a region at an instant; null for a region that does not exist. */
export function offsetOf(region: string, instant: number): number | null {
  let format = formats.get(region);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', { timeZone: region, timeZoneName: 'longOffset' });
    } catch {
      format = null;
    }
    formats.set(region, format);
  }
  if (!format) return null;
  const name = format.formatToParts(new Date(instant)).find((part) => part.type === 'timeZoneName')!.value;
  const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?/.exec(name);
  if (!match?.[1]) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0));
}

/** The wall clock of a region; a time that a change of offset skips moves forward. */
export function resolveRegion(local: number, region: string): FeelDateTime {
  const guess = offsetOf(region, local)!;
  const offset = offsetOf(region, local - guess * 1000)!;
  return FeelDateTime.ofInstant(local - offset * 1000, { offset, region });
}

const standardOffsets = new Map<string, number>();

/** The offset of a region without summer time: what a time of day in a region has. */
export function standardOffsetOf(region: string): number {
  let offset = standardOffsets.get(region);
  if (offset === undefined) {
    const [january, july] = [offsetOf(region, Date.UTC(2024, 0, 15))!, offsetOf(region, Date.UTC(2024, 6, 15))!];
    offset = Math.min(january, july);
    standardOffsets.set(region, offset);
  }
  return offset;
}

export function parseDate(text: string): FeelDate | null {
  const match = /^(-?(?:[1-9]\d{0,4})?\d{4})-([01]\d)-([0-3]\d)$/.exec(text);
  if (!match) return null;
  const day = epochDay(Number(match[1]), Number(match[2]), Number(match[3]));
  return day === null ? null : new FeelDate(day);
}

const CLOCK = /^(\d{2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,9}))?(.*)$/;

function parseClock(text: string): { millis: number; rest: string } | null {
  const match = CLOCK.exec(text);
  if (!match) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = match[4] ? Math.floor(Number(`0.${match[4]}`) * 1000) : 0;
  return { millis: hour * 3600_000 + minute * 60_000 + second * 1000 + fraction, rest: match[5]! };
}

function parseOffset(text: string): number | null {
  if (text === 'Z') return 0;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (minutes > 59 || hours * 60 + minutes > 18 * 60) return null;
  return (match[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** `Z`, `+08:00` or the name of a region. */
export function parseZone(text: string, local: number): Zone | null {
  const offset = parseOffset(text);
  if (offset !== null) return { offset };
  const found = text ? offsetOf(text, local) : null;
  return found === null ? null : { offset: found, region: text };
}

export function parseTime(text: string): FeelTime | null {
  const clock = parseClock(text.startsWith('T') ? text.slice(1) : text);
  if (!clock) return null;
  if (clock.rest === '') return new FeelTime(clock.millis, null);
  // With a zone the seconds have to be there.
  if (!/^T?\d{2}:\d{2}:\d{2}/.test(text)) return null;
  if (clock.rest.startsWith('@')) {
    const region = clock.rest.slice(1);
    return !region || offsetOf(region, 0) === null
      ? null
      : new FeelTime(clock.millis, { offset: standardOffsetOf(region), region });
  }
  const offset = parseOffset(clock.rest);
  return offset === null ? null : new FeelTime(clock.millis, { offset });
}

/** FEEL's date and time: local, with an offset, or with `@region`. */
export function parseDateTime(text: string): FeelDateTime | null {
  return readDateTime(text, /^@(.+)$/);
}

/** The form java.time writes, with `[region]` behind an offset: what a variable holds and a timer reads. */
export function parseZonedDateTime(text: string): FeelDateTime | null {
  return readDateTime(text, /^(?:Z|[+-]\d{2}:\d{2})\[(.+)\]$/) ?? parseDateTime(text);
}

function readDateTime(text: string, regionForm: RegExp): FeelDateTime | null {
  const at = text.indexOf('T');
  if (at < 0) return null;
  const date = parseDate(text.slice(0, at));
  const clock = parseClock(text.slice(at + 1));
  if (!date || !clock) return null;
  if (clock.rest === '') return new FeelDateTime(date, clock.millis, null);
  const local = date.day * DAY * 1000 + clock.millis;
  const region = regionForm.exec(clock.rest)?.[1];
  if (region !== undefined) return offsetOf(region, local) === null ? null : resolveRegion(local, region);
  const offset = parseOffset(clock.rest);
  return offset === null ? null : new FeelDateTime(date, clock.millis, { offset });
}

export function parseDuration(text: string): DayTimeDuration | YearMonthDuration | null {
  const months = /^(-)?P(?:(-?\d+)Y)?(?:(-?\d+)M)?$/.exec(text);
  if (months && (months[2] || months[3])) {
    const total = Number(months[2] ?? 0) * 12 + Number(months[3] ?? 0);
    return new YearMonthDuration(months[1] ? -total : total);
  }
  const match = /^(-)?P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d*)?)S)?)?$/.exec(text);
  if (!match || text.endsWith('T') || (!match[2] && !match[3] && !match[4] && !match[5])) return null;
  const seconds =
    Number(match[2] ?? 0) * DAY + Number(match[3] ?? 0) * 3600 + Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0);
  const millis = Math.round(seconds * 1000);
  return new DayTimeDuration(match[1] && millis !== 0 ? -millis : millis);
}
