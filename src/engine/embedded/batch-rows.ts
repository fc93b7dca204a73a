import type { Variables } from '../port.ts';

/** Rows of the engine's tables as a batch sees and changes them. */
export interface BufferedMessage {
  key: number;
  name: string;
  correlationKey: string;
  messageId: string | null;
  expiresAt: number;
  variables: Variables;
  correlated: string[];
  /** When it came. Orders messages of one key, wherever they were taken in. */
  at: number;
}
export interface SubscriptionRow {
  key: number;
  owner: number;
  processId: string;
  name: string;
  correlationKey: string;
  /** When it was opened, and after which others of its correlation key. */
  at: number;
  ordinal: number;
}
export interface TimerRow {
  key: number;
  owner: number;
  kind: 'ELEMENT' | 'START' | 'BACKOFF';
  dueAt: number;
  data: string | null;
}
export type Rows<T> = { put: Map<number, T>; gone: Set<number> };
export const rows = <T>(): Rows<T> => ({ put: new Map(), gone: new Set() });

export function put<T>(table: Rows<T>, key: number, row: T): void {
  table.put.set(key, row);
}
/** A row that was never written needs no delete; it does no harm either. */
export function drop<T>(table: Rows<T>, key: number): void {
  table.put.delete(key);
  table.gone.add(key);
}
/** As they came: the time alone does not tell within a millisecond, numbers alone not after the number of partitions has changed. */
export const inOrder = <T extends { at: number; ordinal?: number; key: number }>(list: T[]): T[] =>
  list.sort((a, b) => a.at - b.at || (a.ordinal ?? 0) - (b.ordinal ?? 0) || a.key - b.key);

const SEPARATOR = '\u0000';
export const lockName = (processId: string, correlationKey: string): string =>
  `${processId}${SEPARATOR}${correlationKey}`;
export const lockParts = (name: string): [string, string] => {
  const at = name.indexOf(SEPARATOR);
  return [name.slice(0, at), name.slice(at + 1)];
};
