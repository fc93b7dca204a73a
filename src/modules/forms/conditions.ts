import { evaluate, parseExpression } from 'feelin';
import type { Values } from './form.ts';

/** Whether `conditional.hide` holds for what has been typed. A condition that cannot be evaluated hides nothing: better a field too many than one lost. */
export function hides(condition: string, values: Values): boolean {
  try {
    const result: unknown = evaluate(condition.replace(/^=/, ''), values as never);
    return (
      (typeof result === 'object' && result !== null && 'value' in result
        ? (result as { value: unknown }).value
        : result) === true
    );
  } catch {
    return false;
  }
}

/** The values a condition sees: every field of the form, missing ones as null; `notice.method` is the member `method` of `notice`. */
export function contextOf(names: readonly string[], values: Values): Values {
  const context: Values = Object.create(null);
  for (const name of names) {
    const path = name.split('.');
    let at = context;
    for (const part of path.slice(0, -1)) {
      if (typeof at[part] !== 'object' || at[part] === null) at[part] = Object.create(null);
      at = at[part] as Values;
    }
    at[path.at(-1)!] = values[name] ?? null;
  }
  return { ...context };
}

export function isValidCondition(condition: string): boolean {
  if (!condition.startsWith('=')) return false;
  let valid = true;
  parseExpression(condition.slice(1), {}, 'expression').iterate({
    enter(node) {
      if (node.type.isError) valid = false;
    },
  });
  return valid;
}

/** What the browser evaluates: no code travels, only this tree. */
export type ConditionTree =
  | { op: 'and' | 'or'; of: ConditionTree[] }
  | { op: 'not'; of: ConditionTree[] }
  | { op: 'eq' | 'ne'; name: string; value: string | boolean | number | null }
  | { op: 'in'; name: string; values: (string | boolean | number | null)[] }
  | { op: 'true'; name: string };

/** Reads the plain part of FEEL that forms use (=, !=, in, and, or, not, brackets); null for anything else: then only the server decides. */
export function conditionTree(condition: string): ConditionTree | null {
  const tokens =
    condition.replace(/^=/, '').match(/"(?:[^"\\]|\\.)*"|!=|=|[()[\],]|[\p{L}_][\p{L}\p{N}_.]*|-?\d+(?:\.\d+)?|\S/gu) ??
    [];
  let at = 0;
  const peek = () => tokens[at];
  const take = (token?: string): string => {
    const next = tokens[at];
    if (next === undefined || (token !== undefined && next !== token)) throw new Error('not plain');
    at += 1;
    return next;
  };
  const literal = () => {
    const token = take();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (/^-?\d/.test(token)) return Number(token);
    throw new Error('not plain');
  };
  const or = (): ConditionTree => {
    const of = [and()];
    while (peek() === 'or') {
      take();
      of.push(and());
    }
    return of.length === 1 ? of[0]! : { op: 'or', of };
  };
  const and = (): ConditionTree => {
    const of = [atom()];
    while (peek() === 'and') {
      take();
      of.push(atom());
    }
    return of.length === 1 ? of[0]! : { op: 'and', of };
  };
  const atom = (): ConditionTree => {
    if (peek() === '(') {
      take();
      const inner = or();
      take(')');
      return inner;
    }
    const name = take();
    if (!/^[\p{L}_]/u.test(name)) throw new Error('not plain');
    if (name === 'not') {
      take('(');
      const inner = or();
      take(')');
      return { op: 'not', of: [inner] };
    }
    if (peek() === '=' || peek() === '!=') return { op: take() === '=' ? 'eq' : 'ne', name, value: literal() };
    if (peek() === 'in') {
      take();
      const close = take() === '[' ? ']' : ')';
      const values = [literal()];
      while (peek() === ',') {
        take();
        values.push(literal());
      }
      take(close);
      return { op: 'in', name, values };
    }
    return { op: 'true', name };
  };
  try {
    const tree = or();
    return at === tokens.length ? tree : null;
  } catch {
    return null;
  }
}
