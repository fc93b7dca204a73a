import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy whose open connections can be frozen: they stay open and carry nothing any more, as behind a forgetful firewall. */
export class FreezingProxy {
  readonly #target: () => number;
  #server: Server | undefined;
  #pairs: [Socket, Socket][] = [];
  port = 0;

  constructor(target: () => number) {
    this.#target = target;
  }

  /** Listens on a port of its own, or on the one given. */
  async start(port = this.port): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.#target(), '127.0.0.1');
      near.pipe(far);
      far.pipe(near);
      for (const socket of [near, far])
        socket.on('error', () => {
          near.destroy();
          far.destroy();
        });
      this.#pairs.push([near, far]);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Connections open now go silent; new ones work. */
  freeze(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
  }

  /** Cuts every connection and takes no new one, until it is started again. */
  stop(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#pairs = [];
    this.#server?.close();
  }
}
