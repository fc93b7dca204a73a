import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SmsCall {
  headers: IncomingHttpHeaders;
  body: any;
}
/** How the gateway answers one call: a status and a body, or nothing for ever. */
export type SmsAnswer = { status: number; body: unknown } | 'silence' | 'cut';

/** A gateway for short messages that takes JSON over HTTP and answers as the test says; every call is noted. */
export class FakeSms {
  readonly calls: SmsCall[] = [];
  /** Answers for the next calls; afterwards everything is accepted. */
  readonly answers: SmsAnswer[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeSms> {
    const server = createServer();
    const fake = new FakeSms(server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        fake.calls.push({ headers: request.headers, body: JSON.parse(text) });
        const answer = fake.answers.shift() ?? { status: 200, body: { code: 0, msgId: `g-${fake.calls.length}` } };
        if (answer === 'silence') return;
        if (answer === 'cut') return void request.socket.destroy();
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/send`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
