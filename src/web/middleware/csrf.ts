import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { forbidden } from '../../kernel/errors.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The token of a session, a keyed hash of its id: nothing to store, nothing an attacker can compute. */
export const csrfToken = (secret: string, sessionId: string): string =>
  createHmac('sha256', secret).update(`csrf:${sessionId}`).digest('base64url');

/**
 * Every form carries `_csrf`. Requests that a browser says come from another site are refused before the token is even looked at.
 * Requests with a bearer token carry no cookie authority and need none.
 */
export function csrf(secret: string): RequestHandler {
  return (req, res, next) => {
    const sessionId: string = res.locals.sessionId ?? 'anonymous';
    const expected = csrfToken(secret, sessionId);
    res.locals.csrf = expected;
    if (SAFE.has(req.method) || req.headers.authorization?.startsWith('Bearer ')) return next();
    const site = req.headers['sec-fetch-site'];
    const given = String(req.body?._csrf ?? req.headers['x-csrf-token'] ?? '');
    const [sent, right] = [Buffer.from(given), Buffer.from(expected)];
    const same = sent.length === right.length && timingSafeEqual(sent, right);
    if ((site && site !== 'same-origin' && site !== 'none') || !same) {
      throw forbidden(
        '这个页面已经过期，或者请求不是从本系统的页面发出的。请返回上一页刷新后再提交，你填写的内容不会丢失。',
        { reason: 'csrf' },
      );
    }
    next();
  };
}
