import type { Sql } from '../../../db/sql.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { lintForm } from '../../forms/index.ts';
import { listRuleSets } from '../../rules/index.ts';
import { processesInForce } from '../catalogue.ts';
import { formInUse } from '../design/forms/form-in-use.ts';
import { listFormVersions } from '../form-versions.ts';
import { type Check, type CheckFinding, checkOf } from './check.ts';
import type { Release } from './release.ts';

/**
 * What a form is used for, at the gate: a field that a gateway or a result needs is still there, choices come from somewhere, personal data
 * say what they are for. The editor says the same while the form is changed. What is wrong in the file itself is the form check's.
 */
export const formUseCheck =
  (optionSources: readonly string[], now: () => Date) =>
  async (release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> => {
    const forms = release.items.filter((item) => item.kind === 'form');
    if (forms.length === 0) return undefined;
    const diagrams = new Map((await processesInForce(sql, [])).map((file) => [file.processId, file.xml]));
    for (const item of release.items) if (item.kind === 'process') diagrams.set(item.id, item.content);
    const ruleSets = await listRuleSets(sql, shanghaiDate(now()));
    const findings: CheckFinding[] = [];
    for (const item of forms) {
      const [published] = await listFormVersions(sql, item.id);
      const { lint } = await formInUse(item.content, {
        formId: item.id,
        processId: item.processId ?? '',
        published: published?.content ?? null,
        diagrams: [...diagrams.values()],
        ruleSets,
        optionSources,
        readByProgram: false,
      });
      // What is so in the version in force as well was answered for then.
      const before = published ? lint(published.content).map(({ message }) => message) : [];
      const found = lint(item.content).filter(
        ({ message }) => !before.includes(message) && !inTheFile(item.content).includes(message),
      );
      for (const { severity, pointer, message } of found)
        findings.push({
          severity,
          where: `${item.title} ${pointer}`.trim(),
          what: message,
          href: `/processes/${item.processId}/forms/${item.id}/edit`,
        });
    }
    return checkOf('form-use', '表单用途', `${forms.length} 张表单，${findings.length} 处要看`, findings);
  };

/** What the form check says itself. */
function inTheFile(content: string): string[] {
  try {
    return lintForm(JSON.parse(content)).map(({ message }) => message);
  } catch {
    return [];
  }
}
