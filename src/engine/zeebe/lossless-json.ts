import type { Json } from '../port.ts';

/**
 * Parses JSON without losing digits: an integer JavaScript cannot hold exactly becomes its text.
 * Keys of a cluster with more than three partitions lie beyond 2^53; `JSON.parse` would round them silently.
 */
export function parseLossless(text: string): Json {
  return JSON.parse(text, function (this: unknown, _name: string, value: unknown, context?: { source?: string }) {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
    return /^-?\d+$/.test(context.source) ? context.source : value;
  } as (this: unknown, name: string, value: unknown) => unknown) as Json;
}
