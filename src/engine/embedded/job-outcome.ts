import type { ActivatedJob, EngineCommand, JobOutcome } from '../port.ts';

/** What a handler has answered, if it is an answer at all and can be stored. */
export function checkedOutcome(outcome: JobOutcome): JobOutcome {
  const kinds: readonly unknown[] = ['complete', 'error', 'fail'];
  if (typeof outcome !== 'object' || outcome === null || !kinds.includes(outcome.kind))
    throw new Error('the handler gave no outcome');
  const variables = outcome.kind === 'fail' ? undefined : outcome.variables;
  if (variables === undefined) return outcome;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables))
    throw new Error('the variables of an outcome are an object');
  // Throws for what has no JSON, before it can spoil a batch.
  return { ...outcome, variables: JSON.parse(JSON.stringify(variables)) } as JobOutcome;
}

/** One retry less, after a pause that doubles. */
export function failureOf(job: ActivatedJob, error: unknown): JobOutcome {
  const attempt = Math.max(0, 3 - job.retries);
  return {
    kind: 'fail',
    errorMessage: error instanceof Error ? error.message : String(error),
    retries: Math.max(0, job.retries - 1),
    backoffMs: Math.min(60_000, 1000 * 2 ** attempt),
  };
}

export function commandOf(job: ActivatedJob, outcome: JobOutcome): EngineCommand {
  switch (outcome.kind) {
    case 'complete':
      return { type: 'completeJob', jobKey: job.key, variables: outcome.variables ?? {} };
    case 'error':
      return {
        type: 'throwError',
        jobKey: job.key,
        errorCode: outcome.errorCode,
        ...(outcome.errorMessage ? { errorMessage: outcome.errorMessage } : {}),
        ...(outcome.variables ? { variables: outcome.variables } : {}),
      };
    case 'fail':
      return {
        type: 'failJob',
        jobKey: job.key,
        retries: outcome.retries ?? job.retries - 1,
        errorMessage: outcome.errorMessage,
        ...(outcome.backoffMs ? { backoffMs: outcome.backoffMs } : {}),
      };
  }
}
