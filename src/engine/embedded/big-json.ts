import type { Json } from '../port.ts';

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => Json;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): Json };

/** JSON in which whole numbers beyond 2^53 keep all their digits, as raw text that is written back as it was. */
export function parseJson(text: string): Json {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parseWithSource(text, (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d{16,}$/.test(source)
      ? rawJSON(source)
      : value,
  );
}
