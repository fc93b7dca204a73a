import { createConnection, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

export type ScanVerdict = { clean: true } | { clean: false; found: string };

/** Looks through bytes for viruses. Throws when it cannot say: then nothing is let through. */
export interface Scanner {
  scan(bytes: Readable): Promise<ScanVerdict>;
}

const CHUNK = 64 * 1024;

/** ClamAV's daemon over TCP (`tcp://host:3310`) or a socket of this machine (`unix:/run/clamav/clamd.sock`), command INSTREAM. */
export function clamdScanner(address: string, options: { timeoutMs?: number } = {}): Scanner {
  const timeoutMs = options.timeoutMs ?? 60_000;
  return {
    async scan(bytes) {
      const socket = connect(address);
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`查毒服务 ${timeoutMs / 1000} 秒没有回答`)));
      const answer = readAnswer(socket);
      // Whatever goes wrong is told by the answer; it is awaited below.
      answer.catch(() => {});
      try {
        await write(socket, Buffer.from('zINSTREAM\0'));
        for await (const part of bytes) {
          const data = part as Buffer;
          for (let at = 0; at < data.length; at += CHUNK) await write(socket, framed(data.subarray(at, at + CHUNK)));
        }
        await write(socket, Buffer.alloc(4));
        return verdictOf(await answer);
      } finally {
        bytes.destroy();
        socket.destroy();
      }
    },
  };
}

function connect(address: string): Socket {
  if (address.startsWith('unix:')) return createConnection({ path: address.slice('unix:'.length) });
  const { hostname, port } = new URL(address);
  return createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3310) });
}

function framed(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

const write = (socket: Socket, data: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(socket.errored ?? new Error('与查毒服务的连接断了'));
    socket.write(data, (error) => (error ? reject(error) : resolve()));
  });

const readAnswer = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (text.includes('\0')) resolve(text.split('\0')[0]!);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('查毒服务没有回答就断开了')));
  });

function verdictOf(answer: string): ScanVerdict {
  if (/: OK$/.test(answer)) return { clean: true };
  const found = /: (.+) FOUND$/.exec(answer)?.[1];
  if (found) return { clean: false, found };
  throw new Error(`查毒服务回答了“${answer.slice(0, 200)}”`);
}
