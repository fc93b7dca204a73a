import type { TaskWork } from './context.ts';
import { type Task, TaskEntity } from './entities.ts';

/** What the record of a created user-task job says. */
export interface JobOpened {
  jobKey: string;
  processInstanceKey: string;
  processId: string;
  processVersion: number;
  elementId: string;
  elementInstanceKey: string;
  headers: Record<string, string>;
  demandId?: string;
  createdAt: Date;
}

/** Opens the work item of a user-task job. Idempotent by job key: the record stream may repeat itself. */
export async function openTask(work: TaskWork, job: JobOpened): Promise<Task> {
  const known = await work.em.findOne(TaskEntity, { jobKey: job.jobKey });
  if (known) return known;
  const groups = parseList(job.headers['io.camunda.zeebe:candidateGroups']);
  const assignee = job.headers['io.camunda.zeebe:assignee'];
  const formId = job.headers['io.camunda.zeebe:formKey'];
  const resolved = await work.resolveCandidates({
    processId: job.processId,
    processVersion: job.processVersion,
    elementId: job.elementId,
    groups,
    ...(formId ? { formId } : {}),
    ...(assignee ? { assignee } : {}),
    ...(job.demandId ? { demandId: job.demandId } : {}),
  });
  const logins = [...new Set(resolved.candidates.map((candidate) => candidate.login))];
  return work.em.create(
    TaskEntity,
    {
      id: work.ids.uuid(),
      jobKey: job.jobKey,
      processInstanceKey: job.processInstanceKey,
      processId: job.processId,
      processVersion: job.processVersion,
      elementId: job.elementId,
      elementInstanceKey: job.elementInstanceKey,
      title: resolved.title,
      formId: formId ?? null,
      demandId: job.demandId ?? null,
      orgCode: resolved.orgCode ?? null,
      departmentCode: resolved.departmentCode ?? null,
      namedAssignee: assignee ?? null,
      candidateGroups: groups,
      candidates: logins,
      assignee: logins.length === 1 ? logins[0]! : null,
      why: resolved.why,
      via: Object.fromEntries(resolved.candidates.map(({ login, ...rest }) => [login, rest])),
      unassignable: resolved.unassignable,
      clock: job.headers.clock ?? null,
      resultNames: (job.headers.results ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
      status: 'OPEN',
      createdAt: job.createdAt,
      claimedAt: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      completedAt: null,
      completedBy: null,
      completedOnBehalfOf: null,
      values: null,
      revision: 1,
    },
    { persist: true },
  );
}

/** Candidate groups arrive as JSON text (`["tax-service"]`). */
function parseList(text: string | undefined): string[] {
  if (!text) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return text.split(',').map((item) => item.trim());
  }
}
