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
  toString(seconds = this.zone !== null): string {
    return `${timeText(this.millis, seconds)}${zoneText(this.zone)}`;
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
  /** java.time writes hours without days (`PT26H`); string() has days (`P1DT2H`). */
  toString(days = false): string {
    let rest = Math.abs(this.millis);
    const sign = this.millis < 0 ? '-' : '';
    if (rest === 0) return days ? 'P0D' : 'PT0S';
    const wholeDays = days ? Math.floor(rest / (DAY * 1000)) : 0;
    rest -= wholeDays * DAY * 1000;
    const hours = Math.floor(rest / 3600_000);
    const minutes = Math.floor((rest % 3600_000) / 60_000);
    const seconds = (rest % 60_000) / 1000;
    if (days) {
      const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
      return `${sign}P${wholeDays ? `${wholeDays}D` : ''}${time ? `T${time}` : ''}`;
    }
    return `PT${hours ? `${sign}${hours}H` : ''}${minutes ? `${sign}${minutes}M` : ''}${seconds ? `${sign}${seconds}S` : ''}`;
  }
}

export class YearMonthDuration {
  readonly months: number;
  constructor(months: number) {
    this.months = months;
  }
  toString(): string {
    const sign = this.months < 0 ? '-' : '';
    const total = Math.abs(this.months);
    if (total === 0) return 'P0D';
    const [years, months] = [Math.floor(total / 12), total % 12];
    return `P${years ? `${sign}${years}Y` : ''}${months ? `${sign}${months}M` : ''}`;
  }
}

function timeText(millis: number, seconds: boolean): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const text = `${two(Math.floor(millis / 3600_000))}:${two(Math.floor((millis % 3600_000) / 60_000))}`;
  const rest = millis % 60_000;
  if (rest === 0 && !seconds) return text;
  const fraction = rest % 1000;
  return `${text}:${two(Math.floor(rest / 1000))}${fraction ? `.${String(fraction).padStart(3, '0')}` : ''}`;
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

export function parseDate(text: string): FeelDate | null {
  const match = /^(-?\d{4,9})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const day = epochDay(Number(match[1]), Number(match[2]), Number(match[3]));
  return day === null ? null : new FeelDate(day);
}

const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(.*)$/;

function parseClock(text: string): { millis: number; rest: string } | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = match[4] ? Math.floor(Number(`0.${match[4]}`) * 1000) : 0;
  return { millis: hour * 3600_000 + minute * 60_000 + second * 1000 + fraction, rest: match[5]! };
}

function parseOffset(text: string): number | null {
  if (text === 'Z' || text === 'z') return 0;
  const match = /^([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?$/.exec(text);
  if (!match) return null;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (hours > 18 || minutes > 59) return null;
  return (match[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + Number(match[4] ?? 0));
}

export function parseZone(text: string, local: number): Zone | null {
  const offset = parseOffset(text);
  if (offset !== null) return { offset };
  const found = offsetOf(text, local);
  return found === null ? null : { offset: found, region: text };
}

export function parseTime(text: string): FeelTime | null {
  const clock = parseClock(text);
  if (!clock) return null;
  if (clock.rest === '') return new FeelTime(clock.millis, null);
  if (clock.rest.startsWith('@')) {
    const zone = parseZone(clock.rest.slice(1), Date.UTC(2000, 0, 1));
    return zone && new FeelTime(clock.millis, zone);
  }
  const offset = parseOffset(clock.rest);
  return offset === null ? null : new FeelTime(clock.millis, { offset });
}

export function parseDateTime(text: string): FeelDateTime | null {
  const at = text.indexOf('T');
  if (at < 0) return null;
  const date = parseDate(text.slice(0, at));
  const clock = parseClock(text.slice(at + 1));
  if (!date || !clock) return null;
  if (clock.rest === '') return new FeelDateTime(date, clock.millis, null);
  const local = date.day * DAY * 1000 + clock.millis;
  const region = /^(.*?)(?:@(.+)|\[(.+)\])$/.exec(clock.rest);
  if (region) {
    const name = (region[2] ?? region[3])!;
    if (offsetOf(name, local) === null) return null;
    return resolveRegion(local, name);
  }
  const offset = parseOffset(clock.rest);
  return offset === null ? null : new FeelDateTime(date, clock.millis, { offset });
}

export function parseDuration(text: string): DayTimeDuration | YearMonthDuration | null {
  const months = /^(-)?P(?:(-?\d+)Y)?(?:(-?\d+)M)?$/.exec(text);
  if (months && (months[2] || months[3])) {
    const total = Number(months[2] ?? 0) * 12 + Number(months[3] ?? 0);
    return new YearMonthDuration(months[1] ? -total : total);
  }
  const match = /^(-)?P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match || (!match[2] && !match[3] && !match[4] && !match[5])) return null;
  const seconds =
    Number(match[2] ?? 0) * DAY + Number(match[3] ?? 0) * 3600 + Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0);
  return new DayTimeDuration(Math.round((match[1] ? -seconds : seconds) * 1000));
}
