import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { BrokerError } from './broker-error.ts';
import type { Jdk } from './find-jdk.ts';

/** Where the broker's exporter delivers records. */
export interface ExporterTarget {
  url: string;
  username: string;
  password: string;
  /** Records per bulk; 1 delivers each at once (tests). */
  bulkSize?: number;
}

export interface BrokerOptions {
  jdk: Jdk;
  distribution: string;
  dataDirectory: string;
  gatewayPort: number;
  managementPort: number;
  serverPort: number;
  exporter?: ExporterTarget;
  /** Partitions of the cluster; 1 unless told. */
  partitions?: number;
  /** Tests only: the clock can be moved over the management port. */
  controlledClock?: boolean;
  /** The environment of the child; the settings are added to it. */
  environment: Record<string, string | undefined>;
  readyWithinMs?: number;
  /** Stops the start itself: an operator who presses Ctrl+C must not leave a broker behind. */
  signal?: AbortSignal;
}

export interface Broker {
  /** Address of the gateway, `127.0.0.1:26500`. */
  address: string;
  management: string;
  pid: number;
  /** Settles when the process has ended, whoever ended it. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
  moveClock(milliseconds: number): Promise<void>;
  pinClock(instant: Date | string): Promise<void>;
}

const HOST = '127.0.0.1';
/** Zeebe refuses every command when less than this is free; it needs head room above it. */
const NEEDED_BYTES = 1024 ** 3;

/** Starts one broker with embedded gateway on loopback and waits until it takes commands. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  await mkdir(options.dataDirectory, { recursive: true });
  await checkDisk(options.dataDirectory);
  for (const [port, name] of [
    [options.gatewayPort, 'ZEEBE_GATEWAY_PORT'],
    [options.managementPort, 'ZEEBE_MANAGEMENT_PORT'],
    [options.serverPort, 'ZEEBE_SERVER_PORT'],
  ] as const)
    await checkPort(port, name);
  const logFile = join(options.dataDirectory, 'broker.log');
  const child = spawn(options.jdk.java, javaArguments(options), {
    env: { ...options.environment, ...settings(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.dataDirectory,
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout!.pipe(log, { end: false });
  child.stderr!.pipe(log, { end: false });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      log.end();
      resolve(code);
    });
    child.once('error', () => resolve(null));
  });
  // Whatever ends this process ends its broker.
  const withUs = () => child.kill('SIGKILL');
  process.once('exit', withUs);
  void ended.then(() => process.removeListener('exit', withUs));
  options.signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const management = `http://${HOST}:${options.managementPort}`;
  try {
    await waitUntilReady(management, ended, logFile, options.readyWithinMs ?? 300_000);
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal);
    await ended;
  };
  return {
    address: `${HOST}:${options.gatewayPort}`,
    management,
    pid: child.pid!,
    ended,
    stop: async () => {
      // A broker that does not end by itself is not waited for: its data is safe at any moment.
      const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await end('SIGTERM');
      clearTimeout(patience);
    },
    kill: () => end('SIGKILL'),
    moveClock: (milliseconds) => clock(management, 'add', { offsetMilli: milliseconds }),
    pinClock: (instant) => clock(management, 'pin', { epochMilli: new Date(instant).getTime() }),
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

function javaArguments(options: BrokerOptions): string[] {
  const { distribution } = options;
  return [
    '-Xms256m',
    '-Xmx512m',
    '-XX:MaxDirectMemorySize=256m',
    '-XX:+UseSerialGC',
    // From Java 24 on these are asked for; older ones do not know the first.
    ...(options.jdk.version >= 24
      ? ['--sun-misc-unsafe-memory-access=allow', '--enable-native-access=ALL-UNNAMED']
      : []),
    '-XX:+ExitOnOutOfMemoryError',
    '-Dfile.encoding=UTF-8',
    // The embedded engine calls its zone so, too.
    '-Duser.timezone=Etc/UTC',
    '-classpath',
    `${join(distribution, 'config')}:${join(distribution, 'lib')}/*`,
    '-Dapp.name=broker',
    `-Dapp.home=${distribution}`,
    `-Dbasedir=${options.dataDirectory}`,
    'io.camunda.zeebe.broker.StandaloneBroker',
  ];
}

function settings(options: BrokerOptions): Record<string, string> {
  const exporter = options.exporter;
  return {
    ZEEBE_BROKER_NETWORK_HOST: HOST,
    ZEEBE_BROKER_NETWORK_ADVERTISEDHOST: HOST,
    // The two inner ports follow the gateway's, so that several brokers can run on one machine.
    ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT: String(options.gatewayPort + 1),
    ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT: String(options.gatewayPort + 2),
    ZEEBE_BROKER_GATEWAY_ENABLE: 'true',
    ZEEBE_BROKER_GATEWAY_NETWORK_HOST: HOST,
    ZEEBE_BROKER_GATEWAY_NETWORK_PORT: String(options.gatewayPort),
    SERVER_ADDRESS: HOST,
    SERVER_PORT: String(options.serverPort),
    MANAGEMENT_SERVER_ADDRESS: HOST,
    MANAGEMENT_SERVER_PORT: String(options.managementPort),
    ZEEBE_BROKER_DATA_DIRECTORY: join(options.dataDirectory, 'data'),
    ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '16MB',
    ZEEBE_BROKER_DATA_SNAPSHOTPERIOD: '5m',
    ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '200MB',
    ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '100MB',
    ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(options.partitions ?? 1),
    ZEEBE_BROKER_THREADS_CPUTHREADCOUNT: '1',
    ZEEBE_BROKER_THREADS_IOTHREADCOUNT: '1',
    ZEEBE_BROKER_EXPERIMENTAL_ROCKSDB_MEMORYLIMIT: '64MB',
    ...(options.controlledClock ? { ZEEBE_CLOCK_CONTROLLED: 'true', MANAGEMENT_ENDPOINT_CLOCK_ENABLED: 'true' } : {}),
    ...(exporter
      ? {
          ZEEBE_BROKER_EXPORTERS_HISTORY_CLASSNAME: 'io.camunda.zeebe.exporter.ElasticsearchExporter',
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_URL: exporter.url,
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_AUTHENTICATION_USERNAME: exporter.username,
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_AUTHENTICATION_PASSWORD: exporter.password,
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_BULK_DELAY: '1',
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_BULK_SIZE: String(exporter.bulkSize ?? 64),
          ZEEBE_BROKER_EXPORTERS_HISTORY_ARGS_INDEX_CREATETEMPLATE: 'false',
        }
      : {}),
  };
}

async function checkDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  throw new BrokerError(
    'disk-full',
    `${folder} 所在的磁盘只剩 ${Math.round(free / 1024 ** 2)} MB。Zeebe 剩余空间不足时拒绝一切命令，请至少腾出 1 GB，或用 ZEEBE_DATA_DIR 换一块磁盘。`,
  );
}

function checkPort(port: number, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new BrokerError(
              'port-taken',
              `端口 ${port} 已被占用，可能已有一个 Zeebe 在运行。请停掉占用它的程序，或设置 ${variable} 换一个端口。`,
            )
          : error,
      ),
    );
    probe.listen(port, HOST, () => probe.close(() => resolve()));
  });
}

async function waitUntilReady(
  management: string,
  ended: Promise<number | null>,
  logFile: string,
  withinMs: number,
): Promise<void> {
  let code: number | null | undefined;
  void ended.then((value) => {
    code = value;
  });
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    if (code !== undefined) {
      throw new BrokerError(
        'died',
        `Zeebe 没有启动成功（退出码 ${code}）。日志在 ${logFile}，最后几行：\n${await tail(logFile)}`,
      );
    }
    const ready = await fetch(`${management}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new BrokerError(
    'not-ready',
    `Zeebe 在 ${Math.round(withinMs / 1000)} 秒内没有就绪。机器可能太忙或内存不足；日志在 ${logFile}，最后几行：\n${await tail(logFile)}`,
  );
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}

async function clock(management: string, operation: 'add' | 'pin', body: Record<string, number>): Promise<void> {
  const response = await fetch(`${management}/actuator/clock/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`clock ${operation}: ${response.status} ${await response.text()}`);
}
