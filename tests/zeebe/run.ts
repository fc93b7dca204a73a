/**
 * `npm run test:zeebe [jest arguments]`: the suites that need a real broker, on PGlite and, where a house is involved, on PostgreSQL.
 * `--faults` runs the fault runs instead. Without Java or the distribution they do not run, and that is said loudly; under CI it fails.
 */
import { spawn } from 'node:child_process';
import { BrokerError } from '../../src/cli/zeebe/broker-error.ts';
import { prepareLocalBroker } from '../../src/cli/zeebe/local-broker.ts';
import { readBrokerConfig } from '../../src/config.ts';

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config',
  'jest.zeebe.config.js',
  // One broker at a time: each takes half a gigabyte and a processor.
  '--runInBand',
  // Channels of the client and of the database linger for seconds after everything is closed.
  '--forceExit',
];

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const faults = args.includes('--faults');
  const rest = args.filter((arg) => arg !== '--faults');
  try {
    await prepareLocalBroker(readBrokerConfig(), (line) => console.log(line));
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const bar = '!'.repeat(78);
    console.error(`${bar}\n真实 Zeebe 的测试没有运行。${error.message}\n${bar}`);
    return process.env.CI ? 1 : 0;
  }
  if (faults) return run([...JEST, ...rest, '--', 'tests/zeebe/broker/faults'], false);
  if (rest.length > 0) return run([...JEST, ...rest], false);
  const embedded = await run([...JEST, '--testPathIgnorePatterns', 'faults'], false);
  const postgres = await run([...JEST, '--testPathIgnorePatterns', 'faults', '--', 'tests/zeebe/broker'], true);
  return embedded || postgres;
}

/** Runs node with these arguments; on PostgreSQL inside a throw-away server. */
function run(args: string[], postgres: boolean): Promise<number> {
  const all = postgres ? ['tests/support/with-postgres.ts', process.execPath, ...args] : args;
  return new Promise((resolve) => {
    spawn(process.execPath, all, { stdio: 'inherit' }).on('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main();
