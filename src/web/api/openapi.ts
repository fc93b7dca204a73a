import type { Component, Form } from '../../modules/forms/index.ts';
import type { Route } from '../route.ts';

const SUMMARIES: Record<string, string> = {
  'get /openapi.json': '接口说明',
  'get /me': '当前用户',
  'post /demands': '登记诉求',
  'get /demands': '查询台账',
  'get /demands/:number': '诉求件',
  'get /demands/:number/history': '历史与核验',
  'get /demands/:number/clocks': '期限',
  'get /demands/:number/explanations': '规则判断的解释',
  'get /demands/:number/tasks': '诉求件的任务',
  'post /demands/:number/extensions': '申请延期',
  'get /demands/:number/extensions': '延期申请',
  'post /demands/:number/withdrawal': '登记撤回',
  'get /tasks': '我的任务',
  'get /tasks/:id': '任务与表单',
  'post /tasks/:id/claim': '领取任务',
  'put /tasks/:id/draft': '保存草稿',
  'post /tasks/:id/complete': '完成任务',
};
const FORMS: Record<string, string> = {
  'post /demands': 'register-demand',
  'post /demands/:number/extensions': 'request-extension',
  'post /demands/:number/withdrawal': 'withdraw-demand',
};
const FILTERS = [
  'q',
  'orgCode',
  'channel',
  'category',
  'status',
  'hostDepartment',
  'from',
  'to',
  'time',
  'state',
  'tag',
  'limit',
  'offset',
];

/** OpenAPI 3.1, made from the routes and the forms themselves, so that it cannot say something else than the handlers do. */
export function openApi(routes: readonly Route[], forms: ReadonlyMap<string, Form>) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const name = `${route.method} ${route.path}`;
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const form = FORMS[name] ? forms.get(FORMS[name]!) : undefined;
    const hasBody = route.method !== 'get' && name !== 'post /tasks/:id/claim';
    paths[path] ??= {};
    paths[path]![route.method] = {
      summary: SUMMARIES[name] ?? route.path,
      description: `权限：${route.permission}；范围：${route.scope}`,
      parameters: [
        ...[...route.path.matchAll(/:(\w+)/g)].map(([, parameter]) => ({
          name: parameter,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
        ...(name === 'get /demands'
          ? FILTERS.map((filter) => ({ name: filter, in: 'query', schema: { type: 'string' } }))
          : []),
        ...(name === 'post /demands'
          ? [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 200 } }]
          : []),
      ],
      ...(hasBody
        ? {
            requestBody: {
              required: true,
              content: { 'application/json': { schema: form ? schemaOf(form) : { type: 'object' } } },
            },
          }
        : {}),
      responses: {
        ...answersOf(name),
        ...(route.permission === 'public' ? {} : { 401: problem('没有登录'), 403: problem('没有权限') }),
        ...(hasBody ? { 409: problem('冲突'), 422: problem('内容有误，errors 里是 JSON 指针') } : {}),
        ...(route.path.includes(':') ? { 404: problem('没有找到') } : {}),
      },
      security: route.permission === 'public' ? [] : [{ token: [] }],
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: '速应 API', version: '1', description: '登记、查询、任务、历史、解释、期限。个人信息一律脱敏。' },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: '“我的账号”里创建的个人访问令牌' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string' },
            requestId: { type: 'string' },
            errors: {
              type: 'array',
              items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
            },
          },
        },
      },
    },
  };
}

function answersOf(name: string): Record<number, unknown> {
  const json = (description: string) => ({
    description,
    content: { 'application/json': { schema: { type: 'object' } } },
  });
  if (name === 'post /demands') return { 201: json('已登记'), 200: json('幂等键已用过，返回第一次的结果') };
  if (name === 'post /demands/:number/extensions') return { 201: json('已提交') };
  if (name === 'post /demands/:number/withdrawal') return { 202: json('已受理') };
  if (name === 'put /tasks/:id/draft') return { 204: { description: '已保存' } };
  return { 200: json('成功') };
}

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** JSON schema of a form's answer. Conditional fields are optional here; the server asks for them when their condition holds. */
function schemaOf(form: Form) {
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  const walk = (components: readonly Component[], conditional: boolean): void => {
    for (const component of components) {
      const hidden = conditional || component.conditional?.hide !== undefined;
      if (component.type === 'group') walk(component.components ?? [], hidden);
      else if (component.key) {
        properties[component.key] = fieldSchema(component);
        if (component.validate?.required && !hidden) required.push(component.key);
      }
    }
  };
  walk(form.components, false);
  return { type: 'object', title: form.title, properties, required };
}

function fieldSchema(component: Component): Record<string, unknown> {
  const title = component.label ?? component.key;
  const values = component.values?.map((option) => option.value);
  switch (component.type) {
    case 'checkbox':
      return { type: 'boolean', title };
    case 'number':
      return { type: 'number', title };
    case 'checklist':
    case 'taglist':
      return { type: 'array', title, items: { type: 'string', ...(values ? { enum: values } : {}) } };
    case 'datetime':
      return {
        type: 'string',
        title,
        format: component.subtype === 'datetime' ? 'date-time' : (component.subtype ?? 'date'),
      };
    default:
      return {
        type: 'string',
        title,
        ...(values ? { enum: values } : {}),
        ...(component.validate?.maxLength ? { maxLength: component.validate.maxLength } : {}),
      };
  }
}
