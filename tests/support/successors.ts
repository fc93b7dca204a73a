import type { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type {
  CommandResult,
  DeployedProcess,
  EngineCommand,
  EngineRecord,
  Key,
  MigrateInstance,
  ProcessEngine,
  RecordReceiver,
  Resource,
} from '../../src/engine/port.ts';

/** Stands for one engine, and is another one at every command. */
export class Successors implements ProcessEngine {
  readonly name = 'embedded' as const;
  readonly #make: () => EmbeddedEngine;
  #current: EmbeddedEngine;
  #receiver: RecordReceiver | undefined;
  readonly #positions = new Map<number, number>();

  constructor(make: () => EmbeddedEngine) {
    this.#make = make;
    this.#current = make();
  }

  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    await this.#next();
    return this.#current.deploy(resources);
  }
  async submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    await this.#next();
    return this.#current.submit(commandId, command);
  }
  handle(): void {}
  onRecords(receiver: RecordReceiver): void {
    this.#receiver = receiver;
  }
  async start(): Promise<void> {
    this.#current.onRecords({
      fromPosition: async (partition) => this.#positions.get(partition) ?? 0,
      receive: async (records) => {
        await this.#receiver!.receive(records);
        this.#positions.set(records[0]!.partition, records.at(-1)!.position);
      },
    });
    await this.#current.start();
  }
  stop(): Promise<void> {
    return this.#current.stop();
  }
  settle(): Promise<void> {
    return this.#current.settle();
  }
  openJobsAt(keys: readonly Key[]): Promise<ReadonlyMap<Key, EngineRecord>> {
    return this.#current.openJobsAt(keys);
  }
  inspect(key: Key) {
    return this.#current.inspect(key);
  }
  rehearseMigrations(commands: readonly MigrateInstance[]) {
    return this.#current.rehearseMigrations(commands);
  }

  async #next(): Promise<void> {
    await this.#current.stop();
    this.#current = this.#make();
    await this.start();
  }
}
