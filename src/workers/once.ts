import { sqlOf } from '../db/orm.ts';
import type { Sql } from '../db/sql.ts';
import type { ActivatedJob, JobHandler, Variables } from '../engine/port.ts';
import { isDomainError } from '../kernel/errors.ts';
import type { Work } from '../modules/demands/index.ts';

/**
 * Runs a unit of work of the program itself in one transaction. Told the key of a job, it also looks for what that job has answered before,
 * in the look at the versions in force that every unit of work begins with.
 */
export type RunWork = <T>(effect: (work: Work, before?: Before) => Promise<T>, jobKey?: string) => Promise<T>;

/** `answer`: what the job has answered, when its effect has already happened. */
export interface Before {
  answer: Variables | null;
}

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
      const variables = await run(async (work, before) => {
        const sql = sqlOf(work.em);
        const answer = before ? before.answer : await answerOf(sql, job.key);
        if (answer) return answer;
        const result = (await effect(work, job)) ?? {};
        await work.em.flush();
        await sql.query('insert into job_effect (job_key, variables) values ($1, $2::jsonb)', [
          job.key,
          JSON.stringify(result),
        ]);
        return result;
      }, job.key);
      return { kind: 'complete', variables };
    } catch (error) {
      if (isDomainError(error)) return { kind: 'fail', errorMessage: error.message, retries: 0 };
      throw error;
    }
  };
}

async function answerOf(sql: Sql, jobKey: string): Promise<Variables | null> {
  const [done] = await sql.query<{ variables: Variables }>('select variables from job_effect where job_key = $1', [
    jobKey,
  ]);
  return done?.variables ?? null;
}

/** The demand a job is about; every process of the house carries it. */
export function demandIdOf(job: ActivatedJob): string {
  const id = job.variables.demandId;
  if (typeof id !== 'string') throw new Error(`job ${job.type} of ${job.elementId} has no variable demandId`);
  return id;
}
