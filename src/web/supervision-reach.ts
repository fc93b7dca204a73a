import type { Actor } from '../kernel/actor.ts';
import { demandScopeSql, scopeOf } from '../modules/access/index.ts';
import type { SupervisionFilter } from '../modules/supervision/index.ts';

/** Said of every list of cards. */
export const SUPERVISION_SCOPE =
  '市局全部，县区局本单位，部门负责人本部门的督办单；诉求件看不到的，只有送达本人的；限定可见的只有指定岗位；不含诉求内容';

/** How far somebody sees cards: the city all (or one bureau it asks for), a county its own, a head the own department. */
export function supervisionReach(actor: Actor, org: string | undefined): Omit<SupervisionFilter, 'state'> {
  const scope = scopeOf(actor);
  const who = { login: actor.login, sees: demandScopeSql(actor, 1) };
  if (scope.kind === 'city') return org ? { ...who, orgCodes: [org] } : who;
  if (scope.kind === 'bureau') return { ...who, orgCodes: [scope.orgCode] };
  return { ...who, departments: scope.kind === 'departments' ? scope.codes : [] };
}
