import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { shanghaiTime } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/errors.ts';
import type { House } from '../house.ts';

/** Generous for people, tight for guessing passwords. Counted per address; one node, one count. */
export function rateLimits(house: House): RequestHandler[] {
  const limit = (windowMs: number, max: number, applies: (path: string, method: string) => boolean): RequestHandler =>
    rateLimit({
      windowMs,
      limit: max,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      skip: (req) => !applies(req.path, req.method),
      handler: (req) => {
        const { resetTime } = (req as unknown as { rateLimit?: { resetTime?: Date } }).rateLimit ?? {};
        // Counted on the machine's time, told in the house's: the two differ where the clock can be moved.
        const wait = resetTime ? Math.max(0, +resetTime - Date.now()) : windowMs;
        const until = new Date(Math.ceil((+house.clock.now() + wait) / 60_000) * 60_000);
        throw new DomainError(
          'TooManyRequests',
          `操作太频繁，请在 ${shanghaiTime(until)} 以后再试。你填写的内容没有丢。`,
          { reason: 'rate-limit' },
        );
      },
    });
  return [
    limit(60_000, house.limits.requestsPerMinute, () => true),
    limit(10 * 60_000, house.limits.signInsPerTenMinutes, (path, method) => path === '/login' && method === 'POST'),
  ];
}
