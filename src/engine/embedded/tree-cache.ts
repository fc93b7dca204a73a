import type { Tree } from './run/step.ts';

/** How much state all partitions of a node keep in memory, as bytes of its stored text; objects take about five times as much. */
export class CacheBudget {
  readonly limit: number;
  used = 0;
  constructor(limit: number) {
    this.limit = limit;
  }
}

/** Trees of one partition in memory, the least recently used first to go. */
export class TreeCache {
  readonly #trees = new Map<number, { tree: Tree; bytes: number }>();
  readonly #budget: CacheBudget;
  constructor(budget: CacheBudget) {
    this.#budget = budget;
  }

  get(id: number): Tree | undefined {
    return this.#trees.get(id)?.tree;
  }

  has(id: number): boolean {
    return this.#trees.has(id);
  }

  set(tree: Tree): void {
    this.delete(tree.id);
    this.#trees.set(tree.id, { tree, bytes: tree.bytes });
    this.#budget.used += tree.bytes;
  }

  /** After a tree was used: its size may be another, and it is the last to go. */
  used(tree: Tree): void {
    if (this.#trees.has(tree.id)) this.set(tree);
  }

  delete(id: number): void {
    const known = this.#trees.get(id);
    if (!known) return;
    this.#trees.delete(id);
    this.#budget.used -= known.bytes;
  }

  clear(): void {
    for (const { bytes } of this.#trees.values()) this.#budget.used -= bytes;
    this.#trees.clear();
  }

  /** Lets go of what has not been used for longest, down to the budget. Not in the middle of a batch. */
  trim(): void {
    for (const id of this.#trees.keys()) {
      if (this.#budget.used <= this.#budget.limit) return;
      this.delete(id);
    }
  }
}
