/** Roles of the glossary (`docs/glossary.md`). A person holds several; permissions are their union. */
export const ROLES = [
  'REGISTRAR',
  'DEMAND_DESK',
  'HANDLER',
  'DEPARTMENT_HEAD',
  'DEPUTY_IN_CHARGE',
  'CHIEF',
  'LEGAL_OFFICER',
  'DISCIPLINE_OFFICER',
  'REPORT_OFFICER',
  'SUPERVISOR',
  'PROCESS_ADMIN',
  'AUDITOR',
  'SYSTEM_ADMIN',
] as const;
export type Role = (typeof ROLES)[number];

/**
 * Who acts. Made by `access` at sign-in (or from a token), handed to every use case.
 * `onBehalfOf` is the principal when a delegate acts (`王某（代 李某）`).
 */
export interface Actor {
  kind: 'user' | 'system';
  /** Login of the user; `system` for the program itself. */
  login: string;
  name: string;
  orgCode: string;
  bureauLevel: 'CITY' | 'COUNTY';
  departmentCode: string;
  /** The home department and every department the person holds a post in. */
  departments: readonly string[];
  posts: readonly string[];
  roles: readonly Role[];
  onBehalfOf?: { login: string; name: string };
  /** Came with an access token that is narrowed to these permissions. */
  tokenScopes?: readonly string[];
  ip?: string;
}

/** The program itself: sweeps, projector, job handlers. */
export const SYSTEM_ACTOR: Actor = {
  kind: 'system',
  login: 'system',
  name: '系统',
  orgCode: '341500',
  bureauLevel: 'CITY',
  departmentCode: '',
  departments: [],
  posts: [],
  roles: [],
};

export const hasRole = (actor: Actor, ...roles: Role[]) => roles.some((role) => actor.roles.includes(role));
