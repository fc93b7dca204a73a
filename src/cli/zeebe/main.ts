/** `npm run zeebe`: a real Zeebe broker on this machine, without Docker. Ends with 0 (stopped), 1 (it died) or 2 (cannot run here). */
import { ConfigError, readBrokerConfig } from '../../config.ts';
import type { Broker } from './broker.ts';
import { BrokerError } from './broker-error.ts';
import { localBroker } from './local-broker.ts';

async function main(): Promise<number> {
  const config = readBrokerConfig();
  const stopping = new AbortController();
  let broker: Broker | undefined;
  const stop = () => {
    if (stopping.signal.aborted) return;
    console.log('正在停止 Zeebe……');
    stopping.abort();
    void broker?.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    broker = await localBroker(config, { signal: stopping.signal }, (line) => console.log(line));
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  }
  console.log(
    [
      `Zeebe 已就绪：${broker.address}（管理端口 ${broker.management}）`,
      `流程记录送往 http://${config.ZEEBE_RECORDS_HOST}:${config.ZEEBE_RECORDS_PORT}`,
      '在另一个终端用 ENGINE=zeebe npm start 启动速应；按 Ctrl+C 停止 Zeebe。',
    ].join('\n'),
  );
  const code = await broker.ended;
  if (stopping.signal.aborted) {
    console.log('Zeebe 已停止。');
    return 0;
  }
  console.error(`Zeebe 意外退出（退出码 ${code}）。请查看数据目录下的 broker.log。`);
  return 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = error instanceof BrokerError || error instanceof ConfigError;
    console.error(known ? (error as Error).message : error);
    process.exitCode = 2;
  },
);
