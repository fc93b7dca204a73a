import { createHash, timingSafeEqual } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Logger } from '../../../kernel/logger.ts';
import { readRecordLine, type StoredRecord } from './record.ts';
import type { PartitionLag } from './record-store.ts';

export interface EndpointOptions {
  host: string;
  port: number;
  username: string;
  password: string;
  /** Largest bulk taken; the exporter flushes at 10 MB by itself. */
  maxBytes: number;
}

export interface EndpointParts {
  /** Stores a bulk durably; answers how many records were new. */
  store(records: readonly StoredRecord[]): Promise<number>;
  /** Called after a bulk with news was committed, with the partitions it tells of. */
  stored(partitions: ReadonlySet<number>): void;
  /** How far stream and projection are, for `GET /metrics`. */
  lag(): Promise<readonly (PartitionLag & { projected: number })[]>;
  logger: Logger;
}

export interface EndpointState {
  listening: boolean;
  bulks: number;
  records: number;
  duplicates: number;
  refused: number;
  /** Wall clock, epoch milliseconds; 0 = never since the start. */
  lastBulkAt: number;
  /** The broker is not the one whose records are stored: nothing is taken from it. */
  foreign: boolean;
}

/** How long an exporter in the middle of a bulk is waited for when the program stops. */
const CLOSE_WITHIN_MS = 2000;

/** A sentence for the operator: the endpoint cannot listen. */
export class EndpointError extends Error {
  override name = 'EndpointError';
}

/**
 * Takes the record stream of the broker's ElasticsearchExporter: it speaks just as much of Elasticsearch as that exporter asks for.
 * Kept tiny on purpose: while it does not answer, the broker's disk fills. A bulk is answered only after our commit; whatever else
 * happens, the exporter sends the same bulk again.
 */
export class RecordEndpoint {
  readonly #options: EndpointOptions;
  readonly #parts: EndpointParts;
  readonly #credentials: Buffer;
  #server: Server | undefined;
  readonly state: EndpointState = {
    listening: false,
    bulks: 0,
    records: 0,
    duplicates: 0,
    refused: 0,
    lastBulkAt: 0,
    foreign: false,
  };

  constructor(options: EndpointOptions, parts: EndpointParts) {
    this.#options = options;
    this.#parts = parts;
    this.#credentials = digest(`Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`);
  }

  /** Listens on a private address; answers the port. */
  async listen(): Promise<number> {
    const address = await privateAddress(this.#options.host);
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.state.refused += 1;
        this.#parts.logger.error({ err: error }, 'record endpoint: bulk not stored, the exporter sends it again');
        reply(response, 503, { error: 'not stored' });
      });
    });
    // The exporter keeps its connections; a slow sender must not hold one for ever.
    server.requestTimeout = 60_000;
    server.headersTimeout = 15_000;
    server.maxConnections = 64;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new EndpointError(
                `Zeebe 记录接收端口 ${this.#options.port} 已被占用。请停掉占用它的程序，或设置 ZEEBE_RECORDS_PORT（Zeebe 的导出地址也要一起改）。`,
              )
            : error,
        ),
      );
      server.listen(this.#options.port, address, resolve);
    });
    this.#server = server;
    this.state.listening = true;
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.state.listening = false;
    if (!server) return;
    await new Promise<void>((resolve) => {
      // An exporter that has much to tell never lets its connection rest: what is stored and not answered comes again.
      const patience = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
      server.close(() => {
        clearTimeout(patience);
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), this.#credentials)) {
      this.state.refused += 1;
      this.#parts.logger.warn('record endpoint: wrong or missing credentials');
      request.resume();
      response.setHeader('www-authenticate', 'Basic realm="records"');
      return reply(response, 401, { error: 'credentials' });
    }
    const path = new URL(request.url ?? '/', 'http://endpoint').pathname;
    if (request.method === 'PUT' && /^\/[^/]+\/_settings$/.test(path)) {
      request.resume();
      return reply(response, 200, { acknowledged: true });
    }
    if (request.method === 'GET' && path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(metricsText(this.state, await this.#parts.lag(), Date.now()));
      return;
    }
    if (request.method !== 'POST' || path !== '/_bulk') {
      request.resume();
      return reply(response, 404, { error: 'unknown' });
    }
    const body = await readBody(request, this.#options.maxBytes);
    if (body === undefined) {
      this.state.refused += 1;
      this.#parts.logger.error(
        { limit: this.#options.maxBytes },
        'record endpoint: bulk larger than allowed; raise ZEEBE_RECORDS_MAX_MB or lower the bulk size of the exporter',
      );
      response.setHeader('connection', 'close');
      return reply(response, 413, { error: 'too large' });
    }
    let records: StoredRecord[];
    try {
      records = readBulk(body);
    } catch (error) {
      this.state.refused += 1;
      this.#parts.logger.error({ err: error }, 'record endpoint: bulk is not readable');
      return reply(response, 400, { error: 'not a bulk of records' });
    }
    let fresh: number;
    try {
      fresh = await this.#parts.store(records);
    } catch (error) {
      if ((error as Error).name !== 'ForeignStream') throw error;
      this.state.refused += 1;
      this.state.foreign = true;
      this.#parts.logger.error(
        { err: error },
        'Zeebe 送来的记录与已收到的不是同一套：它的数据目录可能被换过或从旧备份恢复。请恢复原来的数据目录，或同时恢复 PostgreSQL；在此之前记录不再接收。',
      );
      return reply(response, 409, { error: 'another stream' });
    }
    this.state.foreign = false;
    this.state.bulks += 1;
    this.state.records += fresh;
    this.state.duplicates += records.length - fresh;
    this.state.lastBulkAt = Date.now();
    reply(response, 200, { errors: false, items: [] });
    if (fresh > 0) this.#parts.stored(new Set(records.map(({ partition }) => partition)));
  }
}

/** Age and lag in the form Prometheus reads; behind the same credentials as the stream. */
function metricsText(
  state: EndpointState,
  lag: readonly (PartitionLag & { projected: number })[],
  now: number,
): string {
  const lines = [
    '# TYPE suying_zeebe_records_received_total counter',
    `suying_zeebe_records_received_total ${state.records}`,
    '# TYPE suying_zeebe_records_duplicate_total counter',
    `suying_zeebe_records_duplicate_total ${state.duplicates}`,
    '# TYPE suying_zeebe_bulks_refused_total counter',
    `suying_zeebe_bulks_refused_total ${state.refused}`,
    '# TYPE suying_zeebe_records_unprojected gauge',
    ...lag.map(
      (part) => `suying_zeebe_records_unprojected{partition="${part.partition}"} ${part.received - part.projected}`,
    ),
    '# TYPE suying_zeebe_record_age_seconds gauge',
    ...lag.map(
      (part) => `suying_zeebe_record_age_seconds{partition="${part.partition}"} ${(now - part.receivedAt) / 1000}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lines come in pairs: an action, then the record. */
function readBulk(body: string): StoredRecord[] {
  const lines = body.split('\n').filter((line) => line !== '');
  if (lines.length % 2 !== 0) throw new SyntaxError('a bulk has an even number of lines');
  return lines.flatMap((line, index) => (index % 2 === 0 ? [] : (readRecordLine(line) ?? [])));
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      request.resume();
      return resolve(undefined);
    }
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > maxBytes) {
        resolve(undefined);
        parts.length = 0;
      } else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    request.on('error', reject);
  });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  // The exporter's client checks this header before it reads an answer.
  response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end(JSON.stringify(body));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');

/** The stream holds every variable of every process: it is received on loopback or a private network only. */
async function privateAddress(host: string): Promise<string> {
  const { address } =
    isIPv4(host) || isIPv6(host)
      ? { address: host }
      : await lookup(host).catch(() => {
          throw new EndpointError(
            `找不到主机名 ${host}，Zeebe 记录接收端口没有打开。请检查 ZEEBE_RECORDS_HOST，本机用 127.0.0.1。`,
          );
        });
  if (PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return address;
  throw new EndpointError(
    `Zeebe 记录接收端口不能开在 ${address}：流程数据只能在本机或内网接收。请把 ZEEBE_RECORDS_HOST 改为 127.0.0.1 或内网地址。`,
  );
}
