import type { Actor } from '../kernel/actor.ts';
import { type Demand, dispatchableAbove } from '../modules/demands/index.ts';
import type { OptionSource } from '../modules/forms/index.ts';
import type { OrgDirectory } from '../modules/org/index.ts';
import type { House } from './house.ts';

/** What `valuesKey` may name, in words; `formOptions` fills them. */
export const OPTION_SOURCES: Readonly<Record<string, string>> = {
  departments: '本单位办理部门',
  ownDepartments: '办理人本单位的部门',
  coDepartments: '可以协办的部门',
  reportableDepartments: '本单位和上级的部门',
  legalReceivers: '法定途径的接收部门',
  actionDepartments: '可能作出行为的部门',
  departmentPeople: '本部门人员',
  bureaus: '各级税务局',
  subChannels: '子渠道',
  tags: '诉求标签',
  // Filled only by the pages of their own action.
  levelTargets: '上下级移交的去向',
  levelCoDepartments: '移交时的协办部门',
  presentCoDepartments: '现有协办部门',
  openCoQuestions: '未答复的协办问题',
};

/** Options of `valuesKey` for a person and, for tasks, the bureau of the demand. The directory is handed in: inside a unit of work it must be the unit's own. */
export function formOptions(
  { dictionary }: Pick<House, 'dictionary'>,
  directory: OrgDirectory,
  actor: Actor,
  orgCode = actor.orgCode,
): OptionSource {
  const departments = directory.departmentsOf(orgCode).filter((department) => department.participates);
  const option = (department: { code: string; name: string }) => ({ value: department.code, label: department.name });
  const above = directory.superiorBureau(actor.orgCode);
  // Under the city's coordination departments of several counties may co-handle.
  const below = directory.bureaus().filter((bureau) => bureau.parent === orgCode);
  return {
    departments: departments.map(option),
    coDepartments: [
      ...departments.map(option),
      ...below.flatMap((bureau) =>
        directory
          .departmentsOf(bureau.code)
          .filter((department) => department.participates)
          .map((department) => ({ value: department.code, label: `${bureau.shortName} ${department.name}` })),
      ),
    ],
    ownDepartments: directory
      .departmentsOf(actor.orgCode)
      .filter((department) => department.participates)
      .map(option),
    reportableDepartments: [
      ...directory
        .departmentsOf(actor.orgCode)
        .filter((department) => department.participates)
        .map(option),
      ...(above
        ? directory
            .departmentsOf(above.code)
            .filter((d) => d.participates)
            .map((d) => ({ value: d.code, label: `${above.shortName} ${d.name}` }))
        : []),
    ],
    legalReceivers: [...legalReceivers(directory, orgCode), { value: 'OUTSIDE', label: '本系统以外的机关' }],
    actionDepartments: actionDepartments(directory, orgCode),
    departmentPeople: actor.departments
      .flatMap((code) => directory.usersInDepartment(code))
      .filter((user, index, all) => all.findIndex((other) => other.login === user.login) === index)
      .map((user) => ({ value: user.login, label: user.name })),
    bureaus: directory.bureaus().map((bureau) => ({ value: bureau.code, label: bureau.shortName })),
    subChannels: (dictionary.subChannels ?? []).map((value) => ({ value, label: value })),
    tags: dictionary.tags.map(({ tag }) => ({ value: tag, label: tag })),
  };
}

/** The same for a task of a demand: with the departments above that it may be dispatched to where those here have to stay out. */
export function taskOptions(
  house: Pick<House, 'dictionary'>,
  directory: OrgDirectory,
  actor: Actor,
  demand: Demand | null | undefined,
): OptionSource {
  const options = formOptions(house, directory, actor, demand?.hostOrgCode ?? actor.orgCode);
  const above = (demand ? dispatchableAbove(directory, demand) : []).map((department) => ({
    value: department.code,
    label: `${directory.bureau(department.orgCode)?.shortName ?? ''} ${department.name}`,
  }));
  if (above.length === 0) return options;
  return {
    ...options,
    departments: [...above, ...(options.departments ?? [])],
    coDepartments: [...above, ...(options.coDepartments ?? [])],
  };
}

const RECEIVING = [
  'RECONSIDERATION',
  'DISCIPLINE',
  'VIOLATION_REPORT',
  'PETITION',
  'INFORMATION_DISCLOSURE',
  'TAXPAYER_SERVICE',
];

/** Departments a statutory route may lead to (去向): of the bureau and of the one above. */
function legalReceivers(directory: OrgDirectory, orgCode: string): { value: string; label: string }[] {
  const above = directory.superiorBureau(orgCode);
  return [orgCode, ...(above ? [above.code] : [])].flatMap((code) =>
    directory
      .departmentsOf(code)
      .filter((item) => item.participates && item.functions.some((name) => RECEIVING.includes(name)))
      .map((item) => ({ value: item.code, label: `${directory.bureau(code)?.shortName ?? ''} ${item.name}` })),
  );
}

/** Departments that may have taken the action complained of: of the bureau and of the one above. */
function actionDepartments(directory: OrgDirectory, orgCode: string): { value: string; label: string }[] {
  const above = directory.superiorBureau(orgCode);
  return [orgCode, ...(above ? [above.code] : [])].flatMap((code) =>
    directory
      .departmentsOf(code)
      .filter((item) => item.participates)
      .map((item) => ({
        value: item.code,
        label: code === orgCode ? item.name : `${directory.bureau(code)?.shortName ?? ''} ${item.name}`,
      })),
  );
}
