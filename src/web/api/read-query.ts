import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import type { JsonSchema } from './json-schema.ts';

export type QuerySpec = Record<string, { schema: JsonSchema; description: string }>;

const LONGEST = 200;

/** Query parameters by their description; unknown names, repeated ones and values that do not fit are refused, each named. */
export function readQuery(given: Record<string, unknown>, spec: QuerySpec): Record<string, any> {
  const problems: FieldProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const say = (message: string) => problems.push({ pointer: `/${name}`, message });
    const known = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (!known) say(`没有查询参数“${name.slice(0, 40)}”。可用：${Object.keys(spec).join('、') || '无'}。`);
    else if (typeof value !== 'string') say(`查询参数“${name}”只能写一次。`);
    else if (value.trim() !== '') {
      const read = readValue(value.trim(), known.schema);
      if ('problem' in read) say(`查询参数“${name}”${read.problem}`);
      else values[name] = read.value;
    }
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 个查询参数不对。`, problems);
  for (const [name, { schema }] of Object.entries(spec))
    if (values[name] === undefined && schema.default !== undefined) values[name] = schema.default;
  return values;
}

function readValue(value: string, schema: JsonSchema): { value: unknown } | { problem: string } {
  if (schema.type === 'integer') {
    const number = Number(value);
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
    return /^-?\d{1,15}$/.test(value) && number >= minimum && number <= maximum
      ? { value: number }
      : { problem: `应当是 ${minimum} 到 ${maximum} 的整数。` };
  }
  if (schema.format === 'date') {
    const real = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
    return real && !Number.isNaN(+real) && real.toISOString().startsWith(value)
      ? { value }
      : { problem: '应当是真实的日期，写作 2026-11-24。' };
  }
  if (schema.enum && !schema.enum.includes(value))
    return { problem: `没有“${value.slice(0, 40)}”这个值。可用：${schema.enum.join('、')}。` };
  return value.length <= LONGEST ? { value } : { problem: `太长，最多 ${LONGEST} 个字。` };
}
