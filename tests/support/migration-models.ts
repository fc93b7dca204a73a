/** Small models for migrations: elements stand in a row between a start and an end. */
export const userTask = (id: string): string =>
  `<bpmn:userTask id="${id}"><bpmn:extensionElements><zeebe:formDefinition formKey="f"/></bpmn:extensionElements></bpmn:userTask>`;

export const serviceTask = (id: string, type: string, options: { linked?: boolean } = {}): string =>
  `<bpmn:serviceTask id="${id}"${options.linked === false ? ' name="-"' : ''}><bpmn:extensionElements><zeebe:taskDefinition type="${type}"/></bpmn:extensionElements></bpmn:serviceTask>`;

/** A process of the given elements; those named "-" lie beside the row. */
export function model(id: string, elements: string): string {
  const row = [
    's',
    ...[...elements.matchAll(/<bpmn:(?:user|service)Task id="([^"]+)"(?! name="-")/g)].map((m) => m[1]!),
    'e',
  ];
  const flows = row
    .slice(1)
    .map((target, index) => `<bpmn:sequenceFlow id="f${index}" sourceRef="${row[index]}" targetRef="${target}"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:process id="${id}" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>${elements}${flows.join('')}</bpmn:process>
</bpmn:definitions>`;
}
