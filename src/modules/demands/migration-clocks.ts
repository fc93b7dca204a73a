import { type ClockBase, type Deadline, DeadlineEntity, dueIf, restateDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';
import { DemandEntity } from './entities.ts';
import { parameterFacts } from './parameter-facts.ts';

/** What becomes of the clocks when the process of a demand moves to another version: kept, counted anew from their start, or begun again now. */
export type ClockMode = 'KEEP' | 'RECOMPUTE' | 'RESTART';

export interface ClockChange {
  id: string;
  kind: string;
  from: string;
  to: string;
  before: ClockBase;
  after: ClockBase;
}

const DAYS: Record<string, string> = {
  TRANSFER: 'transfer.days',
  FEEDBACK: 'feedback.days',
  RETURN_VISIT: 'visit.within',
};

/**
 * Which due moments would move. A clock that is overdue keeps its verdict, one that was extended keeps what was approved, and clocks whose
 * days a person has set stay as they are.
 */
export async function clockChanges(work: Work, demandId: string, mode: ClockMode): Promise<ClockChange[]> {
  if (mode === 'KEEP') return [];
  const demand = await work.em.findOne(DemandEntity, { id: demandId });
  if (!demand) return [];
  const now = work.clock.now();
  const clocks = await work.em.find(
    DeadlineEntity,
    { subjectType: 'demand', subjectId: demandId, status: 'OPEN', dueAt: { $gt: now }, extensions: 0 },
    { orderBy: { startsAt: 'asc' } },
  );
  const parameters = await work.parameters(parameterFacts(demand));
  return clocks.flatMap((clock): ClockChange[] => {
    const name =
      clock.kind === 'HANDLING'
        ? demand.handlingMode === 'JOINT'
          ? 'handle.joint.days'
          : 'handle.single.days'
        : DAYS[clock.kind];
    if (!name) return [];
    const after = {
      startsAt: (mode === 'RESTART' ? now : clock.startsAt).toISOString(),
      totalDays: parameters.number(name),
    };
    const due = dueIf(work, clock, after).dueAt;
    if (+due === +clock.dueAt) return [];
    const before = { startsAt: clock.startsAt.toISOString(), totalDays: clock.totalDays };
    return [{ id: clock.id, kind: clock.kind, from: clock.dueAt.toISOString(), to: due.toISOString(), before, after }];
  });
}

/** Moves the clocks of one demand; answers what was moved. */
export async function applyClocks(
  work: Work,
  demandId: string,
  mode: ClockMode,
  reason: string,
): Promise<ClockChange[]> {
  const changes = await clockChanges(work, demandId, mode);
  for (const change of changes) await restateDeadline(work, await clockOf(work, change.id), change.after, reason);
  return changes;
}

/** Puts clocks back as they were, those that nobody has moved since; answers their ids. */
export async function takeBackClocks(work: Work, changes: readonly ClockChange[], reason: string): Promise<string[]> {
  const back: string[] = [];
  for (const change of changes) {
    const clock = await clockOf(work, change.id);
    if (clock.status !== 'OPEN' || clock.dueAt.toISOString() !== change.to || clock.extensions > 0) continue;
    await restateDeadline(work, clock, change.before, reason);
    back.push(change.id);
  }
  return back;
}

const clockOf = (work: Work, id: string): Promise<Deadline> => work.em.findOneOrFail(DeadlineEntity, { id });
