import { sqlOf } from '../../../../db/orm.ts';
import type { Actor } from '../../../../kernel/actor.ts';
import { shanghaiDate } from '../../../../kernel/clock.ts';
import { type FieldProblem, invalid, isDomainError } from '../../../../kernel/errors.ts';
import { type DesignDraft, draftOf, keepDraft } from '../../../../modules/processes/index.ts';
import { activeRuleSet, lineOf, lintRuleSet, type RuleSet, readJson } from '../../../../modules/rules/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import { type Ask, textOf } from '../../../route.ts';
import { departmentWords } from '../department-words.ts';
import { calendarBar } from '../frame.ts';

/** A draft of a rule set, as far as it can be read. */
export interface Workshop {
  id: string;
  /** The version in force. */
  published: RuleSet;
  draft?: DesignDraft;
  /** Present when the draft has no errors: only then can it be shown as a table and be run. */
  set?: RuleSet;
  examples: unknown;
  mistakes: readonly JsonError[];
}

/** One thing wrong with the text of a file, with where. */
export interface JsonError {
  line: number;
  column?: number;
  pointer: string;
  message: string;
  severity: 'error' | 'warning';
}

export async function workshopOf(house: House, id: string): Promise<Workshop> {
  const published = await activeRuleSet(house.sql, id, shanghaiDate(house.clock.now()));
  const draft = await draftOf(house.sql, 'rules', id).catch((error: unknown) => {
    if (isDomainError(error) && error.code === 'NotFound') return undefined;
    throw error;
  });
  if (!draft) return { id, published, examples: house.ruleExamples.get(id), mistakes: [] };
  const { mistakes, value } = judge(id, draft.content);
  const broken = mistakes.some((mistake) => mistake.severity === 'error');
  return {
    id,
    published,
    draft,
    mistakes,
    examples: parsedOr(draft.examples, []),
    ...(broken ? {} : { set: { ...(value as RuleSet), version: published.version + 1 } }),
  };
}

/** What is wrong with the text of a rule file: a mistake of JSON, or of what it says, with the line. */
export function judge(id: string, content: string): { mistakes: JsonError[]; value?: unknown } {
  const read = readJson(content);
  if ('mistake' in read) return { mistakes: [{ ...read.mistake, pointer: '', severity: 'error' }] };
  const mistakes = lintRuleSet(read.value).map(
    (problem): JsonError => ({
      ...problem,
      line: lineOf(content, read.root, problem.pointer),
    }),
  );
  if ((read.value as { id?: unknown } | null)?.id !== id && mistakes.every((mistake) => mistake.pointer !== '/id'))
    mistakes.push({
      line: lineOf(content, read.root, '/id'),
      pointer: '/id',
      message: `编号应当是“${id}”，不能改：流程图按编号找到规则集。`,
      severity: 'error',
    });
  return { mistakes, value: read.value };
}

export const parsedOr = (text: string | null, otherwise: unknown): unknown => {
  try {
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
};

/** The revision the page began from. */
export const revisionOf = (ask: Ask): number => Number(textOf(ask.req.body.revision)) || 0;

/** Keeps another text of the draft; a stale page is a conflict and nothing is overwritten. */
export const keep = (
  house: House,
  actor: Actor,
  draft: { id: string; content: string; examples?: string; revision: number },
): Promise<DesignDraft> =>
  house.transaction(actor, (unit) =>
    keepDraft(sqlOf(unit.em), { kind: 'rules', ...draft }, { actor, now: house.clock.now() }),
  );

/** Refuses when something was wrong with the fields. */
export function refuseIfAny(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改`, problems);
}

/** What a page keeps by itself while somebody types. What does not fit yet waits, and the page says what is missing. */
export async function autosave(
  { res }: Ask,
  write: () => Promise<DesignDraft>,
  set: Record<string, string> = {},
): Promise<void> {
  try {
    const { revision, editedAt } = await write();
    res.json({ kept: true, revision, savedAt: editedAt.toISOString(), set });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    res.status(422).json({ kept: false, why: error.problems[0]?.message ?? error.message });
  }
}

const VIEW_WORDS: Record<string, string> = {
  json: 'JSON',
  examples: '用例',
  try: '试一试',
  facts: '事实字典',
  backtest: '回测',
};

/** What every page of the workshop shows around its own part. */
export async function frameOf(house: House, workshop: Workshop, view: string) {
  const { draft, published } = workshop;
  const people = await house.directory();
  return {
    title: `${published.title}：${VIEW_WORDS[view] ?? '修改'}`,
    id: workshop.id,
    name: published.title,
    view,
    published,
    draft: draft && {
      revision: draft.revision,
      basedOn: draft.basedOn,
      edited: `${people.user(draft.editedBy)?.name ?? draft.editedBy} ${format.time(draft.editedAt)}`,
    },
    errors: workshop.mistakes.filter((mistake) => mistake.severity === 'error').length,
    ...departmentWords(people),
    bar: await calendarBar(house),
  };
}

/** The sentence for somebody whose page is stale. */
export async function conflictOf(house: House, id: string): Promise<string> {
  const now = await draftOf(house.sql, 'rules', id);
  const by = (await house.directory()).user(now.editedBy)?.name ?? now.editedBy;
  return `${by}于 ${format.time(now.editedAt)} 改过这份草稿。你填的都在下面，还没有保存：再点“保存草稿”是在现在的草稿上写入你填的；要看现在的内容，点“放弃我填的”。`;
}
