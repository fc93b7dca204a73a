/**
 * `npm run parity:table`: plays every recorded scenario, the further ones and the random models included, on the embedded engine and on
 * a real Zeebe; writes the result as `docs/parity.md`, scenario by scenario, and its sums into `docs/engines.md`. Takes ten minutes.
 * Ends with 0 when all are equal.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBetween } from '../support/write-between.ts';
import { readScenario } from './replay.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
/** Folders of scenarios, and what they are. */
const KINDS = [
  ['parity/scenarios', '给定场景'],
  ['parity-more', '补充场景'],
  ['parity-random', '随机模型'],
] as const;
const folder = mkdtempSync(join(tmpdir(), 'suying-parity-'));
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--forceExit',
];

/** What became of each scenario: the tests are named by them. */
function play(name: string, args: string[]): Map<string, boolean> {
  const output = join(folder, `${name}.json`);
  spawnSync(process.execPath, [...JEST, ...args, '--json', `--outputFile=${output}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PARITY: 'all' },
  });
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as {
    testResults: { assertionResults: { title: string; status: string }[] }[];
  };
  return new Map(
    testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ title, status }) => [title, status === 'passed'] as const),
    ),
  );
}

const embedded = play('embedded', ['tests/contract/embedded-parity']);
const zeebe = play('zeebe', ['--config', 'jest.zeebe.config.js', 'tests/contract/zeebe-parity']);
const word = (result: boolean | undefined): string =>
  result === undefined ? '没有运行' : result ? '一致' : '**不一致**';

const kinds = KINDS.map(([path, title]) => {
  const scenarios = join(import.meta.dirname, path);
  const names = readdirSync(scenarios)
    .filter((name) => existsSync(join(scenarios, name, 'golden.json')))
    .sort();
  const equal = (results: Map<string, boolean>) => names.filter((name) => results.get(name)).length;
  return { title, scenarios, names, embedded: equal(embedded), zeebe: equal(zeebe) };
});
const sums = [
  '| 场景 | 个数 | 内置引擎一致 | Zeebe 8.5.8 一致 |',
  '| --- | --- | --- | --- |',
  ...kinds.map((kind) => `| ${kind.title} | ${kind.names.length} | ${kind.embedded} | ${kind.zeebe} |`),
].join('\n');
const tables = kinds.map(({ title, scenarios, names }) => {
  const rows = names.map((name) => {
    const { purpose } = readScenario(join(scenarios, name));
    return `| ${name} | ${purpose.replaceAll('|', '\\|')} | ${word(embedded.get(name))} | ${word(zeebe.get(name))} |`;
  });
  return `## ${title}\n\n| 场景 | 内容 | 内置引擎 | Zeebe 8.5.8 |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
});
writeFileSync(
  join(DOCS, 'parity.md'),
  `# 引擎对照

同一批场景，分别在内置引擎和真实的 Zeebe 8.5.8 上重放，与录制的轨迹比对。本页由 \`npm run parity:table\` 生成，请不要手改。

${sums}

${tables.join('\n')}`,
);
writeBetween(join(DOCS, 'engines.md'), 'parity', sums);
rmSync(folder, { recursive: true, force: true });
console.log(sums);
process.exitCode = kinds.every((kind) => kind.embedded === kind.names.length && kind.zeebe === kind.names.length)
  ? 0
  : 1;
