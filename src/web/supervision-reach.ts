import type { Actor } from '../kernel/actor.ts';
import { scopeOf } from '../modules/access/index.ts';
import type { SupervisionFilter } from '../modules/supervision/index.ts';

/** Said of every list of cards. */
export const SUPERVISION_SCOPE = '市局全部，县区局本单位，部门负责人本部门的督办单；不含诉求内容';

/** How far somebody sees cards: the city all (or one bureau it asks for), a county its own, a head the own department. */
export function supervisionReach(actor: Actor, org: string | undefined): Omit<SupervisionFilter, 'state'> {
  const scope = scopeOf(actor);
  if (scope.kind === 'city') return org ? { orgCodes: [org] } : {};
  if (scope.kind === 'bureau') return { orgCodes: [scope.orgCode] };
  return { departments: scope.kind === 'departments' ? scope.codes : [] };
}
