import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BrokerOptions, startBroker } from '../../src/cli/zeebe/broker.ts';
import { zeebeDistribution } from '../../src/cli/zeebe/distribution.ts';
import { findJdk } from '../../src/cli/zeebe/find-jdk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suying-broker-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that behaves as the lines say. */
function program(path: string, ...lines: string[]): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}
const java = (home: string, version: string) =>
  program(join(folder, home, 'bin', 'java'), `echo 'openjdk version "${version}"' >&2`);

describe('finding Java', () => {
  test.each([
    ['JAVA_HOME is used first', { home: '21.0.1', path: '25.0.3' }, 'home', 21],
    ['an old JAVA_HOME is passed over for PATH', { home: '17.0.2', path: '25.0.3' }, 'path', 25],
    [
      'an old PATH is passed over for the newest in the usual folders',
      { path: '11.0.1', a: '21', b: '25.0.1' },
      'b',
      25,
    ],
    ['the ancient form of a version is understood', { path: '1.8.0_392', a: '21.0.2' }, 'a', 21],
  ] as [string, Record<string, string>, string, number][])('%s', async (_what, installed, chosen, version) => {
    for (const [home, number] of Object.entries(installed))
      java(['a', 'b'].includes(home) ? `jvm/${home}` : home, number);
    const found = await findJdk({
      JAVA_HOME: installed.home ? join(folder, 'home') : undefined,
      PATH: installed.path ? join(folder, 'path', 'bin') : undefined,
      folders: [join(folder, 'jvm')],
    });
    const home = ['a', 'b'].includes(chosen) ? `jvm/${chosen}` : chosen;
    expect(found).toEqual({ java: join(folder, home, 'bin', 'java'), version });
  });

  test('without one the sentence says what was found and what to install', async () => {
    java('old', '17.0.15');
    const search = findJdk({ PATH: join(folder, 'old', 'bin'), folders: [join(folder, 'nothing')] });
    await expect(search).rejects.toMatchObject({
      problem: 'no-jdk',
      message: expect.stringMatching(/Java 21.*（17）.*openjdk-21.*JAVA_HOME/s),
    });
  });
});

describe('getting the distribution', () => {
  test('it is fetched once by its Maven coordinates, then taken from the cache', async () => {
    const mvn = program(
      join(folder, 'mvn'),
      `echo x >> ${join(folder, 'calls')}`,
      `for a in "$@"; do case $a in -DoutputDirectory=*) out=\${a#*=};; -Dartifact=*) echo "$a" > ${join(folder, 'artifact')};; esac; done`,
      'mkdir -p $out/camunda-zeebe-8.5.8/lib && touch $out/camunda-zeebe-8.5.8/lib/a.jar',
      'tar -C $out -czf $out/camunda-zeebe-8.5.8.tar.gz camunda-zeebe-8.5.8 && rm -r $out/camunda-zeebe-8.5.8',
    );
    const cache = join(folder, 'cache');
    const first = await zeebeDistribution({ cache, mvn });
    expect(first).toBe(join(cache, 'camunda-zeebe-8.5.8'));
    // A second time Maven is not asked: there is none.
    expect(await zeebeDistribution({ cache, mvn: '/nowhere/mvn' })).toBe(first);
  });

  test.each([
    ['no Maven', () => '/nowhere/mvn', 'no-maven', /apt install maven.*ZEEBE_HOME/s],
    [
      'a Maven that cannot reach its repository',
      () => program(join(folder, 'mvn'), 'echo "[ERROR] Could not transfer artifact"', 'exit 1'),
      'no-download',
      /Could not transfer/,
    ],
    [
      'an archive that is cut off',
      () =>
        program(
          join(folder, 'mvn'),
          'for a; do case $a in -DoutputDirectory=*) echo half > "$(echo $a | cut -d= -f2)/camunda-zeebe-8.5.8.tar.gz";; esac; done',
        ),
      'bad-distribution',
      /不完整/,
    ],
  ] as [string, () => string, string, RegExp][])(
    '%s: a sentence, and nothing half in the cache',
    async (_what, mvn, problem, says) => {
      const cache = join(folder, 'cache');
      await expect(zeebeDistribution({ cache, mvn: mvn() })).rejects.toMatchObject({
        problem,
        message: expect.stringMatching(says),
      });
      await expect(zeebeDistribution({ cache, mvn: '/nowhere/mvn' })).rejects.toMatchObject({ problem: 'no-maven' });
    },
  );

  test('ZEEBE_HOME must be an unpacked distribution', async () => {
    await expect(zeebeDistribution({ cache: folder, home: folder })).rejects.toMatchObject({
      problem: 'bad-distribution',
    });
  });
});

describe('starting', () => {
  const options = (jdk: string, more: Partial<BrokerOptions> = {}): BrokerOptions => ({
    jdk: { java: jdk, version: 25 },
    distribution: folder,
    dataDirectory: join(folder, 'data'),
    gatewayPort: 36500,
    managementPort: 39600,
    serverPort: 38088,
    environment: {},
    readyWithinMs: 500,
    ...more,
  });

  test('a taken port is said with the setting that changes it', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    try {
      await expect(startBroker(options('/bin/true', { gatewayPort: port }))).rejects.toMatchObject({
        problem: 'port-taken',
        message: expect.stringMatching(new RegExp(`${port}.*ZEEBE_GATEWAY_PORT`, 's')),
      });
    } finally {
      taken.close();
    }
  });

  test('a broker that dies at once shows the end of its log', async () => {
    const dies = program(join(folder, 'java'), 'echo "Could not create the Java Virtual Machine" >&2', 'exit 3');
    await expect(startBroker(options(dies, { readyWithinMs: 10_000 }))).rejects.toMatchObject({
      problem: 'died',
      message: expect.stringMatching(/退出码 3.*Could not create/s),
    });
  });

  test('a broker that does not get ready is stopped, not left behind', async () => {
    const pidFile = join(folder, 'pid');
    const hangs = program(join(folder, 'java'), `echo $$ > ${pidFile}`, 'exec sleep 60');
    await expect(startBroker(options(hangs))).rejects.toMatchObject({ problem: 'not-ready' });
    const { readFileSync } = await import('node:fs');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
  });
});
