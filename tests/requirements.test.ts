import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ruleSetFile, ruleSetIds } from './support/rules.ts';

/** `docs/requirements.md` says where each requirement lives and what shows it; nothing it names may be missing. */

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** What a row says while a part of it is not built. */
const UNFINISHED = '在建';

interface Row {
  id: string;
  clause: string;
  places: string;
  tests: string;
}

const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => /^\| R\d+ \|/.test(line))
    .map((line) => {
      const [id = '', clause = '', places = '', tests = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { id, clause, places, tests };
    });

const processes = readdirSync(join(root, 'processes'));
const forms = new Set(
  processes.flatMap((id) =>
    readdirSync(join(root, 'processes', id, 'forms')).map((name) => name.replace(/\.form$/, '')),
  ),
);
const parameters = Object.keys(ruleSetFile('deadlines').default.outcome);

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

/** Why a quoted name is not what the table says it is; nothing when it is. */
function missing(name: string, kind: string): string | undefined {
  const [process, element] = name.split('#');
  if (element !== undefined) {
    const file = `processes/${process}/${process}.bpmn`;
    return existsSync(join(root, file)) && read(file).includes(`id="${element}"`) ? undefined : `${name}：没有这个图元`;
  }
  if (name.includes('/')) return existsSync(join(root, name)) ? undefined : `${name}：没有这个文件`;
  const known = { 规则: ruleSetIds(), 表单: [...forms], 参数: parameters }[kind];
  if (!known) return `${name}：前面要写“规则”“表单”或“参数”`;
  return known.includes(name) ? undefined : `${name}：没有这个${kind}`;
}

/** Quoted names of one cell with the word before them; `表单 \`a\`、\`b\`` counts for both. */
function problemsOf(places: string): string[] {
  let kind = '';
  return [...places.matchAll(/(规则|表单|参数)?\s*`([^`]+)`/g)].flatMap(([, word, name]) => {
    kind = word ?? kind;
    return missing(name!, kind) ?? [];
  });
}

const rows = rowsOf(read('docs/requirements.md'));

test('R1 to R31 have one row each, in their order', () => {
  expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 31 }, (_, n) => `R${n + 1}`));
});

test('a missing row and a name of nothing are noticed', () => {
  expect(rowsOf('| R1 | a | b | c |\n| R3 | a | b | c |').map((row) => row.id)).toEqual(['R1', 'R3']);
  expect(problemsOf('`src/none.ts`，`fast-response#none`，规则 `none`，表单 `none`，参数 `none`')).toHaveLength(5);
});

describe.each(rows.map((row) => [row.id, row] as const))('%s', (id, row) => {
  test('says what the plan asks and names places that exist', () => {
    expect(row.clause).not.toBe('');
    if (!row.places.includes(UNFINISHED)) expect(quoted(row.places)).not.toEqual([]);
    expect(problemsOf(row.places)).toEqual([]);
  });

  test('is shown by tests that name it', () => {
    const files = quoted(row.tests);
    if (!row.tests.includes(UNFINISHED)) expect(files).not.toEqual([]);
    const silent = files.filter(
      (file) => !/^tests\/.*\.test\.ts$/.test(file) || !existsSync(join(root, file)) || !named(read(file), id),
    );
    expect(silent).toEqual([]);
  });
});

/** Whether a test file names the requirement: `R2` is not in `R21`. */
const named = (text: string, id: string) => new RegExp(`\\b${id}\\b`).test(text);
