import { Ajv2020 } from 'ajv/dist/2020.js';
import { createToken } from '../../src/modules/access/index.ts';
import type { TestHouse } from './house.ts';

export interface Answer {
  status: number;
  body: any;
  headers: Headers;
}

export interface Call {
  token?: string;
  body?: unknown;
  /** Sent as it is, instead of JSON. */
  raw?: string;
  /** Sent as multipart/form-data. */
  form?: FormData;
  headers?: Record<string, string>;
}

/** Talks to the API and holds every answer against the served OpenAPI description. */
export interface Witness {
  spec: any;
  call(method: string, path: string, options?: Call): Promise<Answer>;
  /** What was seen: `get /demands/{number} 200`. */
  seen: Set<string>;
  token(login: string, scopes?: readonly string[]): Promise<string>;
}

export async function witness(house: TestHouse): Promise<Witness> {
  const base = `${house.address}/api/v1`;
  const spec: any = await (await fetch(`${base}/openapi.json`)).json();
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/);
  ajv.addFormat('date', /^\d{4}-\d{2}-\d{2}$/);
  ajv.addSchema({ $id: 'spec', components: spec.components });
  const checks = new Map<string, ReturnType<typeof ajv.compile>>();
  const templates = Object.keys(spec.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const seen = new Set<string>();

  function hold(method: string, path: string, { status, body, headers }: Answer): void {
    const template = templates.find(({ pattern }) => pattern.test(path.split('?')[0]!))?.path;
    const operation = template ? spec.paths[template][method] : undefined;
    const isProblem = status >= 400;
    if (isProblem) {
      expectType(headers, 'application/problem+json', `${method} ${path} ${status}`);
      check('Problem', { $ref: 'spec#/components/schemas/Problem' }, body, `${method} ${path} ${status}`);
      if (body.status !== status) throw new Error(`${method} ${path}: status ${body.status} in an answer of ${status}`);
    }
    if (!operation) {
      if (!isProblem) throw new Error(`${method} ${path} is not described`);
      return;
    }
    const described = operation.responses[status];
    if (!described)
      throw new Error(`${method} ${template} answers ${status}, which is not described: ${JSON.stringify(body)}`);
    seen.add(`${method} ${template} ${status}`);
    if (isProblem) return;
    const schema = described.content?.['application/json']?.schema;
    if (!schema) {
      if (body !== undefined) throw new Error(`${method} ${template} ${status} has a body that is not described`);
      return;
    }
    check(`${method} ${template} ${status}`, rooted(schema), body, `${method} ${path} ${status}`);
  }

  function check(key: string, schema: object, body: unknown, what: string): void {
    const validate = checks.get(key) ?? ajv.compile(schema);
    checks.set(key, validate);
    if (!validate(body))
      throw new Error(
        `${what} is not as described: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)?.slice(0, 1500)}`,
      );
  }

  return {
    spec,
    seen,
    async call(method, path, options = {}) {
      // However slow the machine: what the process does by itself is done before the next question.
      await house.settle();
      const content = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
      const response = await fetch(base + path, {
        method: method.toUpperCase(),
        headers: {
          ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(options.form ? { body: options.form } : content === undefined ? {} : { body: content }),
      });
      const text = await response.text();
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      const answer = {
        status: response.status,
        body: text !== '' && isJson ? JSON.parse(text) : undefined,
        headers: response.headers,
      };
      hold(method, path, answer);
      return answer;
    },
    async token(login, scopes) {
      const { sql, clock, ids } = house.house;
      const made = await createToken({ sql, clock, ids }, login, {
        name: '测试',
        days: 30,
        ...(scopes ? { scopes } : {}),
      });
      return made.token;
    },
  };
}

/** References of the document, seen from the schema store. */
const rooted = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"spec#/components/'));

function expectType(headers: Headers, type: string, what: string): void {
  const found = headers.get('content-type') ?? '';
  if (!found.startsWith(type)) throw new Error(`${what} is ${found}, not ${type}`);
}
