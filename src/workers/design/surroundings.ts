import type { Sql } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import type { Form } from '../../modules/forms/index.ts';
import { emptyPlaces, type OrgDirectory } from '../../modules/org/index.ts';
import {
  callsAmong,
  flowsTaken,
  handedOver,
  processesInForce,
  readDiagram,
  type Surroundings,
  type Together,
} from '../../modules/processes/index.ts';
import { listRuleSets } from '../../modules/rules/index.ts';
import { formEffect } from '../form-effects.ts';
import { FORM_GIVES, JOB_WORDS } from './job-words.ts';
import { EXPECTED_MESSAGES, MESSAGE_WORDS } from './message-words.ts';

/** Variables of processes the house starts itself, without a message and without a caller. */
const STARTED_WITH: Readonly<Record<string, readonly string[]>> = {
  'manual-handling': ['manualKind', 'manualGroups', 'stuckInstance', 'stuckElement', 'resumeAt'],
};

interface Known {
  sql: Sql;
  clock: Clock;
  directory: OrgDirectory;
  forms: ReadonlyMap<string, Form>;
  jobTypes: readonly string[];
  engineProblems: Surroundings['engineProblems'];
}

/** What a diagram may lean on now: the worker table, messages, rule sets, forms, processes and organisation in force. */
export async function surroundingsOf(known: Known, together: Partial<Together> = {}): Promise<Surroundings> {
  const day = shanghaiDate(known.clock.now());
  const inForce = await processesInForce(known.sql, []);
  const diagrams = new Map([
    ...inForce.map((file) => [file.processId, file.xml] as const),
    ...(together.diagrams ?? []),
  ]);
  const given = await handedOver(diagrams.values());
  const calls = await callsAmong(diagrams);
  const groups = new Map<string, { emptyIn: readonly string[] } | undefined>();
  const groupOf = (token: string) => {
    const places = emptyPlaces(known.directory, token, day);
    return places && { emptyIn: places };
  };
  return {
    jobTypes: known.jobTypes,
    jobResults: {
      ...Object.fromEntries(Object.entries(JOB_WORDS).map(([type, words]) => [type, words.gives])),
      ...Object.fromEntries(Object.entries(FORM_GIVES).map(([form, gives]) => [`form:${form}`, gives])),
    },
    messageVariables: Object.fromEntries(Object.entries(MESSAGE_WORDS).map(([name, words]) => [name, words.brings])),
    ruleSets: [
      ...new Set([...(await listRuleSets(known.sql, day)).map((set) => set.id), ...(together.ruleSets ?? [])]),
    ],
    forms: together.forms ? new Map([...known.forms, ...together.forms]) : known.forms,
    processes: [...new Set([...diagrams.keys(), ...(together.processes ?? [])])],
    given: (processId) => [...(given.get(processId) ?? []), ...(STARTED_WITH[processId] ?? [])],
    calls: (processId) => calls.get(processId) ?? [],
    group(token) {
      if (!groups.has(token)) groups.set(token, groupOf(token));
      return groups.get(token);
    },
    engineProblems: known.engineProblems,
    formHasEffect: (formId) => formEffect(formId) !== undefined,
    sentMessages: Object.keys(MESSAGE_WORDS),
    async walked(processId) {
      const file = inForce.find((item) => item.processId === processId);
      if (!file) return new Map();
      const taken = await flowsTaken(known.sql, processId);
      const { flows } = await readDiagram(file.xml);
      return new Map(flows.map((flow) => [flow.id, { taken: taken.get(flow.id) ?? 0, condition: flow.condition }]));
    },
    expectedMessages: EXPECTED_MESSAGES,
  };
}
