import type { LocalDate } from '../../kernel/clock.ts';
import { APPROVAL_KINDS, type Approval, approvalOf } from './approval/approval-kinds.ts';
import { askPosts } from './approval/ask-posts.ts';
import type { Department, OrgDirectory } from './directory.ts';

/** A group a diagram may name, in words. */
export interface CandidateGroup {
  token: string;
  title: string;
}

const BY_PLACE: Readonly<Record<string, string>> = {
  'tax-service': '本级纳服专岗',
  'host-department': '主办部门处理人员',
  'host-department-head': '主办部门负责人',
  'registering-department': '首次受理部门',
};
/** Posts the statutory route of a demand names (R20): who that is, its follow-up says. */
const BY_ROUTE: Readonly<Record<string, string>> = {
  'legal-route-confirmer': '法定途径的确认岗位',
  'legal-route-officer': '法定途径的移交岗位',
  'legal-route-receiver': '法定途径的承接岗位',
};
const BY_APPROVAL: Readonly<Record<Approval, string>> = {
  'extension-approver': '延期审批人（分管局领导，联合办理为主要领导）',
  'deferral-approver': '挂账审批人',
  'deferral-confirmer': '挂账再确认人（本级主要领导）',
  'unreasonable-reviewer': '不合理诉求认定人（分管纳服的局领导）',
  'unreasonable-appeal': '申诉复核人（本级主要领导）',
  'return-reviewer': '退单审核人（本级纳服专岗）',
  'completion-reviewer': '办结审核人（主办部门负责人）',
  'supervision-receiver': '督办接收人（主办部门负责人）',
  'supervision-leader': '督办接收人（分管局领导）',
  'supervision-chief': '督办接收人（本级主要领导）',
  'bulletin-signer': '通报签发人（分管纳服的局领导）',
};
const DEPARTMENT = 'department:';

/** Everything a task may be given to, the everyday ones first. */
export const candidateGroups = (): CandidateGroup[] =>
  Object.entries({ ...BY_PLACE, ...BY_APPROVAL, ...BY_ROUTE }).map(([token, title]) => ({ token, title }));

/** Where nobody is behind a group: names of bureaus and departments; undefined for a group nobody knows. */
export function emptyPlaces(directory: OrgDirectory, token: string, date: LocalDate): string[] | undefined {
  if (Object.hasOwn(BY_ROUTE, token)) return [];
  if (token === DEPARTMENT) return [];
  if (token.startsWith(DEPARTMENT)) {
    const department = directory.department(token.slice(DEPARTMENT.length));
    return department && (nobodyIn(directory, department) ? [department.name] : []);
  }
  if (token === 'tax-service')
    return directory.data.bureaus
      .filter((bureau) => directory.usersWithRole(bureau.code, 'DEMAND_DESK').length === 0)
      .map((bureau) => bureau.shortName);
  if (token === 'host-department' || token === 'registering-department')
    return handling(directory)
      .filter((department) => nobodyIn(directory, department))
      .map((department) => placeOf(directory, department));
  const approval = approvalOf(token);
  return approval && unsigned(directory, approval, date);
}

const handling = (directory: OrgDirectory): Department[] =>
  directory.data.bureaus.flatMap((bureau) => directory.departmentsOf(bureau.code).filter((item) => item.participates));
const nobodyIn = (directory: OrgDirectory, department: Department): boolean =>
  directory.usersInDepartment(department.code).length === 0;
const placeOf = (directory: OrgDirectory, department: Department): string =>
  `${directory.bureau(department.orgCode)?.shortName ?? ''}${department.name}`;

/** Bureaus, or departments of them, for which not even the bureau above has somebody who may sign. */
function unsigned(directory: OrgDirectory, approval: Approval, date: LocalDate): string[] {
  const asks = (orgCode: string, department: string | null) =>
    askPosts(directory, {
      approval,
      orgCode,
      department,
      handlingMode: null,
      date,
      recused: new Map(),
      recusedDepartment: null,
    }).found === undefined;
  if (APPROVAL_KINDS[approval].department === 'host')
    return handling(directory)
      .filter((department) => asks(department.orgCode, department.code))
      .map((department) => placeOf(directory, department));
  return directory.data.bureaus.filter((bureau) => asks(bureau.code, null)).map((bureau) => bureau.shortName);
}
