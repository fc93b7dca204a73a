import type { Sql } from '../../db/sql.ts';
import type { Form } from '../../modules/forms/index.ts';
import { inputsOf, parseForm } from '../../modules/forms/index.ts';
import { candidateGroups } from '../../modules/org/index.ts';
import { type DesignWords, listDrafts, processesInForce, readDiagram } from '../../modules/processes/index.ts';
import { listRuleSets } from '../../modules/rules/index.ts';
import { FORM_GIVES, JOB_WORDS } from './job-words.ts';
import { MESSAGE_WORDS } from './message-words.ts';

/** The clocks a task may show, in words. */
const CLOCKS: Readonly<Record<string, string>> = {
  TRANSFER: '转交钟',
  HANDLING: '办结钟',
  FEEDBACK: '反馈钟',
  RETURN_VISIT: '回访钟',
  CO_HANDLING: '协办钟',
  EXTERNAL_STEP: '外单位跟办钟',
  COMPLAINT_ACCEPTANCE: '投诉受理钟',
  DEFERRAL_REVIEW: '挂账复核日',
  DEFERRAL_CONFIRM: '挂账确认日',
};

const choices = (table: Readonly<Record<string, string>>) =>
  Object.entries(table).map(([value, title]) => ({ value, title }));

/** Everything a diagram may name now: in force, or in a draft beside it. */
export async function designWordsOf(known: {
  sql: Sql;
  day: string;
  forms: ReadonlyMap<string, Form>;
}): Promise<DesignWords> {
  const drafts = await listDrafts(known.sql);
  const files = new Map((await processesInForce(known.sql, [])).map((file) => [file.processId, file.xml] as const));
  for (const draft of drafts) if (draft.kind === 'process' && !files.has(draft.id)) files.set(draft.id, draft.content);
  const processes = await Promise.all(
    [...files].map(async ([value, xml]) => {
      const diagram = await readDiagram(xml).catch(() => undefined);
      return { value, title: diagram?.processes.find((process) => process.id === value)?.name ?? value };
    }),
  );
  const formChoice = (form: Form, draft = false) => ({
    value: form.id,
    title: `${form.title}${draft ? '（草稿）' : ''}`,
    home: `/processes/${form.processId}/forms/${form.id}${draft ? '/edit' : ''}`,
    fields: [...new Set([...inputsOf(form.components).map((input) => input.name), ...(FORM_GIVES[form.id] ?? [])])],
  });
  const newForms = drafts
    .filter((draft) => draft.kind === 'form' && !known.forms.has(draft.id))
    .map((draft) => {
      try {
        return formChoice(parseForm(draft.processId ?? '', `${draft.id}.form`, draft.content), true);
      } catch {
        // What is no form yet can be chosen all the same; its own page says what is wrong with it.
        const home = `/processes/${draft.processId}/forms/${draft.id}/edit`;
        return { value: draft.id, title: `${draft.id}（草稿）`, fields: [], home };
      }
    });
  return {
    forms: [...[...known.forms.values()].map((form) => formChoice(form)), ...newForms],
    groups: candidateGroups().map(({ token, title }) => ({ value: token, title })),
    clocks: choices(CLOCKS),
    ruleSets: (await listRuleSets(known.sql, known.day)).map((set) => ({ value: set.id, title: set.title })),
    processes: processes.sort((a, b) => a.title.localeCompare(b.title, 'zh-CN')),
    jobs: Object.entries(JOB_WORDS).map(([value, words]) => ({
      value,
      title: words.title,
      about: words.about,
      gives: words.gives,
      headers: Object.entries(words.headers ?? {}).map(([key, item]) => ({
        key,
        title: item.title,
        choices: choices(item.choices),
      })),
    })),
    messages: Object.entries(MESSAGE_WORDS).map(([value, words]) => ({
      value,
      title: words.title,
      correlationKey: words.correlationKey,
    })),
  };
}
