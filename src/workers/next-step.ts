import type { JobHandler } from '../engine/port.ts';

/** When nothing of the kind comes, the whole house is waited for instead: an action that opens no task, a step taken by another node. */
const GRACE_MS = 80;

/**
 * Lets a page wait for the next step of its own demand, not for everybody else's work: until a task of it has been opened or its
 * instance has ended, and no handler is at work for it.
 */
export class NextStep {
  readonly #atWork = new Map<string, number>();
  readonly #reached = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** A handler that is known to be at work for its demand. */
  watched(handler: JobHandler): JobHandler {
    return async (job) => {
      const demandId = job.variables.demandId;
      if (typeof demandId !== 'string') return handler(job);
      this.#atWork.set(demandId, (this.#atWork.get(demandId) ?? 0) + 1);
      try {
        return await handler(job);
      } finally {
        const left = this.#atWork.get(demandId)! - 1;
        if (left > 0) this.#atWork.set(demandId, left);
        else {
          this.#atWork.delete(demandId);
          if (this.#reached.has(demandId)) this.#wake(demandId);
        }
      }
    };
  }

  /** Told after the commit: tasks of these demands can be seen now, or they have come to their end. */
  reached(demandIds: Iterable<string>): void {
    for (const demandId of demandIds) {
      if (!this.#waiting.has(demandId)) continue;
      if (this.#atWork.has(demandId)) this.#reached.add(demandId);
      else this.#wake(demandId);
    }
  }

  /** Resolves with the next step of the demand, or with `settled` where that comes first, or after so many milliseconds. */
  async of(demandId: string, settle: () => Promise<void>, patienceMs: number): Promise<void> {
    let done: () => void = () => {};
    const seen = new Promise<void>((resolve) => {
      done = resolve;
    });
    const others = this.#waiting.get(demandId) ?? new Set();
    this.#waiting.set(demandId, others.add(done));
    const grace = setTimeout(() => void settle().then(done, done), GRACE_MS);
    const enough = setTimeout(done, patienceMs);
    await seen;
    clearTimeout(grace);
    clearTimeout(enough);
    others.delete(done);
    if (others.size === 0) {
      this.#waiting.delete(demandId);
      this.#reached.delete(demandId);
    }
  }

  #wake(demandId: string): void {
    this.#reached.delete(demandId);
    for (const wake of this.#waiting.get(demandId) ?? []) wake();
  }
}
