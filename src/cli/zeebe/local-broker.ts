import { join, resolve } from 'node:path';
import { type BrokerConfig, DEVELOPMENT_RECORDS_PASSWORD } from '../../config.ts';
import { type Broker, type BrokerOptions, startBroker } from './broker.ts';
import { zeebeDistribution } from './distribution.ts';
import { findJdk } from './find-jdk.ts';

export type LocalBrokerOptions = Partial<
  Pick<
    BrokerOptions,
    | 'dataDirectory'
    | 'controlledClock'
    | 'partitions'
    | 'exporter'
    | 'gatewayPort'
    | 'managementPort'
    | 'serverPort'
    | 'signal'
  >
>;

/** Finds Java and gets the distribution, without starting anything. */
export async function prepareLocalBroker(config: BrokerConfig, say: (line: string) => void = () => {}) {
  const jdk = await findJdk(config);
  const cache = config.ZEEBE_CACHE ?? userCache(config);
  return { jdk, distribution: await zeebeDistribution({ home: config.ZEEBE_HOME, cache, say }) };
}

/** Finds Java and the distribution, and starts a broker whose exporter points at our record endpoint. */
export async function localBroker(
  config: BrokerConfig,
  options: LocalBrokerOptions = {},
  say: (line: string) => void = () => {},
): Promise<Broker> {
  const { jdk, distribution } = await prepareLocalBroker(config, say);
  say(`使用 Java ${jdk.version}（${jdk.java}）启动 Zeebe……`);
  return startBroker({
    jdk,
    distribution,
    dataDirectory: resolve(options.dataDirectory ?? config.ZEEBE_DATA_DIR ?? join(config.DATA_DIR, 'zeebe')),
    gatewayPort: options.gatewayPort ?? config.ZEEBE_GATEWAY_PORT,
    managementPort: options.managementPort ?? config.ZEEBE_MANAGEMENT_PORT,
    serverPort: options.serverPort ?? config.ZEEBE_SERVER_PORT,
    controlledClock: options.controlledClock ?? false,
    partitions: options.partitions ?? 1,
    exporter: options.exporter ?? {
      url: `http://${config.ZEEBE_RECORDS_HOST}:${config.ZEEBE_RECORDS_PORT}`,
      username: config.ZEEBE_RECORDS_USER,
      password: config.ZEEBE_RECORDS_PASSWORD ?? DEVELOPMENT_RECORDS_PASSWORD,
    },
    environment: config.environment,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

/** Distributions are shared by everything of this user; without a home they lie below the data folder. */
const userCache = (config: BrokerConfig): string =>
  config.XDG_CACHE_HOME
    ? join(config.XDG_CACHE_HOME, 'suying')
    : config.HOME
      ? join(config.HOME, '.cache', 'suying')
      : resolve(config.DATA_DIR, 'cache');
