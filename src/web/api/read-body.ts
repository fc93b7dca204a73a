import { DomainError, type FieldProblem, invalid } from '../../kernel/errors.ts';
import type { Component, Form } from '../../modules/forms/index.ts';
import type { Ask } from '../route.ts';
import type { JsonSchema } from './json-schema.ts';

/** The JSON object of a request. */
export function bodyOf(ask: Ask): Record<string, unknown> {
  // Only the upload itself is multipart.
  if (ask.req.is('multipart/form-data')) refuseType();
  const { body } = ask.req;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('请求正文应当是 JSON 对象。', [{ pointer: '', message: '应当是 JSON 对象。' }]);
  return body;
}

/** Only JSON is read here; a form or a text would be taken for an empty request. */
export function requireJson(ask: Pick<Ask, 'req'>): void {
  const { req } = ask;
  const hasBody = Number(req.headers['content-length'] ?? 0) > 0 || req.headers['transfer-encoding'] !== undefined;
  if (hasBody && !req.is('application/json')) refuseType();
}

function refuseType(): never {
  throw new DomainError('Invalid', '请求正文的类型应当是 application/json。请设置 Content-Type。', {
    reason: 'unsupported-media-type',
  });
}

/**
 * Fields of a form as a program sends them: unknown names and wrong types are refused, each with its pointer.
 * `others` are names the operation reads besides the form. What the values mean is the form's own business.
 */
export function fieldsOf(
  form: Form,
  body: Record<string, unknown>,
  others: readonly string[] = [],
): Record<string, unknown> {
  const schema = schemaOfForm(form);
  const problems: FieldProblem[] = [];
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (others.includes(name)) continue;
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const known = Object.hasOwn(schema.properties!, name) ? schema.properties![name]! : undefined;
    if (!known) problems.push({ pointer, message: `没有“${name.slice(0, 40)}”这一项，请去掉或核对名称。` });
    else if (value !== null && value !== undefined) {
      const wrong = misfit(value, known);
      if (wrong) problems.push({ pointer, message: `“${known.title ?? name}”${wrong}` });
      else fields[name] = value;
    }
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有提交。`, problems);
  return fields;
}

/** The texts of a body that has nothing but texts; other names and types are refused, each with its pointer. */
export function textsOf(schema: JsonSchema, body: Record<string, unknown>): Record<string, string | undefined> {
  const problems = Object.entries(body).flatMap(([name, value]): FieldProblem[] => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!Object.hasOwn(schema.properties!, name))
      return [{ pointer, message: `没有“${name.slice(0, 40)}”这一项，请去掉或核对名称。` }];
    return value === null || typeof value === 'string' ? [] : [{ pointer, message: '应当是文字。' }];
  });
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有提交。`, problems);
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function misfit(value: unknown, { type }: JsonSchema): string | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : '应当是 true 或 false。';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : '应当是数字。';
    case 'array':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : '应当是文字的列表。';
    default:
      return typeof value === 'string' ? undefined : '应当是文字。';
  }
}

/** JSON schema of a form's answer. Conditional fields are optional here; the server asks for them when their condition holds. */
export function schemaOfForm(form: Form): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  const walk = (components: readonly Component[], conditional: boolean): void => {
    for (const component of components) {
      const hidden = conditional || component.conditional?.hide !== undefined;
      if (component.type === 'group') walk(component.components ?? [], hidden);
      else if (component.key && !component.readonly && !component.disabled) {
        properties[component.key] = fieldSchema(component);
        if (component.validate?.required && !hidden) required.push(component.key);
      }
    }
  };
  walk(form.components, false);
  return { type: 'object', title: form.title, properties, required, additionalProperties: false };
}

function fieldSchema(component: Component): JsonSchema {
  const title = component.label ?? component.dateLabel ?? component.key!;
  const values = component.values?.map((option) => option.value);
  switch (component.type) {
    case 'checkbox':
      return { type: 'boolean', title };
    case 'number':
      return { type: 'number', title };
    case 'checklist':
    case 'taglist':
    case 'filepicker':
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
