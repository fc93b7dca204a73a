import type { Database } from '../../db/sql.ts';
import type { Logger } from '../../kernel/logger.ts';
import {
  CommandRejected,
  type CommandResult,
  type DeployedProcess,
  DeploymentRejected,
  type EngineCommand,
  type EngineRecord,
  type InstanceState,
  type JobHandler,
  type Key,
  type ProcessEngine,
  type RecordReceiver,
  type Resource,
} from '../port.ts';
import { CommandLog } from './command-log.ts';
import { Commands } from './commands.ts';
import { DefinitionKeys } from './definition-keys.ts';
import { deploymentProblems } from './deployment-problems.ts';
import { faultOf, unavailable } from './fault.ts';
import { Fence } from './fence.ts';
import { GATEWAY_DEFAULTS, GatewayClient, type GatewayOptions } from './gateway-client.ts';
import { type EndpointOptions, type EndpointState, RecordEndpoint } from './records/record-endpoint.ts';
import { RecordPump } from './records/record-pump.ts';
import { type PartitionLag, RecordStore } from './records/record-store.ts';
import { Watchdog } from './watchdog.ts';
import { Workers } from './workers.ts';

export interface ZeebeOptions {
  gateway: Partial<GatewayOptions> & { address: string };
  endpoint: EndpointOptions;
  /** Days a received record is kept after it has been projected. */
  keepDays: number;
  /** The machine's time, epoch milliseconds; tests move it. */
  now?: () => number;
  /** How long an unanswered command may still be under way. */
  graceMs?: number;
  fenceMs?: number;
  watchdogEveryMs?: number;
  /** Called before each client is made (see `prepareZeebeClient` in the configuration). */
  beforeClient(): void;
}

export interface ZeebeHealth {
  reachable: boolean;
  version: string;
  partitions: number;
  endpoint: EndpointState & { port: number };
  lag: (PartitionLag & { projected: number })[];
  /** Commands whose fate the record stream has still to tell. */
  unclear: { id: string; sentAt: number }[];
  rebuilt: number;
}

const PRUNE_MS = 60_000;
const COMMAND_DAYS = 7;
const SETTLE_MS = 60_000;

/** The port on a real Zeebe broker: commands over gRPC, records over the exporter's bulk requests, jobs over workers. */
export class ZeebeEngine implements ProcessEngine {
  readonly name = 'zeebe' as const;
  readonly #options: ZeebeOptions;
  readonly #gatewayOptions: GatewayOptions;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, JobHandler>();
  readonly #store: RecordStore;
  readonly #pump: RecordPump;
  readonly #endpoint: RecordEndpoint;
  readonly #log: CommandLog;
  readonly #fence: Fence;
  readonly #commands: Commands;
  readonly #definitions: DefinitionKeys;
  readonly #watchdog: Watchdog<GatewayClient>;
  readonly #now: () => number;
  #gateway: GatewayClient;
  #workers: Workers | undefined;
  #pruning: NodeJS.Timeout | undefined;
  #port = 0;

  constructor(parts: { database: Database; logger: Logger; options: ZeebeOptions }) {
    const { database, logger, options } = parts;
    this.#options = options;
    this.#logger = logger;
    this.#gatewayOptions = { ...GATEWAY_DEFAULTS, ...options.gateway };
    this.#gateway = this.#newClient();
    this.#now = options.now ?? Date.now;
    this.#store = new RecordStore(database, this.#now);
    this.#pump = new RecordPump({ store: this.#store, logger });
    this.#endpoint = new RecordEndpoint(options.endpoint, {
      store: (records) => this.#store.store(records),
      stored: (partitions) => this.#pump.kick(partitions),
      lag: () => this.#lag(),
      logger,
    });
    this.#log = new CommandLog(database);
    this.#fence = new Fence({ store: this.#store, pump: this.#pump });
    this.#definitions = new DefinitionKeys(database);
    this.#commands = new Commands({
      gateway: () => this.#gateway,
      log: this.#log,
      store: this.#store,
      fence: this.#fence,
      logger,
      graceMs: options.graceMs ?? this.#gatewayOptions.timeoutMs,
      fenceMs: options.fenceMs ?? 20_000,
      definitionKey: (processId, version) => this.#definitions.find(processId, version),
    });
    this.#watchdog = new Watchdog<GatewayClient>({
      answers: () => this.#workers?.answers() ?? new Map(),
      freshClient: () => this.#freshClient(),
      replaceBy: (client) => this.#replaceBy(client),
      logger,
      quietMs: 2 * this.#gatewayOptions.longPollMs,
      now: () => performance.now(),
    });
  }

  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    try {
      return await this.#definitions.note(await this.#gateway.deploy(resources));
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind !== 'rejected') throw error instanceof CommandRejected ? error : unavailable(fault.message);
      throw new DeploymentRejected(deploymentProblems(fault.rejection.message, resources));
    }
  }

  submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    return this.#commands.submit(commandId, command);
  }

  handle(jobType: string, handler: JobHandler): void {
    this.#handlers.set(jobType, handler);
  }

  onRecords(receiver: RecordReceiver): void {
    this.#pump.onRecords(receiver);
  }

  async start(): Promise<void> {
    this.#port = await this.#endpoint.listen();
    this.#pump.start();
    this.#startWorkers();
    this.#watchdog.start(this.#options.watchdogEveryMs ?? 5000);
    this.#pruning = setInterval(() => void this.prune(), PRUNE_MS);
    this.#pruning.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#pruning);
    await this.#watchdog.stop();
    await this.#workers?.stop(10_000);
    await this.#endpoint.close();
    await this.#pump.stop();
    await this.#gateway.close();
  }

  /** Port of the record endpoint (0 in the options picks a free one). */
  get recordPort(): number {
    return this.#port;
  }

  openJobsAt(elementInstanceKeys: readonly Key[]): Promise<ReadonlyMap<Key, EngineRecord>> {
    return this.#store.openJobsAt(elementInstanceKeys);
  }

  /** As far as the stream has told; a partition of the broker cannot be asked. */
  inspect(processInstanceKey: Key): Promise<InstanceState | undefined> {
    return this.#store.inspect(processInstanceKey);
  }

  /** Zeebe checks a migration only by carrying it out. */
  async rehearseMigrations(): Promise<undefined> {
    return undefined;
  }

  /**
   * Waits until the stream stands still: a mark passes all partitions, and between two marks nothing else has come and no service
   * job of ours is open. What waits for a later time, or behind an incident, is not waited for. A busy system never stands still:
   * the search ends after a time.
   */
  async settle(): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      if (performance.now() > until) throw unavailable('the stream does not stand still');
      const before = this.#pump.delivered;
      await this.#passFence();
      const open = (await this.#store.openJobs([...this.#handlers.keys()])).filter((job) => job.retries > 0);
      if (open.length === 0 && this.#pump.delivered === before && (this.#workers?.running ?? 0) === 0) return;
      if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Whether everything the broker has written until now has arrived and been read. */
  async caughtUp(): Promise<boolean> {
    return this.#fence.pass(this.#gateway, 5000).then(
      () => true,
      () => false,
    );
  }

  /** What an operator wants to know, with the gateway asked just now. */
  async health(): Promise<ZeebeHealth> {
    const topology = await this.#gateway.topology().catch(() => undefined);
    return {
      reachable: topology !== undefined,
      version: topology?.version ?? '',
      partitions: topology?.partitions ?? 0,
      endpoint: { ...this.#endpoint.state, port: this.#port },
      lag: await this.#lag(),
      unclear: await this.#log.unclear(),
      rebuilt: this.#watchdog.rebuilt,
    };
  }

  async #passFence(): Promise<void> {
    try {
      await this.#fence.pass(this.#gateway, 20_000);
    } catch (error) {
      const fault = faultOf(error);
      throw fault.kind === 'rejected' ? fault.rejection : unavailable(fault.message);
    }
  }

  async #lag(): Promise<(PartitionLag & { projected: number })[]> {
    const positions = this.#pump.positions();
    return (await this.#store.lag()).map((lag) => ({ ...lag, projected: positions.get(lag.partition) ?? 0 }));
  }

  #newClient(): GatewayClient {
    this.#options.beforeClient();
    return new GatewayClient(this.#gatewayOptions, this.#logger);
  }

  async #freshClient(): Promise<GatewayClient> {
    const client = this.#newClient();
    try {
      await client.topology();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  async #replaceBy(client: GatewayClient): Promise<void> {
    const [gateway, workers] = [this.#gateway, this.#workers];
    this.#gateway = client;
    this.#startWorkers();
    // The old ones are hung: they are let go, not waited for.
    await workers?.stop(1000);
    await gateway.close();
  }

  #startWorkers(): void {
    this.#workers = new Workers({ gateway: this.#gateway, logger: this.#logger }, this.#handlers);
  }

  /** Forgets records and commands that are older than they are kept; tried again each minute. */
  async prune(): Promise<void> {
    try {
      await this.#store.prune(this.#options.keepDays, this.#pump.positions());
      await this.#log.prune(this.#now() - COMMAND_DAYS * 86_400_000);
    } catch (error) {
      this.#logger.warn({ err: error }, 'old zeebe records could not be removed; tried again');
    }
  }
}
