import { invalid } from '../../kernel/errors.ts';
import type { TaskWork } from './context.ts';
import { type Draft, DraftEntity } from './entities.ts';

export interface DraftKey {
  formKey: string;
  /** Task id, demand id or `new`. */
  subject: string;
  /** Several drafts of the same form may coexist. */
  draftId: string;
}

const LARGEST_DRAFT = 400_000;

/** Keeps what somebody has typed. Nothing is validated: a draft may be as unfinished as it likes. */
export async function saveDraft(
  work: TaskWork,
  key: DraftKey,
  draft: { title: string; values: Record<string, unknown> },
): Promise<Draft> {
  if (JSON.stringify(draft.values).length > LARGEST_DRAFT)
    throw invalid('草稿太长，没有保存。请减少文字或改用附件。', [], { reason: 'draft-too-large' });
  return work.em.upsert(DraftEntity, {
    ...key,
    login: work.actor.login,
    title: draft.title,
    values: draft.values,
    savedAt: work.clock.now(),
  });
}

export const findDraft = (work: TaskWork, key: DraftKey): Promise<Draft | null> =>
  work.em.findOne(DraftEntity, { ...key, login: work.actor.login });

export const draftsOf = (work: TaskWork, formKey: string): Promise<Draft[]> =>
  work.em.find(DraftEntity, { login: work.actor.login, formKey }, { orderBy: { savedAt: 'desc' } });

export async function discardDraft(work: TaskWork, key: DraftKey): Promise<void> {
  await work.em.nativeDelete(DraftEntity, { ...key, login: work.actor.login });
}
