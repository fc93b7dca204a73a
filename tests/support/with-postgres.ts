/**
 * `node tests/support/with-postgres.ts COMMAND...`: starts a throw-away PostgreSQL server, runs the command with
 * TEST_DATABASE_URL set, stops the server and answers the command's exit code. Uses a server given in TEST_DATABASE_URL when there is one.
 */
import { spawn } from 'node:child_process';
import { withServer } from './postgres-server.ts';

const [command, ...args] = process.argv.slice(2);
if (!command) throw new Error('usage: with-postgres.ts COMMAND...');

process.exitCode = process.env.TEST_DATABASE_URL
  ? await run(process.env.TEST_DATABASE_URL)
  : await withServer(run, { forSuites: true });

function run(url: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command!, args, { stdio: 'inherit', env: { ...process.env, TEST_DATABASE_URL: url } });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
