/**
 * The one clock. Everything that asks for the time gets a `Clock` handed in.
 * Dates of law are calendar days in Asia/Shanghai, whatever the time zone of the process.
 */
export interface Clock {
  /** The current instant. */
  now(): Date;
}

/** An ISO calendar day in Asia/Shanghai, `YYYY-MM-DD`. */
export type LocalDate = string;

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved; for tests and the demo. */
export class AdjustableClock implements Clock {
  #now: number;
  readonly #ticking: boolean;
  #setAt: number;

  /** `ticking` lets the clock run on from `start` in real time (demo); otherwise it stands still (tests). */
  constructor(start: Date | string, options: { ticking?: boolean } = {}) {
    this.#now = new Date(start).getTime();
    this.#ticking = options.ticking ?? false;
    this.#setAt = Date.now();
  }

  now(): Date {
    return new Date(this.#ticking ? this.#now + (Date.now() - this.#setAt) : this.#now);
  }

  set(instant: Date | string): void {
    this.#now = new Date(instant).getTime();
    this.#setAt = Date.now();
  }

  advance(milliseconds: number): void {
    this.set(new Date(this.now().getTime() + milliseconds));
  }
}

// China has used UTC+8 without daylight saving since 1992, so the offset is a constant and needs no time zone data.
const SHANGHAI_OFFSET_MS = 8 * 3600_000;

/** The calendar day in Asia/Shanghai on which an instant falls. */
export function shanghaiDate(instant: Date): LocalDate {
  return new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);
}

/** The wall-clock time `HH:MM` in Asia/Shanghai of an instant. */
export function shanghaiTime(instant: Date): string {
  return new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(11, 16);
}

/** The instant of `HH:MM` on a calendar day in Asia/Shanghai. */
export function shanghaiInstant(date: LocalDate, time = '00:00'): Date {
  return new Date(`${date}T${time}:00+08:00`);
}
