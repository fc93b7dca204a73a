import { inputsOf, labelOf, parseForm } from '../../../forms/index.ts';
import { formRows } from './edit-form.ts';
import { type FormUsage, formUsage } from './form-usage.ts';
import { type FormFinding, lintFormDesign } from './lint-form-design.ts';

/** Where a form stands: what is in force of it, the diagrams and rules that may read it, and what the program offers. */
export interface FormPlace {
  formId: string;
  processId: string;
  /** The file in force; null for a form that is new. */
  published: string | null;
  diagrams: readonly string[];
  ruleSets: readonly { title: string; facts: Readonly<Record<string, unknown>> }[];
  optionSources: readonly string[];
  /** The program reads the fields of the form when its step is done. */
  readByProgram: boolean;
}

/** Who uses a form and needs what is typed into it, and how a text of it is judged there. */
export async function formInUse(
  content: string,
  place: FormPlace,
): Promise<{ usage: FormUsage; lint(text: string): FormFinding[] }> {
  const now = place.published ? inputsOf(parseForm(place.processId, '', place.published).components) : [];
  const inForce = now.map(({ name }) => name);
  const fields = [
    ...new Set([...inForce, ...(formRows(content) ?? []).flatMap(({ component }) => component.key ?? [])]),
  ];
  const usage = await formUsage(place.formId, place.diagrams, place.ruleSets, fields);
  const around = {
    optionSources: place.optionSources,
    // A rule set reads what the ledger knows; only what the form hands on itself can be missing.
    needs: usage.needs.filter((need) => !need.by.startsWith('规则') && inForce.includes(need.name)),
    readByProgram: place.readByProgram ? now.map(({ name, component }) => ({ name, label: labelOf(component) })) : [],
  };
  return { usage, lint: (text) => lintFormDesign(text, around) };
}
