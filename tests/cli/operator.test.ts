import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';

/** What an operator gets to read when something cannot work: a sentence and an exit code, never a stack. */

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'suying-operator-'));
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) await stop(child);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

// Forty processes read the same program: each but the first takes it compiled.
const bare = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  LOG_LEVEL: 'error',
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
};

function start(args: string[], environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...bare, ...environment } as NodeJS.ProcessEnv });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs to its end. */
function run(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = start(args, environment);
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout!.on('data', (data) => (ended.out += data));
  child.stderr!.on('data', (data) => (ended.err += data));
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })));
}

const serve = (environment: Record<string, string>) => run(['src/main.ts'], environment);
const cli = (args: string[], environment: Record<string, string> = {}) =>
  run(['src/cli/index.ts', ...args], { PGLITE_DATA: 'memory://', ...environment });

/** A server that has said where it listens. */
async function started(environment: Record<string, string>): Promise<{ child: ChildProcess; address: string }> {
  const child = start(['src/main.ts'], environment);
  let text = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (data) => {
      text += data;
      const found = /速应已启动：(\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.stderr!.on('data', (data) => (text += data));
    child.once('exit', () => reject(new Error(text)));
  });
  return { child, address };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const noStack = (text: string) => expect(text).not.toMatch(/\n\s+at .+:\d+:\d+/);

describe('a start that cannot work', () => {
  test.each<[string, Record<string, string>, string | RegExp]>([
    [
      'production without its settings',
      { NODE_ENV: 'production' },
      '生产环境（NODE_ENV=production）缺少必须的环境变量：DATABASE_URL、SESSION_SECRET。请设置后再启动。\n',
    ],
    [
      'production without a database',
      { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(40) },
      '生产环境（NODE_ENV=production）缺少必须的环境变量：DATABASE_URL。请设置后再启动。\n',
    ],
    [
      'the demo in production',
      { NODE_ENV: 'production', SESSION_SECRET: 'x'.repeat(40), DATABASE_URL: 'postgres://localhost/none', DEMO: '1' },
      '生产环境不能使用演示模式（DEMO）：演示账号口令公开，时钟可以拨动。请去掉 DEMO。\n',
    ],
    ['a port that is none', { PORT: '70000' }, /^环境变量有误，程序没有启动：\n {2}PORT: /],
    [
      'a database address that is none',
      { DATABASE_URL: 'mysql://localhost/x' },
      '环境变量有误，程序没有启动：\n  DATABASE_URL: 应以 postgres:// 开头\n',
    ],
    [
      'a secret that is too short',
      { SESSION_SECRET: 'short' },
      '环境变量有误，程序没有启动：\n  SESSION_SECRET: 至少 32 个字符\n',
    ],
    [
      'a PostgreSQL that is not there',
      { DATABASE_URL: 'postgres://nobody:wrong@127.0.0.1:1/none' },
      '连不上 PostgreSQL（ECONNREFUSED）。请检查 DATABASE_URL 的地址、库名、用户和口令，以及数据库是否已启动。\n',
    ],
  ])('%s', async (_what, environment, sentence) => {
    const ended = await serve({ PORT: '0', PGLITE_DATA: environment.DATABASE_URL ? '' : 'memory://', ...environment });
    expect(ended.code).toBe(2);
    if (typeof sentence === 'string') expect(ended.err).toBe(sentence);
    else expect(ended.err).toMatch(sentence);
  });

  test('a database folder with something else in it', async () => {
    const data = join(folder, 'spoilt');
    mkdirSync(join(data, 'data'), { recursive: true });
    writeFileSync(join(data, 'data', 'PG_VERSION'), '18\n');
    writeFileSync(join(data, 'data', 'postgresql.conf'), 'nonsense');
    const ended = await serve({ PORT: '0', DATA_DIR: data });
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(
      `内置数据库目录 ${join(data, 'data')} 打不开：文件可能损坏，或不是速应的数据。请从备份恢复该目录；如要从空库开始，请先把它移到别处。\n`,
    );
    noStack(ended.err);
    expect(readFileSync(join(data, 'data', 'postgresql.conf'), 'utf8')).toBe('nonsense');
  });

  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const ended = await serve({ PORT: String(port), PGLITE_DATA: 'memory://' });
    other.close();
    expect(ended).toMatchObject({
      code: 2,
      err: `端口 ${port} 已被占用。请停掉占用它的程序，或设置 PORT 换一个端口。\n`,
    });
  });

  test('a second process on the same folder; the first goes on working', async () => {
    const data = join(folder, 'shared');
    const first = await started({ PORT: '0', DATA_DIR: data });
    const second = await serve({ PORT: '0', DATA_DIR: data });
    expect(second.code).toBe(2);
    expect(second.err).toBe(
      `数据目录 ${data} 正被另一个速应进程使用。内置数据库同一时间只能由一个进程打开：请先停掉那个进程，或用 DATA_DIR 指定另一个目录，或用 DATABASE_URL 改用 PostgreSQL。\n`,
    );
    const command = await cli(['verify-history'], { PGLITE_DATA: '', DATA_DIR: data });
    expect(command.code).toBe(2);
    expect(command.err).toContain('正被另一个速应进程使用');
    expect((await fetch(`${first.address}/login`)).status).toBe(200);
    await stop(first.child);
    // Stopped calmly: the folder is free again, and the data is there.
    const verified = await cli(['verify-history'], { PGLITE_DATA: '', DATA_DIR: data });
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.out).toMatch(/核验了 \d+ 条链/);
  });
});

describe('files that are wrong', () => {
  const bpmn = readFileSync(join(root, 'processes/return-visit/return-visit.bpmn'), 'utf8');
  const rules = JSON.parse(readFileSync(join(root, 'rules/on-the-spot.rules.json'), 'utf8'));

  test('a diagram with an element nobody runs: named, with the reason', async () => {
    const path = file(
      'complex.bpmn',
      bpmn
        .replaceAll('exclusiveGateway id="attempts-left"', 'complexGateway id="attempts-left"')
        .replace(
          /(<bpmn:complexGateway id="attempts-left"[\s\S]*?)<\/bpmn:exclusiveGateway>/,
          '$1</bpmn:complexGateway>',
        ),
    );
    const ended = await cli(['lint', path]);
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/^complex\.bpmn attempts-left .*复杂网关/m);
  });

  test('a rule with a fact nobody has: its pointer and what there is', async () => {
    const wrong = structuredClone(rules);
    wrong.rules[0].conditions.all[0].fact = 'moonPhase';
    const ended = await cli(['lint', file('on-the-spot.rules.json', JSON.stringify(wrong))]);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(
      'on-the-spot.rules.json /rules/0/conditions/all/0/fact 没有声明事实“moonPhase”。可用的事实：intakeChoice、',
    );
  });

  test.each<[string, string[], number, string | RegExp]>([
    [
      'all of ours',
      [
        'lint',
        ...['fast-response', 'handle-demand'].map((id) => join(root, `processes/${id}/${id}.bpmn`)),
        join(root, 'rules/deadlines.rules.json'),
      ],
      0,
      '',
    ],
    ['a file that is not there', ['lint', 'nowhere.bpmn'], 2, '没有文件 nowhere.bpmn。请核对路径。\n'],
    ['a diagram that is no XML', ['lint', '<plain.bpmn>'], 1, /^plain\.bpmn 不是有效的 BPMN 文件：开头不是 XML/],
    [
      'rules that are no JSON',
      ['lint', '<broken.rules.json>'],
      1,
      /^broken\.rules\.json 不是有效的 JSON：第 1 行第 \d+ 列：/,
    ],
    [
      'a kind nobody knows',
      ['lint', '<notes.txt>'],
      1,
      'notes.txt 不认识这种文件，或它不在该在的地方；可检查 .bpmn、.form、.rules.json。\n',
    ],
    ['a diagram in GBK', ['lint', '<gbk.bpmn>'], 1, /^gbk\.bpmn 读不出来：第 2 行起不是 UTF-8，像是 GBK/],
    ['a zip', ['lint', '<packed.form>'], 1, /^packed\.form 读不出来：这是压缩包/],
    ['nothing to check', ['lint'], 2, '请写明要检查的文件或文件夹。\n'],
    ['a calendar that is no JSON', ['import-calendar', '<broken.json>'], 2, /^broken\.json 不是有效的 JSON/],
    [
      'a calendar that is something else',
      ['import-calendar', join(root, 'package.json')],
      2,
      'package.json 不是日历文件：应当有 year（年份）和 days（日子的列表）。可参照 data/calendar/2026.json。\n',
    ],
    ['a calendar of impossible days', ['import-calendar', '<2028.json>'], 1, /“2028-02-30”不是有效日期/],
    ['demands that are none', ['demo', join(root, 'package.json')], 2, /不是诉求的列表/],
  ])('%s', async (_what, args, code, message) => {
    const made = {
      '<plain.bpmn>': () => file('plain.bpmn', 'not xml'),
      '<gbk.bpmn>': () => file('gbk.bpmn', Buffer.from([0x3c, 0x61, 0x0a, 0xd0, 0xad, 0xb0, 0xec])),
      '<packed.form>': () => file('packed.form', Buffer.from('PK\u0003\u0004rest')),
      '<broken.rules.json>': () => file('broken.rules.json', '{"id":'),
      '<notes.txt>': () => file('notes.txt', 'x'),
      '<broken.json>': () => file('broken.json', '{'),
      '<2028.json>': () =>
        file(
          '2028.json',
          JSON.stringify({
            year: 2028,
            status: 'PUBLISHED',
            source: '测试',
            days: [{ date: '2028-02-30', kind: 'HOLIDAY', name: '假' }],
          }),
        ),
    } as Record<string, () => string>;
    const ended = await cli(args.map((arg) => made[arg]?.() ?? arg));
    expect(ended.code).toBe(code);
    if (typeof message === 'string') expect(ended.err).toBe(message);
    else expect(ended.err).toMatch(message);
    noStack(ended.err);
  });
});

describe('commands', () => {
  test.each<[string, string[], number, RegExp]>([
    ['no command', [], 2, /^用法：npm run cli/],
    ['help', ['--help', 'lint'], 0, /^用法：npm run cli/],
    ['a command that is none', ['fly'], 2, /^没有命令“fly”。/],
    ['an option that is none', ['lint', '--fast'], 2, /^不认识这样的写法。/],
    ['no login', ['unlock'], 2, /^请写明登录名。/],
    ['a login that is none', ['unlock', 'nobody'], 2, /没有用户“nobody”/],
    ['the demo in production', ['demo'], 2, /^生产环境不能运行演示/],
  ])('%s', async (_what, args, code, message) => {
    const production = {
      NODE_ENV: 'production',
      SESSION_SECRET: 'x'.repeat(40),
      DATABASE_URL: 'postgres://localhost/none',
    };
    const ended = await cli(args, args[0] === 'demo' ? production : {});
    expect(ended.code).toBe(code);
    expect(code === 0 ? ended.out : ended.err).toMatch(message);
    noStack(ended.err);
  });

  test('an empty history is whole; an anchor is one line of JSON', async () => {
    expect(await cli(['verify-history'])).toMatchObject({ code: 0, err: '' });
    // R29: nothing registered comes out even.
    expect(await cli(['reconcile'])).toMatchObject({ code: 0, err: '', out: '账是平的。\n' });
    const anchor = await cli(['anchor']);
    expect(anchor.code).toBe(0);
    expect(JSON.parse(anchor.out)).toHaveProperty('hash');
  });
});
