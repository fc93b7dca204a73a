import { attachFiles, attachmentsNamed, scanWords } from '../modules/attachments/index.ts';
import { type Form, fileFieldsOf, type Option, type Values } from '../modules/forms/index.ts';
import type { Unit } from './house.ts';

/** Ids of uploads in the file fields of a form. */
export const fileIdsIn = (form: Form, values: Values): string[] =>
  fileFieldsOf(form).flatMap((name) => {
    const value = values[name];
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  });

/** What the file fields may name: the person's own uploads that wait for a form, and those the demand has already. */
export async function fileOptions(unit: Unit, form: Form, values: Values, demandId?: string): Promise<Option[]> {
  const files = await attachmentsNamed(
    unit,
    fileIdsIn(form, values),
    demandId ? { subjectType: 'demand', subjectId: demandId } : undefined,
  );
  return files.map((file) => ({
    value: file.id,
    label: `${file.name}（${sizeInWords(file.size)}${file.sensitive ? '，敏感' : ''}${scanWords(file.scan) ? `，${scanWords(file.scan)}` : ''}）`,
  }));
}

/** The form was accepted: its uploads belong to the demand. */
export const keepFiles = (
  unit: Unit,
  form: Form,
  values: Values,
  demandId: string,
  taskId?: string,
): Promise<unknown> =>
  attachFiles(unit, fileIdsIn(form, values), {
    subjectType: 'demand',
    subjectId: demandId,
    ...(taskId ? { taskId } : {}),
  });

export const sizeInWords = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
