import type { Actor } from '../../kernel/actor.ts';
import type { ScopedDemand } from './scope.ts';

/** Posts that open files with account numbers or medical records of their bureau's demands besides those who work on them (个人信息保护法 28). */
const NAMED_POSTS = ['DEMAND_DESK', 'LEGAL_OFFICER', 'AUDITOR'] as const;

/** Whether somebody who may read the demand may also open its sensitive files: who sent it, who has or had a task, the named posts. */
export function maySeeSensitive(
  actor: Actor,
  demand: Pick<ScopedDemand, 'orgCode' | 'hostOrgCode'>,
  file: { uploadedBy: string },
  hasTask: boolean,
): boolean {
  if (file.uploadedBy === actor.login || hasTask) return true;
  const inReach = actor.bureauLevel === 'CITY' || [demand.orgCode, demand.hostOrgCode].includes(actor.orgCode);
  return inReach && actor.roles.some((role) => (NAMED_POSTS as readonly string[]).includes(role));
}
