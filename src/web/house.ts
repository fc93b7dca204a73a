import type { Config } from '../config.ts';
import type { Sql } from '../db/sql.ts';
import type { CommandResult, EngineCommand, InstanceState, MigrateInstance } from '../engine/port.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { FileStore, ScanState } from '../modules/attachments/index.ts';
import type { Calendar } from '../modules/calendar/index.ts';
import type { RoutingDictionary, Work } from '../modules/demands/index.ts';
import type { Form } from '../modules/forms/index.ts';
import type { Channel } from '../modules/notifications/index.ts';
import type { OrgDirectory } from '../modules/org/index.ts';
import type { DesignWords, GateWork, ReleaseState, Surroundings, Together } from '../modules/processes/index.ts';
import type { CompletionHandler, TaskWork } from '../modules/tasks/index.ts';
import type { OpenTrial } from '../tryout/index.ts';

/** One unit of work: a transaction with who acts and everything handed in. */
export type Unit = Work & TaskWork;

export interface RefusedCommand {
  sequence: string;
  orderingKey: string;
  type: EngineCommand['type'];
  name: string | null;
  code: string;
  message: string;
  createdAt: Date;
  attempts: number;
}

/** How the engine is doing: which one, how far the pages are behind its record stream, which job types have a handler. */
export interface EngineState {
  name: 'embedded' | 'zeebe';
  database: 'pglite' | 'postgresql';
  /** Batches of records not yet read. */
  recordsBehind: number;
  jobTypes: readonly string[];
  /** Present when a Zeebe cluster is configured. */
  zeebe?: ZeebeState;
}

/** A Zeebe cluster and the stream of its records, as an operator looks at them. */
export interface ZeebeState {
  reachable: boolean;
  version: string;
  partitions: number;
  endpoint: {
    listening: boolean;
    bulks: number;
    records: number;
    duplicates: number;
    refused: number;
    lastBulkAt: number;
    /** The broker is not the one whose records are stored. */
    foreign: boolean;
    port: number;
  };
  /** Per partition: newest position received and projected; when it came, epoch milliseconds. */
  lag: readonly { partition: number; received: number; receivedAt: number; projected: number }[];
  /** Commands whose fate the record stream has still to tell. */
  unclear: readonly { id: string; sentAt: number }[];
  /** How often a hung client was replaced. */
  rebuilt: number;
}

/** Where ledger, tasks and engine do not agree, as the last comparison found them. */
export interface Reconciliation {
  at: Date;
  tasks: number;
  found: readonly {
    kind: string;
    subject: string;
    demandId: string | null;
    since: Date;
    sentence: string;
    repaired: boolean;
  }[];
}

/** What nobody may have changed unseen since the page before. */
export interface Outlook {
  directory: OrgDirectory;
  calendar: Calendar;
  /** A day. */
  rules: string | null;
}

/** What the web is handed; it reaches for nothing else. */
export interface House {
  config: Config;
  logger: Logger;
  /** Key of CSRF tokens. */
  secret: string;
  limits: { requestsPerMinute: number; signInsPerTenMinutes: number };
  clock: Clock;
  ids: Ids;
  /** Reads outside a unit of work. */
  sql: Sql;
  /** Ways out of the house and what stands behind each. */
  messageChannels: Readonly<Record<Channel, 'none' | 'console' | 'smtp' | 'http'>>;
  forms: ReadonlyMap<string, Form>;
  dictionary: RoutingDictionary;
  /** Clauses of the policy by their codes, for pages that say what something rests on. */
  clauses: Readonly<Record<string, { name: string; text: string }>>;
  /** Examples in force, by rule set. */
  ruleExamples: ReadonlyMap<string, unknown>;
  /** Bytes of attachments. */
  files: FileStore;
  /** Looks a file through for viruses now; undefined when no scanner is set. */
  scanUpload?: (id: string) => Promise<ScanState>;
  /** Folder where uploads land until they are checked. */
  uploadFolder: string;
  /** As it is now; whoever knows its version from the same moment says so. */
  directory(version?: number): Promise<OrgDirectory>;
  calendar(): Promise<Calendar>;
  /** Both at once, and since when the newest rules are in force, for about every page there is. */
  outlook(): Promise<Outlook>;
  transaction<T>(actor: Actor, work: (unit: Unit) => Promise<T>): Promise<T>;
  formEffect(formId: string | null): CompletionHandler | undefined;
  /** Makes the backtests that wait, one after the other; whoever does not wait for it finds them later. */
  runBacktests(): Promise<void>;
  /** What a design may lean on now, drafts that are put into force together with it included. */
  surroundings(together?: Partial<Together>): Promise<Surroundings>;
  /** What the publish gate checks with. */
  gate(): GateWork;
  /** Puts a signed release into force now, if it is its time; answers what became of it. */
  publishRelease(id: string): Promise<ReleaseState>;
  /** Everything a diagram may name, in words. */
  designWords(): Promise<DesignWords>;
  submitEngine(commandId: string, command: EngineCommand): Promise<CommandResult>;
  /** What is in a running instance now; undefined when its engine is switched off or does not know it. */
  inspectInstance(processInstanceKey: string): Promise<InstanceState | undefined>;
  /** What would speak against each migration, asked of the engine itself; undefined where the engine cannot tell without doing it. */
  rehearseMigrations(commands: readonly MigrateInstance[]): Promise<readonly (readonly string[] | undefined)[]>;
  /** Waits a moment until the next step of this demand can be seen; without one, until the whole house is at rest. */
  settle(demandId?: string | null): Promise<void>;
  outboxState(): Promise<{ pending: number; refused: number; oldestPendingAt: number | null }>;
  /** Commands the engine would not take, and what a person may do about one; in the transaction of `sql`. */
  refusedCommands(): Promise<RefusedCommand[]>;
  /** Goes on with migrations that were started; does not wait for them. */
  migrateNow(): void;
  /** Why the engine would not take a command somebody has just given; asked once, after the house has come to rest. */
  takeRefusal(sql: Sql, commandId: string): Promise<string | undefined>;
  settleRefused(sql: Sql, sequence: string, how: 'resend' | 'drop'): Promise<RefusedCommand | undefined>;
  engineState(): Promise<EngineState>;
  /** Opens a house in memory in which designs are tried. */
  openTrial: OpenTrial;
  /** Compares ledger, tasks and engine now and puts right what can do no harm. */
  reconcile(): Promise<Reconciliation>;
  /** The last comparison, by hand or by the clock. */
  reconciliation(): Reconciliation | undefined;
  demo?: { password: string; advance(milliseconds: number): Promise<void> };
}
