import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { invalid, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { Evaluation, ExplainedRule } from './compile-rule-set.ts';
import { readJson } from './json-text.ts';
import { lintRuleSet } from './lint-rule-set.ts';
import { readFacts } from './read-facts.ts';
import { hasErrors } from './rule-problem.ts';
import type { Facts, Outcome, RuleSet } from './rule-set.ts';

export interface RuleFile {
  id: string;
  content: string;
  ruleSet: RuleSet;
  /** The text of `<id>.examples.json` beside it. */
  examples?: string | null;
}

/** Reads `<id>.rules.json` of a folder; a wrong file is refused with every problem named. */
export async function loadRuleFiles(folder: string): Promise<RuleFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.rules.json')).sort();
  return Promise.all(
    names.map(async (name) => ({
      ...parseRuleFile(name, await readFile(join(folder, name), 'utf8')),
      examples: await readFile(join(folder, name.replace('.rules.json', '.examples.json')), 'utf8').catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
          return null;
        },
      ),
    })),
  );
}

export function parseRuleFile(name: string, content: string): RuleFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    // Read again, slower, for the place and what was expected there.
    const read = readJson(content);
    const where =
      'mistake' in read ? `：第 ${read.mistake.line} 行第 ${read.mistake.column} 列：${read.mistake.message}` : '。';
    throw invalid(`规则文件 ${name} 不是有效的 JSON${where}`, [{ pointer: '', message: '不是有效的 JSON' }]);
  }
  const problems = lintRuleSet(parsed);
  if (hasErrors(problems)) {
    const errors = problems.filter((problem) => problem.severity === 'error');
    throw invalid(
      `规则文件 ${name} 有 ${errors.length} 处问题：${errors.map((p) => `${p.pointer} ${p.message}`).join('；')}`,
      errors,
    );
  }
  const ruleSet = parsed as RuleSet;
  if (name !== `${ruleSet.id}.rules.json`)
    throw invalid(`规则文件 ${name} 里的编号是“${ruleSet.id}”，文件名应当是 ${ruleSet.id}.rules.json。`, [
      { pointer: '/id', message: '编号与文件名不同。' },
    ]);
  return { id: ruleSet.id, content, ruleSet };
}

/** What the program says when it puts its own files into force. */
const FIRST = '首次启用';
const WITH_THE_PROGRAM = '随程序升级';

/**
 * Puts the files of the program into force, in the caller's transaction: where the database has no version yet, and where a newer
 * program brings another text and nobody has published since. What an administrator has published is never replaced; an older
 * program brings nothing back. Several nodes may start at once.
 */
export async function seedRuleSets(
  sql: Sql,
  files: readonly RuleFile[],
  by: { actor: Actor; now: Date },
): Promise<void> {
  for (const file of files) {
    const versions = await sql.query<{ version: number; hash: string; reason: string; published_by: string }>(
      'select version, hash, reason, published_by from rule_set_version where rule_set = $1 order by version desc',
      [file.id],
    );
    const [newest] = versions;
    if (!newest) await insertVersion(sql, file, { ...by, version: file.ruleSet.version, reason: FIRST });
    else if (
      newest.published_by === by.actor.login &&
      [FIRST, WITH_THE_PROGRAM].includes(newest.reason) &&
      !versions.some((version) => version.hash === hashOf(file.content))
    )
      await insertVersion(sql, file, { ...by, version: newest.version + 1, reason: WITH_THE_PROGRAM });
    // Versions from before examples were kept with them, and examples a newer program brings for a text it did not change.
    await sql.query(
      `update rule_set_version set examples = $3 where rule_set = $1 and hash = $2 and published_by = $4
         and reason = any($5::text[]) and examples is distinct from $3`,
      [file.id, hashOf(file.content), file.examples ?? null, by.actor.login, [FIRST, WITH_THE_PROGRAM]],
    );
  }
}

/** Writes a version and its event. False when somebody else wrote that version at the same time. */
export async function insertVersion(
  sql: Sql,
  file: RuleFile,
  by: { actor: Actor; now: Date; version: number; reason: string },
): Promise<boolean> {
  const { effectiveFrom } = file.ruleSet;
  const hash = hashOf(file.content);
  const inserted = await sql.query(
    `insert into rule_set_version (rule_set, version, content, hash, effective_from, published_at, published_by, reason, examples)
     values ($1, $2, $3, $4, $5::date, $6, $7, $8, $9) on conflict do nothing returning version`,
    [
      file.id,
      by.version,
      file.content,
      hash,
      effectiveFrom,
      by.now.toISOString(),
      by.actor.login,
      by.reason,
      file.examples ?? null,
    ],
  );
  if (inserted.length === 0) return false;
  await appendEvent(sql, {
    subjectType: 'rule-set',
    subjectId: file.id,
    type: 'rules.published',
    occurredAt: by.now,
    actor: by.actor,
    payload: { version: by.version, hash, effectiveFrom, reason: by.reason },
  });
  return true;
}

/** SHA-256 of a file's text, in hex. */
export const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');
/** A version never changes, so it is parsed once. The number belongs to the key: a later version may hold the text of an earlier one. */
const parsedVersions = new Map<string, RuleSet>();

/** The version in force on a day: the newest whose effective day has come (else the oldest there is). */
export async function activeRuleSet(sql: Sql, id: string, day: string): Promise<RuleSet> {
  // The text is sent only when it has not been read before.
  const [row] = await sql.query<{ version: number; hash: string; content: string | null }>(
    `select version, hash, case when rule_set || ' ' || version || ' ' || hash = any($3::text[]) then null else content end as content
     from rule_set_version where rule_set = $1
     order by (effective_from <= $2::date) desc, case when effective_from <= $2::date then version end desc nulls last, version limit 1`,
    [id, day, [...parsedVersions.keys()].filter((key) => key.startsWith(`${id} `))],
  );
  if (!row)
    throw notFound(`没有规则集“${id}”。请核对流程图上的规则集编号，或先发布这个规则集。`, {
      reason: 'rule-set-unknown',
    });
  return parsedSet(id, row);
}

export async function ruleSetVersion(sql: Sql, id: string, version: number): Promise<RuleSet> {
  const [row] = await sql.query<{ version: number; hash: string; content: string }>(
    'select version, hash, content from rule_set_version where rule_set = $1 and version = $2',
    [id, version],
  );
  if (!row) throw notFound(`没有规则集“${id}”第 ${version} 版。`);
  return parsedSet(id, row);
}

function parsedSet(id: string, row: { version: number; hash: string; content: string | null }): RuleSet {
  const key = `${id} ${row.version} ${row.hash}`;
  const known = parsedVersions.get(key);
  if (known) return known;
  const ruleSet = { ...(JSON.parse(row.content!) as RuleSet), version: row.version };
  parsedVersions.set(key, ruleSet);
  return ruleSet;
}

export interface RuleSetVersion {
  version: number;
  effectiveFrom: string;
  publishedAt: Date;
  publishedBy: string;
  reason: string;
  /** The file exactly as it was published. */
  content: string;
  /** Examples it was published with, as JSON text; null where it came with the program. */
  examples: string | null;
}

/** Every rule set there is, in the version of a day. */
export async function listRuleSets(sql: Sql, day: string): Promise<RuleSet[]> {
  const rows = await sql.query<{ id: string }>('select distinct rule_set as id from rule_set_version order by 1');
  return Promise.all(rows.map((row) => activeRuleSet(sql, row.id, day)));
}

/** The examples every rule set was published with last, as text: what its tests and the gate go by. */
export async function examplesInForce(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql.query<{ rule_set: string; examples: string }>(
    `select distinct on (rule_set) rule_set, examples from rule_set_version where examples is not null
     order by rule_set, version desc`,
  );
  return new Map(rows.map((row) => [row.rule_set, row.examples]));
}

/** All versions of a rule set, newest first. */
export async function listRuleSetVersions(sql: Sql, id: string): Promise<RuleSetVersion[]> {
  const rows = await sql.query<any>(
    `select version, effective_from::text as effective_from, published_at, published_by, reason, content, examples
     from rule_set_version where rule_set = $1 order by version desc`,
    [id],
  );
  return rows.map((row) => ({
    version: row.version,
    effectiveFrom: row.effective_from,
    publishedAt: new Date(row.published_at),
    publishedBy: row.published_by,
    reason: row.reason,
    content: row.content,
    examples: row.examples,
  }));
}

export interface StoredEvaluation {
  key: string;
  ruleSet: string;
  version: number;
  facts: Facts;
  outcome: Outcome;
  ruleId: string | null;
  reason: string;
  explanation: ExplainedRule[];
  evaluatedAt: Date;
}

/** Keeps a decision with the declared facts it was made from and its full explanation. Idempotent by key. */
export async function storeEvaluation(
  sql: Sql,
  item: {
    key: string;
    ruleSet: RuleSet;
    subjectType: string;
    subjectId: string;
    facts: Facts;
    evaluation: Evaluation;
    at: Date;
  },
): Promise<void> {
  const { outcome, explanation, ruleId, reason } = item.evaluation;
  await sql.query(
    `insert into rule_evaluation (key, rule_set, version, subject_type, subject_id, facts, outcome, explanation, evaluated_at)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb, $9) on conflict (key) do nothing`,
    [
      item.key,
      item.ruleSet.id,
      item.ruleSet.version,
      item.subjectType,
      item.subjectId,
      JSON.stringify(readFacts(item.ruleSet, item.facts)),
      JSON.stringify(outcome),
      JSON.stringify({ ruleId, reason, rules: explanation }),
      item.at.toISOString(),
    ],
  );
}

/** Decisions about a subject, oldest first. */
export async function evaluationsOf(sql: Sql, subjectType: string, subjectId: string): Promise<StoredEvaluation[]> {
  const rows = await sql.query<any>(
    'select key, rule_set, version, facts, outcome, explanation, evaluated_at from rule_evaluation where subject_type = $1 and subject_id = $2 order by evaluated_at, key',
    [subjectType, subjectId],
  );
  return rows.map(storedFrom);
}

/** One stored decision by its key, with what it was about. */
export async function evaluation(
  sql: Sql,
  key: string,
): Promise<StoredEvaluation & { subjectType: string; subjectId: string }> {
  const [row] = await sql.query<any>('select * from rule_evaluation where key = $1', [key]);
  if (!row) throw notFound('没有这次规则判断的记录。');
  return { ...storedFrom(row), subjectType: row.subject_type, subjectId: row.subject_id };
}

const storedFrom = (row: any): StoredEvaluation => ({
  key: row.key,
  ruleSet: row.rule_set,
  version: row.version,
  facts: row.facts,
  outcome: row.outcome,
  ruleId: row.explanation.ruleId ?? null,
  reason: row.explanation.reason ?? '',
  explanation: row.explanation.rules ?? [],
  evaluatedAt: new Date(row.evaluated_at),
});
