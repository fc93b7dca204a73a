import type { Logger } from '../../kernel/logger.ts';

export interface WatchdogParts<Client> {
  /** Answered requests for jobs so far and jobs in hand, per worker. */
  answers(): ReadonlyMap<string, { answers: number; busy: number }>;
  /** A new client that the gateway has answered; rejects when the gateway is away. */
  freshClient(): Promise<Client>;
  /** Puts it in the place of the old one, with new workers. */
  replaceBy(client: Client): Promise<void>;
  logger: Logger;
  /** A worker with free hands that got no answer for this long is hung. */
  quietMs: number;
  now(): number;
}

/**
 * Notices a hung client: a worker with free hands has had no answer for twice the long poll, and yet the gateway answers a new
 * client. A half-open connection looks like this; zeebe-node itself notices it after many minutes, or never.
 */
export class Watchdog<Client> {
  readonly #parts: WatchdogParts<Client>;
  #seen = new Map<string, { answers: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;
  rebuilt = 0;

  constructor(parts: WatchdogParts<Client>) {
    this.#parts = parts;
  }

  start(everyMs: number): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'zeebe watchdog failed'))
        .finally(() => {
          this.#looking = undefined;
        });
    }, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const now = this.#parts.now();
    const hung: string[] = [];
    for (const [type, { answers, busy }] of this.#parts.answers()) {
      const seen = this.#seen.get(type);
      if (!seen || seen.answers !== answers || busy > 0) this.#seen.set(type, { answers, at: now });
      else if (now - seen.at >= this.#parts.quietMs) hung.push(type);
    }
    if (hung.length === 0) return;
    let client: Client;
    try {
      client = await this.#parts.freshClient();
    } catch {
      // The gateway is away: a new client would not help.
      return;
    }
    if (this.#stopped) return;
    this.#parts.logger.warn(
      { workers: hung },
      'zeebe workers hang although the gateway answers; the client is replaced',
    );
    await this.#parts.replaceBy(client);
    this.#seen = new Map();
    this.rebuilt += 1;
  }
}
