import type { Json } from '../../../engine/port.ts';

/** A variable as it is typed: text as it is, everything else as JSON. */
export const typedText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Reads what was typed by the kind of the value before; without one by what it looks like. */
export function readVariable(typed: string, before: Json | undefined): { value: Json } | { problem: string } {
  if (typeof before === 'number') {
    const value = Number(typed);
    return typed !== '' && Number.isFinite(value) ? { value } : { problem: '要填数字，例如 5。' };
  }
  if (typeof before === 'boolean')
    return ['true', 'false'].includes(typed) ? { value: typed === 'true' } : { problem: '要选“是”或“否”。' };
  if (typeof before === 'string') {
    if ([...typed].length > 200) return { problem: '最多 200 个字。' };
    return { value: typed };
  }
  if (before === null || before === undefined) return { value: guess(typed) };
  try {
    const value = JSON.parse(typed) as Json;
    if (Array.isArray(value) !== Array.isArray(before) || typeof value !== 'object' || value === null)
      return { problem: Array.isArray(before) ? '要填一个表，例如 ["a","b"]。' : '要填一个对象，例如 {"a":1}。' };
    return { value };
  } catch {
    return { problem: '不是有效的 JSON。请检查引号、逗号和括号。' };
  }
}

function guess(typed: string): Json {
  try {
    return JSON.parse(typed) as Json;
  } catch {
    return typed;
  }
}
