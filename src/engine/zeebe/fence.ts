import type { Key } from '../port.ts';
import { unavailable } from './fault.ts';
import type { GatewayClient } from './gateway-client.ts';
import { FENCE_MESSAGE } from './records/record.ts';
import type { RecordPump } from './records/record-pump.ts';
import type { RecordStore } from './records/record-store.ts';

/**
 * A mark in the stream of every partition: a message without lifetime that nobody waits for. When its record has arrived, every
 * record written before it has arrived too; so what is not in the store by then has not happened.
 */
export class Fence {
  readonly #store: RecordStore;
  readonly #pump: RecordPump;
  /** A correlation key for each partition: the broker chooses the partition by a hash of the key. */
  readonly #keyOf = new Map<number, string>();

  constructor(parts: { store: RecordStore; pump: RecordPump }) {
    this.#store = parts.store;
    this.#pump = parts.pump;
  }

  /** Resolves when the stream has passed this moment on all partitions; refuses as `UNAVAILABLE` when it does not in time. */
  async pass(gateway: GatewayClient, withinMs: number): Promise<void> {
    const { partitions } = await gateway.topology();
    for (let partition = 1; partition <= partitions; partition += 1)
      if (!this.#keyOf.has(partition)) await this.#reach(gateway, partition, partitions);
    const marks = await Promise.all(
      Array.from({ length: partitions }, (_, index) => this.#publish(gateway, this.#keyOf.get(index + 1)!)),
    );
    const until = Date.now() + withinMs;
    for (const mark of marks) {
      while (!(await this.#store.hasFence(mark))) {
        if (Date.now() > until) throw unavailable('the record stream is behind');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await this.#pump.drain();
  }

  #publish(gateway: GatewayClient, correlationKey: string): Promise<Key> {
    return gateway.publish({ name: FENCE_MESSAGE, correlationKey, ttlMs: 0, messageId: '', variables: {} });
  }

  /** Finds a correlation key that leads to a partition. */
  async #reach(gateway: GatewayClient, partition: number, partitions: number): Promise<void> {
    for (let n = 0; n < partitions * 50; n += 1) {
      const reached = partitionOf(await this.#publish(gateway, String(n)));
      this.#keyOf.set(reached, String(n));
      if (reached === partition) return;
    }
    throw unavailable(`partition ${partition} cannot be reached`);
  }
}

/** The partition is in the upper bits of a key. */
export const partitionOf = (key: Key): number => Number(BigInt(key) >> 51n);
