import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineRecord, ProcessEngine } from '../../src/engine/port.ts';

export const modelFile = (model: string): string =>
  readFileSync(join(import.meta.dirname, 'models', `${model}.bpmn`), 'utf8');

/** Lets clients wait for the user task of their instance. */
export class Watch {
  readonly #waiting = new Map<string, (key: string) => void>();
  readonly #early = new Map<string, string>();
  readonly #positions = new Map<number, number>();
  records = 0;

  readonly receiver = {
    fromPosition: async (partition: number) => this.#positions.get(partition) ?? 0,
    receive: async (records: readonly EngineRecord[]) => {
      for (const record of records) {
        this.records += 1;
        if (
          record.valueType === 'JOB' &&
          record.intent === 'CREATED' &&
          record.value.type === 'io.camunda.zeebe:userTask'
        )
          this.#tell(record.processInstanceKey, record.key);
      }
      this.#positions.set(records[0]!.partition, records.at(-1)!.position);
    },
  };

  #tell(instance: string, key: string): void {
    const wake = this.#waiting.get(instance);
    if (wake) {
      this.#waiting.delete(instance);
      wake(key);
    } else this.#early.set(instance, key);
  }

  task(instance: string): Promise<string> {
    const early = this.#early.get(instance);
    if (early) {
      this.#early.delete(instance);
      return Promise.resolve(early);
    }
    return new Promise((resolve) => this.#waiting.set(instance, resolve));
  }
}

/** Clients that each start an instance, wait for its user task in the record stream and complete it, over and over. */
export class Load {
  readonly #engine: ProcessEngine;
  readonly #watch: Watch;
  readonly #model: string;
  readonly #name: string;
  #serial = 0;
  latencies: number[] = [];
  completed = 0;

  constructor(engine: ProcessEngine, watch: Watch, model: string, name = 'bench') {
    this.#engine = engine;
    this.#watch = watch;
    this.#model = model;
    this.#name = name;
  }

  async run(clients: number, seconds: number): Promise<void> {
    this.latencies = [];
    this.completed = 0;
    this.#watch.records = 0;
    const until = performance.now() + seconds * 1000;
    await Promise.all(Array.from({ length: clients }, () => this.#client(until)));
  }

  async #client(until: number): Promise<void> {
    const name = `${this.#name}-${this.#model}`;
    while (performance.now() < until) {
      this.#serial += 1;
      const { key } = await this.#engine.submit(`${name}-start-${this.#serial}`, {
        type: 'createInstance',
        processId: `bench-${this.#model}`,
        variables: { demandId: `01a2b3c4-${this.#serial}`, amount: 250, orgCode: '341523' },
      });
      const task = await this.#watch.task(key!);
      const before = performance.now();
      await this.#engine.submit(`${name}-complete-${task}`, {
        type: 'completeJob',
        jobKey: task,
        variables: { decision: 'APPROVED' },
      });
      this.latencies.push(performance.now() - before);
      this.completed += 1;
    }
  }
}
