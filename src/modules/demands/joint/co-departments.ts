import type { OrgDirectory } from '../../org/index.ts';
import type { Demand } from '../entities.ts';

/** What of a demand decides who may co-handle it. */
type Handled = Pick<Demand, 'orgCode' | 'hostOrgCode' | 'reportedDepartment'>;

/**
 * Departments that may co-handle a demand under a host: of the host's bureau, and of the others where the city has a hand in it -
 * it hosts, has registered it, or has sent it down to several counties (市局协调的跨县区件).
 */
export function coDepartmentChoices(directory: OrgDirectory, demand: Handled, hostDepartment: string) {
  const host = directory.department(hostDepartment)?.orgCode ?? demand.hostOrgCode;
  const coordinated = [host, demand.orgCode].some((code) => directory.bureau(code)?.level === 'CITY');
  const city = directory.superiorBureau(host)?.code ?? host;
  return directory.data.departments.filter(
    (department) =>
      department.participates &&
      department.code !== hostDepartment &&
      department.code !== demand.reportedDepartment &&
      (department.orgCode === host || (coordinated && inFamily(directory, department.orgCode, city))),
  );
}

const inFamily = (directory: OrgDirectory, orgCode: string, city: string): boolean =>
  orgCode === city || directory.bureau(orgCode)?.parent === city;

/** Why a department cannot co-handle; null when it can. */
export function coDepartmentProblem(
  directory: OrgDirectory,
  demand: Handled,
  code: string,
  hostDepartment: string,
): string | null {
  const department = directory.department(code);
  if (!department?.participates) return '没有这个部门，或者它不承办诉求。请从列表中选择。';
  if (code === hostDepartment) return `${department.name}是主办部门，不能同时协办。`;
  if (code === demand.reportedDepartment) return `${department.name}是被反映的部门，应当回避，不能协办。`;
  if (!coDepartmentChoices(directory, demand, hostDepartment).some((item) => item.code === code))
    return `${department.name}属于别的单位。跨单位协办由市局协调：请用“上报上级”。`;
  return null;
}
