import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const require = createRequire(import.meta.url);

export interface Call {
  method: string;
  request: any;
}

/** How the gateway answers one call: a message, a gRPC error, nothing for ever, or a cut connection after it has read the request. */
export type Answer = { message: object } | { code: number; details: string } | 'silence' | 'cut';

/**
 * A deliberately faulty gateway: speaks the protocol of Zeebe, does nothing, and answers as the test says.
 * Every call is noted, also those that are never answered.
 */
export class FakeGateway {
  readonly calls: Call[] = [];
  /** Streams of ActivateJobs that are open now. */
  readonly polls: ServerWritableStream<any, any>[] = [];
  readonly #answers = new Map<string, (request: any, nth: number) => Answer>();
  #server: Server | undefined;
  port = 0;
  #nextKey = 2n ** 51n;

  /** Rule for a method, by the number of the call (from 1). Without a rule it succeeds. */
  answer(method: string, rule: (request: any, nth: number) => Answer): void {
    this.#answers.set(method, rule);
  }

  count(method: string): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  nextKey(): string {
    this.#nextKey += 1n;
    return String(this.#nextKey);
  }

  async start(port = 0): Promise<void> {
    const folder = join(require.resolve('zeebe-node/package.json'), '..', 'proto', 'zeebe.proto');
    const definition = loadSync(folder, { longs: String, defaults: true, enums: String, oneofs: true });
    const { Gateway } = (loadPackageDefinition(definition) as any).gateway_protocol;
    const server = new Server();
    const handlers: Record<string, unknown> = {};
    for (const [method, { responseStream }] of Object.entries<{ responseStream: boolean }>(Gateway.service))
      handlers[method] = responseStream ? this.#stream(method) : this.#unary(method);
    server.addService(Gateway.service, handlers as any);
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port || this.port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.#server = server;
  }

  /** Ends every connection at once. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  #unary(method: string) {
    return (call: ServerUnaryCall<any, any>, callback: sendUnaryData<any>) => {
      this.calls.push({ method, request: call.request });
      const rule = this.#answers.get(method);
      const answer = rule?.(call.request, this.count(method)) ?? { message: this.#success(method) };
      if (answer === 'silence') return;
      if (answer === 'cut') {
        this.stop();
        return;
      }
      if ('code' in answer) callback({ code: answer.code, details: answer.details } as any);
      else callback(null, answer.message);
    };
  }

  #stream(method: string) {
    return (call: ServerWritableStream<any, any>) => {
      this.calls.push({ method, request: call.request });
      const rule = this.#answers.get(method);
      const answer = rule?.(call.request, this.count(method)) ?? 'silence';
      this.polls.push(call);
      call.on('close', () => this.polls.splice(this.polls.indexOf(call) >>> 0, 1));
      if (answer === 'silence' || answer === 'cut') return;
      if ('code' in answer) {
        call.emit('error', { code: answer.code, details: answer.details });
        return;
      }
      call.write(answer.message);
      call.end();
    };
  }

  #success(method: string): object {
    if (method === 'Topology') return { brokers: [], clusterSize: 1, partitionsCount: 1, gatewayVersion: '8.5.8' };
    if (method === 'CreateProcessInstance') return { processInstanceKey: this.nextKey() };
    return { key: this.nextKey() };
  }
}

/** One activated job as the gateway streams it. */
export const activatedJob = (key: string, type: string, more: object = {}) => ({
  jobs: [
    {
      key,
      type,
      processInstanceKey: '2251799813685300',
      bpmnProcessId: 'p',
      processDefinitionVersion: 1,
      processDefinitionKey: '2251799813685200',
      elementId: 'e',
      elementInstanceKey: '2251799813685301',
      customHeaders: '{}',
      worker: 'w',
      retries: 3,
      deadline: '0',
      variables: '{"demandId":"d-1"}',
      ...more,
    },
  ],
});
