import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Sql } from '../../db/sql.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { isDomainError } from '../../kernel/errors.ts';
import { compileDecision } from './compile-decision.ts';
import type { Facts, Outcome, RuleSet } from './rule-set.ts';

const AT_ONCE = 20_000;
/** So many decisions in a row, then whoever else is waiting has a turn. */
const IN_A_ROW = 2_000;
/** Decisions from the same facts are made once; so many different ones are remembered. */
const REMEMBERED = 50_000;

export interface BacktestRequest {
  /** The draft that is tried. */
  draft: RuleSet;
  /** Decisions recorded in this time; without it, all there are. */
  from?: Date;
  until?: Date;
  /** How many changed decisions are named in full. */
  samples?: number;
  /** Told now and then; throwing stops the run. */
  onProgress?: (done: number, all: number) => unknown;
}

export interface ChangedDecision {
  /** Key of the recorded decision, and what it was about. */
  key: string;
  subjectType: string;
  subjectId: string;
  decidedAt: Date;
  /** Only the parts of the outcome that differ. */
  before: Outcome;
  after: Outcome;
}

export interface BacktestReport {
  decisions: number;
  changed: number;
  /** Decisions the draft cannot make from the recorded facts, by reason. */
  undecidable: { reason: string; count: number }[];
  /** Per part of the outcome: how many decisions differ in it, and from what to what, most frequent first. */
  parts: { name: string; changed: number; moves: { from: unknown; to: unknown; count: number }[] }[];
  /** How often each value of a part was, and would be, decided: the workload of departments before and after. */
  totals: Record<string, { value: unknown; before: number; after: number }[]>;
  samples: ChangedDecision[];
  earliest: Date | null;
  latest: Date | null;
}

/**
 * Decides again, by a draft, what was decided and recorded: how many outcomes would have been others, in which part, from what to what.
 * Nothing is stored. Reads in pages, so that a million decisions need little memory.
 */
export async function backtestRuleSet(sql: Sql, request: BacktestRequest): Promise<BacktestReport> {
  const { draft } = request;
  const judge = remembering(compileDecision(draft));
  const [counted] = await sql.query<{ n: number }>(
    `select count(*)::int as n from rule_evaluation where ${WHERE}`,
    bounds(request),
  );
  const tally = new Tally(Object.keys(draft.outcomeSchema), request.samples ?? 50);
  let after: { at: string; key: string } | undefined;
  for (;;) {
    const rows = await sql.query<Recorded>(
      `select key, subject_type, subject_id, evaluated_at, evaluated_at::text as at, facts::text as facts, outcome::text as outcome
       from rule_evaluation where ${WHERE} and ($4::timestamptz is null or (evaluated_at, key) > ($4::timestamptz, $5::text))
       order by evaluated_at, key limit ${AT_ONCE}`,
      [...bounds(request), after?.at ?? null, after?.key ?? null],
    );
    for (const [index, row] of rows.entries()) {
      tally.add(row, judge(row.facts));
      if (index % IN_A_ROW === IN_A_ROW - 1) await othersFirst();
    }
    await request.onProgress?.(tally.decisions, counted!.n);
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return tally.report();
    after = { at: last.at, key: last.key };
  }
}

/** Decisions of a rule set on record. */
export async function countDecisions(sql: Sql, ruleSet: string): Promise<number> {
  const [counted] = await sql.query<{ n: number }>(
    'select count(*)::int as n from rule_evaluation where rule_set = $1',
    [ruleSet],
  );
  return counted!.n;
}

const WHERE = `rule_set = $1 and ($2::timestamptz is null or evaluated_at >= $2::timestamptz) and ($3::timestamptz is null or evaluated_at < $3::timestamptz)`;
const bounds = ({ draft, from, until }: BacktestRequest): unknown[] => [
  draft.id,
  from?.toISOString() ?? null,
  until?.toISOString() ?? null,
];

interface Recorded {
  key: string;
  subject_type: string;
  subject_id: string;
  evaluated_at: string;
  at: string;
  facts: string;
  outcome: string;
}

type Judgement = { outcome: Outcome } | { reason: string };

function remembering(decide: (facts: Facts) => { outcome: Outcome }): (facts: string) => Judgement {
  const known = new Map<string, Judgement>();
  return (text) => {
    const before = known.get(text);
    if (before) return before;
    const judgement = judged(decide, text);
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, judgement);
    return judgement;
  };
}

function judged(decide: (facts: Facts) => { outcome: Outcome }, text: string): Judgement {
  try {
    return { outcome: decide(JSON.parse(text)).outcome };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { reason: error.problems.map((problem) => problem.message).join('；') || error.message };
  }
}

/** Adds up what differs. */
class Tally {
  decisions = 0;
  #changed = 0;
  #earliest: string | null = null;
  #latest: string | null = null;
  readonly #undecidable = new Map<string, number>();
  readonly #changedIn = new Map<string, number>();
  readonly #moves = new Map<string, Map<string, { from: unknown; to: unknown; count: number }>>();
  readonly #totals = new Map<string, Map<string, { value: unknown; before: number; after: number }>>();
  readonly #samples: ChangedDecision[] = [];
  readonly #names: readonly string[];
  readonly #wanted: number;

  constructor(names: readonly string[], samples: number) {
    this.#names = names;
    this.#wanted = samples;
  }

  add(row: Recorded, judgement: Judgement): void {
    this.decisions += 1;
    this.#earliest ??= row.evaluated_at;
    this.#latest = row.evaluated_at;
    if ('reason' in judgement) {
      this.#undecidable.set(judgement.reason, (this.#undecidable.get(judgement.reason) ?? 0) + 1);
      return;
    }
    const recorded = JSON.parse(row.outcome) as Outcome;
    const before: Outcome = {};
    const after: Outcome = {};
    for (const name of this.#names) {
      const was = recorded[name] ?? null;
      const is = judgement.outcome[name] ?? null;
      const [wasText, isText] = [textOf(was), textOf(is)];
      this.#total(name, wasText, was).before += 1;
      this.#total(name, isText, is).after += 1;
      if (wasText === isText) continue;
      before[name] = was;
      after[name] = is;
      this.#changedIn.set(name, (this.#changedIn.get(name) ?? 0) + 1);
      const moves = this.#moves.get(name) ?? new Map();
      this.#moves.set(name, moves);
      const move = moves.get(`${wasText} ${isText}`) ?? { from: was, to: is, count: 0 };
      move.count += 1;
      moves.set(`${wasText} ${isText}`, move);
    }
    if (Object.keys(after).length === 0) return;
    this.#changed += 1;
    if (this.#samples.length < this.#wanted)
      this.#samples.push({
        key: row.key,
        subjectType: row.subject_type,
        subjectId: row.subject_id,
        decidedAt: new Date(row.evaluated_at),
        before,
        after,
      });
  }

  #total(name: string, text: string, value: unknown) {
    const totals = this.#totals.get(name) ?? new Map();
    this.#totals.set(name, totals);
    const total = totals.get(text) ?? { value, before: 0, after: 0 };
    totals.set(text, total);
    return total;
  }

  report(): BacktestReport {
    const most = <T extends { count: number }>(items: Iterable<T>) => [...items].sort((a, b) => b.count - a.count);
    return {
      decisions: this.decisions,
      changed: this.#changed,
      undecidable: most([...this.#undecidable].map(([reason, count]) => ({ reason, count }))),
      parts: [...this.#changedIn]
        .map(([name, changed]) => ({ name, changed, moves: most(this.#moves.get(name)!.values()) }))
        .sort((a, b) => b.changed - a.changed),
      totals: Object.fromEntries([...this.#totals].map(([name, totals]) => [name, [...totals.values()]])),
      samples: this.#samples,
      earliest: this.#earliest === null ? null : new Date(this.#earliest),
      latest: this.#latest === null ? null : new Date(this.#latest),
    };
  }
}

/** Plain values are compared as they are; lists and objects by their canonical text. */
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? canonicalJson(value) : `${typeof value} ${String(value)}`;
