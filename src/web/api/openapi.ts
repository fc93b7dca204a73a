import type { ApiRoute } from './api-route.ts';
import type { JsonSchema } from './json-schema.ts';
import { reference } from './json-schema.ts';
import { SCHEMAS } from './views.ts';

const PROBLEMS: Record<number, string> = {
  400: '请求正文不是有效的 JSON',
  401: '没有令牌，或令牌已失效',
  403: '岗位或令牌没有这项权限',
  404: '没有找到，或者不在范围内',
  409: '冲突：别人先办了、状态已变，或幂等键已用于别的内容',
  413: '内容太大',
  415: '正文类型不是 application/json',
  422: '内容有误；errors 逐项给出 JSON 指针（查询参数写作 /名称）和怎样改',
  429: '操作太频繁',
};

const problem = (status: number) => ({
  description: PROBLEMS[status],
  content: { 'application/problem+json': { schema: reference('Problem') } },
});

/** OpenAPI 3.1, made from the table of routes and the forms themselves. */
export function openApi(routes: readonly ApiRoute[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path]![route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: '速应 API',
      version: '1',
      description:
        '登记、查询、任务、历史、解释、期限。个人信息一律脱敏；时间为 ISO 8601，日期为北京时间的日历日。不认识的字段和查询参数会被拒绝，不会被忽略。',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '“我的”里创建的个人访问令牌，可限定权限' },
      },
      schemas: SCHEMAS,
    },
  };
}

function operation(route: ApiRoute) {
  const open = route.permission === 'public';
  const usual = [
    ...(open ? [] : [401, 403]),
    ...(route.path.includes(':') ? [404] : []),
    ...(route.body ? [400, 413, 415] : []),
    ...(route.upload ? [413, 415] : []),
    429,
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: `权限：${route.permission}；范围：${route.scope}`,
    parameters: [
      ...[...route.path.matchAll(/:(\w+)/g)].map(([, name]) => parameter(name!, 'path', { type: 'string' }, '')),
      ...Object.entries(route.query ?? {}).map(([name, { schema, description }]) =>
        parameter(name, 'query', schema, description),
      ),
      ...Object.entries(route.headers ?? {}).map(([name, { schema, description }]) =>
        parameter(name, 'header', schema, description),
      ),
    ],
    ...(route.upload
      ? { requestBody: { required: true, content: { 'multipart/form-data': { schema: route.upload } } } }
      : {}),
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, { description, schema }]) => [
          status,
          { description, ...(schema ? { content: { 'application/json': { schema } } } : {}) },
        ]),
      ),
      ...Object.fromEntries([...usual, ...(route.problems ?? [])].sort().map((status) => [status, problem(status)])),
    },
    security: open ? [] : [{ token: [] }],
  };
}

const parameter = (name: string, place: string, schema: JsonSchema, description: string) => ({
  name,
  in: place,
  ...(place === 'path' ? { required: true } : {}),
  ...(description ? { description } : {}),
  schema,
});

/** `get /demands/:number/clocks` becomes `getDemandsNumberClocks`. */
const operationId = ({ method, path }: ApiRoute): string =>
  method +
  path
    .split(/[^A-Za-z]+/)
    .filter(Boolean)
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join('');
