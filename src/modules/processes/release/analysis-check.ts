import type { Sql } from '../../../db/sql.ts';
import { isDomainError } from '../../../kernel/errors.ts';
import { analyseRuleSet, parseRuleFile, type RuleFinding, type RuleSet } from '../../rules/index.ts';
import { type Check, type CheckFinding, checkOf } from './check.ts';
import { newestVersion } from './in-force.ts';
import type { Release } from './release.ts';

/**
 * The rules of the release as a whole: what never decides, overlaps, gaps. What is so in the version in force as well is counted, not
 * asked about again; what this change brings wants an answer.
 */
export async function analysisCheck(release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> {
  const items = release.items.filter((item) => item.kind === 'rules');
  if (items.length === 0) return undefined;
  const findings: CheckFinding[] = [];
  let known = 0;
  for (const item of items) {
    const found = findingsOf(item.id, item.content, item.examples);
    if (found === undefined)
      return { id: 'analysis', title: '规则分析', state: 'not-run', summary: '规则有错误，没有分析', findings: [] };
    const newest = await newestVersion(sql, item);
    const before = (newest && findingsOf(item.id, newest.content, newest.examples)) ?? [];
    const fresh = found.filter((finding) => !before.some((other) => other.sentence === finding.sentence));
    known += found.length - fresh.length;
    findings.push(
      ...fresh.map(
        (finding): CheckFinding => ({
          severity: finding.severity === 'error' ? 'error' : 'warning',
          where: item.title,
          what: finding.sentence,
          mend: finding.mend,
          href: `/rules/${item.id}`,
        }),
      ),
    );
  }
  const summary = `这次修改带来 ${findings.length} 处${known > 0 ? `；另有 ${known} 处在用的版本里就有` : ''}`;
  return checkOf('analysis', '规则分析（覆盖、重叠、永不生效）', summary, findings);
}

/** What wants an answer; notes are for the workshop. Undefined of a file that is none. */
function findingsOf(id: string, content: string, examples: string | null): RuleFinding[] | undefined {
  let ruleSet: RuleSet;
  let parsed: unknown;
  try {
    ruleSet = parseRuleFile(`${id}.rules.json`, content).ruleSet;
    parsed = examples === null ? undefined : JSON.parse(examples);
  } catch (error) {
    if (isDomainError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return analyseRuleSet(ruleSet, { examples: parsed }).findings.filter((finding) => finding.severity !== 'note');
}
