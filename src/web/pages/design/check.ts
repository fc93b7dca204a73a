import { isDomainError } from '../../../kernel/errors.ts';
import { parseForm } from '../../../modules/forms/index.ts';
import {
  type DesignFinding,
  FINDING_GROUPS,
  type FindingGroup,
  lintProcess,
  listDrafts,
  type Surroundings,
} from '../../../modules/processes/index.ts';
import type { House } from '../../house.ts';

export interface Verdict {
  errors: number;
  warnings: number;
  groups: { group: FindingGroup; title: string; findings: DesignFinding[] }[];
  findings: DesignFinding[];
}

/** What the linter says of a diagram beside all drafts: they are released together. The canvas, the table and the gate ask the same. */
export async function verdictOf(house: House, id: string, xml: string): Promise<Verdict> {
  const findings = await findingsOf(id, xml, await besideDrafts(house));
  return {
    errors: findings.filter((finding) => finding.severity === 'error').length,
    warnings: findings.filter((finding) => finding.severity === 'warning').length,
    findings,
    groups: (Object.keys(FINDING_GROUPS) as FindingGroup[])
      .map((group) => ({
        group,
        title: FINDING_GROUPS[group],
        findings: findings.filter((finding) => finding.group === group),
      }))
      .filter((item) => item.findings.length > 0),
  };
}

/** What cannot even be read is a finding as well, with its line. */
async function findingsOf(id: string, xml: string, around: Surroundings): Promise<DesignFinding[]> {
  try {
    return await lintProcess(`${id}.bpmn`, xml, around);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return [
      {
        severity: 'error',
        group: 'syntax',
        place: '',
        name: '整个文件',
        what: error.message,
        why: '读不出流程，什么都不能检查',
        mend: '按说明改正这一处，或退回上一次保存的内容',
      },
    ];
  }
}

/** Forms, rule sets and processes that so far are drafts count as there: the gate sees to it that they are released together. */
async function besideDrafts(house: House): Promise<Surroundings> {
  const drafts = await listDrafts(house.sql);
  const of = (kind: string) => drafts.filter((draft) => draft.kind === kind);
  const forms = of('form').flatMap((draft) => {
    try {
      return [[draft.id, parseForm(draft.processId ?? '', `${draft.id}.form`, draft.content)] as const];
    } catch {
      // A draft that is no form yet has a page of its own that says so.
      return [];
    }
  });
  return house.surroundings({
    forms: new Map(forms),
    ruleSets: of('rules').map((draft) => draft.id),
    processes: of('process').map((draft) => draft.id),
  });
}
