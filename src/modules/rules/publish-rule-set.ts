import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import { checkExamples } from './check-examples.ts';
import { examplesInForce, insertVersion, listRuleSetVersions, parseRuleFile } from './store-rules.ts';

/**
 * Publishes a rule set as its next version, in the caller's transaction. The gate: no lint error, and every example holds.
 * Demands already decided keep the version they were decided by. Refuses with every problem named.
 */
export async function publishRuleSet(
  sql: Sql,
  draft: { id: string; content: string; examples: unknown; examplesText?: string | null; reason: string },
  by: { actor: Actor; now: Date },
): Promise<{ version: number }> {
  const file = parseRuleFile(`${draft.id}.rules.json`, draft.content);
  const problems = checkExamples(file.ruleSet, draft.examples);
  if (problems.length > 0) throw invalid(`有 ${problems.length} 个示例不成立，不能发布`, problems);
  if (!draft.reason.trim()) {
    throw invalid('请写明发布理由', [{ pointer: '/reason', message: '发布规则要写明改了什么、为什么改。' }]);
  }
  const [newest] = await listRuleSetVersions(sql, draft.id);
  const examples = draft.examplesText ?? `${JSON.stringify(draft.examples, null, 2)}\n`;
  const known = newest && (await examplesInForce(sql)).get(draft.id);
  if (newest?.content === draft.content && (draft.examplesText == null || known === examples)) {
    throw conflict(`规则集“${file.ruleSet.title}”与现在的第 ${newest.version} 版完全相同，没有可发布的修改。`, {
      reason: 'rule-set-unchanged',
    });
  }
  const version = (newest?.version ?? 0) + 1;
  if (!(await insertVersion(sql, { ...file, examples }, { ...by, version, reason: draft.reason.trim() }))) {
    throw conflict('别人刚刚发布了新的版本，请刷新后在新版本上修改。', { reason: 'rule-set-published' });
  }
  return { version };
}
