import { isDomainError } from '../../../../kernel/errors.ts';
import { parseForm } from '../../../../modules/forms/index.ts';
import {
  CHANGE_KINDS,
  type DesignChange,
  type DesignKind,
  type DiffMark,
  diffForm,
  diffLines,
  diffProcess,
  loadOf,
  readDiagram,
  renderSvg,
  runningOf,
} from '../../../../modules/processes/index.ts';
import { diffExamples, diffRuleSets, parseRuleFile } from '../../../../modules/rules/index.ts';
import { countOpenByForm } from '../../../../modules/tasks/index.ts';
import type { House } from '../../../house.ts';
import type { Ask } from '../../../route.ts';
import { departmentWords } from '../../admin/department-words.ts';
import { type Side, type Subject, sideAsked, subjectAsked } from './subject.ts';

/** Two versions of a design: sentences first, then both pictures, then the lines of the file. */
export async function showDiff(house: House, kind: DesignKind, ask: Ask): Promise<void> {
  const subject = await subjectAsked(house, kind, ask);
  const { query } = ask.req;
  const [newest, before] = subject.versions.map((item) => String(item.version));
  // Without a choice: the draft against what is in force, or the last two versions.
  const from = await sideAsked(subject, query.from, (subject.draft ? newest : before) ?? newest ?? 'draft');
  const to = await sideAsked(subject, query.to, subject.draft ? 'draft' : (newest ?? 'draft'));
  const { changes, unreadable } = await changesOf(house, subject, from, to);
  const { named } = departmentWords(await house.directory());
  const standing = kind === 'process' ? await loadOf(house.sql, subject.id) : undefined;
  ask.res.render('design/versions/diff', {
    title: `${subject.title}：${from.label} → ${to.label}`,
    stylesheet: 'compare.css',
    subject,
    from,
    to,
    choices: [
      ...(subject.draft ? [{ key: 'draft', label: '草稿' }] : []),
      ...subject.versions.map((item) => ({ key: String(item.version), label: `第 ${item.version} 版` })),
    ],
    unreadable,
    counts: countsOf(changes),
    changes: changes.map((change) => ({
      ...change,
      text: kind === 'rules' ? named(change.text) : change.text,
      ...CHANGE_KINDS[change.kind],
      here: change.kind === 'removed' && standing ? (standing.get(change.place)?.here ?? 0) : null,
    })),
    affected: await affectedBy(house, subject),
    pictures: kind === 'process' && !unreadable ? await picturesOf(from, to, changes) : null,
    lines: diffLines(from.content, to.content),
    isSame: from.content === to.content && changes.length === 0,
  });
}

/** A draft may not be readable yet: then that is what the page says, and the lines still show what was written. */
async function changesOf(
  house: House,
  { kind, id }: Subject,
  from: Side,
  to: Side,
): Promise<{ changes: DesignChange[]; unreadable: string | null }> {
  try {
    if (kind === 'process')
      return { changes: await diffProcess(from.content, to.content, await house.designWords()), unreadable: null };
    if (kind === 'form') {
      const form = (side: Side) => parseForm('', `${id}.form`, side.content);
      return { changes: diffForm(form(from), form(to)), unreadable: null };
    }
    const set = (side: Side) => parseRuleFile(`${id}.rules.json`, side.content).ruleSet;
    const examples = (side: Side) => JSON.parse(side.examples ?? '[]');
    return {
      changes: [...diffRuleSets(set(from), set(to)), ...diffExamples(examples(from), examples(to))],
      unreadable: null,
    };
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    return { changes: [], unreadable: error.message };
  }
}

const countsOf = (changes: readonly DesignChange[]) =>
  (Object.keys(CHANGE_KINDS) as (keyof typeof CHANGE_KINDS)[])
    .map((kind) => ({ kind, ...CHANGE_KINDS[kind], count: changes.filter((change) => change.kind === kind).length }))
    .filter((item) => item.count > 0);

/** Old and new, each with the marks of what it has and the other has not. */
export async function picturesOf(from: { content: string }, to: { content: string }, changes: readonly DesignChange[]) {
  const marks = (kinds: readonly string[]) =>
    new Map(
      changes
        .filter((change) => kinds.includes(change.kind))
        .map((change) => [change.place, change.kind as DiffMark] as const),
    );
  return {
    before: renderSvg(await readDiagram(from.content), marks(['removed', 'changed']), new Set(), { id: 'before' }),
    after: renderSvg(await readDiagram(to.content), marks(['added', 'changed']), new Set(), { id: 'after' }),
  };
}

/** Whose work is on its way while this changes, and where to see it. */
async function affectedBy(house: House, { kind, id }: Subject) {
  if (kind === 'rules') return null;
  if (kind === 'form') return { count: await countOpenByForm(house.sql, id), href: null };
  const running = (await runningOf(house.sql)).get(id)?.active ?? 0;
  return { count: running, href: `/instances?process=${encodeURIComponent(id)}` };
}
