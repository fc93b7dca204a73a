import type { Sql } from '../../../db/sql.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { conflict, invalid, notFound } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import { TEMPLATES, type TemplateDeclaration, templateDeclaration } from './catalogue.ts';
import { checkTemplate, type TemplateText } from './check-template.ts';

export interface TemplateVersion extends TemplateText {
  template: string;
  version: number;
  /** Null for the text the program comes with. */
  publishedAt: Date | null;
  publishedByName: string;
  reason: string;
  restoredFrom: number | null;
}

const original = (declaration: TemplateDeclaration): TemplateVersion => ({
  template: declaration.id,
  version: 1,
  subject: declaration.subject,
  body: declaration.body,
  publishedAt: null,
  publishedByName: '系统',
  reason: '随程序启用',
  restoredFrom: null,
});

/** All versions of a template, newest first; version 1 is the text the program comes with. */
export async function templateVersions(sql: Sql, id: string): Promise<TemplateVersion[]> {
  const declaration = known(id);
  const rows = await sql.query<any>('select * from message_template where template = $1 order by version desc', [id]);
  return [...rows.map(read), original(declaration)];
}

/** The version in force of every template. */
export async function currentTemplates(sql: Sql): Promise<TemplateVersion[]> {
  const rows = await sql.query<any>(
    'select distinct on (template) * from message_template order by template, version desc',
  );
  return TEMPLATES.map(
    (declaration) => rows.map(read).find((row) => row.template === declaration.id) ?? original(declaration),
  );
}

/** Publishes a new text. `base` is the version the author saw: who comes second is told, and nothing is overwritten. */
export async function publishTemplate(
  sql: Sql,
  actor: Actor,
  at: Date,
  input: { template: string; base: number; subject: string; body: string; reason: string; restoredFrom?: number },
): Promise<TemplateVersion> {
  const declaration = known(input.template);
  const text = { subject: declaration.hasSubject ? input.subject.trim() : '', body: input.body.trim() };
  const problems = [
    ...checkTemplate(declaration, text),
    ...(input.reason.trim() ? [] : [{ pointer: '/reason', message: '“修改原因”还没有填写。' }]),
  ];
  if (problems.length > 0) throw invalid(`模板没有发布，有 ${problems.length} 处需要修改。`, problems);
  const [current] = await templateVersions(sql, input.template);
  if (current!.version !== input.base) throw overtaken(current!);
  if (current!.subject === text.subject && current!.body === text.body)
    throw invalid('模板没有发布：和在用的文字一样。', [{ pointer: '/body', message: '文字没有改动。' }]);
  const [row] = await sql.query<any>(
    `insert into message_template (template, version, subject, body, published_at, published_by, published_by_name, reason, restored_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning *`,
    [
      input.template,
      input.base + 1,
      text.subject,
      text.body,
      at.toISOString(),
      actor.login,
      actor.name,
      input.reason.trim(),
      input.restoredFrom ?? null,
    ],
  );
  if (!row) throw overtaken(current!);
  await appendEvent(sql, {
    subjectType: 'message-template',
    subjectId: input.template,
    type: 'template.published',
    occurredAt: at,
    actor,
    payload: {
      version: input.base + 1,
      reason: input.reason.trim(),
      ...(input.restoredFrom ? { restoredFrom: input.restoredFrom } : {}),
    },
  });
  return read(row);
}

/** Puts an earlier text into force again, as a new version. */
export async function restoreTemplate(
  sql: Sql,
  actor: Actor,
  at: Date,
  input: { template: string; version: number; base: number },
): Promise<TemplateVersion> {
  const wanted = (await templateVersions(sql, input.template)).find((item) => item.version === input.version);
  if (!wanted) throw notFound(`这个模板没有第 ${input.version} 版。`);
  return publishTemplate(sql, actor, at, {
    template: input.template,
    base: input.base,
    subject: wanted.subject,
    body: wanted.body,
    reason: `恢复第 ${input.version} 版`,
    restoredFrom: input.version,
  });
}

function known(id: string): TemplateDeclaration {
  const declaration = templateDeclaration(id);
  if (!declaration) throw notFound(`没有通知模板“${id}”。请从模板列表进入。`);
  return declaration;
}

const overtaken = (current: TemplateVersion) =>
  conflict(`你修改期间，${current.publishedByName}发布了第 ${current.version} 版。请看过新的文字，再决定要不要改。`, {
    reason: 'template-overtaken',
  });

const read = (row: any): TemplateVersion => ({
  template: row.template,
  version: row.version,
  subject: row.subject,
  body: row.body,
  publishedAt: new Date(row.published_at),
  publishedByName: row.published_by_name,
  reason: row.reason,
  restoredFrom: row.restored_from,
});
