import type { EntityManager } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { OrgDirectory } from '../org/index.ts';
import type { Task } from './entities.ts';

/** Somebody a task may go to, and why. */
export interface Candidate {
  login: string;
  /** HOLDER, DELEGATE, VACANCY_FALLBACK, RECUSAL_FALLBACK, ... */
  via: string;
  onBehalfOf?: string;
  because?: string;
}

export interface ResolvedCandidates {
  candidates: Candidate[];
  /** Name of the task for lists: the element's name in the diagram. */
  title: string;
  /** One sentence for the page: 为什么是我办. */
  why: string;
  /** Nobody was found: tax service sees the task and assigns it. */
  unassignable: boolean;
  orgCode?: string;
  departmentCode?: string;
}

/** What the task room needs from the rest of the house for one unit of work. */
export interface TaskWork {
  em: EntityManager;
  actor: Actor;
  clock: Clock;
  ids: Ids;
  directory: OrgDirectory;
  resolveCandidates(request: {
    processId: string;
    processVersion: number;
    elementId: string;
    formId?: string;
    groups: readonly string[];
    assignee?: string;
    demandId?: string;
  }): Promise<ResolvedCandidates>;
}

/** Stores what a completed form says; one per form id. Runs inside the completing transaction. */
export type CompletionHandler = (
  work: TaskWork,
  completion: { task: Task; values: Record<string, unknown>; onBehalfOf?: string },
) => Promise<CompletionEffect>;

export interface CompletionEffect {
  /** Process variables beyond the form's own fields (`results` header). */
  variables?: Record<string, unknown>;
}
