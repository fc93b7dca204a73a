import type { Calendar, Deadline } from '../deadlines/index.ts';
import type { CoHandling, Demand, Extension, LegalFollowUp, LevelShift, ParameterReader } from '../demands/index.ts';
import type { StoredEvent } from '../history/index.ts';
import type { OrgDirectory } from '../org/index.ts';

/**
 * What a paper says, as blocks: one list of facts, drawn by two presenters (page and PDF). Personal data stand as `⟦name⟧`, `⟦phone⟧` and are
 * filled in when it is drawn: masked, or in full for whoever has given a reason and only for as long as that lasts.
 */
export type Block =
  | { type: 'red-head'; text: string }
  | { type: 'title'; text: string }
  | { type: 'number'; text: string; right?: string }
  | { type: 'addressee'; text: string }
  | { type: 'heading'; text: string }
  | { type: 'paragraph'; text: string }
  /** Rows of label and value, one or two pairs a row. */
  | { type: 'facts'; rows: string[][] }
  | { type: 'table'; title: string; head: string[]; rows: string[][]; widths?: number[] }
  /** Room for handwriting: opinion, signature, date. */
  | { type: 'opinion'; label: string; text?: string; signed?: string }
  | { type: 'signature'; unit: string; date: string }
  | { type: 'copies'; text: string }
  /** Tear-off line with the part that comes back (回执联). */
  | { type: 'cut'; title: string }
  | { type: 'small'; text: string };

/** LETTER after GB/T 9704; TABLE with narrow margins; RECEIPT on half a sheet. */
export type PaperStyle = 'LETTER' | 'TABLE' | 'RECEIPT';

/** Everything a paper may speak of, gathered once. */
export interface PaperFacts {
  demand: Demand;
  clocks: readonly Deadline[];
  extensions: readonly Extension[];
  followUps: readonly LegalFollowUp[];
  levelShifts: readonly LevelShift[];
  coHandlings: readonly CoHandling[];
  events: readonly StoredEvent[];
  directory: OrgDirectory;
  calendar: Calendar;
  parameters: ParameterReader;
  now: Date;
  /** Who prints. */
  login: string;
  departmentCode: string | null;
}

export type PaperPermission = 'paper.print' | 'paper.issue' | 'paper.supervise' | 'demand.register';

/** A kind of paper: one file in `kinds/`, one line in `kinds.ts`. */
export interface PaperKind {
  id: string;
  title: string;
  style: PaperStyle;
  permission: PaperPermission;
  /** Word before `〔2026〕第 12 号`; papers without one have no number. */
  word?: string;
  /** The bureau that registered it issues the paper, and not the one that hosts it now. */
  byRegisteringBureau?: boolean;
  /** Names the taxpayer in full when printed with a reason. */
  addressed?: boolean;
  /** Why it cannot be printed now, as a sentence that says when it can; undefined when it can. */
  refusal(facts: PaperFacts): string | undefined;
  /** What the number belongs to besides the demand: an extension, a round. */
  subject?(facts: PaperFacts): string;
  write(facts: PaperFacts, numbered: string): Block[];
}
