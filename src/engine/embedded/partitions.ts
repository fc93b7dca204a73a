import { KEYS_PER_TREE, treeOf } from './run/state.ts';

/**
 * The number space of keys below 2^51 is cut into sixteen equal parts, one for each partition there can be: the partition of a key is
 * known without a look-up. What is older than partitions has low numbers, so it is in the first.
 */
const MOST_PARTITIONS = 16;
const TREES_PER_PARTITION = 2 ** 51 / KEYS_PER_TREE / MOST_PARTITIONS;
const KEYS_PER_PARTITION = TREES_PER_PARTITION * KEYS_PER_TREE;

/** Partition of a key, or of the number of a tree. Counted from 1, as Zeebe does. */
export const partitionOf = (key: number): number => Math.floor(key / KEYS_PER_PARTITION) + 1;
export const partitionOfTree = (tree: number): number => Math.floor(tree / TREES_PER_PARTITION) + 1;
/** The first tree of a partition, and the first that is not its own any more. */
export const firstTree = (partition: number): number => Math.max(1, (partition - 1) * TREES_PER_PARTITION);
export const endOfTrees = (partition: number): number => partition * TREES_PER_PARTITION;

/** Decimal text of a key as a number; 0 where it cannot be a key of this engine. */
export function keyOf(text: string): number {
  const key = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return treeOf(key) > 0 ? key : 0;
}

/** Where messages with this correlation key live: Zeebe's hash. All messages of one key and what they start are in one partition. */
export function partitionOfText(correlationKey: string, spread: number): number {
  if (spread === 1) return 1;
  let hash = 0;
  for (const byte of Buffer.from(correlationKey, 'utf8')) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0;
  return Math.abs(hash % spread) + 1;
}

/** The work touches a partition the batch does not hold. Everything is done again with that one, too. */
export class Elsewhere extends Error {
  override name = 'Elsewhere';
  readonly partitions: readonly number[];
  constructor(partitions: readonly number[]) {
    super(`needs partition ${partitions.join(', ')}`);
    this.partitions = partitions;
  }
}

export const union = (...sets: readonly (readonly number[])[]): number[] =>
  [...new Set(sets.flat())].sort((a, b) => a - b);
