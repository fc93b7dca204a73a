import { variablesRead } from '../../lint/variables.ts';
import { readDiagram } from '../../read-diagram.ts';

/** Where a form is used, and who needs what is typed into it. */
export interface FormUsage {
  usedBy: { processId: string; processName: string; elementId: string; elementName: string }[];
  /** Fields that leave the form for the process, or are read outside it, with who does. */
  needs: { name: string; by: string }[];
}

/** Reads the diagrams that are given: results a step hands on, and the ways and rules that read them. */
export async function formUsage(
  formId: string,
  diagrams: readonly string[],
  ruleSets: readonly { title: string; facts: Readonly<Record<string, unknown>> }[],
  fields: readonly string[],
): Promise<FormUsage> {
  const usage: FormUsage = { usedBy: [], needs: [] };
  for (const xml of diagrams) {
    const diagram = await readDiagram(xml).catch(() => undefined);
    const users = diagram?.elements.filter((element) => element.formId === formId) ?? [];
    if (!diagram || users.length === 0) continue;
    for (const element of users) {
      const processName = diagram.processes.find((process) => process.id === element.processId)?.name;
      usage.usedBy.push({
        processId: element.processId,
        processName: processName ?? element.processId,
        elementId: element.id,
        elementName: element.name,
      });
      const results = (element.headers.results ?? '').split(',').map((name) => name.trim());
      for (const name of results.filter(Boolean)) usage.needs.push({ name, by: `步骤“${element.name}”交给流程` });
    }
    for (const flow of diagram.flows) {
      const gateway = diagram.elements.find((element) => element.id === flow.source);
      for (const name of variablesRead(flow.condition ?? '').filter((item) => fields.includes(item)))
        usage.needs.push({ name, by: `网关“${gateway?.name ?? flow.source}”` });
    }
  }
  for (const set of ruleSets)
    for (const name of fields.filter((item) => Object.hasOwn(set.facts, item)))
      usage.needs.push({ name, by: `规则“${set.title}”` });
  const known = new Set<string>();
  usage.needs = usage.needs.filter(({ name, by }) => {
    const key = `${name} ${by}`;
    return !known.has(key) && known.add(key);
  });
  return usage;
}
