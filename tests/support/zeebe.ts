import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '../../src/cli/zeebe/broker.ts';
import { localBroker } from '../../src/cli/zeebe/local-broker.ts';
import { readBrokerConfig } from '../../src/config.ts';

export const RECORDS = { username: 'zeebe', password: 'records-of-a-test' };

export interface TestBroker extends Broker {
  /** Port the exporter delivers to: the record endpoint of the test listens there. */
  recordPort: number;
  folder: string;
  /** Stops the broker if it still runs and removes its data. */
  remove(): Promise<void>;
  /** The same broker on the same data after `stop` or `kill`. */
  again(): Promise<TestBroker>;
}

/** A broker of its own with a clock that can be moved, on free ports, delivering each record at once. */
export async function testBroker(
  options: { bulkSize?: number; controlledClock?: boolean; partitions?: number } = {},
): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'suying-zeebe-'));
  const [gatewayPort, managementPort, serverPort, recordPort] = await Promise.all([
    freePorts(3),
    freePorts(1),
    freePorts(1),
    freePorts(1),
  ]);
  const start = async (): Promise<TestBroker> => {
    const broker = await localBroker(readBrokerConfig(), {
      dataDirectory: folder,
      gatewayPort,
      managementPort,
      serverPort,
      controlledClock: options.controlledClock ?? true,
      partitions: options.partitions ?? 1,
      exporter: { url: `http://127.0.0.1:${recordPort}`, ...RECORDS, bulkSize: options.bulkSize ?? 1 },
    });
    return {
      ...broker,
      recordPort,
      folder,
      again: start,
      async remove() {
        await broker.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
  return start();
}

/** Settings of a house that starts its demands on this broker. */
export const onBroker = (broker: TestBroker): Record<string, string> => ({
  ENGINE: 'zeebe',
  ZEEBE_ADDRESS: broker.address,
  ZEEBE_RECORDS_PORT: String(broker.recordPort),
  ZEEBE_RECORDS_USER: RECORDS.username,
  ZEEBE_RECORDS_PASSWORD: RECORDS.password,
});

/** A port whose `count - 1` successors are free, too. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort(0);
    const rest = await Promise.all(
      Array.from({ length: count - 1 }, (_, index) => freePort(first + index + 1).catch(() => 0)),
    );
    if (rest.every((port) => port !== 0)) return first;
  }
}

function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const { port: got } = probe.address() as { port: number };
      probe.close(() => resolve(got));
    });
  });
}
