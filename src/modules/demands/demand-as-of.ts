import type { StoredEvent } from '../history/index.ts';

export interface ClockThen {
  kind: string;
  round: number;
  startsAt: Date;
  dueAt: Date;
  totalDays: number;
  provisional: boolean;
  stoppedAt: Date | null;
  overdue: boolean | null;
  overdueDays: number;
}

/** A demand as it stood at a past moment (时点还原). */
export interface DemandThen {
  status: string;
  hostDepartment: string | null;
  reworkCount: number;
  conclusion: string | null;
  clocks: ClockThen[];
  /** Of the newest application to extend: PENDING, APPROVED, REJECTED, RETURNED, REFUSED; null when there was none. */
  extension: { status: string; requestedDueDate: string } | null;
  /** How many records the chain had, and its head. */
  records: number;
  head: string;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const same = (clock: ClockThen, payload: Record<string, unknown>) =>
  clock.kind === payload.kind && clock.round === Number(payload.round);

/** Told from the chain alone, event by event up to the moment. Null before the registration. */
export function demandAsOf(events: readonly StoredEvent[], at: Date): DemandThen | null {
  const past = events.filter((event) => new Date(event.occurredAt) <= at);
  if (past.length === 0) return null;
  const then: DemandThen = {
    status: 'REGISTERED',
    hostDepartment: null,
    reworkCount: 0,
    conclusion: null,
    clocks: [],
    extension: null,
    records: past.length,
    head: past[past.length - 1]!.hash,
  };
  for (const event of past) apply(then, event);
  return then;
}

function apply(then: DemandThen, { type, payload }: StoredEvent): void {
  if (type.startsWith('demand.')) {
    then.status = text(payload.status) ?? then.status;
    then.hostDepartment =
      type === 'demand.return-agreed' ? null : (text(payload.hostDepartment) ?? then.hostDepartment);
    then.conclusion = text(payload.conclusion) ?? then.conclusion;
    if (type === 'demand.rework-started') then.reworkCount = Number(payload.round);
  } else if (type === 'extension.requested')
    then.extension = { status: 'PENDING', requestedDueDate: String(payload.requestedDueDate) };
  else if (type === 'extension.applied' && then.extension) then.extension.status = 'APPROVED';
  else if (type === 'extension.closed' && then.extension) then.extension.status = String(payload.status);
  else if (type.startsWith('deadline.')) applyToClock(then, type, payload);
}

function applyToClock(then: DemandThen, type: string, payload: Record<string, any>): void {
  if (type === 'deadline.opened') {
    then.clocks.push({
      kind: payload.kind,
      round: Number(payload.round),
      startsAt: new Date(payload.startsAt),
      dueAt: new Date(payload.dueAt),
      totalDays: Number(payload.days),
      provisional: payload.provisional === true,
      stoppedAt: null,
      overdue: null,
      overdueDays: 0,
    });
    // The visit begins with its clock; the ledger has no event of its own for it.
    if (payload.kind === 'RETURN_VISIT') then.status = 'AWAITING_VISIT';
    return;
  }
  const clock = then.clocks.find((candidate) => same(candidate, payload));
  if (!clock) return;
  if (type === 'deadline.stopped') {
    clock.stoppedAt = new Date(payload.at);
    clock.overdue = payload.overdue === true;
    clock.overdueDays = Number(payload.overdueDays ?? 0);
  } else if (payload.to) {
    clock.dueAt = new Date(payload.to);
    if (payload.totalDays !== undefined) clock.totalDays = Number(payload.totalDays);
    if (payload.provisional !== undefined) clock.provisional = payload.provisional === true;
  }
}

/** The moments at which something changed, oldest first. */
export const momentsOf = (events: readonly StoredEvent[]): Date[] =>
  [...new Set(events.map((event) => event.occurredAt))].sort().map((moment) => new Date(moment));
