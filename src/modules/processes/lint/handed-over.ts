import { contentHash, parseDefinitions } from '../read-diagram.ts';

/** Per called process the variables one file hands over to it. The same bytes always say the same. */
const known = new Map<string, Promise<ReadonlyMap<string, readonly string[]>>>();
const REMEMBERED = 128;

/** Which variables the callers among these diagrams hand over to the processes they call. */
export async function handedOver(xmls: Iterable<string>): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = new Map<string, string[]>();
  for (const xml of xmls)
    for (const [processId, names] of await ofOne(xml)) all.set(processId, [...(all.get(processId) ?? []), ...names]);
  return all;
}

/** Which processes each of these diagrams calls. */
export async function callsAmong(
  diagrams: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const calls = new Map<string, readonly string[]>();
  for (const [processId, xml] of diagrams) calls.set(processId, [...(await ofOne(xml)).keys()]);
  return calls;
}

function ofOne(xml: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const hash = contentHash(xml);
  const found = known.get(hash);
  if (found) return found;
  const reading = read(xml);
  known.set(hash, reading);
  reading.catch(() => known.delete(hash));
  if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
  return reading;
}

async function read(xml: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rootElement } = await parseDefinitions(xml);
  const calls = new Map<string, string[]>();
  const visit = (scope: any): void => {
    for (const node of scope.flowElements ?? []) {
      const values: any[] = node.extensionElements?.values ?? [];
      const called = values.find((value) => value.$type === 'zeebe:CalledElement')?.processId;
      const inputs = values.find((value) => value.$type === 'zeebe:IoMapping')?.inputParameters ?? [];
      if (called) calls.set(called, [...(calls.get(called) ?? []), ...inputs.map((input: any) => input.target)]);
      visit(node);
    }
  };
  for (const root of rootElement.rootElements ?? []) visit(root);
  return calls;
}
