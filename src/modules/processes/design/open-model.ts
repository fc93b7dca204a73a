import { notFound } from '../../../kernel/errors.ts';
import { parseDefinitions } from '../read-diagram.ts';

/** A diagram opened for changes: the tree of moddle with what is needed to find and to make parts of it. */
export interface Model {
  definitions: any;
  process: any;
  create(type: string, properties?: Record<string, unknown>): any;
  /** Flow nodes and flows by id, whatever subprocess they lie in. */
  find(id: string): any;
  nodes(): any[];
  /** Shape or edge of an element. */
  drawn(id: string): any;
  plane: any;
  xml(): Promise<string>;
}

/** Opens a file that holds one process. Throws `Invalid` with the line when it cannot be read. */
export async function openModel(xml: string): Promise<Model> {
  const { moddle, rootElement: definitions } = await parseDefinitions(xml);
  const process = definitions.rootElements.find((root: any) => root.$type === 'bpmn:Process');
  const nodes = (): any[] => {
    const below = (scope: any): any[] =>
      (scope.flowElements ?? []).flatMap((element: any) => [element, ...below(element)]);
    return below(process);
  };
  const plane = definitions.diagrams?.[0]?.plane;
  return {
    definitions,
    process,
    plane,
    create: (type, properties = {}) => moddle.create(type, properties),
    nodes,
    find(id) {
      const found = id === process.id ? process : nodes().find((element) => element.id === id);
      if (!found) throw notFound(`流程图里没有“${id}”。它可能刚刚被删去：请回到节点表看现在的内容。`);
      return found;
    },
    drawn: (id) => plane?.planeElement?.find((item: any) => item.bpmnElement?.id === id),
    xml: async () => (await moddle.toXML(definitions, { format: true })).xml as string,
  };
}

/** An extension of an element, by its type. */
export const extensionOf = (node: any, type: string): any =>
  node.extensionElements?.values?.find((value: any) => value.$type === type);

/** Sets properties of an extension, made where it is missing; one that is left with nothing is taken away. */
export function setExtension(model: Model, node: any, type: string, properties: Record<string, unknown>): void {
  const extensions = node.extensionElements ?? model.create('bpmn:ExtensionElements', { values: [] });
  extensions.$parent = node;
  const found = extensionOf(node, type) ?? model.create(type);
  found.$parent = extensions;
  for (const [name, value] of Object.entries(properties)) found.set(name, value);
  const empty = found.$descriptor.properties.every((property: any) => {
    const value = found.get(property.name);
    return value === undefined || value === property.default || (Array.isArray(value) && value.length === 0);
  });
  const others = (extensions.values ?? []).filter((value: any) => value !== found);
  extensions.values = empty
    ? others
    : [...(extensions.values ?? []).filter((v: any) => v === found || others.includes(v))];
  if (!empty && !extensions.values.includes(found)) extensions.values.push(found);
  node.extensionElements = extensions.values.length > 0 ? extensions : undefined;
}

export const headerOf = (node: any, key: string): string =>
  extensionOf(node, 'zeebe:TaskHeaders')?.values?.find((header: any) => header.key === key)?.value ?? '';

export function setHeader(model: Model, node: any, key: string, value: string): void {
  const headers: any[] = extensionOf(node, 'zeebe:TaskHeaders')?.values ?? [];
  const at = headers.findIndex((header) => header.key === key);
  const next = value ? model.create('zeebe:Header', { key, value }) : undefined;
  const values = at < 0 ? [...headers, next] : headers.map((header, index) => (index === at ? next : header));
  setExtension(model, node, 'zeebe:TaskHeaders', { values: values.filter(Boolean) });
}
