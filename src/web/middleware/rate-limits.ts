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
        const reset =
          (req as unknown as { rateLimit?: { resetTime?: Date } }).rateLimit?.resetTime ??
          new Date(Date.now() + windowMs);
        throw new DomainError(
          'TooManyRequests',
          `操作太频繁，请在 ${shanghaiTime(reset)} 以后再试。你填写的内容没有丢。`,
        );
      },
    });
  return [
    limit(60_000, house.limits.requestsPerMinute, () => true),
    limit(10 * 60_000, house.limits.signInsPerTenMinutes, (path, method) => path === '/login' && method === 'POST'),
  ];
}
