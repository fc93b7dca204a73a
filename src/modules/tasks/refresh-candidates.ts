import { FOR_UPDATE, sqlOf } from '../../db/orm.ts';
import { appendEvent } from '../history/index.ts';
import type { Candidate, TaskWork } from './context.ts';
import { type Task, TaskEntity } from './entities.ts';

/**
 * Looks again who may take a task, after posts, delegations or people have changed: a task never waits for somebody who has left,
 * and who stands in sees it. A person who has taken the task and is in office keeps it; what tax service assigned by hand stays.
 * Answers whether anything changed.
 */
export async function refreshCandidates(work: TaskWork, task: Task): Promise<boolean> {
  const active = (login: string) => work.directory.activeUser(login) !== undefined;
  if (task.status !== 'OPEN' || (task.claimedAt && task.assignee && active(task.assignee))) return false;
  const resolved = await work.resolveCandidates({
    processId: task.processId,
    processVersion: task.processVersion,
    elementId: task.elementId,
    groups: task.candidateGroups,
    ...(task.formId ? { formId: task.formId } : {}),
    ...(task.namedAssignee ? { assignee: task.namedAssignee } : {}),
    ...(task.demandId ? { demandId: task.demandId } : {}),
  });
  const byHand = Object.entries(task.via).flatMap(([login, how]): Candidate[] =>
    how.via === 'ASSIGNED' && active(login) ? [{ login, ...how }] : [],
  );
  const candidates = [...resolved.candidates, ...byHand];
  const logins = [...new Set(candidates.map((candidate) => candidate.login))];
  const added = logins.filter((login) => !task.candidates.includes(login));
  const removed = task.candidates.filter((login) => !logins.includes(login));
  const left = task.assignee !== null && task.assignee !== undefined && !logins.includes(task.assignee);
  if (added.length + removed.length === 0 && !left) return false;
  task.candidates = logins;
  task.via = Object.fromEntries(candidates.map(({ login, ...rest }) => [login, rest]));
  task.assignee = logins.length === 1 ? logins[0]! : null;
  task.claimedAt = null;
  task.unassignable = logins.length === 0;
  if (byHand.length === 0) task.why = resolved.why;
  task.revision += 1;
  await work.em.flush();
  if (task.demandId)
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: task.demandId,
      type: 'task.candidates-changed',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { taskId: task.id, title: task.title, added, removed },
    });
  return true;
}

/** Open tasks after an id, locked, in the order of their ids. */
export const openTasksAfter = (work: TaskWork, id: string, limit: number): Promise<Task[]> =>
  work.em.find(TaskEntity, { status: 'OPEN', id: { $gt: id } }, { orderBy: { id: 'asc' }, limit, ...FOR_UPDATE });
