import { ROLES } from '../../../kernel/actor.ts';
import { notFound } from '../../../kernel/errors.ts';
import { roleName } from '../../../modules/access/index.ts';
import type { OrgDirectory, OrgUser } from '../../../modules/org/index.ts';
import type { FieldSpec } from '../../plain-form.ts';
import { type Ask, textOf } from '../../route.ts';

/** Fields and look-ups that several pages about people share. */

export const loginOf = (req: Ask['req']): string => String(req.params.login);
export const text = (req: Ask['req'], name: string): string => textOf(req.body[name]) ?? '';

export function userOr404(directory: OrgDirectory, login: string): OrgUser {
  const user = directory.user(login);
  if (!user) throw notFound(`没有用户“${login}”。请核对用户名，或从用户列表进入。`);
  return user;
}

export const nameField: FieldSpec = { type: 'textfield', name: 'name', label: '姓名', required: true };
export const reasonField = (example: string): FieldSpec => ({
  type: 'textfield',
  name: 'reason',
  label: '原因',
  required: true,
  hint: `例如“${example}”，有文号的写上。`,
});
export const fromField = (what: string): FieldSpec => ({
  type: 'textfield',
  name: 'from',
  label: '开始日期',
  required: true,
  inputMode: 'numeric',
  hint: `${what}最早从今天开始。例如 2026-12-01、12-1。`,
});
export const departmentField = (directory: OrgDirectory, orgCode: string): FieldSpec => ({
  type: 'select',
  name: 'departmentCode',
  label: '部门',
  required: true,
  options: directory.departmentsOf(orgCode).map((department) => ({ value: department.code, label: department.name })),
});
export const roleField: FieldSpec = {
  type: 'checklist',
  name: 'roles',
  label: '角色',
  required: true,
  hint: '系统管理员、流程管理员、审计员三员分立：由不同的人担任，不兼任受理、派单、办理。',
  options: ROLES.map((value) => ({ value, label: roleName(value) })),
};

/** People of a bureau who could take over somebody's work. */
export const colleagueField = (directory: OrgDirectory, user: OrgUser, name: string, label: string): FieldSpec => ({
  type: 'select',
  name,
  label,
  required: true,
  options: directory.data.users
    .filter((other) => other.orgCode === user.orgCode && other.login !== user.login && other.status === 'ACTIVE')
    .filter((other) => !other.roles.some((role) => ['SYSTEM_ADMIN', 'PROCESS_ADMIN', 'AUDITOR'].includes(role)))
    .map((other) => ({
      value: other.login,
      label: `${other.name}（${directory.department(other.departmentCode)?.name ?? ''}，${other.roles.map(roleName).join('、')}）`,
    })),
});
