import { shanghaiDate } from '../../../../kernel/clock.ts';
import { notFound } from '../../../../kernel/errors.ts';
import {
  type DesignDraft,
  diagramOf,
  editedByAnother,
  type FormFinding,
  type FormUsage,
  formInUse,
  listDrafts,
  listFormVersions,
  processesInForce,
} from '../../../../modules/processes/index.ts';
import { listRuleSets } from '../../../../modules/rules/index.ts';
import { countOpenByForm } from '../../../../modules/tasks/index.ts';
import { OPTION_SOURCES } from '../../../form-options.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import type { Ask } from '../../../route.ts';

/** A draft of a form with everything its pages show beside it. */
export interface OpenForm {
  id: string;
  processId: string;
  processName: string;
  title: string;
  home: string;
  draft: DesignDraft;
  by: string;
  editedAt: string;
  /** Somebody else was at it a short while ago. */
  another: boolean;
  /** In force meanwhile is another version than the one it began from. */
  behind: number | null;
}

export const FORM_DESIGN = { permission: 'design.edit', scope: '全部表单的草稿（不含个人信息）' } as const;

export const homeOf = ({ req }: Pick<Ask, 'req'>): string =>
  `/processes/${encodeURIComponent(String(req.params.id))}/forms/${encodeURIComponent(String(req.params.formId))}`;

/** The draft in the address; says how to begin one when there is none. */
export async function openForm(house: House, ask: Ask): Promise<OpenForm> {
  const processId = String(ask.req.params.id);
  const id = String(ask.req.params.formId);
  const draft = (await listDrafts(house.sql)).find(
    (item) => item.kind === 'form' && item.id === id && item.processId === processId,
  );
  if (!draft) throw notFound('这个表单没有草稿。请在表单页点“修改”开始一份，或从版本页据旧版新建。');
  const [people, [newest], processName] = await Promise.all([
    house.directory(),
    listFormVersions(house.sql, id),
    nameOfProcess(house, processId),
  ]);
  return {
    id,
    processId,
    processName,
    title: titleIn(draft.content, id),
    home: homeOf(ask),
    draft,
    by: people.user(draft.editedBy)?.name ?? draft.editedBy,
    editedAt: format.short(draft.editedAt),
    another: editedByAnother(draft, ask.actor.login, house.clock.now()),
    behind: newest && newest.version !== draft.basedOn ? newest.version : null,
  };
}

export const nameOfProcess = async (house: House, id: string): Promise<string> => {
  const diagram = await diagramOf(house.sql, id).catch(() => undefined);
  return diagram?.processes.find((process) => process.id === id)?.name ?? id;
};

export function titleIn(content: string, id: string): string {
  try {
    return String(JSON.parse(content).properties?.title ?? id);
  } catch {
    return id;
  }
}

export interface JudgedForm {
  findings: FormFinding[];
  errors: number;
  warnings: number;
  usage: FormUsage;
  open: number;
}

/** What speaks against the form, who uses it and who reads what is typed into it. Diagrams and forms that are drafts count as well. */
export async function judgeForm(house: House, form: OpenForm, content: string): Promise<JudgedForm> {
  const [inForce, drafts, ruleSets, [published], open] = await Promise.all([
    processesInForce(house.sql, []),
    listDrafts(house.sql),
    listRuleSets(house.sql, shanghaiDate(house.clock.now())),
    listFormVersions(house.sql, form.id),
    countOpenByForm(house.sql, form.id),
  ]);
  const diagrams = new Map(inForce.map((file) => [file.processId, file.xml]));
  for (const draft of drafts) if (draft.kind === 'process') diagrams.set(draft.id, draft.content);
  const { usage, lint } = await formInUse(content, {
    formId: form.id,
    processId: form.processId,
    published: published?.content ?? null,
    diagrams: [...diagrams.values()],
    ruleSets,
    optionSources: Object.keys(OPTION_SOURCES),
    readByProgram: house.formEffect(form.id) !== undefined,
  });
  const findings = lint(content);
  return {
    findings,
    errors: findings.filter((finding) => finding.severity === 'error').length,
    warnings: findings.filter((finding) => finding.severity === 'warning').length,
    usage,
    open,
  };
}
