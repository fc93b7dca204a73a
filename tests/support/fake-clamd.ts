import { createServer, type Socket } from 'node:net';

/** A scanner that speaks clamd's INSTREAM and finds the test string of the virus makers (EICAR). */
export async function fakeClamd(where: { path: string } | { port: number }) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    let bytes = Buffer.alloc(0);
    socket.on('data', (part) => {
      bytes = Buffer.concat([bytes, part]);
      const content = contentOf(bytes);
      if (content)
        socket.end(
          content.includes('EICAR-STANDARD-ANTIVIRUS-TEST-FILE')
            ? 'stream: Eicar-Test-Signature FOUND\0'
            : 'stream: OK\0',
        );
    });
  });
  let port = 'port' in where ? where.port : 0;
  const listen = () =>
    new Promise<void>((resolve) =>
      'path' in where ? server.listen(where.path, resolve) : server.listen(port, '127.0.0.1', resolve),
    );
  await listen();
  // Down and up again it is found at the same place.
  if ('port' in where) port = (server.address() as { port: number }).port;
  return {
    address: 'path' in where ? `unix:${where.path}` : `tcp://127.0.0.1:${port}`,
    async down() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    up: listen,
  };
}

/** The stream once its end (a chunk of no length) has come; undefined before. */
function contentOf(bytes: Buffer): Buffer | undefined {
  const command = 'zINSTREAM\0';
  if (bytes.length < command.length) return undefined;
  if (bytes.subarray(0, command.length).toString() !== command) throw new Error('not INSTREAM');
  const parts: Buffer[] = [];
  for (let at = command.length; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (length === 0) return Buffer.concat(parts);
    if (at + 4 + length > bytes.length) return undefined;
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}
