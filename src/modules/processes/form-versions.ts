import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { conflict, notFound } from '../../kernel/errors.ts';
import { type Form, type FormFile, parseForm } from '../forms/index.ts';
import { appendEvent } from '../history/index.ts';
import { FIRST, WITH_THE_PROGRAM } from './catalogue.ts';
import { contentHash } from './read-diagram.ts';

export interface FormVersion {
  formId: string;
  version: number;
  processId: string;
  /** The file exactly as it was published. */
  content: string;
  publishedAt: Date;
  publishedBy: string;
  reason: string;
}

interface By {
  actor: Actor;
  now: Date;
}

/**
 * Puts the forms of the program into force, in the caller's transaction: where there is no version yet, and where a newer program
 * brings another text and no administrator has published since. Several nodes may start at once.
 */
export async function seedForms(sql: Sql, files: readonly FormFile[], by: By): Promise<void> {
  const rows = await sql.query<{ form_id: string; version: number; hash: string; reason: string }>(
    'select form_id, version, hash, reason from form_version order by form_id, version desc',
  );
  const versions = Map.groupBy(rows, (row) => row.form_id);
  for (const { form, content } of files) {
    const known = versions.get(form.id) ?? [];
    const [newest] = known;
    const item = { formId: form.id, processId: form.processId, content };
    if (!newest) await insertFormVersion(sql, item, { ...by, version: 1, reason: FIRST });
    else if (
      [FIRST, WITH_THE_PROGRAM].includes(newest.reason) &&
      !known.some((version) => version.hash === contentHash(content))
    )
      await insertFormVersion(sql, item, { ...by, version: newest.version + 1, reason: WITH_THE_PROGRAM });
  }
}

/**
 * Publishes a form as its next version, in the caller's transaction; open tasks are drawn by it from then on, and keep what people
 * have typed. Refuses a wrong form with every problem named, and one that is what it was.
 */
export async function publishForm(
  sql: Sql,
  draft: { formId: string; processId: string; content: string; reason: string },
  by: By,
): Promise<{ version: number }> {
  const form = parseForm(draft.processId, `${draft.formId}.form`, draft.content);
  if (form.id !== draft.formId)
    throw conflict(`表单里的编号是“${form.id}”，与“${draft.formId}”不同。请把编号改回来，或另建一张表单。`, {
      reason: 'form-id',
    });
  const [newest] = await listFormVersions(sql, draft.formId);
  if (newest?.content === draft.content)
    throw conflict(`表单“${form.title}”与现在的第 ${newest.version} 版完全相同，没有可发布的修改。`, {
      reason: 'form-unchanged',
    });
  const version = (newest?.version ?? 0) + 1;
  if (!(await insertFormVersion(sql, draft, { ...by, version, reason: draft.reason })))
    throw conflict('别人刚刚发布了新的版本，请刷新后在新版本上修改。', { reason: 'form-published' });
  return { version };
}

/** Writes a version and its event. False when somebody else wrote that version at the same time. */
async function insertFormVersion(
  sql: Sql,
  item: { formId: string; processId: string; content: string },
  by: By & { version: number; reason: string },
): Promise<boolean> {
  const hash = contentHash(item.content);
  const inserted = await sql.query(
    `insert into form_version (form_id, version, process_id, content, hash, published_at, published_by, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning version`,
    [item.formId, by.version, item.processId, item.content, hash, by.now.toISOString(), by.actor.login, by.reason],
  );
  if (inserted.length === 0) return false;
  await appendEvent(sql, {
    subjectType: 'form',
    subjectId: item.formId,
    type: 'form.published',
    occurredAt: by.now,
    actor: by.actor,
    payload: { version: by.version, hash, process: item.processId, reason: by.reason },
  });
  return true;
}

/** The newest version of every form, parsed. */
export async function formsInForce(sql: Sql): Promise<Map<string, Form>> {
  const rows = await sql.query<{ form_id: string; process_id: string; content: string }>(
    'select distinct on (form_id) form_id, process_id, content from form_version order by form_id, version desc',
  );
  return new Map(rows.map((row) => [row.form_id, parseForm(row.process_id, `${row.form_id}.form`, row.content)]));
}

/** All versions of a form, newest first. */
export async function listFormVersions(sql: Sql, formId: string): Promise<FormVersion[]> {
  const rows = await sql.query<any>(
    `select form_id, version, process_id, content, published_at, published_by, reason from form_version
     where form_id = $1 order by version desc`,
    [formId],
  );
  return rows.map((row) => ({
    formId: row.form_id,
    version: row.version,
    processId: row.process_id,
    content: row.content,
    publishedAt: new Date(row.published_at),
    publishedBy: row.published_by,
    reason: row.reason,
  }));
}

/** One version of a form; the newest without `version`. */
export async function formVersion(sql: Sql, formId: string, version?: number): Promise<FormVersion> {
  const versions = await listFormVersions(sql, formId);
  const found = version === undefined ? versions[0] : versions.find((item) => item.version === version);
  if (!found) throw notFound(`没有表单“${formId}”${version ? `第 ${version} 版` : ''}。`);
  return found;
}
