import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Mail {
  from: string;
  to: string[];
  data: string;
}

/** A mail server that speaks as much SMTP as a client needs, and refuses or keeps silent as the test says. */
export class FakeSmtp {
  readonly mails: Mail[] = [];
  /** Answers to the next RCPT commands, e.g. `451 4.7.1 later`; `silence` says nothing. Afterwards everybody is accepted. */
  readonly answers: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeSmtp> {
    const server = createServer();
    const fake = new FakeSmtp(server);
    server.on('connection', (socket) => fake.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}?ignoreTLS=true`;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    const say = (line: string) => socket.write(`${line}\r\n`);
    let mail: Mail = { from: '', to: [], data: '' };
    let inData = false;
    let pending = '';
    say('220 fake ready');
    socket.on('data', (chunk) => {
      pending += chunk.toString('utf8');
      for (;;) {
        if (inData) {
          const end = pending.indexOf('\r\n.\r\n');
          if (end < 0) return;
          this.mails.push({ ...mail, data: pending.slice(0, end) });
          pending = pending.slice(end + 5);
          inData = false;
          mail = { from: '', to: [], data: '' };
          say('250 queued');
          continue;
        }
        const end = pending.indexOf('\r\n');
        if (end < 0) return;
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'EHLO' || verb === 'HELO') say('250 fake');
        else if (verb === 'MAIL') {
          mail = { from: line, to: [], data: '' };
          say('250 ok');
        } else if (verb === 'RCPT') {
          const answer = this.answers.shift();
          if (answer === 'silence') return;
          if (!answer) mail.to.push(/<([^>]*)>/.exec(line)![1]!);
          say(answer ?? '250 ok');
        } else if (verb === 'DATA') {
          inData = true;
          say('354 go on');
        } else if (verb === 'QUIT') {
          say('221 bye');
          socket.end();
        } else say('250 ok');
      }
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
