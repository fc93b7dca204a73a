import { sqlOf } from '../db/orm.ts';
import type { ActivatedJob, JobHandler, Variables } from '../engine/port.ts';
import { isDomainError } from '../kernel/errors.ts';
import type { Work } from '../modules/demands/index.ts';

/** Runs a unit of work of the program itself in one transaction. */
export type RunWork = <T>(effect: (work: Work) => Promise<T>) => Promise<T>;

/**
 * A handler whose effect happens once per job, however often the engine hands the job out: the effect and the note
 * that it is done are one transaction. A designed error becomes an incident with its Chinese sentence; retrying would not help it.
 */
export function once(
  run: RunWork,
  effect: (work: Work, job: ActivatedJob) => Promise<Variables | undefined>,
): JobHandler {
  return async (job) => {
    try {
      const variables = await run(async (work) => {
        const sql = sqlOf(work.em);
        const [done] = await sql.query<{ variables: Variables }>(
          'select variables from job_effect where job_key = $1',
          [job.key],
        );
        if (done) return done.variables;
        const result = (await effect(work, job)) ?? {};
        await work.em.flush();
        await sql.query('insert into job_effect (job_key, variables) values ($1, $2::jsonb)', [
          job.key,
          JSON.stringify(result),
        ]);
        return result;
      });
      return { kind: 'complete', variables };
    } catch (error) {
      if (isDomainError(error)) return { kind: 'fail', errorMessage: error.message, retries: 0 };
      throw error;
    }
  };
}

/** The demand a job is about; every process of the house carries it. */
export function demandIdOf(job: ActivatedJob): string {
  const id = job.variables.demandId;
  if (typeof id !== 'string') throw new Error(`job ${job.type} of ${job.elementId} has no variable demandId`);
  return id;
}
