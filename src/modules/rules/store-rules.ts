import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { invalid, notFound } from '../../kernel/errors.ts';
import type { Evaluation, ExplainedRule } from './compile-rule-set.ts';
import { lintRuleSet } from './lint-rule-set.ts';
import type { Facts, Outcome, RuleSet } from './rule-set.ts';

export interface RuleFile {
  id: string;
  content: string;
  ruleSet: RuleSet;
}

/** Reads `<id>.rules.json` of a folder; a wrong file is refused with every problem named. */
export async function loadRuleFiles(folder: string): Promise<RuleFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.rules.json')).sort();
  return Promise.all(names.map(async (name) => parseRuleFile(name, await readFile(join(folder, name), 'utf8'))));
}

export function parseRuleFile(name: string, content: string): RuleFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw invalid(`规则文件 ${name} 不是有效的 JSON：${(error as Error).message}`, [
      { pointer: '', message: '不是有效的 JSON' },
    ]);
  }
  const problems = lintRuleSet(parsed);
  if (problems.length > 0)
    throw invalid(
      `规则文件 ${name} 有 ${problems.length} 处问题：${problems.map((p) => `${p.pointer} ${p.message}`).join('；')}`,
      problems,
    );
  const ruleSet = parsed as RuleSet;
  return { id: ruleSet.id, content, ruleSet };
}

/** Puts the files into force as version 1, where the database has none yet. */
export async function seedRuleSets(
  sql: Sql,
  files: readonly RuleFile[],
  by: { actor: Actor; now: Date },
): Promise<void> {
  for (const file of files) {
    await sql.query(
      `insert into rule_set_version (rule_set, version, content, hash, effective_from, published_at, published_by, reason)
       select $1, $2, $3, $4, $5::date, $6, $7, '首次启用' where not exists (select 1 from rule_set_version where rule_set = $1)`,
      [
        file.id,
        file.ruleSet.version,
        file.content,
        hashOf(file.content),
        file.ruleSet.effectiveFrom,
        by.now.toISOString(),
        by.actor.login,
      ],
    );
  }
}

const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');
/** Parsed once per content. */
const parsedByHash = new Map<string, RuleSet>();

/** The version in force on a day: the newest whose effective day has come (else the oldest there is). */
export async function activeRuleSet(sql: Sql, id: string, day: string): Promise<RuleSet> {
  const [row] = await sql.query<{ version: number; hash: string; content: string }>(
    `select version, hash, content from rule_set_version where rule_set = $1
     order by (effective_from <= $2::date) desc, case when effective_from <= $2::date then version end desc nulls last, version limit 1`,
    [id, day],
  );
  if (!row)
    throw notFound(`没有规则集“${id}”。请核对流程图上的规则集编号，或先发布这个规则集。`, {
      reason: 'rule-set-unknown',
    });
  return parsedSet(row);
}

export async function ruleSetVersion(sql: Sql, id: string, version: number): Promise<RuleSet> {
  const [row] = await sql.query<{ version: number; hash: string; content: string }>(
    'select version, hash, content from rule_set_version where rule_set = $1 and version = $2',
    [id, version],
  );
  if (!row) throw notFound(`没有规则集“${id}”第 ${version} 版。`);
  return parsedSet(row);
}

function parsedSet(row: { version: number; hash: string; content: string }): RuleSet {
  const known = parsedByHash.get(row.hash);
  if (known) return known;
  const ruleSet = { ...(JSON.parse(row.content) as RuleSet), version: row.version };
  parsedByHash.set(row.hash, ruleSet);
  return ruleSet;
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

/** Keeps a decision with its facts and full explanation. Idempotent by key. */
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
      JSON.stringify(item.facts),
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
  return rows.map((row) => ({
    key: row.key,
    ruleSet: row.rule_set,
    version: row.version,
    facts: row.facts,
    outcome: row.outcome,
    ruleId: row.explanation.ruleId,
    reason: row.explanation.reason,
    explanation: row.explanation.rules,
    evaluatedAt: new Date(row.evaluated_at),
  }));
}
