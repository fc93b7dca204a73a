import type { Calendar } from '../deadlines/index.ts';
import type { StoredEvent } from '../history/index.ts';

/** A stretch of time in one pair of hands. */
export interface Held {
  /** Department code, or null while the system or nobody has it. */
  department: string | null;
  from: Date;
  /** Null while it lasts. */
  to: Date | null;
}

export interface TimeHeld {
  department: string;
  workingDays: number;
  now: boolean;
}

/** In whose hands a demand lies after an event; undefined when the event passes nothing on. */
function handedTo(event: StoredEvent, taxService: string | null, host: string | null): string | null | undefined {
  const named = event.payload.hostDepartment;
  switch (event.type) {
    case 'demand.registered':
      return String(event.payload.registeringDepartment ?? '') || null;
    case 'demand.transferred':
      // Handled by the registering department itself: the ledger copy goes to tax service, the demand does not.
      return host ? undefined : taxService;
    case 'demand.dispatched':
    case 'demand.self-handled':
    case 'demand.delivered':
    case 'demand.level-shifted':
    case 'demand.redirected':
    case 'demand.reopened':
      return typeof named === 'string' ? named : undefined;
    case 'demand.answered-on-the-spot':
    case 'demand.feedback-given':
    case 'demand.withdrawn':
    case 'demand.return-agreed':
    case 'demand.write-off-revoked':
      return taxService;
    case 'demand.rework-started':
      return host;
    case 'demand.written-off':
    case 'demand.voided':
    case 'demand.deferred':
    case 'demand.merged':
    case 'demand.split':
      return null;
    default:
      return undefined;
  }
}

/** The stretches of a demand's life, from its events: each hand-over ends one and begins the next. */
export function stretchesOf(events: readonly StoredEvent[], taxService: string | null): Held[] {
  const stretches: Held[] = [];
  let host: string | null = null;
  for (const event of events) {
    if (typeof event.payload.hostDepartment === 'string') host = event.payload.hostDepartment;
    const next = handedTo(event, taxService, host);
    if (next === undefined) continue;
    const at = new Date(event.occurredAt);
    const last = stretches[stretches.length - 1];
    if (last && last.to === null) {
      if (last.department === next) continue;
      last.to = at;
    }
    if (next !== null) stretches.push({ department: next, from: at, to: null });
  }
  return stretches;
}

/**
 * Which department has held the demand for how many working days (用时带), in the order they first had it. A day counts for whoever
 * has the demand at its close, as the clocks do: the day of arrival does not count.
 */
export function timeHeld(
  events: readonly StoredEvent[],
  options: { calendar: Calendar; orgCode: string; taxService: string | null; now: Date },
): TimeHeld[] {
  const sums = new Map<string, TimeHeld>();
  for (const { department, from, to } of stretchesOf(events, options.taxService)) {
    if (!department) continue;
    const known = sums.get(department) ?? { department, workingDays: 0, now: false };
    known.workingDays += options.calendar.countWorkingDays(from, to ?? options.now, options.orgCode);
    known.now ||= to === null;
    sums.set(department, known);
  }
  return [...sums.values()];
}
