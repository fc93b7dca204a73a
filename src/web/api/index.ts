import { type RequestHandler, Router } from 'express';
import { DomainError, notFound } from '../../kernel/errors.ts';
import type { House } from '../house.ts';
import { mount } from '../route.ts';
import type { ApiRoute } from './api-route.ts';
import { attachmentRoutes } from './attachment-routes.ts';
import { bulletinRoutes } from './bulletin-routes.ts';
import { demandRoutes } from './demand-routes.ts';
import { handlingRoutes } from './handling-routes.ts';
import { list, object, text } from './json-schema.ts';
import { legalRoutes } from './legal-routes.ts';
import { openApi } from './openapi.ts';
import { orderRoutes } from './order-routes.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { requireJson } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { statisticsRoutes } from './statistics-routes.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { supervisionRoutes } from './supervision-routes.ts';
import { taskRoutes } from './task-routes.ts';
import { wayRoutes } from './way-routes.ts';

/** The routes of the API. */
export function apiRoutes(house: House): ApiRoute[] {
  const routes: ApiRoute[] = [
    {
      method: 'get',
      path: '/openapi.json',
      permission: 'public',
      scope: '—',
      summary: '接口说明',
      answers: { 200: { description: 'OpenAPI 3.1', schema: { type: 'object' } } },
      handle: ({ res }) => void res.json(openApi(routes)),
    },
    {
      method: 'get',
      path: '/me',
      permission: 'account.own',
      scope: '本人',
      summary: '令牌代表谁',
      answers: {
        200: {
          description: '人、单位、部门、角色；scopes 为令牌限定的权限，不限定的没有这一项',
          schema: object(
            {
              login: text,
              name: text,
              orgCode: text,
              bureauLevel: text,
              departments: list(text),
              roles: list(text),
              scopes: list(text),
            },
            ['scopes'],
          ),
        },
      },
      handle({ res, actor }) {
        res.json({
          login: actor.login,
          name: actor.name,
          orgCode: actor.orgCode,
          bureauLevel: actor.bureauLevel,
          departments: actor.departments,
          roles: actor.roles,
          ...(actor.tokenScopes ? { scopes: actor.tokenScopes } : {}),
        });
      },
    },
    ...demandRoutes(house),
    ...handlingRoutes(house),
    ...legalRoutes(house),
    ...wayRoutes(house),
    ...supervisionRoutes(house),
    ...taskRoutes(house),
    ...orderRoutes(house),
    ...statisticsRoutes(house),
    ...bulletinRoutes(house),
    ...privacyRoutes(house),
    ...subscriptionRoutes(house),
    ...attachmentRoutes(house),
  ];
  return routes;
}

export function api(house: House): Router {
  const router = Router();
  const routes = apiRoutes(house);
  router.use(tokensOnly, jsonOnly);
  mount(router, routes.map(refuseUnknownQuery));
  router.use(otherMethod(routes));
  return router;
}

/** A session cookie has no authority here: a form of another site could send it along. */
const tokensOnly: RequestHandler = (_req, res, next) => {
  if (!res.locals.byToken) delete res.locals.actor;
  next();
};

const jsonOnly: RequestHandler = (req, _res, next) => {
  if (!req.is('multipart/form-data')) requireJson({ req });
  next();
};

/** A parameter nobody reads is a mistake of the caller, and would be a wrong answer silently. */
const refuseUnknownQuery = (route: ApiRoute): ApiRoute => ({
  ...route,
  handle(ask) {
    readQuery(ask.req.query, route.query ?? {});
    return route.handle(ask);
  },
});

/** A path that is known with another method says which; anything else is not found. */
function otherMethod(routes: readonly ApiRoute[]): RequestHandler {
  const known = routes.map((route) => ({
    method: route.method.toUpperCase(),
    matches: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}/?$`),
  }));
  return (req, res) => {
    const allowed = known.filter(({ matches }) => matches.test(req.path)).map(({ method }) => method);
    if (allowed.length > 0) {
      res.set('Allow', allowed.join(', '));
      throw new DomainError('Invalid', `这个接口不能用 ${req.method}，可用：${allowed.join('、')}。`, {
        reason: 'method-not-allowed',
      });
    }
    throw notFound(`没有接口 ${req.method} ${req.originalUrl.slice(0, 100)}。请看 /api/v1/openapi.json。`);
  };
}
