import { isDomainError } from '../../../kernel/errors.ts';
import { parseForm } from '../../../modules/forms/index.ts';
import {
  contentHash,
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

export interface Glance {
  errors: number;
  warnings: number;
}

/** Verdicts of the catalogue: the same file beside the same drafts is asked about again after a while, for posts may have become empty. */
const remembered = new WeakMap<House, Map<string, { at: number; glance: Glance }>>();
const FRESH_MS = 10 * 60_000;

/** How many errors and warnings each of these diagrams has. */
export async function glancesOf(
  house: House,
  diagrams: readonly { key: string; id: string; xml: string }[],
): Promise<Map<string, Glance>> {
  const drafts = (await listDrafts(house.sql)).map(({ kind, id, revision }) => `${kind} ${id} ${revision}`).join();
  const known = remembered.get(house) ?? new Map<string, { at: number; glance: Glance }>();
  const now = +house.clock.now();
  const fresh = new Map<string, { at: number; glance: Glance }>();
  let around: Surroundings | undefined;
  const glances = new Map<string, Glance>();
  for (const { key, id, xml } of diagrams) {
    const memory = `${id} ${contentHash(xml)} ${drafts}`;
    const old = known.get(memory);
    let glance = old && now - old.at < FRESH_MS ? old.glance : undefined;
    if (!glance) {
      around ??= await besideDrafts(house);
      const findings = await findingsOf(id, xml, around);
      const errors = findings.filter((finding) => finding.severity === 'error').length;
      glance = { errors, warnings: findings.length - errors };
    }
    fresh.set(memory, old?.glance === glance ? old : { at: now, glance });
    glances.set(key, glance);
  }
  // Only what the catalogue shows now: nothing grows.
  remembered.set(house, fresh);
  return glances;
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
