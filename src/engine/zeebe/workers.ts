import type { Logger } from '../../kernel/logger.ts';
import type { ActivatedJob, JobHandler, JobOutcome } from '../port.ts';
import { faultOf } from './fault.ts';
import type { GatewayClient, Worker } from './gateway-client.ts';

export interface WorkerParts {
  gateway: GatewayClient;
  logger: Logger;
}

/** The workers of one client: a handler per job type, each answered with one command. */
export class Workers {
  readonly #gateway: GatewayClient;
  readonly #logger: Logger;
  readonly #workers = new Map<string, Worker>();
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(parts: WorkerParts, handlers: ReadonlyMap<string, JobHandler>) {
    this.#gateway = parts.gateway;
    this.#logger = parts.logger;
    for (const [type, handler] of handlers)
      this.#workers.set(
        type,
        parts.gateway.work(type, (job) => this.#track(this.#handle(job, handler))),
      );
  }

  /** Answered requests for jobs per type, for the watchdog. */
  answers(): Map<string, { answers: number; busy: number }> {
    return new Map(
      [...this.#workers].map(([type, worker]) => [type, { answers: worker.answers(), busy: worker.busy() }]),
    );
  }

  get running(): number {
    return this.#running.size;
  }

  /** Takes no new job and waits for those in hand, but not for ever: an unanswered job comes again. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    await Promise.race([
      Promise.allSettled([...this.#running]),
      new Promise((resolve) => setTimeout(resolve, withinMs).unref()),
    ]);
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async #handle(job: ActivatedJob, handler: JobHandler): Promise<void> {
    // Handed out while we stop: not touched, it comes again to another node or after the restart.
    if (this.#stopping) return;
    let outcome: JobOutcome;
    try {
      outcome = await handler(job);
    } catch (error) {
      this.#logger.error({ err: error, jobType: job.type, jobKey: job.key }, 'job handler failed');
      outcome = { kind: 'fail', errorMessage: (error as Error).message };
    }
    try {
      await this.#gateway.send(commandOf(job, outcome));
    } catch (error) {
      const fault = faultOf(error);
      // Done by somebody else, or withdrawn meanwhile: nothing is owed.
      if (fault.kind === 'rejected')
        this.#logger.debug({ jobKey: job.key, code: fault.rejection.code }, 'job was already gone');
      else
        this.#logger.warn(
          { err: error, jobKey: job.key, jobType: job.type },
          'job outcome did not reach zeebe; the job comes again',
        );
    }
  }
}

function commandOf(job: ActivatedJob, outcome: JobOutcome): Parameters<GatewayClient['send']>[0] {
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
        // Left out it would count as 0, and that is an incident at once.
        retries: outcome.retries ?? Math.max(0, job.retries - 1),
        errorMessage: outcome.errorMessage,
        backoffMs: outcome.backoffMs ?? Math.min(60_000, 1000 * 2 ** Math.max(0, 3 - job.retries)),
      };
  }
}
