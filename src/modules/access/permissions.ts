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
  'demand.handle': ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK'],
  'demand.withdraw': ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD'],
  'demand.void': ['DEMAND_DESK'],
  'demand.urge': ['DEMAND_DESK', 'SUPERVISOR', 'DEPARTMENT_HEAD', ...LEADERS],
  'demand.write-off': ['DEMAND_DESK'],
  'demand.export': ['DEMAND_DESK', 'DEPARTMENT_HEAD', ...LEADERS],
  'paper.print': WORKERS,
  'paper.issue': ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD', 'LEGAL_OFFICER', ...LEADERS],
  'paper.supervise': ['DEMAND_DESK', 'SUPERVISOR', ...LEADERS],
  'demand.request-extension': ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK'],
  'demand.host': ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK'],
  'demand.supplement': ['REGISTRAR', 'HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK'],
  'demand.rearrange': ['DEMAND_DESK'],
  'demand.revoke-write-off': ['DEPARTMENT_HEAD'],
  'task.pass-on': ['DEPARTMENT_HEAD'],
  'demand.divert': ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK', 'LEGAL_OFFICER'],
  'demand.ask-legal': ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD', 'LEGAL_OFFICER'],
  'demand.propose-unreasonable': ['DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD'],
  'task.work': WORKERS,
  'task.assign': ['DEMAND_DESK'],
  'extension.approve': LEADERS,
  'visit.conduct': ['DEMAND_DESK'],
  'calendar.read': [...ROLES],
  'calendar.edit': ['PROCESS_ADMIN'],
  'org.read': [...ROLES],
  'org.edit': ['SYSTEM_ADMIN'],
  'delegation.read': [...WORKERS, 'SYSTEM_ADMIN'],
  'delegation.set': [...WORKERS, 'SYSTEM_ADMIN'],
  'delegation.edit': ['SYSTEM_ADMIN'],
  'audit.read': ['AUDITOR'],
  'history.verify': ['AUDITOR'],
  'statistics.read': ['DEMAND_DESK', 'SUPERVISOR', 'DEPARTMENT_HEAD', ...LEADERS, 'AUDITOR'],
  'reconciliation.run': ['DEMAND_DESK'],
  'topic.manage': ['DEMAND_DESK'],
  'topic.measures': ['DEMAND_DESK', 'DEPARTMENT_HEAD'],
  'bulletin.write': ['DEMAND_DESK'],
  'bulletin.sign': LEADERS,
  'process.read': [...WORKERS, 'PROCESS_ADMIN', 'AUDITOR'],
  'rules.read': [...WORKERS, 'PROCESS_ADMIN', 'AUDITOR'],
  'supervision.read': ['DEMAND_DESK', 'SUPERVISOR', 'DEPARTMENT_HEAD', ...LEADERS, 'AUDITOR'],
  'supervision.issue': ['DEMAND_DESK', 'SUPERVISOR', ...LEADERS],
  'privacy.read': ['DEMAND_DESK', 'AUDITOR'],
  'privacy.manage': ['DEMAND_DESK'],
  'template.edit': ['PROCESS_ADMIN'],
  'design.edit': ['PROCESS_ADMIN'],
  'release.sign': ['PROCESS_ADMIN', 'CHIEF'],
  'instance.manage': ['PROCESS_ADMIN'],
  'admin.read': ['PROCESS_ADMIN', 'SYSTEM_ADMIN'],
  'operations.read': ['PROCESS_ADMIN', 'SYSTEM_ADMIN'],
  'operations.repair': ['PROCESS_ADMIN'],
  'account.own': [...ROLES],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

/** Permissions in words, for the page where tokens are made and for refusals. */
const PERMISSION_TITLES: Record<Permission, string> = {
  'demand.register': '登记诉求',
  'demand.read': '查看诉求',
  'demand.reveal': '查看完整联系方式',
  'demand.dispatch': '派单',
  'demand.handle': '增减协办、上报转交、送外单位',
  'demand.withdraw': '办理撤回',
  'demand.void': '作废登记',
  'demand.urge': '催办',
  'demand.write-off': '对账销号',
  'demand.export': '导出台账',
  'demand.request-extension': '申请延期',
  'paper.print': '打印文书',
  'paper.issue': '制发告知书',
  'paper.supervise': '制发催办、督办文书',
  'demand.host': '主办事项（退单、挂账、请求补充、登记联系）',
  'demand.supplement': '登记补充材料',
  'demand.rearrange': '改派、并单、拆单、重新打开',
  'demand.revoke-write-off': '撤销销号',
  'task.pass-on': '部门内转派',
  'demand.divert': '转法定途径',
  'demand.ask-legal': '回答救济问题',
  'demand.propose-unreasonable': '提出不合理诉求认定',
  'task.work': '办理任务',
  'task.assign': '指派任务',
  'extension.approve': '审批延期',
  'visit.conduct': '回访',
  'calendar.read': '查看日历',
  'calendar.edit': '维护日历',
  'org.read': '查看组织',
  'org.edit': '维护组织与用户',
  'delegation.read': '查看代理授权',
  'delegation.set': '设置、收回代理',
  'delegation.edit': '代设、收回他人的代理',
  'audit.read': '历史检索',
  'history.verify': '完整性核验',
  'statistics.read': '查看统计',
  'reconciliation.run': '对账',
  'topic.manage': '管理共性诉求',
  'topic.measures': '填写共性诉求的措施',
  'bulletin.write': '编写通报',
  'bulletin.sign': '签发通报',
  'process.read': '查看流程',
  'rules.read': '查看规则',
  'privacy.read': '查看个人信息请求登记簿',
  'privacy.manage': '登记、答复个人信息请求',
  'supervision.read': '查看督办',
  'supervision.issue': '发出、提级督办',
  'template.edit': '维护通知模板',
  'design.edit': '设计流程、规则、表单',
  'release.sign': '复核发布',
  'instance.manage': '处理在办流程（取消、跳转、改变量、迁移）',
  'admin.read': '查看管理待处理事项',
  'operations.read': '查看运行状态',
  'operations.repair': '处理异常',
  'account.own': '管理自己的账号',
};
export const permissionTitle = (permission: Permission): string => PERMISSION_TITLES[permission];

const names = Object.keys(PERMISSIONS) as Permission[];

/** The union of what roles open. Everyone who has an account may look after it, whatever roles it has. */
export const permissionsOfRoles = (roles: readonly Role[]): Permission[] =>
  names.filter(
    (name) => name === 'account.own' || roles.some((role) => (PERMISSIONS[name] as readonly Role[]).includes(role)),
  );

/** Whether somebody may; a token narrows its owner to the permissions it was made for. */
export function may(actor: Actor, permission: Permission): boolean {
  if (actor.tokenScopes && !actor.tokenScopes.includes(permission)) return false;
  if (permission === 'account.own') return actor.kind === 'user';
  const allowed: readonly Role[] = PERMISSIONS[permission];
  return actor.roles.some((role) => allowed.includes(role));
}

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

/** Refuses with a sentence that says what is missing and who can help. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  const what = permissionTitle(permission);
  const options = { reason: 'permission', details: { permission } };
  if (actor.tokenScopes && may({ ...actor, tokenScopes: undefined as never }, permission))
    throw forbidden(`这个访问令牌没有“${what}”的权限。请在“我的 › 访问令牌”另建一个含这项权限的令牌。`, options);
  const who = [...new Set((PERMISSIONS[permission] as readonly Role[]).map(roleName))].join('、');
  throw forbidden(
    `你的岗位不能做这件事（${what}）。可以办理的岗位：${who}。需要权限的，请联系本单位系统管理员。`,
    options,
  );
}
