import type { RequestHandler } from 'express';
import { actorOf, currentSession, endedSession, sessionIdOf, tokenGrant } from '../../modules/access/index.ts';
import type { House } from '../house.ts';
import { readCookie } from './cookies.ts';

export const SESSION_COOKIE = 'suying_session';
/** Asked by a page on its own, not by a person: they do not keep a session alive. */
const QUIET = new Set(['/counts', '/session', '/tasks/new']);

/**
 * Finds out who asks: a bearer token on the API, a session cookie on pages. Nobody is a valid answer; routes say what they need.
 * A session that has ended is noted, so that what was typed in it can be kept for its owner.
 */
export function actor(house: House): RequestHandler {
  return async (req, res, next) => {
    const work = { sql: house.sql, clock: house.clock };
    const bearer = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1];
    if (bearer) {
      const grant = await tokenGrant(work, bearer);
      const narrowed = grant?.scopes ? { tokenScopes: grant.scopes } : {};
      const found = grant ? actorOf(await house.directory(grant.orgVersion), grant.login, req.ip, narrowed) : undefined;
      if (found) Object.assign(res.locals, { actor: found, byToken: true });
      return next();
    }
    const token = readCookie(req, SESSION_COOKIE);
    if (!token) return next();
    // The page will want the outlook as well, whoever asks.
    const [session, outlook] = await Promise.all([
      currentSession(work, token, { quietly: QUIET.has(req.path) && req.query.keep !== '1' }),
      house.outlook(),
    ]);
    res.locals.pageOutlook = outlook;
    const found = session && actorOf(outlook.directory, session.login, req.ip);
    if (session && found) {
      res.locals.actor = found;
      res.locals.sessionId = sessionIdOf(token);
      res.locals.sessionToken = token;
      res.locals.session = session;
    } else {
      res.locals.endedSession = await endedSession(work, token);
      res.locals.sessionEnded = true;
    }
    next();
  };
}
