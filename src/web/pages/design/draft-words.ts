import { notFound } from '../../../kernel/errors.ts';
import {
  type DesignDraft,
  type Diagram,
  editedByAnother,
  listDrafts,
  listProcessVersions,
  readDiagram,
} from '../../../modules/processes/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import type { Ask } from '../../route.ts';

export const DESIGN = { permission: 'design.edit', scope: '全部流程图的草稿（不含个人信息）' } as const;

/** A draft as lists and pages show it. */
export interface DraftWords {
  id: string;
  name: string;
  revision: number;
  basedOn: number | null;
  /** In force meanwhile somebody published another version. */
  behind: number | null;
  by: string;
  since: string;
  editedAt: string;
  clock: string;
  /** Somebody else is at it. */
  another: boolean;
}

/** Names of the processes of drafts, from the drafts themselves. */
export async function nameIn(xml: string, id: string): Promise<string> {
  const diagram: Diagram | undefined = await readDiagram(xml).catch(() => undefined);
  return diagram?.processes.find((process) => process.id === id)?.name ?? id;
}

/** All drafts of diagrams, the one edited last first. */
export async function draftsInWords(house: House, login: string): Promise<DraftWords[]> {
  const [drafts, versions, people] = await Promise.all([
    listDrafts(house.sql),
    listProcessVersions(house.sql),
    house.directory(),
  ]);
  return Promise.all(
    drafts
      .filter((draft) => draft.kind === 'process')
      .map(async (draft): Promise<DraftWords> => {
        const newest = versions.find((version) => version.processId === draft.id)?.version ?? null;
        return {
          id: draft.id,
          name: await nameIn(draft.content, draft.id),
          revision: draft.revision,
          basedOn: draft.basedOn,
          behind: newest !== null && newest !== draft.basedOn ? newest : null,
          by: people.user(draft.editedBy)?.name ?? draft.editedBy,
          since: format.short(draft.createdAt),
          editedAt: format.short(draft.editedAt),
          clock: format.clock(draft.editedAt),
          another: editedByAnother(draft, login, house.clock.now()),
        };
      }),
  );
}

/** The draft of the process in the address. */
export async function draftAsked(house: House, req: Ask['req']): Promise<DesignDraft> {
  const id = String(req.params.id);
  const draft = (await listDrafts(house.sql)).find((item) => item.kind === 'process' && item.id === id);
  if (!draft) throw notFound(`流程“${id}”没有草稿。请在流程页点“编辑”开始一份，或从流程目录进入。`);
  return draft;
}
