import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { DomainError, forbidden } from '../../kernel/errors.ts';
import { type ParkedForm, parkForm } from '../../modules/access/index.ts';
import type { House } from '../house.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Forms about being signed in keep nothing: they hold secrets, or nothing worth keeping. */
const UNKEPT = /^\/(login|logout|preferences|demo|me\/password)\b/;

/** The token of a session, a keyed hash of its id: nothing to store, nothing an attacker can compute. */
export const csrfToken = (secret: string, sessionId: string): string =>
  createHmac('sha256', secret).update(`csrf:${sessionId}`).digest('base64url');

/**
 * Every form carries `_csrf`. Requests that a browser says come from another site are refused before the token is even looked at.
 * Requests with a bearer token carry no cookie authority and need none.
 *
 * A form of our own pages that comes too late - the session is over, or its window is older than the sign-in - is not submitted and
 * not lost: it is parked for its owner and comes back filled in.
 */
export function csrf(house: House): RequestHandler {
  return async (req, res, next) => {
    const sessionId: string = res.locals.sessionId ?? 'anonymous';
    const expected = csrfToken(house.secret, sessionId);
    res.locals.csrf = expected;
    if (SAFE.has(req.method) || req.headers.authorization?.startsWith('Bearer ')) return next();
    const given = String(req.body?._csrf ?? req.headers['x-csrf-token'] ?? '');
    const ours = isOurs(req);
    if (ours && same(given, expected)) return next();
    // An old sign-in page while signed in, an old sign-out button while signed out: what was wanted is already so.
    if (ours && req.path === '/login' && res.locals.actor) return res.redirect(303, '/');
    if (ours && req.path === '/logout' && !res.locals.actor) return res.redirect(303, '/login');
    const ended: { id: string; login: string } | undefined = res.locals.endedSession;
    if (ours && ended && same(given, csrfToken(house.secret, ended.id)))
      return signInAgain(req, res, await keep(house, req, ended.login, 'session-ended'));
    if (ours && res.locals.actor && fromOurPage(req)) {
      const parked = await keep(house, req, res.locals.actor.login, 'page-expired');
      if (parked) return res.redirect(303, parked);
    }
    if (ours && res.locals.sessionEnded && !UNKEPT.test(req.path))
      throw new DomainError('Unauthenticated', '登录已过期，请重新登录。');
    throw forbidden(
      '这个页面已经过期，或者请求不是从本系统的页面发出的。请返回上一页刷新后再提交，你填写的内容不会丢失。',
      { reason: 'csrf' },
    );
  };
}

/** Browsers say where a request comes from; one that does not say is judged by its token alone. */
function isOurs(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site) return site === 'same-origin' || site === 'none';
  const origin = req.headers.origin;
  return !origin || origin === 'null' || hostOf(origin) === req.headers.host;
}

/** Stricter than `isOurs`: without a right token only a request that certainly comes from a page of ours is kept. */
const fromOurPage = (req: Request): boolean =>
  req.headers['sec-fetch-site'] === 'same-origin' ||
  (!req.headers['sec-fetch-site'] && Boolean(req.headers.origin) && hostOf(req.headers.origin!) === req.headers.host);

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Parks the form and answers the address of the page where it stood; undefined when there is nothing to keep. */
async function keep(
  house: House,
  req: Request,
  login: string,
  reason: ParkedForm['reason'],
): Promise<string | undefined> {
  if (UNKEPT.test(req.path)) return undefined;
  const id = await parkForm({ sql: house.sql, clock: house.clock, ids: house.ids, secret: house.secret }, login, {
    action: req.path,
    reason,
    fields: req.body ?? {},
  });
  if (!id) return undefined;
  const page = pageOf(req);
  page.searchParams.delete('ok');
  page.searchParams.set('parked', id);
  return `${page.pathname}${page.search}`;
}

function signInAgain(req: Request, res: Response, parked: string | undefined): void {
  const page = pageOf(req);
  const back = parked ?? (UNKEPT.test(page.pathname) ? '/' : `${page.pathname}${page.search}`);
  res.redirect(303, `/login?why=${parked ? 'parked' : 'expired'}&next=${encodeURIComponent(back)}`);
}

/** The page a form stood on: what the browser names as referrer, when it is ours; otherwise the address the form went to. */
function pageOf(req: Request): URL {
  const here = new URL(req.originalUrl, 'http://here');
  const from = req.headers.referer;
  if (!from || !URL.canParse(from) || hostOf(from) !== req.headers.host) return here;
  return new URL(from);
}

const hostOf = (address: string): string | undefined => (URL.canParse(address) ? new URL(address).host : undefined);
