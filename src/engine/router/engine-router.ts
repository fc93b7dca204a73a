import type { Database } from '../../db/sql.ts';
import {
  type ActivatedJob,
  CommandRejected,
  type CommandResult,
  type DeployedProcess,
  type EngineCommand,
  type EngineRecord,
  type InstanceState,
  type JobHandler,
  type Key,
  type MigrateInstance,
  type ProcessEngine,
  type RecordReceiver,
  type Resource,
} from '../port.ts';
import { type EngineName, hashOf, VersionBook } from './version-book.ts';

/** Keys of a Zeebe cluster carry the partition (from 1) above this bit; the embedded engine's stay below it for two billion instances. */
const FIRST_ZEEBE_KEY = 1n << 51n;
export const engineOfKey = (key: Key): EngineName => (BigInt(key) >= FIRST_ZEEBE_KEY ? 'zeebe' : 'embedded');

export interface RouterParts {
  database: Database;
  /** New subjects start here. */
  primary: EngineName;
  engines: readonly ProcessEngine[];
  /** The engine a subject (by its correlation key) is known to live on, from what has been projected. */
  homeOf(correlationKey: string): Promise<EngineName | undefined>;
  now(): number;
}

/**
 * Several engines behind one door. What has a key goes to the engine that gave the key; a message goes where its subject lives, and a
 * subject without a home gets the primary engine. So a site can change its engine while demands are running: they finish where they are.
 */
export class EngineRouter {
  readonly #parts: RouterParts;
  readonly #engines: ReadonlyMap<EngineName, ProcessEngine>;
  readonly #book: VersionBook;
  /** One engine, and never another: its numbers are the house's, nothing needs to be looked up. */
  #alone = false;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#engines = new Map(parts.engines.map((engine) => [engine.name, engine]));
    this.#book = new VersionBook(parts.database);
    if (!this.#engines.has(parts.primary)) throw new Error(`engine ${parts.primary} is not there`);
  }

  get engines(): readonly ProcessEngine[] {
    return this.#parts.engines;
  }

  /** Deploys where new subjects start; the numbers answered are the house's. */
  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    const deployed = await this.#engine(this.#parts.primary).deploy(resources);
    const numbered: DeployedProcess[] = [];
    for (const item of deployed) {
      const content = resources.find((resource) => resource.name === item.resourceName)?.content ?? '';
      const version = await this.#book.note({
        engine: this.#parts.primary,
        processId: item.processId,
        engineVersion: item.version,
        definitionKey: item.definitionKey,
        hash: hashOf(content),
      });
      numbered.push({ ...item, version });
    }
    return numbered;
  }

  async submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'publishMessage':
        return (await this.#home(command.correlationKey)).submit(commandId, command);
      case 'createInstance':
        return this.#engine(this.#parts.primary).submit(commandId, await this.#inEngineNumbers(command));
      case 'broadcastSignal': {
        // A signal is for whoever listens, wherever it lives.
        const results = await Promise.all(this.#parts.engines.map((engine) => engine.submit(commandId, command)));
        return results[0]!;
      }
      case 'migrateInstance':
        return this.#ofKey(command.processInstanceKey).submit(commandId, await this.#inEngineNumbers(command));
      case 'cancelInstance':
      case 'modifyInstance':
        return this.#ofKey(command.processInstanceKey).submit(commandId, command);
      case 'setVariables':
        return this.#ofKey(command.elementInstanceKey).submit(commandId, command);
      case 'resolveIncident':
        return this.#ofKey(command.incidentKey).submit(commandId, command);
      case 'completeJob':
      case 'failJob':
      case 'throwError':
      case 'updateRetries':
        return this.#ofKey(command.jobKey).submit(commandId, command);
    }
  }

  handle(jobType: string, handler: JobHandler): void {
    for (const engine of this.#parts.engines)
      engine.handle(jobType, async (job) => handler(this.#alone ? job : await this.#inHouseNumbers(engine.name, job)));
  }

  /** A receiver for each engine: positions of one mean nothing on the other. */
  onRecords(receiverOf: (engine: EngineName) => RecordReceiver): void {
    for (const engine of this.#parts.engines) {
      const receiver = receiverOf(engine.name);
      engine.onRecords({
        fromPosition: (partition) => receiver.fromPosition(partition),
        receive: async (records) =>
          receiver.receive(this.#alone ? records : await this.#renumbered(engine.name, records)),
      });
    }
  }

  /** Open jobs at element instances, with versions in the house's numbers. An engine that is switched off tells nothing: `unknown`. */
  async openJobsAt(
    elementInstanceKeys: readonly Key[],
  ): Promise<{ open: ReadonlyMap<Key, EngineRecord>; unknown: ReadonlySet<Key> }> {
    const open = new Map<Key, EngineRecord>();
    const unknown = new Set(elementInstanceKeys.filter((key) => !this.#engines.has(engineOfKey(key))));
    for (const engine of this.#parts.engines) {
      const keys = elementInstanceKeys.filter((key) => engineOfKey(key) === engine.name);
      if (keys.length === 0) continue;
      for (const [key, record] of await engine.openJobsAt(keys)) {
        const [told] = this.#alone ? [record] : await this.#renumbered(engine.name, [record]);
        open.set(key, told!);
      }
    }
    return { open, unknown };
  }

  /** Whatever engine an instance lives on; an engine that is switched off tells nothing. */
  async inspect(processInstanceKey: Key): Promise<InstanceState | undefined> {
    if (!/^\d{1,19}$/.test(processInstanceKey)) return undefined;
    return this.#engines.get(engineOfKey(processInstanceKey))?.inspect(processInstanceKey);
  }

  /** One answer for each; undefined where the engine of the instance cannot tell without doing it. */
  async rehearseMigrations(commands: readonly MigrateInstance[]): Promise<readonly (readonly string[] | undefined)[]> {
    const answers: (readonly string[] | undefined)[] = commands.map(() => undefined);
    for (const engine of this.#parts.engines) {
      const own = [...commands.keys()].filter(
        (index) => engineOfKey(commands[index]!.processInstanceKey) === engine.name,
      );
      const numbered = await Promise.all(own.map((index) => this.#inEngineNumbers(commands[index]!).catch(refusalOf)));
      const known = own.flatMap((index, place) => {
        const command = numbered[place]!;
        if (typeof command !== 'string') return [{ index, command }];
        answers[index] = [command];
        return [];
      });
      const told = known.length > 0 ? await engine.rehearseMigrations(known.map((item) => item.command)) : undefined;
      told?.forEach((reasons, place) => {
        answers[known[place]!.index] = reasons;
      });
    }
    return answers;
  }

  async start(): Promise<void> {
    this.#alone = this.#parts.engines.length === 1 && !(await this.#book.knowsOthers(this.#parts.primary));
    for (const engine of this.#parts.engines) await engine.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.engines.map((engine) => engine.stop()));
  }

  async settle(): Promise<void> {
    await Promise.all(this.#parts.engines.map((engine) => engine.settle()));
  }

  #engine(name: EngineName): ProcessEngine {
    const engine = this.#engines.get(name);
    if (engine) return engine;
    // It comes back with the setting: until then the command waits in the outbox, and nothing is lost.
    throw new CommandRejected(
      'UNAVAILABLE',
      name === 'zeebe'
        ? '这件诉求在 Zeebe 上运行，而程序没有连接 Zeebe。请设置 ZEEBE_ADDRESS 后重新启动。'
        : '这件诉求在内置引擎上运行，而内置引擎没有启用。',
    );
  }

  #ofKey(key: Key): ProcessEngine {
    if (!/^\d{1,19}$/.test(key)) throw new CommandRejected('NOT_FOUND', `no such key: ${key}`);
    return this.#engine(engineOfKey(key));
  }

  /** Where the subject of a message lives; written down before the first message leaves, so that every node answers the same. */
  async #home(correlationKey: string): Promise<ProcessEngine> {
    if (this.#parts.engines.length === 1) return this.#parts.engines[0]!;
    const { database } = this.#parts;
    const read = async () =>
      (
        await database.query<{ engine: EngineName }>('select engine from engine_home where correlation_key = $1', [
          correlationKey,
        ])
      )[0]?.engine;
    const known = await read();
    if (known) return this.#engine(known);
    const lives = (await this.#parts.homeOf(correlationKey)) ?? this.#parts.primary;
    await database.query(
      'insert into engine_home (correlation_key, engine, since) values ($1, $2, $3) on conflict do nothing',
      [correlationKey, lives, this.#parts.now()],
    );
    return this.#engine((await read()) ?? lives);
  }

  async #inEngineNumbers<C extends Extract<EngineCommand, { type: 'createInstance' | 'migrateInstance' }>>(
    command: C,
  ): Promise<C> {
    if (command.version === undefined) return command;
    const engine = command.type === 'migrateInstance' ? engineOfKey(command.processInstanceKey) : this.#parts.primary;
    const version = await this.#book.engineVersion(engine, command.processId, command.version);
    if (version === undefined)
      throw new CommandRejected(
        'NOT_FOUND',
        `流程“${command.processId}”第 ${command.version} 版没有部署在${engine === 'zeebe' ? ' Zeebe ' : '内置引擎'}上。请先在该引擎上部署这一版。`,
      );
    return { ...command, version };
  }

  async #inHouseNumbers(engine: EngineName, job: ActivatedJob): Promise<ActivatedJob> {
    const version = await this.#book.houseVersion(engine, job.processId, job.processVersion);
    return version === undefined ? job : { ...job, processVersion: version };
  }

  /** Records name versions by the engine's numbers; the house reads its own. */
  async #renumbered(engine: EngineName, records: readonly EngineRecord[]): Promise<EngineRecord[]> {
    const renumbered: EngineRecord[] = [];
    for (const record of records) {
      const { value } = record;
      const processId = String(value.bpmnProcessId ?? '');
      const name = 'processDefinitionVersion' in value ? 'processDefinitionVersion' : 'version';
      if (processId === '' || typeof value[name] !== 'number') {
        renumbered.push(record);
        continue;
      }
      // The stream tells of a definition before any instance of it, even when somebody else has deployed it.
      if (record.valueType === 'PROCESS' && record.intent === 'CREATED' && typeof value.contentHash === 'string')
        await this.#book.note({
          engine,
          processId,
          engineVersion: value[name],
          definitionKey: String(value.processDefinitionKey),
          hash: value.contentHash,
        });
      const version = await this.#book.houseVersion(engine, processId, value[name]);
      renumbered.push(version === undefined ? record : { ...record, value: { ...value, [name]: version } });
    }
    return renumbered;
  }
}

const refusalOf = (error: unknown): string => {
  if (error instanceof CommandRejected) return error.message;
  throw error;
};
