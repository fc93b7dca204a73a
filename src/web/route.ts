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

/** Binds routes to a router with their permission checked first. */
export function mount(router: Router, routes: readonly Route[]): void {
  for (const route of routes) {
    const handler: RequestHandler = async (req, res) => {
      const actor: Actor | undefined = res.locals.actor;
      if (route.permission !== 'public') {
        if (!actor) throw new DomainError('Unauthenticated', '请先登录。登录已过期的，重新登录后回到这一页。');
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
