import type { FieldProblem } from '../../kernel/errors.ts';
import { contextOf, hides } from './conditions.ts';
import { type Form, inputsOf, type OptionSource, type Values } from './form.ts';
import { readValue } from './read-value.ts';
import { validateValue } from './validate-value.ts';

/** What a browser (text) or a program (JSON) has sent, by field name. */
export type Raw = Record<string, unknown>;

export type Submission = { ok: true; values: Values } | { ok: false; problems: FieldProblem[]; values: Values };

export interface SubmitOptions {
  /** The calendar day on which `11-23` is read; without it a date needs its year. */
  today?: string;
}

/**
 * Reads what was sent by the same schema that drew the form: trims, normalises, converts, and names every wrong field.
 * Values of hidden fields are dropped; fields the form does not have are ignored. `values` always holds what was typed, so nothing is lost.
 */
export function submitForm(
  form: Form,
  raw: Raw,
  options: OptionSource = {},
  { today }: SubmitOptions = {},
): Submission {
  const problems: FieldProblem[] = [];
  const values: Values = {};
  const inputs = inputsOf(form.components).filter(({ component }) => !component.readonly && !component.disabled);
  const found = new Map<string, string>();
  for (const { component, name } of inputs) {
    const read = readValue(component, own(raw, name) ?? nested(raw, name), { options, today });
    if (read.value !== undefined) values[name] = read.value;
    if (read.problem) found.set(name, read.problem);
  }
  // Conditions see what was typed, with missing fields as null.
  const seen = contextOf(
    inputs.map(({ name }) => name),
    values,
  );
  const kept: Values = {};
  for (const { component, name, hides: conditions } of inputs) {
    if (conditions.some((condition) => hides(condition, seen))) continue;
    const problem = found.get(name) ?? validateValue(component, values[name]);
    if (problem) problems.push({ pointer: `/${name.replaceAll('.', '/')}`, message: problem });
    if (values[name] !== undefined) kept[name] = values[name];
  }
  if (problems.length > 0) return { ok: false, problems, values };
  return { ok: true, values: kept };
}

/** Only what was really sent: never a property every object inherits. */
const own = (raw: unknown, name: string): unknown =>
  typeof raw === 'object' && raw !== null && Object.hasOwn(raw, name) ? (raw as Raw)[name] : undefined;

function nested(raw: Raw, name: string): unknown {
  if (!name.includes('.')) return undefined;
  let value: unknown = raw;
  for (const part of name.split('.')) value = own(value, part);
  return value;
}
