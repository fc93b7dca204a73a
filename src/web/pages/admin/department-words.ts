import type { OrgDirectory } from '../../../modules/org/index.ts';

const CODE = /\b\d{6}-[A-Z][A-Z0-9-]*\b/g;

/** Departments as people call them, where rules hold their codes: for reading, and for fields to choose from. */
export function departmentWords(directory: OrgDirectory) {
  const call = (code: string): string | undefined => {
    const department = directory.department(code);
    return department && `${directory.bureau(department.orgCode)?.shortName ?? ''} ${department.name}`.trim();
  };
  return {
    /** A text with every code of a department replaced by its name. */
    named: (text: string): string => text.replace(CODE, (code) => call(code) ?? code),
    departments: directory.data.departments.map(({ code }) => ({ code, name: call(code)! })),
  };
}

/** Whether a fact or a part of an outcome is a department, by what it is called. */
export const isDepartment = ({
  title,
  type,
  enum: allowed,
}: {
  title: string;
  type: string;
  enum?: unknown;
}): boolean => type === 'string' && allowed === undefined && /部门|主办|承办|机构/.test(title);
