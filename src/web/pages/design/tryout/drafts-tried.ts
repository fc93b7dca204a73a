import {
  DESIGN_KINDS,
  type DesignDraft,
  designTitle,
  listDrafts,
  listProcessVersions,
  processXml,
  readDiagram,
} from '../../../../modules/processes/index.ts';
import { type Designs, designsFrom } from '../../../../tryout/index.ts';
import type { House } from '../../../house.ts';

export const keyOf = (draft: Pick<DesignDraft, 'kind' | 'id'>): string => `${draft.kind}:${draft.id}`;

/** “流程图“办理诉求””, for lists of drafts: by the title the draft itself has. */
export const draftTitle = async (draft: DesignDraft): Promise<string> =>
  `${DESIGN_KINDS[draft.kind]}“${await designTitle(draft)}”`;

/** The drafts of these keys as designs to try; a draft that is gone meanwhile is left out. */
export async function designsOf(
  house: House,
  keys: readonly string[],
): Promise<{ designs: Designs; titles: string[] }> {
  const drafts = (await listDrafts(house.sql)).filter((draft) => keys.includes(keyOf(draft)));
  return {
    designs: designsFrom(drafts),
    titles: await Promise.all(drafts.map(draftTitle)),
  };
}

/** Whether a demand comes through this process, itself or by calls, in what would be in force with these designs. */
export async function startsWithDemand(house: House, processId: string, designs: Designs): Promise<boolean> {
  const ids = new Set([
    ...(await listProcessVersions(house.sql)).map((version) => version.processId),
    ...designs.processes.keys(),
  ]);
  const seen = new Set<string>();
  const reach = async (id: string): Promise<boolean> => {
    if (id === processId) return true;
    if (seen.has(id) || !ids.has(id)) return false;
    seen.add(id);
    const diagram = await readDiagram(designs.processes.get(id) ?? (await processXml(house.sql, id))).catch(
      () => undefined,
    );
    for (const called of diagram?.elements.flatMap((element) => element.calledProcess ?? []) ?? [])
      if (await reach(called)) return true;
    return false;
  };
  return reach('fast-response');
}
