import type { OrgDirectory } from '../../../modules/org/index.ts';

/** Codes of the organisation as people say them. An unknown code stays as it is: better odd than lost. */
export interface Names {
  department(code: string | null | undefined): string;
  user(login: string | null | undefined): string;
  bureau(code: string | null | undefined): string;
  /** Any code of a department, a person or a bureau in a text, also in a list joined with “、”. */
  any(text: string): string;
}

export function namesOf(directory: OrgDirectory): Names {
  const department = (code: string | null | undefined) => (code ? (directory.department(code)?.name ?? code) : '');
  const user = (login: string | null | undefined) =>
    login ? (directory.user(login)?.name ?? (login === 'system' ? '系统' : login)) : '';
  const bureau = (code: string | null | undefined) => (code ? (directory.bureau(code)?.shortName ?? code) : '');
  const one = (text: string) =>
    directory.department(text)?.name ?? directory.user(text)?.name ?? directory.bureau(text)?.shortName ?? text;
  return { department, user, bureau, any: (text) => text.split('、').map(one).join('、') };
}
