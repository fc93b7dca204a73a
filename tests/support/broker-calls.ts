import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const require = createRequire(import.meta.url);

/** Calls of the gateway that only a test needs: it clears away what a scenario has left. */
export class BrokerCalls {
  readonly #stub: Client & Record<string, any>;

  constructor(address: string) {
    const folder = join(require.resolve('zeebe-node/package.json'), '..', 'proto', 'zeebe.proto');
    const definition = loadSync(folder, { longs: String });
    const { Gateway } = (loadPackageDefinition(definition) as any).gateway_protocol;
    this.#stub = new Gateway(address, credentials.createInsecure());
  }

  cancelInstance(processInstanceKey: string): Promise<void> {
    return this.#call('CancelProcessInstance', { processInstanceKey });
  }

  deleteDefinition(resourceKey: string): Promise<void> {
    return this.#call('DeleteResource', { resourceKey });
  }

  close(): void {
    this.#stub.close();
  }

  #call(method: string, request: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stub[method](request, { deadline: Date.now() + 20_000 }, (error: Error | null) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}
