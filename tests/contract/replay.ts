import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CommandRejected,
  type EngineCommand,
  type EngineRecord,
  type Json,
  type ProcessEngine,
  type Variables,
} from '../../src/engine/port.ts';
import type { AdjustableClock } from '../../src/kernel/clock.ts';

/** One step of a scenario: see parity/README.md. */
type Step = Record<string, any>;
export interface Scenario {
  name: string;
  topic: string;
  purpose: string;
  startAt: string;
  models: string[];
  steps: Step[];
}
export interface StepResult {
  step: number;
  result: string;
  message?: string;
}
type StepRecord = EngineRecord & { step: number; recordType: 'EVENT' };

export const readScenario = (folder: string): Scenario =>
  JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8'));

/** Plays the steps of a scenario on an engine and collects its records with the number of the step. */
export class Replay {
  readonly records: StepRecord[] = [];
  readonly results: StepResult[] = [];
  #step = 0;
  readonly #engine: ProcessEngine;
  readonly #clock: AdjustableClock;
  readonly #folder: string;

  constructor(engine: ProcessEngine, clock: AdjustableClock, folder: string) {
    this.#engine = engine;
    this.#clock = clock;
    this.#folder = folder;
  }

  /** The receiver to register before the engine starts. */
  receiver = {
    fromPosition: async () => 0,
    receive: async (records: readonly EngineRecord[]) => {
      this.records.push(...records.map((record) => ({ ...record, step: this.#step, recordType: 'EVENT' as const })));
    },
  };

  async run(scenario: Scenario): Promise<void> {
    for (const step of scenario.steps) {
      this.#step += 1;
      try {
        await this.#send(step);
        this.results.push({ step: this.#step, result: 'OK' });
      } catch (error) {
        if (!(error instanceof CommandRejected)) throw error;
        this.results.push({ step: this.#step, result: error.code, message: error.message });
      }
      await this.#engine.settle();
    }
  }

  async #send(step: Step): Promise<void> {
    const [[kind, argument]] = Object.entries(step) as [[string, any]];
    switch (kind) {
      case 'deploy':
        await this.#engine.deploy(
          argument.map((name: string) => ({ name, content: readFileSync(join(this.#folder, name), 'utf8') })),
        );
        return;
      case 'start':
        return this.#submit({ type: 'createInstance', ...argument });
      case 'publish':
        return this.#submit({ type: 'publishMessage', ...argument });
      case 'complete':
        return this.#submit({ type: 'completeJob', jobKey: this.#job(argument), ...variables(argument) });
      case 'fail':
        return this.#submit({
          type: 'failJob',
          jobKey: this.#job(argument),
          retries: argument.retries,
          ...(argument.message ? { errorMessage: argument.message } : {}),
          ...(argument.backoffMs ? { backoffMs: argument.backoffMs } : {}),
          ...variables(argument),
        });
      case 'throwError':
        return this.#submit({
          type: 'throwError',
          jobKey: this.#job(argument),
          errorCode: argument.code,
          ...(argument.message ? { errorMessage: argument.message } : {}),
          ...variables(argument),
        });
      case 'updateRetries':
        return this.#submit({ type: 'updateRetries', jobKey: this.#job(argument), retries: argument.retries });
      case 'resolveIncident':
        return this.#submit({ type: 'resolveIncident', incidentKey: this.#incident(argument) });
      case 'setVariables':
        return this.#submit({
          type: 'setVariables',
          elementInstanceKey: argument.elementId ? this.#element(argument) : this.#instance(argument),
          variables: argument.variables,
          local: argument.local ?? false,
        });
      case 'cancel':
        return this.#submit({
          type: 'cancelInstance',
          processInstanceKey: this.#instance(argument === true ? {} : argument),
        });
      case 'signal':
        return this.#submit({ type: 'broadcastSignal', ...argument });
      case 'advance':
        this.#clock.advance(durationMs(argument));
        return;
      default:
        throw new Error(`unknown step ${kind}`);
    }
  }

  async #submit(command: EngineCommand): Promise<void> {
    await this.#engine.submit(`${this.#folder}:${this.#step}`, command);
  }

  /** Things in order of creation with whether they are still open. */
  #list(valueType: string, opens: string[], closes: string[]): { record: StepRecord; open: boolean }[] {
    const found = new Map<string, { record: StepRecord; open: boolean }>();
    for (const record of this.records) {
      if (record.valueType !== valueType) continue;
      if (opens.includes(record.intent)) found.set(record.key, { record, open: true });
      else if (closes.includes(record.intent) && found.has(record.key)) found.get(record.key)!.open = false;
    }
    return [...found.values()];
  }

  #pick(list: { record: StepRecord; open: boolean }[], argument: Step, what: string): string {
    const chosen = list.filter((item) => item.open !== Boolean(argument.closed));
    const item = chosen[(argument.nth ?? 1) - 1];
    if (!item) throw new Error(`step ${this.#step}: no ${what} for ${JSON.stringify(argument)}`);
    return item.record.key;
  }

  #job(argument: Step): string {
    const jobs = this.#list('JOB', ['CREATED'], ['COMPLETED', 'CANCELED', 'ERROR_THROWN']).filter(
      ({ record }) =>
        (!argument.elementId || record.value.elementId === argument.elementId) &&
        (!argument.type || record.value.type === argument.type),
    );
    return this.#pick(jobs, argument, 'job');
  }

  #incident(argument: Step): string {
    const elementOf = new Map(
      this.records.filter((r) => r.valueType === 'PROCESS_INSTANCE').map((r) => [r.key, r.elementId]),
    );
    const incidents = this.#list('INCIDENT', ['CREATED'], ['RESOLVED']).filter(
      ({ record }) =>
        !argument.elementId || elementOf.get(String(record.value.elementInstanceKey)) === argument.elementId,
    );
    return this.#pick(incidents, argument, 'incident');
  }

  #instance(argument: Step): string {
    const instances = this.#list(
      'PROCESS_INSTANCE',
      ['ELEMENT_ACTIVATING'],
      ['ELEMENT_COMPLETED', 'ELEMENT_TERMINATED'],
    ).filter(
      ({ record }) =>
        record.value.bpmnElementType === 'PROCESS' &&
        (argument.processId
          ? record.value.bpmnProcessId === argument.processId
          : Number(record.value.parentElementInstanceKey) < 0),
    );
    return this.#pick(instances, argument, 'process instance');
  }

  #element(argument: Step): string {
    const elements = this.#list(
      'PROCESS_INSTANCE',
      ['ELEMENT_ACTIVATING'],
      ['ELEMENT_COMPLETED', 'ELEMENT_TERMINATED'],
    ).filter(
      ({ record }) =>
        record.elementId === argument.elementId &&
        record.value.bpmnElementType !== 'MULTI_INSTANCE_BODY' &&
        record.intent !== 'SEQUENCE_FLOW_TAKEN',
    );
    return this.#pick(elements, argument, 'element');
  }
}

const variables = (argument: Step): { variables?: Variables } =>
  argument.variables === undefined ? {} : { variables: argument.variables as { [name: string]: Json } };

function durationMs(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match) throw new Error(`duration ${text}`);
  return (
    Number(match[1] ?? 0) * 86_400_000 +
    Number(match[2] ?? 0) * 3600_000 +
    Number(match[3] ?? 0) * 60_000 +
    Number(match[4] ?? 0) * 1000
  );
}
