import type { Sql } from '../../../db/sql.ts';
import { conflict, invalid, isDomainError } from '../../../kernel/errors.ts';
import { parseForm } from '../../forms/index.ts';
import { examplesInForce, parseRuleFile } from '../../rules/index.ts';
import { type DesignKind, draftOf, listDrafts } from '../design-drafts.ts';
import { contentHash, readDiagram } from '../read-diagram.ts';
import { readScenarioKey } from '../scenario-file.ts';
import {
  type By,
  findRelease,
  lockRelease,
  noteRelease,
  OPEN_STATES,
  RELEASE_KINDS,
  type Release,
  type ReleaseKind,
  requireState,
  writeRelease,
} from './release.ts';

/** A design as it comes into a release: from a draft, from a file, or from what was in force before. */
export interface Candidate {
  kind: ReleaseKind;
  id: string;
  content: string;
  examples?: string | null;
  processId?: string | null;
  basedOn: number | null;
  authors: readonly string[];
  title?: string;
  /** Why this one changes, where it has a reason of its own. */
  note?: string | null;
}

/** The drafts that are named, frozen as they are now. */
export async function draftsAsCandidates(
  sql: Sql,
  designs: readonly { kind: DesignKind; id: string }[],
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const { kind, id } of designs) {
    const draft = await draftOf(sql, kind, id);
    // A draft of rules that leaves the examples alone is published with those in force.
    const examples = draft.examples ?? (kind === 'rules' ? ((await examplesInForce(sql)).get(id) ?? null) : null);
    found.push({ ...draft, examples });
  }
  return found;
}

/** The same designs, and the new forms their diagrams use: without them nobody could do the step. */
export async function withNewForms(
  sql: Sql,
  designs: readonly { kind: DesignKind; id: string }[],
): Promise<{ kind: DesignKind; id: string }[]> {
  const drafts = await listDrafts(sql);
  const used = new Set<string>();
  for (const { kind, id } of designs) {
    const draft = kind === 'process' ? drafts.find((item) => item.kind === kind && item.id === id) : undefined;
    const diagram = draft && (await readDiagram(draft.content).catch(() => undefined));
    for (const element of diagram?.elements ?? []) if (element.formId) used.add(element.formId);
  }
  const further = drafts.filter(
    (draft) =>
      draft.kind === 'form' &&
      draft.basedOn === null &&
      used.has(draft.id) &&
      !designs.some((design) => design.kind === 'form' && design.id === draft.id),
  );
  return [...designs, ...further.map(({ kind, id }) => ({ kind, id }))];
}

/** `process:fast-response,rules:deadlines`; everything that is no such name is refused. */
export function readDesigns(text: string): { kind: DesignKind; id: string }[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter(Boolean);
  const designs = names.map((name) => {
    const [, kind, id] = /^(process|rules|form):([\w.-]+)$/.exec(name) ?? [];
    return kind && id ? { kind: kind as DesignKind, id } : undefined;
  });
  if (designs.length === 0 || designs.some((design) => design === undefined))
    throw invalid('没有建立发布单', [
      { pointer: '/designs', message: '还没有选要发布的草稿。请至少勾选一份流程图、规则集或表单的草稿。' },
    ]);
  return designs as { kind: DesignKind; id: string }[];
}

/**
 * Begins a release of any number of designs with their contents frozen, in the caller's transaction. A design stands in one
 * unfinished release at a time: two of them would overtake each other.
 */
export async function beginRelease(
  sql: Sql,
  candidates: readonly Candidate[],
  by: By & {
    id: string;
    reason?: string;
    basis?: string;
    effectiveAt?: Date | null;
    rollsBack?: string;
    source?: string;
  },
): Promise<Release> {
  await sql.query('lock table release in share row exclusive mode');
  for (const candidate of candidates) await refuseSecond(sql, candidate);
  const titles = await Promise.all(candidates.map(designTitle));
  // What scenarios expect is told below; they name a release only when it is about nothing else.
  const named = titles.filter((_, index) => candidates[index]!.kind !== 'scenario');
  const title = (named.length > 0 ? named : titles).join('、');
  await sql.query(
    `insert into release (id, title, state, reason, basis, effective_at, created_by, created_by_name, created_at, rolls_back, source)
     values ($1, $2, 'DRAFT', $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      by.id,
      by.rollsBack ? `回退：${title}` : title,
      by.reason?.trim() ?? '',
      by.basis?.trim() ?? '',
      by.effectiveAt?.toISOString() ?? null,
      by.actor.login,
      by.actor.name,
      by.now.toISOString(),
      by.rollsBack ?? null,
      by.source ?? 'browser',
    ],
  );
  for (const [position, candidate] of candidates.entries())
    await writeItem(sql, by.id, position, candidate, titles[position]!);
  const release = await findRelease(sql, by.id);
  await noteRelease(
    sql,
    by.id,
    'release.begun',
    {
      designs: release.items.map(({ kind, id, hash, basedOn }) => ({ kind, id, hash, basedOn })),
      ...(by.rollsBack ? { rollsBack: by.rollsBack } : {}),
    },
    by,
  );
  return release;
}

/** `FB-20261123-02`: the day and the number of the day, as people write and say it. The caller's transaction keeps it unique. */
export async function nextReleaseId(sql: Sql, day: string): Promise<string> {
  await sql.query('lock table release in share row exclusive mode');
  const prefix = `FB-${day.replaceAll('-', '')}-`;
  const [row] = await sql.query<{ n: number }>("select count(*)::int as n from release where id like $1 || '%'", [
    prefix,
  ]);
  return `${prefix}${String(row!.n + 1).padStart(2, '0')}`;
}

/** A design stands in one unfinished release; `own` is the one that asks. */
export async function refuseSecond(sql: Sql, { kind, id }: Pick<Candidate, 'kind' | 'id'>, own = ''): Promise<void> {
  const [other] = await sql.query<{ id: string; created_by_name: string }>(
    `select r.id, r.created_by_name from release r join release_item i on i.release_id = r.id
     where i.kind = $1 and i.design_id = $2 and r.state not in ('PUBLISHED', 'WITHDRAWN', 'ROLLED_BACK') and r.id <> $3 limit 1`,
    [kind, id, own],
  );
  if (other)
    throw conflict(
      `${RELEASE_KINDS[kind]}“${kind === 'scenario' ? readScenarioKey(id).name : id}”已经在发布单 ${other.id}（${other.created_by_name}建立）里。请在那张发布单上继续，或先撤回它。`,
      { reason: 'release-open', details: { release: other.id } },
    );
}

/** Freezes a design in a release. */
export async function writeItem(
  sql: Sql,
  releaseId: string,
  position: number,
  item: Candidate,
  title: string,
): Promise<void> {
  await sql.query(
    `insert into release_item (release_id, position, kind, design_id, title, content, examples, process_id, based_on, hash, authors, note)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text[], $12)`,
    [
      releaseId,
      position,
      item.kind,
      item.id,
      title,
      item.content,
      item.examples ?? null,
      item.processId ?? null,
      item.basedOn,
      contentHash(`${item.content}\n${item.examples ?? ''}`),
      [...new Set(item.authors)],
      item.note ?? null,
    ],
  );
}

/** The title people know; of a file that cannot be read its name. The checks say what is wrong with it. */
export async function designTitle(
  item: Pick<Candidate, 'kind' | 'id' | 'content' | 'processId' | 'title'>,
): Promise<string> {
  if (item.title) return item.title;
  if (item.kind === 'scenario') return `场景“${readScenarioKey(item.id).name}”`;
  try {
    if (item.kind === 'rules') return parseRuleFile(`${item.id}.rules.json`, item.content).ruleSet.title;
    if (item.kind === 'form') return parseForm(item.processId ?? '', `${item.id}.form`, item.content).title;
    const { processes } = await readDiagram(item.content);
    return processes.find((process) => process.id === item.id)?.name ?? item.id;
  } catch (error) {
    if (isDomainError(error)) return item.id;
    throw error;
  }
}

/** Takes the drafts as they are now in place of what was frozen; checks that were made are then of something else. */
export async function takeDrafts(sql: Sql, id: string, revision: number, by: By): Promise<Release> {
  const release = await lockRelease(sql, id, revision);
  requireState(release, OPEN_STATES, '取用新的草稿');
  const designs = release.items.flatMap((item) =>
    item.kind === 'calendar' || item.kind === 'scenario' ? [] : [{ kind: item.kind, id: item.id }],
  );
  const fresh = await draftsAsCandidates(sql, designs);
  for (const [position, candidate] of fresh.entries()) {
    const before = release.items.find((item) => item.kind === candidate.kind && item.id === candidate.id)!;
    await sql.query('delete from release_item where release_id = $1 and kind = $2 and design_id = $3', [
      id,
      candidate.kind,
      candidate.id,
    ]);
    const authors = [...before.authors, ...candidate.authors];
    await writeItem(sql, id, position, { ...candidate, authors }, await designTitle(candidate));
  }
  await writeRelease(sql, id, { state: 'DRAFT' });
  await noteRelease(sql, id, 'release.refreshed', { designs: designs.map((item) => `${item.kind}:${item.id}`) }, by);
  return findRelease(sql, id);
}

/** What the author writes: why, on what basis, from when. */
export async function describeRelease(
  sql: Sql,
  id: string,
  words: { reason: string; basis: string; effectiveAt: Date | null; revision: number },
): Promise<void> {
  const release = await lockRelease(sql, id, words.revision);
  requireState(release, OPEN_STATES, '修改');
  await writeRelease(sql, id, {
    reason: words.reason.trim(),
    basis: words.basis.trim(),
    effectiveAt: words.effectiveAt,
  });
}

/** Drafts that were kept again after they were frozen here. */
export async function draftsMovedOn(sql: Sql, release: Release): Promise<string[]> {
  const rows = await sql.query<{ kind: string; id: string; content: string; examples: string | null }>(
    'select kind, id, content, examples from design_draft',
  );
  return release.items
    .filter((item) => {
      const draft = rows.find((row) => row.kind === item.kind && row.id === item.id);
      return draft && (draft.content !== item.content || (draft.examples ?? item.examples) !== item.examples);
    })
    .map((item) => item.title);
}
