import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import zeebeNode, { type ZBClient, type ZBWorker } from 'zeebe-node';
import type { Logger } from '../../kernel/logger.ts';
import type { ActivatedJob, DeployedProcess, EngineCommand, Json, Key, Resource, Variables } from '../port.ts';
import { NoAnswer, STATUS } from './fault.ts';

export interface GatewayOptions {
  /** `host:port`. */
  address: string;
  /** Our own deadline of a command; longer than the gateway's own 15 s, so that nothing is under way any more when it ends. */
  timeoutMs: number;
  /** How long the gateway may hold a request for jobs open. */
  longPollMs: number;
  /** How often a worker without an open request asks again. */
  pollMs: number;
  /** After this time a job that was handed out and not finished is handed out again. */
  jobTimeoutMs: number;
  jobsAtOnce: number;
  tls: boolean;
}

export const GATEWAY_DEFAULTS: Omit<GatewayOptions, 'address'> = {
  timeoutMs: 20_000,
  longPollMs: 20_000,
  pollMs: 1000,
  jobTimeoutMs: 60_000,
  jobsAtOnce: 16,
  tls: false,
};

export type JobWork = (job: ActivatedJob) => Promise<void>;

export interface Worker {
  /** How many of its requests for jobs the gateway has answered, with jobs or with none. */
  answers(): number;
  /** Jobs it is working on. */
  busy(): number;
}

/** Commands that carry no key in their answer have the key they were about. */
type Answer = { key?: Key };

/**
 * The only file that speaks through zeebe-node. The client is told not to retry and gets a deadline of ours around every call;
 * what became of a call without an answer is not decided here (see `commands.ts`).
 */
export class GatewayClient {
  readonly #options: GatewayOptions;
  readonly #logger: Logger;
  readonly #client: ZBClient;
  readonly #stub: Client &
    Record<
      string,
      (request: unknown, options: object, callback: (error: ServiceError | null, answer: any) => void) => void
    >;

  constructor(options: GatewayOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#client = new zeebeNode.ZBClient(options.address, {
      // With retries it never rejects while the gateway is away, and repeats what must not be repeated.
      retry: false,
      // On the client only: given to a worker it opens extra streams.
      longPoll: options.longPollMs,
      pollInterval: options.pollMs,
      // How long a lost connection counts as there; its timers keep a process alive for that long.
      connectionTolerance: 250,
      loglevel: 'ERROR',
      stdout: this.#clientLog(),
      useTLS: options.tls,
    });
    const definition = loadSync(join(import.meta.dirname, 'gateway.proto'), {
      longs: String,
      defaults: true,
      oneofs: true,
    });
    const Service = (loadPackageDefinition(definition) as any).gateway_protocol.Gateway;
    this.#stub = new Service(options.address, options.tls ? credentials.createSsl() : credentials.createInsecure(), {
      // A connection of its own: a client made anew must not get the old one from a pool.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.keepalive_time_ms': 60_000,
    });
  }

  /** Brokers and partitions; the cheapest question that proves the gateway is alive. */
  async topology(): Promise<{ partitions: number; version: string }> {
    const answer = await this.#within('topology', () => this.#client.topology());
    return { partitions: Number(answer.partitionsCount), version: String((answer as any).gatewayVersion ?? '') };
  }

  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    const answer = await this.#call<{ deployments: { process?: any }[] }>('DeployResource', {
      resources: resources.map(({ name, content }) => ({ name, content: Buffer.from(content, 'utf8') })),
    });
    return answer.deployments.flatMap(({ process }) =>
      process
        ? [
            {
              processId: process.bpmnProcessId,
              version: Number(process.version),
              definitionKey: String(process.processDefinitionKey),
              resourceName: process.resourceName,
              duplicate: false,
            },
          ]
        : [],
    );
  }

  async publish(message: {
    name: string;
    correlationKey: string;
    ttlMs: number;
    messageId: string;
    variables: Variables;
  }): Promise<Key> {
    const answer = await this.#within('publishMessage', () =>
      this.#client.publishMessage({
        name: message.name,
        correlationKey: message.correlationKey,
        timeToLive: message.ttlMs,
        messageId: message.messageId,
        variables: message.variables as any,
      }),
    );
    return String(answer.key);
  }

  /** Sends one command, once. */
  async send(
    command: Exclude<EngineCommand, { type: 'publishMessage' | 'migrateInstance' | 'modifyInstance' }>,
  ): Promise<Answer> {
    const client = this.#client;
    const within = <T>(call: () => Promise<T>): Promise<T> => this.#within(command.type, call);
    switch (command.type) {
      case 'createInstance': {
        const { processId: bpmnProcessId, version = -1, variables = {} } = command;
        const made = await within(() =>
          client.createProcessInstance({ bpmnProcessId, version, variables: variables as any }),
        );
        return { key: String(made.processInstanceKey) };
      }
      case 'completeJob':
        await within(() => client.completeJob({ jobKey: command.jobKey, variables: (command.variables ?? {}) as any }));
        return { key: command.jobKey };
      case 'failJob':
        await within(() =>
          client.failJob({
            jobKey: command.jobKey,
            retries: command.retries,
            errorMessage: command.errorMessage ?? '',
            retryBackOff: command.backoffMs ?? 0,
            ...(command.variables ? { variables: JSON.stringify(command.variables) as any } : {}),
          }),
        );
        return { key: command.jobKey };
      case 'throwError':
        await within(() =>
          client.throwError({
            jobKey: command.jobKey,
            errorCode: command.errorCode,
            errorMessage: command.errorMessage ?? '',
            variables: (command.variables ?? {}) as any,
          }),
        );
        return { key: command.jobKey };
      case 'updateRetries':
        await within(() => client.updateJobRetries({ jobKey: command.jobKey, retries: command.retries }));
        return { key: command.jobKey };
      case 'resolveIncident':
        await within(() => client.resolveIncident({ incidentKey: command.incidentKey }));
        return { key: command.incidentKey };
      case 'setVariables':
        await within(() =>
          client.setVariables({
            elementInstanceKey: command.elementInstanceKey,
            variables: command.variables as any,
            local: command.local ?? false,
          }),
        );
        return { key: command.elementInstanceKey };
      case 'broadcastSignal': {
        const sent = await within(() =>
          client.broadcastSignal({ signalName: command.name, variables: (command.variables ?? {}) as any }),
        );
        return { key: String(sent.key) };
      }
      case 'cancelInstance':
        await within(() => client.cancelProcessInstance(command.processInstanceKey));
        return { key: command.processInstanceKey };
    }
  }

  /** zeebe-node 8.3 does not know this call: it is made with our own definition of the 8.5 protocol. */
  async migrate(request: {
    processInstanceKey: Key;
    targetDefinitionKey: Key;
    mapping: readonly { from: string; to: string }[];
  }): Promise<void> {
    await this.#call('MigrateProcessInstance', {
      processInstanceKey: request.processInstanceKey,
      migrationPlan: {
        targetProcessDefinitionKey: request.targetDefinitionKey,
        mappingInstructions: request.mapping.map(({ from, to }) => ({ sourceElementId: from, targetElementId: to })),
      },
    });
  }

  /** Moves tokens of a running instance. */
  async modify(command: Extract<EngineCommand, { type: 'modifyInstance' }>): Promise<void> {
    await this.#call('ModifyProcessInstance', {
      processInstanceKey: command.processInstanceKey,
      activateInstructions: command.activate.map((item) => ({
        elementId: item.elementId,
        ...(item.ancestorKey ? { ancestorElementInstanceKey: item.ancestorKey } : {}),
        variableInstructions: (item.variables ?? []).map(({ scopeId, values }) => ({
          variables: JSON.stringify(values),
          scopeId: scopeId ?? '',
        })),
      })),
      terminateInstructions: command.terminate.map((elementInstanceKey) => ({ elementInstanceKey })),
    });
  }

  /** Asks for jobs of a type. `work` answers the job with commands of its own and never rejects. */
  work(jobType: string, work: JobWork): Worker {
    const worker: ZBWorker<any, any, any> = this.#client.createWorker({
      taskType: jobType,
      timeout: this.#options.jobTimeoutMs,
      maxJobsToActivate: this.#options.jobsAtOnce,
      pollInterval: this.#options.pollMs,
      taskHandler: async (job) => {
        try {
          await work({
            key: String(job.key),
            type: job.type,
            processInstanceKey: String(job.processInstanceKey),
            processId: job.bpmnProcessId,
            processVersion: Number(job.processDefinitionVersion),
            elementId: job.elementId,
            elementInstanceKey: String(job.elementInstanceKey),
            customHeaders: job.customHeaders as Record<string, string>,
            variables: job.variables as { [name: string]: Json },
            retries: Number(job.retries),
          });
        } catch (error) {
          // A handler that throws into zeebe-node can end the program; the job simply comes again.
          this.#logger.error({ err: error, jobType, jobKey: String(job.key) }, 'zeebe worker failed');
        }
        const answer = job.forward();
        // Done with it, more is asked for at once: a process often has its next job ready, and the interval is for lost requests only.
        setImmediate(() => void inside.poll().catch(() => {}));
        return answer;
      },
    });
    // A request that is never answered ends by a timer of the client and looks just like one that was: only the status tells.
    let answers = 0;
    const inside = worker as unknown as { activeJobs: number; grpcClient: NodeJS.EventEmitter; poll(): Promise<void> };
    inside.grpcClient.on('MIDDLEWARE_DEBUG', (message: unknown) => {
      if (typeof message !== 'string' || !message.startsWith('gRPC Status event')) return;
      if (!message.includes(`"code":${STATUS.UNAVAILABLE},`)) answers += 1;
    });
    return { answers: () => answers, busy: () => inside.activeJobs };
  }

  /** Closes the channels. Jobs in hand are not waited for here: see `workers.ts`. */
  async close(): Promise<void> {
    this.#stub.close();
    const closed = this.#client.close(1000).catch((error: unknown) => {
      this.#logger.debug({ err: error }, 'zeebe client did not close cleanly');
    });
    // A hung client is left behind; nothing waits for it.
    await Promise.race([closed, pause(2000)]);
  }

  /** Runs a call with our own deadline. */
  async #within<T>(name: string, call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new NoAnswer(`no answer to ${name} within ${this.#options.timeoutMs} ms`)),
        this.#options.timeoutMs,
      );
    });
    const answer = call();
    // When we are late, its rejection comes later and belongs to nobody.
    answer.catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #call<T>(method: string, request: unknown): Promise<T> {
    return this.#within(
      method,
      () =>
        new Promise<T>((resolve, reject) => {
          const options = { deadline: Date.now() + this.#options.timeoutMs };
          this.#stub[method]!(request, options, (error: ServiceError | null, answer: T) =>
            error ? reject(error) : resolve(answer),
          );
        }),
    );
  }

  /** zeebe-node writes to the console by itself otherwise. */
  #clientLog() {
    const say = (message: string) => this.#logger.debug({ message }, 'zeebe client');
    return { debug: say, info: say, error: say };
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
