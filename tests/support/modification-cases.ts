import { expect } from '@jest/globals';
import { CommandRejected, type EngineCommand, type EngineRecord, type ProcessEngine } from '../../src/engine/port.ts';
import { userTask } from './migration-models.ts';

const flows = (pairs: string) =>
  pairs
    .split(' ')
    .map((pair) => pair.split('-'))
    .map(([from, to]) => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`)
    .join('');

/** s → a → (s2 → b → c → e2) → d → e */
export const modificationModel = (id: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="t">
  <bpmn:process id="${id}" isExecutable="true"><bpmn:startEvent id="s"/>${userTask('a')}<bpmn:subProcess id="sub"><bpmn:startEvent id="s2"/>${userTask('b')}${userTask('c')}<bpmn:endEvent id="e2"/>${flows('s2-b b-c c-e2')}</bpmn:subProcess>${userTask('d')}<bpmn:endEvent id="e"/>${flows('s-a a-sub sub-d d-e')}</bpmn:process>
</bpmn:definitions>`;

export interface ModificationCase {
  name: string;
  /** Tasks completed before, in their order. */
  before: readonly string[];
  activate: readonly { elementId: string; values?: Record<string, number> }[];
  terminate: readonly string[];
  /** What the stream tells of it: `intent element`, without order. */
  told: readonly string[];
  /** Tasks completed afterwards until the instance is over. */
  after: readonly string[];
}

export const MODIFICATIONS: readonly ModificationCase[] = [
  {
    name: 'a token moves along the process; the task it leaves is withdrawn',
    before: [],
    activate: [{ elementId: 'd' }],
    terminate: ['a'],
    told: ['ELEMENT_ACTIVATED d', 'ELEMENT_TERMINATED a', 'JOB CANCELED a', 'JOB CREATED d'],
    after: ['d'],
  },
  {
    name: 'into a subprocess: it is there, without its own start',
    before: [],
    activate: [{ elementId: 'c' }],
    terminate: ['a'],
    told: ['ELEMENT_ACTIVATED c', 'ELEMENT_ACTIVATED sub', 'ELEMENT_TERMINATED a', 'JOB CANCELED a', 'JOB CREATED c'],
    after: ['c', 'd'],
  },
  {
    name: 'within a subprocess: it lives on',
    before: ['a'],
    activate: [{ elementId: 'c' }],
    terminate: ['b'],
    told: ['ELEMENT_ACTIVATED c', 'ELEMENT_TERMINATED b', 'JOB CANCELED b', 'JOB CREATED c'],
    after: ['c', 'd'],
  },
  {
    name: 'out of a subprocess: what is left empty ends',
    before: ['a'],
    activate: [{ elementId: 'd' }],
    terminate: ['b'],
    told: ['ELEMENT_ACTIVATED d', 'ELEMENT_TERMINATED b', 'ELEMENT_TERMINATED sub', 'JOB CANCELED b', 'JOB CREATED d'],
    after: ['d'],
  },
  {
    name: 'a whole subprocess ends with what is in it',
    before: ['a'],
    activate: [{ elementId: 'a' }],
    terminate: ['sub'],
    told: ['ELEMENT_ACTIVATED a', 'ELEMENT_TERMINATED b', 'ELEMENT_TERMINATED sub', 'JOB CANCELED b', 'JOB CREATED a'],
    after: ['a', 'b', 'c', 'd'],
  },
  {
    name: 'variables come with the token; one that stands elsewhere stays',
    before: [],
    activate: [{ elementId: 'd', values: { x: 7 } }],
    terminate: [],
    told: ['ELEMENT_ACTIVATED d', 'JOB CREATED d', 'VARIABLE CREATED x=7'],
    after: ['d', 'a', 'b', 'c', 'd'],
  },
  {
    name: 'with its last token the instance ends',
    before: [],
    activate: [],
    terminate: ['a'],
    told: ['ELEMENT_TERMINATED a', 'ELEMENT_TERMINATED process', 'JOB CANCELED a'],
    after: [],
  },
];

/** Carries a case out on an engine and compares what the stream tells. */
export async function walkModification(
  engine: ProcessEngine,
  records: () => readonly EngineRecord[],
  id: string,
  given: ModificationCase,
): Promise<void> {
  await engine.deploy([{ name: `${id}.bpmn`, content: modificationModel(id) }]);
  const { key } = await engine.submit(`${id}-start`, { type: 'createInstance', processId: id });
  await engine.settle();
  const own = () => records().filter((record) => record.processInstanceKey === key);
  const complete = async (elementId: string, turn: string) => {
    const gone = new Set(own().flatMap((r) => (['COMPLETED', 'CANCELED'].includes(r.intent) ? r.key : [])));
    const job = own().find(
      (r) => r.valueType === 'JOB' && r.intent === 'CREATED' && r.elementId === elementId && !gone.has(r.key),
    );
    if (!job) throw new Error(`no open task ${elementId}`);
    await engine.submit(`${id}-${turn}`, { type: 'completeJob', jobKey: job.key });
    await engine.settle();
  };
  for (const elementId of given.before) await complete(elementId, `before-${elementId}`);
  const place = (elementId: string) =>
    own().findLast((r) => r.intent === 'ELEMENT_ACTIVATED' && r.elementId === elementId)!.key;
  const since = own().length;
  await engine.submit(`${id}-modify`, {
    type: 'modifyInstance',
    processInstanceKey: key!,
    activate: given.activate.map(({ elementId, values }) => ({
      elementId,
      ...(values ? { variables: [{ values }] } : {}),
    })),
    terminate: given.terminate.map(place),
  });
  await engine.settle();
  expect(own().slice(since).flatMap(inWords).sort()).toEqual(given.told);
  for (const [index, elementId] of given.after.entries()) await complete(elementId, `after-${index}`);
  const over = own().filter((r) => r.key === key && /COMPLETED|TERMINATED/.test(r.intent));
  expect(over).toHaveLength(1);
}

function inWords(record: EngineRecord): string[] {
  const { valueType, intent, elementId, value } = record;
  if (valueType === 'VARIABLE') return [`VARIABLE ${intent} ${value.name}=${value.value}`];
  if (valueType === 'JOB') return [`JOB ${intent} ${elementId}`];
  if (valueType !== 'PROCESS_INSTANCE' || !['ELEMENT_ACTIVATED', 'ELEMENT_TERMINATED'].includes(intent)) return [];
  return [`${intent} ${value.bpmnElementType === 'PROCESS' ? 'process' : elementId}`];
}

/** What both engines refuse, by the same code. */
export async function refusedModifications(engine: ProcessEngine, id: string): Promise<unknown[]> {
  await engine.deploy([{ name: `${id}.bpmn`, content: modificationModel(id) }]);
  const { key } = await engine.submit(`${id}-start`, { type: 'createInstance', processId: id });
  await engine.settle();
  const unknown = String(BigInt(key!) + 1_000_000n);
  const asked: Omit<Extract<EngineCommand, { type: 'modifyInstance' }>, 'type'>[] = [
    { processInstanceKey: key!, activate: [{ elementId: 'nowhere' }], terminate: [] },
    { processInstanceKey: key!, activate: [{ elementId: 's' }], terminate: [] },
    { processInstanceKey: key!, activate: [], terminate: [unknown] },
    { processInstanceKey: unknown, activate: [{ elementId: 'd' }], terminate: [] },
  ];
  const answers: unknown[] = [];
  for (const [index, command] of asked.entries())
    answers.push(
      await engine.submit(`${id}-${index}`, { type: 'modifyInstance', ...command }).then(
        () => 'done',
        (error: unknown) => (error instanceof CommandRejected ? error.code : error),
      ),
    );
  return answers;
}

export const REFUSED = ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'NOT_FOUND'];
