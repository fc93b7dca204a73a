import { conflict } from '../../../../kernel/errors.ts';
import { type DemandCase, refusalOf, Trial } from '../../../../tryout/index.ts';
import type { House } from '../../../house.ts';
import { designsOf } from './drafts-tried.ts';

/** A trial somebody has open. */
export interface OpenedTrial {
  trial: Trial;
  login: string;
  processId: string;
  sample: DemandCase;
  /** Starts without a demand: the variables it was given. */
  variables: string | null;
  /** Titles of the drafts that are tried; empty when only what is in force is. */
  drafts: readonly string[];
  draftKeys: readonly string[];
  /** What went wrong last, until the next step. */
  said: string;
}

/** So many at once on a site: each is a whole house in memory. */
const MOST = 2;
const IDLE_MS = 20 * 60_000;

interface Kept {
  opened: OpenedTrial;
  idle: NodeJS.Timeout;
}

/** Trials by person, one each. They are this node's own and end with it, or when nobody has touched them for a while. */
export class TrialKeeper {
  readonly #kept = new Map<string, Kept>();
  readonly #house: House;

  constructor(house: House) {
    this.#house = house;
  }

  /** The trial somebody has open of this process. */
  of(login: string, processId: string): OpenedTrial | undefined {
    const kept = this.#kept.get(login);
    if (kept?.opened.processId !== processId) return undefined;
    kept.idle.refresh();
    return kept.opened;
  }

  /** Opens a trial in place of the one the person had. Refused with the reason when the designs cannot run or too many are open. */
  async open(
    login: string,
    begin: {
      processId: string;
      sample: DemandCase;
      start: Date;
      variables: string | null;
      draftKeys: readonly string[];
    },
  ): Promise<OpenedTrial> {
    await this.close(login);
    if (this.#kept.size >= MOST)
      throw conflict(`已经有 ${MOST} 个人在试运行，请稍后再试：每次试运行都要在内存里开一整套系统。`, {
        reason: 'too-many-trials',
      });
    const { designs, titles } = await designsOf(this.#house, begin.draftKeys);
    const inside = await this.#house.openTrial(designs, begin.start).catch((error: unknown) => {
      throw conflict(refusalOf(error), { reason: 'not-runnable' });
    });
    const opened: OpenedTrial = {
      trial: await Trial.on(inside, begin.processId),
      login,
      processId: begin.processId,
      sample: begin.sample,
      variables: begin.variables,
      drafts: titles,
      draftKeys: begin.draftKeys,
      said: '',
    };
    const idle = setTimeout(
      () => void this.close(login).catch((error) => this.#house.logger.error({ err: error }, 'closing a trial failed')),
      IDLE_MS,
    );
    idle.unref();
    this.#kept.set(login, { opened, idle });
    return opened;
  }

  async close(login: string): Promise<void> {
    const kept = this.#kept.get(login);
    if (!kept) return;
    this.#kept.delete(login);
    clearTimeout(kept.idle);
    await kept.opened.trial.house.close();
  }
}
