import { type Actor, ROLES, type Role } from '../../kernel/actor.ts';
import { forbidden } from '../../kernel/errors.ts';

const STAFF: Role[] = [
  'REGISTRAR',
  'DEMAND_DESK',
  'HANDLER',
  'DEPARTMENT_HEAD',
  'LEGAL_OFFICER',
  'DISCIPLINE_OFFICER',
  'REPORT_OFFICER',
  'SUPERVISOR',
];
const LEADERS: Role[] = ['DEPUTY_IN_CHARGE', 'CHIEF'];
const WORKERS: Role[] = [...STAFF, ...LEADERS];

/**
 * Who may do what (三员分立: the process administrator sees no personal data, the system administrator no demand, the auditor changes nothing).
 * A permission opens a door; which demands stand behind it is the data scope.
 */
export const PERMISSIONS = {
  'demand.register': STAFF,
  'demand.read': [...WORKERS, 'AUDITOR'],
  'demand.reveal': ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD', 'LEGAL_OFFICER', ...LEADERS],
  'demand.dispatch': ['DEMAND_DESK'],
  'demand.withdraw': ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD'],
  'demand.void': ['DEMAND_DESK'],
  'demand.export': ['DEMAND_DESK', 'DEPARTMENT_HEAD', ...LEADERS],
  'demand.request-extension': ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK'],
  'task.work': WORKERS,
  'task.assign': ['DEMAND_DESK'],
  'extension.approve': LEADERS,
  'visit.conduct': ['DEMAND_DESK'],
  'calendar.read': [...ROLES],
  'org.read': [...ROLES],
  'org.edit': ['SYSTEM_ADMIN'],
  'delegation.own': WORKERS,
  'audit.read': ['AUDITOR'],
  'process.read': [...WORKERS, 'PROCESS_ADMIN', 'AUDITOR'],
  'rules.read': [...WORKERS, 'PROCESS_ADMIN', 'AUDITOR'],
  'operations.read': ['PROCESS_ADMIN', 'SYSTEM_ADMIN'],
  'operations.repair': ['PROCESS_ADMIN'],
  'account.own': [...ROLES],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

export const may = (actor: Actor, permission: Permission): boolean => {
  const allowed: readonly Role[] = PERMISSIONS[permission];
  // Everyone who has an account may look after it, whatever roles it has.
  if (permission === 'account.own') return actor.kind === 'user';
  return actor.roles.some((role) => allowed.includes(role));
};

const ROLE_NAMES: Record<Role, string> = {
  REGISTRAR: '受理人',
  DEMAND_DESK: '纳服专岗',
  HANDLER: '处理人员',
  DEPARTMENT_HEAD: '部门负责人',
  DEPUTY_IN_CHARGE: '分管局领导',
  CHIEF: '主要领导',
  LEGAL_OFFICER: '法制岗',
  DISCIPLINE_OFFICER: '纪检岗',
  REPORT_OFFICER: '检举管理岗',
  SUPERVISOR: '督办岗',
  PROCESS_ADMIN: '流程管理员',
  AUDITOR: '审计员',
  SYSTEM_ADMIN: '系统管理员',
};
export const roleName = (role: string): string => ROLE_NAMES[role as Role] ?? role;

export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  const who = [...new Set((PERMISSIONS[permission] as readonly Role[]).map(roleName))].join('、');
  throw forbidden(`你的岗位不能做这件事。可以办理的岗位：${who}。需要权限的，请联系本单位系统管理员。`, {
    reason: 'permission',
    details: { permission },
  });
}
