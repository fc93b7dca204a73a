import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { FreezingProxy } from '../support/freezing-proxy.ts';

/** The database of its own process can go silent only where it is a server. */
const onServer = process.env.TEST_DATABASE_URL ? describe : describe.skip;

onServer('stopping while the database does not answer', () => {
  const server = process.env.TEST_DATABASE_URL!;
  const name = `stop_${randomBytes(8).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'suying-stop-'));
  const proxy = new FreezingProxy(() => Number(new URL(server).port));
  const asOperator = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  beforeAll(async () => {
    await asOperator(`create database ${name}`);
    await proxy.start();
  });
  afterAll(async () => {
    proxy.stop();
    await asOperator(`drop database ${name} with (force)`);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The program as an operator starts it; resolves when it serves. */
  function start() {
    const url = new URL(server);
    url.port = String(proxy.port);
    url.pathname = `/${name}`;
    const app = spawn(process.execPath, ['src/main.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        DEMO: 'true',
        PORT: '0',
        LOG_LEVEL: 'silent',
        STOP_SECONDS: '1',
        DATA_DIR: folder,
        DATABASE_URL: url.href,
      },
    });
    let said = '';
    const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
      app.once('close', (code) => resolve({ code, said }));
    });
    app.stderr.on('data', (part) => {
      said += part;
    });
    const serving = new Promise<void>((resolve, reject) => {
      app.stdout.on('data', (part) => /速应已启动/.test(String(part)) && resolve());
      app.once('exit', () => reject(new Error(`did not start: ${said}`)));
    });
    return { app, serving, ended };
  }

  test('SIGTERM ends the program: at once and well, or within its limit and with a word', async () => {
    const calm = start();
    await calm.serving;
    calm.app.kill('SIGTERM');
    expect(await calm.ended).toEqual({ code: 0, said: '' });

    const silent = start();
    await silent.serving;
    // Connections stay open and carry nothing any more.
    proxy.freeze();
    silent.app.kill('SIGTERM');
    const { code, said } = await silent.ended;
    expect(code).toBe(1);
    expect(said).toContain('1 秒内没有停稳');
    expect(said).toContain('下次启动接着办');
  }, 120_000);
});
