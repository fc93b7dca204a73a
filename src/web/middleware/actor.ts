import type { RequestHandler } from 'express';
import { actorOf, sessionIdOf, sessionLogin, tokenGrant } from '../../modules/access/index.ts';
import type { House } from '../house.ts';
import { readCookie } from './cookies.ts';

export const SESSION_COOKIE = 'suying_session';

/** Finds out who asks: a bearer token on the API, a session cookie on pages. Nobody is a valid answer; routes say what they need. */
export function actor(house: House): RequestHandler {
  return async (req, res, next) => {
    const work = { sql: house.sql, clock: house.clock };
    const bearer = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1];
    const token = bearer ?? readCookie(req, SESSION_COOKIE);
    if (token) {
      const grant = bearer ? await tokenGrant(work, token) : undefined;
      const login = bearer ? grant?.login : await sessionLogin(work, token);
      const options = { tokenScopes: grant?.scopes };
      const found = login ? actorOf(await house.directory(), login, req.ip, options) : undefined;
      if (found) {
        res.locals.actor = found;
        res.locals.byToken = bearer !== undefined;
        if (!bearer) {
          res.locals.sessionId = sessionIdOf(token);
          res.locals.sessionToken = token;
        }
      }
    }
    next();
  };
}
