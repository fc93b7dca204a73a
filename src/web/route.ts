import type { Request, RequestHandler, Response, Router } from 'express';
import type { Actor } from '../kernel/actor.ts';
import { DomainError, type FieldProblem } from '../kernel/errors.ts';
import { type Permission, requirePermission } from '../modules/access/index.ts';

/** A request of somebody who is signed in and may be here. */
export interface Ask {
  req: Request;
  res: Response;
  actor: Actor;
}

/** Every route says what it needs; a test walks all of them with all roles. `scope` says in words what of the data stands behind it. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  permission: Permission | 'public';
  scope: string;
  handle(ask: Ask): Promise<void> | void;
}

/** Open to somebody whose password was given by an administrator and has to be changed first. */
const BEFORE_A_NEW_PASSWORD = new Set(['/me/password', '/logout']);

/** Binds routes to a router with their permission checked first. */
export function mount(router: Router, routes: readonly Route[]): void {
  for (const route of routes) {
    const handler: RequestHandler = async (req, res) => {
      const actor: Actor | undefined = res.locals.actor;
      if (route.permission !== 'public') {
        if (!actor) throw new DomainError('Unauthenticated', '请先登录。登录已过期的，重新登录后回到这一页。');
        if (res.locals.session?.mustChangePassword && !BEFORE_A_NEW_PASSWORD.has(route.path))
          return res.redirect(303, '/me/password');
        requirePermission(actor, route.permission);
      }
      await route.handle({ req, res, actor: actor as Actor });
    };
    router[route.method](route.path, handler);
  }
}

/** What was wrong with the uploads of this request, one sentence per file. */
export const uploadProblems = (res: Response): readonly FieldProblem[] => res.locals.uploadProblems ?? [];

/** One text of a query or body; undefined when empty or absent. */
export const textOf = (value: unknown): string | undefined => {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first.trim() !== '' ? first.trim() : undefined;
};

/** Only paths of this site: a link in an address must not lead elsewhere. */
export const localPath = (next: string | undefined): string | undefined =>
  next && /^\/(?![/\\])/.test(next) ? next : undefined;

/** A path with one word of its query set. */
export function withQuery(path: string, name: string, value: string): string {
  const url = new URL(path, 'http://here');
  url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}
