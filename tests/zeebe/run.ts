/**
 * `npm run test:zeebe [jest arguments]`: the suites that need a real broker, with the adapter alone on PGlite, with the whole program on PostgreSQL.
 * `--faults` runs the fault runs instead, all five at full length (a quarter of an hour; `--quick`: a tenth of it), and writes their table. `--every-path` walks
 * all of tests/processes on a broker (a quarter of an hour; other files can be named). Without Java or the distribution they do not run, and that is said loudly; under CI it fails.
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

/** Suites that know nothing of brokers, each of their houses on one of its own. */
const EVERY_PATH = [
  ...JEST.filter((arg) => !['--config', 'jest.zeebe.config.js'].includes(arg)),
  '--testPathIgnorePatterns',
  'diagrams',
  '--testTimeout=180000',
  '--',
];

/** The adapter without a house around it, and what opens one folder again and again; the rest runs as a site does. */
const ON_PGLITE = ['tests/contract/zeebe-', 'tests/zeebe/broker/adapter', 'tests/zeebe/broker/two-engines'];

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const faults = args.includes('--faults');
  const rest = args.filter((arg) => !['--faults', '--quick'].includes(arg));
  if (args.includes('--quick')) process.env.SUYING_FAULTS = 'quick';
  try {
    await prepareLocalBroker(readBrokerConfig(), (line) => console.log(line));
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const bar = '!'.repeat(78);
    console.error(`${bar}\n真实 Zeebe 的测试没有运行。${error.message}\n${bar}`);
    return process.env.CI ? 1 : 0;
  }
  if (args.includes('--every-path')) {
    process.env.TEST_ENGINE = 'zeebe';
    const others = rest.filter((arg) => arg !== '--every-path');
    return run([...EVERY_PATH, ...(others.length > 0 ? others : ['tests/processes'])], false);
  }
  if (faults) return run([...JEST, ...rest, '--', 'tests/zeebe/broker/faults'], false);
  if (rest.length > 0) return run([...JEST, ...rest], false);
  // What concerns the adapter alone on PGlite; the program as a site runs it, on PostgreSQL.
  const alone = await run([...JEST, '--', ...ON_PGLITE], false);
  const site = await run(
    [...JEST, '--testPathIgnorePatterns', 'faults', ...ON_PGLITE, '--', 'tests/zeebe/broker'],
    true,
  );
  return alone || site;
}

/** Runs node with these arguments; on PostgreSQL inside a throw-away server. */
function run(args: string[], postgres: boolean): Promise<number> {
  const all = postgres ? ['tests/support/with-postgres.ts', process.execPath, ...args] : args;
  return new Promise((resolve) => {
    spawn(process.execPath, all, { stdio: 'inherit' }).on('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main();
