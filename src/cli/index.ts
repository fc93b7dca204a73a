/**
 * The operator's command line. Prints sentences, ends with 0 (well), 1 (something is wrong) or 2 (wrong use or configuration).
 */
import { parseArgs } from 'node:util';
import { compose, openForOperator, operatorSentence } from '../compose.ts';
import { readConfig } from '../config.ts';
import { SYSTEM_ACTOR } from '../kernel/actor.ts';
import { shanghaiDate, systemClock } from '../kernel/clock.ts';
import { randomIds } from '../kernel/ids.ts';
import { resetPassword, unlockAccount } from '../modules/access/index.ts';
import { type Anchor, makeAnchor, verifyAll } from '../modules/history/index.ts';
import {
  BREAK_REASONS,
  breaksOf,
  CLASSES,
  linesOf,
  type ReconciliationLine,
  reconcile,
} from '../modules/statistics/index.ts';
import { runDemo } from './demo.ts';
import {
  backtestCommand,
  deployCommand,
  exportCommand,
  importCalendarCommand,
  lintCommand,
  testCommand,
} from './designs/commands.ts';
import { readNamed } from './read-file.ts';

const USAGE = `用法：npm run cli -- 命令 [参数]

  demo [诉求文件.json]            空系统上演示：按日推进，把诉求走完，停在那里供查看
  verify-history [--anchors 文件]  核验全部历史；给出外部锚点文件时一并比对
  anchor                          立即封存一次历史，打印锚点（请另存到数据库之外）
  set-password 登录名             生成一次性口令，本人下次登录时必须修改
  unlock 登录名                   解除登录锁定
  import-calendar 文件.json       把一年的工作日安排送过发布关，第二人复核后生效；不加 --yes 只试算
         --by 登录名 --reason 说明 [--accept 警告的说明] --yes
  reconcile                       立即对账，逐件说出不平的原因

  lint 文件或文件夹...            检查 .bpmn、.form、.rules.json 文件
  test [文件夹]                   运行规则文件的全部示例，重放全部场景
  backtest 规则文件               用这份规则重新判断全部历史（--max-changed N：改变超过 N 次算不通过）
         --by 登录名：保存结果，记下这个人看过；改了规则的 deploy 要先有这一步
  export 文件夹                   把在用的流程图、表单、规则、示例和场景写成文件
  deploy 文件夹                   把文件送过发布关；不加 --yes 只试算
         --by 登录名 --reason 说明 [--basis 依据] [--accept 警告的说明] [--effective 2026-12-01T08:30] [--sign-later] --yes
  以上五个和 import-calendar 加 --json 输出机器可读的结果；结束码 0 通过，1 不通过，2 用法或文件不对。

配置见 .env.example。`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      anchors: { type: 'string' },
      help: { type: 'boolean' },
      json: { type: 'boolean' },
      by: { type: 'string' },
      reason: { type: 'string' },
      basis: { type: 'string' },
      accept: { type: 'string' },
      effective: { type: 'string' },
      'max-changed': { type: 'string' },
      yes: { type: 'boolean' },
      'sign-later': { type: 'boolean' },
    },
  });
  const [command, ...rest] = positionals;
  if (!command || values.help) return say(USAGE, command ? 0 : 2);
  switch (command) {
    case 'demo':
      return runDemo(readConfig(), compose, rest[0]);
    case 'verify-history':
      return verifyHistory(values.anchors);
    case 'anchor':
      return withDatabase(async (database) => {
        console.log(JSON.stringify(await database.transaction((tx) => makeAnchor(tx, systemClock.now()))));
        return 0;
      });
    case 'set-password':
      return account(rest[0], async (work, login) => {
        const password = await resetPassword(work, SYSTEM_ACTOR, login);
        console.log(`${login} 的一次性口令：${password}\n请当面或用安全的方式交给本人；下次登录时必须修改。`);
      });
    case 'unlock':
      return account(rest[0], async (work, login) => {
        await unlockAccount(work, SYSTEM_ACTOR, login);
        console.log(`${login} 的登录锁定已解除。`);
      });
    case 'import-calendar':
      return importCalendarCommand(rest[0], values);
    case 'reconcile':
      return balanceNow();
    case 'lint':
      return lintCommand(rest, values);
    case 'test':
      return testCommand(rest[0], values);
    case 'backtest':
      return backtestCommand(rest[0], values);
    case 'export':
      return exportCommand(rest[0], values);
    case 'deploy':
      return deployCommand(rest[0], values);
    default:
      return say(`没有命令“${command}”。\n\n${USAGE}`, 2);
  }
}

const say = (text: string, code: number): number => {
  (code === 0 ? console.log : console.error)(text);
  return code;
};

type Database = Awaited<ReturnType<typeof openForOperator>>['database'];

async function withDatabase(work: (database: Database) => Promise<number>): Promise<number> {
  const { database, close } = await openForOperator(readConfig());
  try {
    return await work(database);
  } finally {
    await close();
  }
}

async function verifyHistory(anchorFile: string | undefined): Promise<number> {
  const outside = anchorFile
    ? (await readNamed(anchorFile))
        .split('\n')
        .filter((line) => line.trim() !== '')
        .flatMap((line, index) => anchorOn(line, index + 1) ?? [])
    : [];
  return withDatabase(async (database) => {
    const report = await verifyAll(database, outside);
    console.log(`核验了 ${report.chains} 条链、${report.events} 条记录、${report.anchors} 个锚点。`);
    for (const found of report.breaks)
      console.error(`断裂：${found.subjectType} ${found.subjectId}，第 ${found.sequence} 条：${found.what}`);
    for (const found of report.anchorBreaks) console.error(`锚点：${found}`);
    if (report.breaks.length + report.anchorBreaks.length > 0) return 1;
    console.log('全部完整，没有发现改动。');
    return 0;
  });
}

/** The balance of the ledger as it stands; ends with 1 when something does not come out even. */
async function balanceNow(): Promise<number> {
  return withDatabase(async (database) => {
    const ids = randomIds(() => systemClock.now().getTime());
    const run = await database.transaction((sql) =>
      reconcile({ sql, actor: SYSTEM_ACTOR, clock: systemClock, ids }, shanghaiDate(systemClock.now())),
    );
    for (const line of await linesOf(database, run.id, { withRestricted: true })) console.log(balanceOf(line));
    const { seen } = await breaksOf(database, run.id, { sql: 'true', parameters: [] });
    for (const item of seen)
      console.error(`不平：${item.number}，${BREAK_REASONS[item.reason]}${item.detail ? `（${item.detail}）` : ''}`);
    if (seen.length > 0) return 1;
    console.log('账是平的。');
    return 0;
  });
}

function balanceOf(line: ReconciliationLine): string {
  const parts = Object.entries(CLASSES).map(
    ([name, title]) => `${title} ${line.classes[name as keyof typeof CLASSES]}`,
  );
  const sum = Object.values(line.classes).reduce((total, n) => total + n, 0);
  const registered = Math.max(line.registered, line.numbered);
  return `${line.orgCode} 登记 ${registered} = ${parts.join(' + ')} = ${sum} ${registered === sum ? '✓' : `✗ 差 ${registered - sum}`}`;
}

/** A line a crash has cut off is named and passed over: the same seal stands complete on a later line. */
function anchorOn(line: string, number: number): Anchor | undefined {
  const anchor = parseJson(line) as Anchor | undefined;
  if (anchor === undefined) console.error(`锚点文件第 ${number} 行不完整，已跳过。`);
  return anchor;
}

async function account(
  login: string | undefined,
  change: (work: Parameters<typeof resetPassword>[0], login: string) => Promise<void>,
): Promise<number> {
  if (!login) return say('请写明登录名。', 2);
  return withDatabase(async (database) => {
    await database.transaction((sql) =>
      change({ sql, clock: systemClock, ids: randomIds(() => systemClock.now().getTime()) }, login),
    );
    return 0;
  });
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const wrongUse = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    const sentence = wrongUse ? `不认识这样的写法。\n\n${USAGE}` : operatorSentence(error);
    console.error(sentence ?? error);
    process.exitCode = sentence ? 2 : 1;
  },
);
