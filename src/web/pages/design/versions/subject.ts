import { notFound } from '../../../../kernel/errors.ts';
import { may } from '../../../../modules/access/index.ts';
import {
  type DesignDraft,
  type DesignKind,
  diagramOf,
  listDrafts,
  listFormVersions,
  listProcessVersions,
  processXml,
} from '../../../../modules/processes/index.ts';
import { listRuleSetVersions, parseRuleFile } from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { type Ask, textOf } from '../../../route.ts';

/** A design with everything that was ever in force, newest first, and its draft. */
export interface Subject {
  kind: DesignKind;
  id: string;
  title: string;
  /** `/processes/handle-demand`, `/rules/deadlines`, `/processes/handle-demand/forms/handle-demand`. */
  home: string;
  crumbs: readonly (readonly [href: string, text: string])[];
  versions: readonly Version[];
  /** Only for who may design. */
  draft: DesignDraft | undefined;
}

export interface Version {
  version: number;
  at: Date;
  by: string;
  reason: string;
  /** Calendar day from which it counts; only rule sets have one. */
  from: string | null;
  content(): Promise<string>;
  /** Of a rule set, as JSON text. */
  examples: string | null;
}

/** Where the versions and the comparison of a kind are found. */
export const KINDS: Record<DesignKind, { path: string; permission: 'process.read' | 'rules.read' }> = {
  process: { path: '/processes/:id', permission: 'process.read' },
  rules: { path: '/rules/:id', permission: 'rules.read' },
  form: { path: '/processes/:id/forms/:formId', permission: 'process.read' },
};

const known = (content: string) => () => Promise.resolve(content);

/** The design in the address. Whoever may not design sees published versions only. */
export async function subjectAsked(house: House, kind: DesignKind, { req, actor }: Ask): Promise<Subject> {
  const id = String(kind === 'form' ? req.params.formId : req.params.id);
  const draft = may(actor, 'design.edit')
    ? (await listDrafts(house.sql)).find((item) => item.kind === kind && item.id === id)
    : undefined;
  if (kind === 'rules') return ruleSubject(house, id, draft);
  return kind === 'process' ? processSubject(house, id, draft) : formSubject(house, String(req.params.id), id, draft);
}

async function processSubject(house: House, id: string, draft: DesignDraft | undefined): Promise<Subject> {
  const own = (await listProcessVersions(house.sql)).filter((item) => item.processId === id);
  if (own.length === 0 && !draft) throw notFound(`没有流程“${id.slice(0, 60)}”。请从流程目录进入。`);
  const title = own.length > 0 ? await processName(house, id) : id;
  return {
    kind: 'process',
    id,
    title,
    home: `/processes/${id}`,
    crumbs: [
      ['/processes', '流程目录'],
      [own.length > 0 ? `/processes/${id}` : `/processes/${id}/draft`, title],
    ],
    versions: own.map((item) => ({
      version: item.version,
      at: item.deployedAt,
      by: item.deployedBy,
      reason: item.reason,
      from: null,
      content: () => processXml(house.sql, id, item.version),
      examples: null,
    })),
    draft,
  };
}

async function ruleSubject(house: House, id: string, draft: DesignDraft | undefined): Promise<Subject> {
  const own = await listRuleSetVersions(house.sql, id);
  if (own.length === 0) throw notFound(`没有规则集“${id.slice(0, 60)}”。请从规则列表进入。`);
  const programs = JSON.stringify(house.ruleExamples.get(id) ?? []);
  const { title } = parseRuleFile(`${id}.rules.json`, own[0]!.content).ruleSet;
  return {
    kind: 'rules',
    id,
    title,
    home: `/rules/${id}`,
    crumbs: [
      ['/rules', '规则'],
      [`/rules/${id}`, title],
    ],
    versions: own.map((item) => ({
      version: item.version,
      at: item.publishedAt,
      by: item.publishedBy,
      reason: item.reason,
      from: item.effectiveFrom,
      content: known(item.content),
      examples: item.examples ?? programs,
    })),
    draft,
  };
}

async function formSubject(
  house: House,
  processId: string,
  id: string,
  draft: DesignDraft | undefined,
): Promise<Subject> {
  const own = await listFormVersions(house.sql, id);
  const belongs = own[0]?.processId ?? draft?.processId;
  if (belongs !== processId) throw notFound('没有找到这个表单。请从流程页的步骤表进入。');
  const title = formTitle(own[0]?.content ?? draft!.content, id);
  const processTitle = await processName(house, processId);
  return {
    kind: 'form',
    id,
    title: `表单 ${title}`,
    home: `/processes/${processId}/forms/${id}`,
    crumbs: [
      ['/processes', '流程目录'],
      [`/processes/${processId}`, processTitle],
      [own.length > 0 ? `/processes/${processId}/forms/${id}` : `/processes/${processId}/forms/${id}/edit`, title],
    ],
    versions: own.map((item) => ({
      version: item.version,
      at: item.publishedAt,
      by: item.publishedBy,
      reason: item.reason,
      from: null,
      content: known(item.content),
      examples: null,
    })),
    draft,
  };
}

/** The title a form file carries; a draft may be no JSON at all. */
function formTitle(content: string, id: string): string {
  try {
    return JSON.parse(content).properties?.title ?? id;
  } catch {
    return id;
  }
}

const processName = async (house: House, id: string): Promise<string> => {
  const diagram = await diagramOf(house.sql, id).catch(() => undefined);
  return diagram?.processes.find((process) => process.id === id)?.name ?? id;
};

/** One side of a comparison. */
export interface Side {
  key: string;
  label: string;
  content: string;
  examples: string | null;
}

/** The version or the draft that a word of the query names; says what there is when there is no such. */
export async function sideAsked(subject: Subject, value: unknown, fallback: string): Promise<Side> {
  const key = textOf(value) ?? fallback;
  if (key === 'draft' && subject.draft)
    return { key, label: '草稿', content: subject.draft.content, examples: subject.draft.examples };
  if (key === 'draft') throw notFound(`“${subject.title}”现在没有可比较的草稿。${choices(subject)}`);
  const found = subject.versions.find((item) => String(item.version) === key);
  if (!found) throw notFound(`“${subject.title}”没有“${key.slice(0, 20)}”这一版。${choices(subject)}`);
  return { key, label: `第 ${key} 版`, content: await found.content(), examples: found.examples };
}

const choices = ({ versions, draft }: Subject): string => {
  const [newest, ...older] = versions.map((item) => item.version);
  const numbers =
    newest === undefined ? '' : older.length > 0 ? `第 ${older.at(-1)} 至 ${newest} 版` : `第 ${newest} 版`;
  return `可以比较的有：${[numbers, draft ? '草稿（draft）' : ''].filter(Boolean).join('、')}。`;
};
