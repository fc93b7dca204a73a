import { Context, isError, type Value } from '../values.ts';
import { define, type Functions, forms, isList, isText } from './define.ts';

function entryOf([context, key]: Value[]): Value | undefined {
  if (!(context instanceof Context)) return undefined;
  if (isText(key)) return context.get(key) ?? null;
  if (!isList(key)) return undefined;
  if (key.length === 0) return null;
  let value: Value = context;
  for (const part of key) value = value instanceof Context && isText(part) ? (value.get(part) ?? null) : null;
  return value;
}

function put([context, key, value]: Value[]): Value | undefined {
  if (!(context instanceof Context)) return undefined;
  if (isError(value!)) return isText(key) || isList(key) ? null : undefined;
  const path = isText(key) ? [key] : key;
  if (!isList(path) || !path.every(isText)) return undefined;
  return path.length === 0 ? null : putAt(context, path, value!);
}

function putAt(context: Context, [key, ...rest]: string[], value: Value): Context {
  const inner = context.get(key!);
  const entries = new Map(context.entries);
  entries.set(key!, rest.length === 0 ? value : putAt(inner instanceof Context ? inner : new Context(), rest, value));
  return new Context(entries);
}

const merge = define(
  ['contexts'],
  ([contexts]) =>
    isList(contexts) && contexts.every((item) => item instanceof Context)
      ? new Context(new Map((contexts as Context[]).flatMap((item) => [...item.entries])))
      : null,
  true,
);

function fromEntries([list]: Value[]): Value {
  if (!isList(list)) return null;
  const entries = new Map<string, Value>();
  for (const item of list) {
    const key = item instanceof Context ? item.get('key') : undefined;
    const value = item instanceof Context ? item.get('value') : undefined;
    if (!isText(key) || value === undefined) return null;
    entries.set(key, value);
  }
  return new Context(entries);
}

const entriesOf = ([context]: Value[]): Value | undefined =>
  context instanceof Context
    ? [...context.entries].map(
        ([key, value]) =>
          new Context(
            new Map<string, Value>([
              ['key', key],
              ['value', value],
            ]),
          ),
      )
    : undefined;

export const contextFunctions: Functions = {
  'get entries': forms([['context'], ['m']], entriesOf),
  'get value': forms(
    [
      ['m', 'key'],
      ['context', 'key'],
      ['context', 'keys'],
    ],
    entryOf,
  ),
  'context put': forms(
    [
      ['context', 'key', 'value'],
      ['context', 'keys', 'value'],
    ],
    put,
  ),
  put: [define(['context', 'key', 'value'], put)],
  'context merge': [merge],
  'put all': [merge],
  context: [define(['entries'], fromEntries)],
};
