import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { conflict, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';

/** What administrators design: a diagram, a rule set, a form. */
export type DesignKind = 'process' | 'rules' | 'form';

export const DESIGN_KINDS: Record<DesignKind, string> = { process: '流程图', rules: '规则集', form: '表单' };

/** The one draft of a design; whoever may design sees and edits it. */
export interface DesignDraft {
  kind: DesignKind;
  id: string;
  content: string;
  /** Examples of a rule set, as JSON text. */
  examples: string | null;
  /** Process a form belongs to. */
  processId: string | null;
  /** Version it began from; null for something new. */
  basedOn: number | null;
  revision: number;
  createdBy: string;
  createdAt: Date;
  editedBy: string;
  editedAt: Date;
  /** Everybody who ever kept it: none of them may sign its release. */
  authors: readonly string[];
}

interface By {
  actor: Actor;
  now: Date;
}

/** Begins a draft. There is one per design: a second is refused with who holds the first and since when. */
export async function beginDraft(
  sql: Sql,
  draft: {
    kind: DesignKind;
    id: string;
    content: string;
    examples?: string | null;
    processId?: string | null;
    basedOn: number | null;
  },
  by: By,
): Promise<DesignDraft> {
  const begun = await sql.query(
    `insert into design_draft (kind, id, content, examples, process_id, based_on, revision, created_by, created_at, edited_by, edited_at, authors)
     values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $7, $8, array[$7::text]) on conflict do nothing returning 1`,
    [
      draft.kind,
      draft.id,
      draft.content,
      draft.examples ?? null,
      draft.processId ?? null,
      draft.basedOn,
      by.actor.login,
      by.now.toISOString(),
    ],
  );
  if (begun.length === 0)
    throw conflict(`${DESIGN_KINDS[draft.kind]}“${draft.id}”已经有一份草稿。请在那份草稿上继续，或先放弃它。`, {
      reason: 'draft-exists',
    });
  await note(sql, draft.kind, draft.id, 'design.begun', { basedOn: draft.basedOn }, by);
  return draftOf(sql, draft.kind, draft.id);
}

/** Keeps what was typed. `revision` is the one the editor began from: a stale one is a conflict, and nothing is overwritten. */
export async function keepDraft(
  sql: Sql,
  draft: { kind: DesignKind; id: string; content: string; examples?: string | null; revision: number },
  by: By,
): Promise<DesignDraft> {
  const kept = await sql.query(
    `update design_draft set content = $3, examples = coalesce($4, examples), revision = revision + 1, edited_by = $6, edited_at = $7,
       authors = case when $6::text = any(authors) then authors else array_append(authors, $6::text) end
     where kind = $1 and id = $2 and revision = $5 returning 1`,
    [draft.kind, draft.id, draft.content, draft.examples ?? null, draft.revision, by.actor.login, by.now.toISOString()],
  );
  if (kept.length > 0) return draftOf(sql, draft.kind, draft.id);
  const now = await draftOf(sql, draft.kind, draft.id);
  throw conflict('这份草稿刚刚被改过。你的修改还在页面上：请对照现在的内容，决定保留哪一份。', {
    reason: 'draft-changed',
    details: { revision: now.revision, editedBy: now.editedBy, editedAt: now.editedAt.toISOString() },
  });
}

/** Takes a draft over from whoever edits it: what they send next is a conflict, and nothing of theirs is overwritten. */
export async function takeOverDraft(sql: Sql, kind: DesignKind, id: string, by: By): Promise<DesignDraft> {
  const before = await draftOf(sql, kind, id);
  if (before.editedBy === by.actor.login) return before;
  await sql.query(
    'update design_draft set revision = revision + 1, edited_by = $3, edited_at = $4 where kind = $1 and id = $2',
    [kind, id, by.actor.login, by.now.toISOString()],
  );
  await note(sql, kind, id, 'design.taken-over', { from: before.editedBy }, by);
  return draftOf(sql, kind, id);
}

const STILL_EDITING_MS = 30 * 60_000;

/** Somebody else was at this draft a short while ago, and may still be. */
export const editedByAnother = (draft: DesignDraft, login: string, now: Date): boolean =>
  draft.editedBy !== login && now.getTime() - draft.editedAt.getTime() < STILL_EDITING_MS;

/** Gives a draft up, with who did it on record. */
export async function dropDraft(sql: Sql, kind: DesignKind, id: string, by: By): Promise<void> {
  const gone = await sql.query('delete from design_draft where kind = $1 and id = $2 returning 1', [kind, id]);
  if (gone.length === 0) throw notFound(`没有${DESIGN_KINDS[kind]}“${id}”的草稿。`);
  await note(sql, kind, id, 'design.dropped', {}, by);
}

export async function draftOf(sql: Sql, kind: DesignKind, id: string): Promise<DesignDraft> {
  const found = (await listDrafts(sql)).find((draft) => draft.kind === kind && draft.id === id);
  if (!found) throw notFound(`没有${DESIGN_KINDS[kind]}“${id}”的草稿。`);
  return found;
}

/** All drafts, the one edited last first. */
export async function listDrafts(sql: Sql): Promise<DesignDraft[]> {
  const rows = await sql.query<any>('select * from design_draft order by edited_at desc, kind, id');
  return rows.map((row) => ({
    kind: row.kind,
    id: row.id,
    content: row.content,
    examples: row.examples,
    processId: row.process_id,
    basedOn: row.based_on,
    revision: row.revision,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    editedBy: row.edited_by,
    editedAt: new Date(row.edited_at),
    authors: row.authors,
  }));
}

const SUBJECTS: Record<DesignKind, string> = { process: 'process', rules: 'rule-set', form: 'form' };

const note = (sql: Sql, kind: DesignKind, id: string, type: string, payload: Record<string, unknown>, by: By) =>
  appendEvent(sql, { subjectType: SUBJECTS[kind], subjectId: id, type, occurredAt: by.now, actor: by.actor, payload });
