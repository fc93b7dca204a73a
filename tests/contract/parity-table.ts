/**
 * `npm run parity:table`: plays every recorded scenario on the embedded engine and on a real Zeebe, and writes the result as
 * `docs/parity.md`, scenario by scenario. Ends with 0 when all are equal.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readScenario } from './replay.ts';

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
  });
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as {
    testResults: { assertionResults: { title: string; status: string }[] }[];
  };
  return new Map(
    testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ title }) => /^\d{3}-/.test(title))
        .map(({ title, status }) => [title, status === 'passed']),
    ),
  );
}

const embedded = play('embedded', ['tests/contract/embedded-parity']);
const zeebe = play('zeebe', ['--config', 'jest.zeebe.config.js', 'tests/contract/zeebe-parity']);
const names = [...new Set([...embedded.keys(), ...zeebe.keys()])].sort();
const word = (result: boolean | undefined): string =>
  result === undefined ? '没有运行' : result ? '一致' : '**不一致**';
const equal = (results: Map<string, boolean>): number => [...results.values()].filter(Boolean).length;
const rows = names.map((name) => {
  const { purpose } = readScenario(join(import.meta.dirname, 'parity', 'scenarios', name));
  return `| ${name} | ${purpose.replaceAll('|', '\\|')} | ${word(embedded.get(name))} | ${word(zeebe.get(name))} |`;
});
writeFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'parity.md'),
  `# 引擎对照

同一批场景，分别在内置引擎和真实的 Zeebe 8.5.8 上重放，与录制的轨迹比对。本页由 \`npm run parity:table\` 生成，请不要手改。

${names.length} 个场景：内置引擎一致 ${equal(embedded)} 个，Zeebe 一致 ${equal(zeebe)} 个。

| 场景 | 内容 | 内置引擎 | Zeebe 8.5.8 |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
);
rmSync(folder, { recursive: true, force: true });
process.exitCode = equal(embedded) === names.length && equal(zeebe) === names.length ? 0 : 1;
