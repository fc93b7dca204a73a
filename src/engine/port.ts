/**
 * The engine port: commands in, records out. Types and contract only.
 *
 * Both engines are driven by the same commands and answer with the same ordered stream of records, shaped like Zeebe's exporter records.
 * Keys are decimal text (they exceed 2^53 in a large Zeebe cluster). Instants are epoch milliseconds. Variables are JSON objects.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Variables = { [name: string]: Json };
export type Key = string;

/** gRPC status a command is refused with, as Zeebe answers. */
export type RejectionCode = 'NOT_FOUND' | 'INVALID_ARGUMENT' | 'FAILED_PRECONDITION' | 'ALREADY_EXISTS' | 'UNAVAILABLE';

/** The engine understood the command and refuses it; nothing has changed. */
export class CommandRejected extends Error {
  override name = 'CommandRejected';
  readonly code: RejectionCode;
  constructor(code: RejectionCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Resource {
  /** File name; part of the identity of a deployment (`fast-response.bpmn`). */
  name: string;
  /** BPMN 2.0 XML. */
  content: string;
}

/** Why an element cannot be deployed: said for all elements at once. */
export interface DeploymentProblem {
  resource: string;
  elementId: string;
  elementName?: string;
  elementType?: string;
  /** A sentence in Chinese: what is wrong and how to mend it. */
  reason: string;
}

export class DeploymentRejected extends CommandRejected {
  override name = 'DeploymentRejected';
  readonly problems: readonly DeploymentProblem[];
  constructor(problems: readonly DeploymentProblem[]) {
    super('INVALID_ARGUMENT', problems.map((p) => `${p.resource} ${p.elementId}：${p.reason}`).join('\n'));
    this.problems = problems;
  }
}

export interface DeployedProcess {
  processId: string;
  version: number;
  definitionKey: Key;
  resourceName: string;
  /** The bytes were already deployed as this version. */
  duplicate: boolean;
}

export type EngineCommand =
  | {
      type: 'publishMessage';
      name: string;
      correlationKey: string;
      ttlMs: number;
      messageId?: string;
      variables?: Variables;
    }
  | { type: 'createInstance'; processId: string; version?: number; variables?: Variables }
  | { type: 'completeJob'; jobKey: Key; variables?: Variables }
  | { type: 'failJob'; jobKey: Key; retries: number; errorMessage?: string; backoffMs?: number; variables?: Variables }
  | { type: 'throwError'; jobKey: Key; errorCode: string; errorMessage?: string; variables?: Variables }
  | { type: 'updateRetries'; jobKey: Key; retries: number }
  | { type: 'resolveIncident'; incidentKey: Key }
  | { type: 'setVariables'; elementInstanceKey: Key; variables: Variables; local?: boolean }
  | { type: 'broadcastSignal'; name: string; variables?: Variables }
  | { type: 'cancelInstance'; processInstanceKey: Key }
  | {
      type: 'migrateInstance';
      processInstanceKey: Key;
      /** The version to move to, of the same or another process. */
      processId: string;
      version: number;
      /** For every active element: where its token goes. Elements not named keep their id. */
      mapping: readonly { from: string; to: string }[];
    }
  | {
      /** Moves tokens by hand: elements begin, then element instances end. All or nothing. */
      type: 'modifyInstance';
      processInstanceKey: Key;
      activate: readonly Activation[];
      /** Element instances with everything in them. A scope that is left empty ends with them. */
      terminate: readonly Key[];
    };

export interface Activation {
  elementId: string;
  /** The living scope it begins in; needed only where there are several. */
  ancestorKey?: Key;
  /** Local variables of the scope named, of the process without one. */
  variables?: { scopeId?: string; values: Variables }[];
}

export type MigrateInstance = Extract<EngineCommand, { type: 'migrateInstance' }>;

/** The inside of a running instance: what it knows, what it works at, what it waits for. */
export interface InstanceState {
  variables: readonly { scopeKey: Key; elementId: string; name: string; value: Json }[];
  jobs: readonly { key: Key; type: string; elementId: string; elementInstanceKey: Key; retries: number }[];
  timers: readonly { elementId: string; dueAt: number; repetitions: number }[];
}

export interface CommandResult {
  /** Key the command made or touched: process instance, message, job ... */
  key?: Key;
}

/** `recordType` is always EVENT: commands and rejections are not part of the stream. */
export interface EngineRecord {
  partition: number;
  /** Position in the partition; increasing, without order across partitions. */
  position: number;
  timestamp: number;
  valueType: string;
  intent: string;
  key: Key;
  /** Empty where the record belongs to no instance (deployment, message). */
  processInstanceKey: Key;
  elementId: string;
  /** As Zeebe's exporter writes it (`bpmnProcessId`, `flowScopeKey`, `customHeaders`, ...), keys as text. */
  value: { [name: string]: Json };
}

/** A service job handed to a handler. */
export interface ActivatedJob {
  key: Key;
  type: string;
  processInstanceKey: Key;
  processId: string;
  processVersion: number;
  elementId: string;
  elementInstanceKey: Key;
  customHeaders: Record<string, string>;
  variables: Variables;
  retries: number;
}

/** What a handler answers. A thrown error is `fail` with the job's retries minus one and backoff. */
export type JobOutcome =
  | { kind: 'complete'; variables?: Variables }
  | { kind: 'error'; errorCode: string; errorMessage?: string; variables?: Variables }
  | { kind: 'fail'; errorMessage: string; retries?: number; backoffMs?: number };

/** At least once: a handler is idempotent by job key. */
export type JobHandler = (job: ActivatedJob) => Promise<JobOutcome>;

/**
 * Receives records in order of position, each batch at least once; returns after its effects are committed.
 * `fromPosition` is asked at start, and when others may have delivered meanwhile: the last position the receiver has committed, or 0.
 */
export interface RecordReceiver {
  fromPosition(partition: number): Promise<number>;
  receive(records: readonly EngineRecord[]): Promise<void>;
}

export interface ProcessEngine {
  readonly name: 'embedded' | 'zeebe';
  /** One deployment, all or nothing. Refuses with `DeploymentRejected`. */
  deploy(resources: readonly Resource[]): Promise<DeployedProcess[]>;
  /**
   * Carries a command out durably. `commandId` makes repeating it harmless: the first result is answered again.
   * Refuses with `CommandRejected`.
   */
  submit(commandId: string, command: EngineCommand): Promise<CommandResult>;
  /** Registers the handler of a job type; before `start`. */
  handle(jobType: string, handler: JobHandler): void;
  /** Registers the receiver of the record stream; before `start`. */
  onRecords(receiver: RecordReceiver): void;
  start(): Promise<void>;
  /** Stops taking work, waits for what is running, leaves everything durable. */
  stop(): Promise<void>;
  /**
   * The open jobs of element instances, each as the record of its creation: what is not there has no open job (any more).
   * For comparing the engine with the ledger.
   */
  openJobsAt(elementInstanceKeys: readonly Key[]): Promise<ReadonlyMap<Key, EngineRecord>>;
  /** What is in a running instance now, for the administrator's page; undefined when the engine does not know it (any more). */
  inspect(processInstanceKey: Key): Promise<InstanceState | undefined>;
  /**
   * What would be refused, and why, if these migrations were carried out now: one list of sentences for each, empty when it would go.
   * Changes nothing. Undefined for an engine that cannot tell without doing it.
   */
  rehearseMigrations(commands: readonly MigrateInstance[]): Promise<readonly (readonly string[])[] | undefined>;
  /** Resolves when nothing is left to do without a further command or a later time: no due timer, no runnable service job, all records received. For tests and the demo. */
  settle(): Promise<void>;
}
