import { CommandRejected, type EngineRecord, type ProcessEngine } from '../../src/engine/port.ts';

/** Small models for migrations: elements stand in a row between a start and an end. */
export const userTask = (id: string): string =>
  `<bpmn:userTask id="${id}"><bpmn:extensionElements><zeebe:formDefinition formKey="f"/></bpmn:extensionElements></bpmn:userTask>`;

export const serviceTask = (id: string, type: string, options: { linked?: boolean } = {}): string =>
  `<bpmn:serviceTask id="${id}"${options.linked === false ? ' name="-"' : ''}><bpmn:extensionElements><zeebe:taskDefinition type="${type}"/></bpmn:extensionElements></bpmn:serviceTask>`;

/** A process of the given elements; those named "-" lie beside the row. */
export function model(id: string, elements: string): string {
  const row = [
    's',
    ...[...elements.matchAll(/<bpmn:(?:user|service)Task id="([^"]+)"(?! name="-")/g)].map((m) => m[1]!),
    'e',
  ];
  const flows = row
    .slice(1)
    .map((target, index) => `<bpmn:sequenceFlow id="f${index}" sourceRef="${row[index]}" targetRef="${target}"/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:process id="${id}" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>${elements}${flows.join('')}</bpmn:process>
</bpmn:definitions>`;
}

const flows = (pairs: string) =>
  pairs
    .split(' ')
    .map((pair) => pair.split('-'))
    .map(([from, to]) => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`)
    .join('');
const timer = (id: string, attributes: string): string =>
  `<bpmn:boundaryEvent id="${id}" ${attributes}><bpmn:outgoing>${id}_${id}_e</bpmn:outgoing><bpmn:timerEventDefinition id="${id}_d"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="${id}_e"/>${flows(`${id}-${id}_e`)}`;
const aside = (id: string): string =>
  `<bpmn:subProcess id="${id}" triggeredByEvent="true"><bpmn:startEvent id="${id}_s" isInterrupting="false"><bpmn:timerEventDefinition id="${id}_d"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:startEvent><bpmn:endEvent id="${id}_e"/>${flows(`${id}_s-${id}_e`)}</bpmn:subProcess>`;
const each = (id: string): string =>
  `<bpmn:userTask id="${id}"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`;
const forked = (more = '', lines = ''): string =>
  `<bpmn:parallelGateway id="fork"/>${userTask('a')}${userTask('b')}${more}<bpmn:parallelGateway id="join"/>${flows(`s-fork fork-a fork-b a-join b-join join-e${lines}`)}`;

const whole = (id: string, inner: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="t">
  <bpmn:process id="${id}" isExecutable="true"><bpmn:startEvent id="s"/>${inner}<bpmn:endEvent id="e"/></bpmn:process>
</bpmn:definitions>`;

export interface MigrationCase {
  name: string;
  one: string;
  two: string;
  /** Elements whose id differs; the same ids stand for themselves. */
  mapping?: { from: string; to: string }[];
  /** Tasks completed before. */
  before?: readonly string[];
  /** The element ids that are active, all mapped by name for Zeebe, which takes nothing for granted. */
  active: readonly string[];
  /** Whether each engine carries it out. Where they differ, `why` says so. */
  embedded: boolean;
  zeebe: boolean;
  why?: string;
}

const row = (tasks: string, line: string) => `${tasks}${flows(line)}`;

/** What is migrated and what is refused, on both engines. */
export const MIGRATION_CASES: readonly MigrationCase[] = [
  {
    name: 'a task goes on in the new version',
    one: row(userTask('a'), 's-a a-e'),
    two: row(userTask('a') + userTask('b'), 's-a a-b b-e'),
    active: ['a'],
    embedded: true,
    zeebe: true,
  },
  {
    name: 'a task under another id',
    one: row(userTask('a'), 's-a a-e'),
    two: row(userTask('z'), 's-z z-e'),
    mapping: [{ from: 'a', to: 'z' }],
    active: ['a'],
    embedded: true,
    zeebe: true,
  },
  {
    name: 'an active element that is nowhere',
    one: row(userTask('a'), 's-a a-e'),
    two: row(userTask('z'), 's-z z-e'),
    active: [],
    embedded: false,
    zeebe: false,
  },
  {
    name: 'an element of another kind',
    one: row(userTask('a'), 's-a a-e'),
    two: row(serviceTask('a', 'never'), 's-a a-e'),
    active: ['a'],
    embedded: false,
    zeebe: false,
  },
  {
    name: 'an element that lies in a subprocess now',
    one: row(userTask('a'), 's-a a-e'),
    two: `<bpmn:subProcess id="sub"><bpmn:startEvent id="s2"/>${userTask('a')}<bpmn:endEvent id="e2"/>${flows('s2-a a-e2')}</bpmn:subProcess>${flows('s-sub sub-e')}`,
    active: ['a'],
    embedded: false,
    zeebe: false,
  },
  {
    name: 'a timer at the edge on both sides',
    one: row(userTask('a') + timer('late', 'attachedToRef="a"'), 's-a a-e'),
    two: row(userTask('a') + timer('late', 'attachedToRef="a"') + userTask('b'), 's-a a-b b-e'),
    active: ['a'],
    embedded: true,
    zeebe: false,
    why: 'Zeebe 8.5 moves no subscription',
  },
  {
    name: 'a timer at the edge that was not there before',
    one: row(userTask('a'), 's-a a-e'),
    two: row(userTask('a') + timer('late', 'attachedToRef="a"'), 's-a a-e'),
    active: ['a'],
    embedded: false,
    zeebe: false,
  },
  {
    name: 'a timer at the edge that is gone',
    one: row(userTask('a') + timer('late', 'attachedToRef="a"'), 's-a a-e'),
    two: row(userTask('a'), 's-a a-e'),
    active: ['a'],
    embedded: false,
    zeebe: false,
  },
  {
    name: 'an event subprocess on both sides',
    one: row(aside('watch') + userTask('a'), 's-a a-e'),
    two: row(aside('watch') + userTask('a') + userTask('b'), 's-a a-b b-e'),
    active: ['a'],
    embedded: true,
    zeebe: false,
    why: 'Zeebe 8.5 moves no subscription',
  },
  {
    name: 'each of a list',
    one: row(each('a'), 's-a a-e'),
    two: row(each('a') + userTask('b'), 's-a a-b b-e'),
    active: ['a'],
    embedded: true,
    zeebe: false,
    why: 'Zeebe 8.5 does not know how to move a multi-instance body',
  },
  {
    name: 'one branch waits at the join',
    one: forked(),
    two: forked(),
    before: ['b'],
    active: ['a'],
    embedded: true,
    zeebe: false,
    why: 'Zeebe 8.5 takes the branch that waits for a command under way',
  },
  {
    name: 'a further branch that nobody will ever come by',
    one: forked(),
    two: forked(userTask('c'), ' fork-c c-join'),
    active: ['a', 'b'],
    embedded: false,
    zeebe: true,
    why: 'it would wait at the join for ever',
  },
  {
    name: 'two branches into one',
    one: forked(),
    two: forked(),
    mapping: [{ from: 'b', to: 'a' }],
    active: ['a'],
    embedded: false,
    zeebe: true,
    why: 'it would wait at the join for ever',
  },
];

/** Deploys both versions, starts an instance of the first, and says whether a migration to the second was carried out. */
export async function isMigrated(
  engine: ProcessEngine,
  id: string,
  given: MigrationCase,
  records: () => readonly EngineRecord[],
): Promise<boolean> {
  const deploy = async (inner: string) =>
    (await engine.deploy([{ name: `${id}.bpmn`, content: whole(id, inner) }]))[0]!;
  const first = await deploy(given.one);
  const { key } = await engine.submit(`${id}-start`, { type: 'createInstance', processId: id, version: first.version });
  await engine.settle();
  for (const task of given.before ?? []) {
    const job = records().find(
      (item) =>
        item.valueType === 'JOB' &&
        item.intent === 'CREATED' &&
        item.processInstanceKey === key &&
        item.elementId === task,
    )!;
    await engine.submit(`${id}-${task}`, { type: 'completeJob', jobKey: job.key });
    await engine.settle();
  }
  // The same diagram is the same version: a remark makes it another one.
  const second = await deploy(`${given.two}<!-- 2 -->`);
  const renamed = given.mapping ?? [];
  const own = given.active.filter((element) => renamed.every((item) => item.from !== element));
  return engine
    .submit(`${id}-migrate`, {
      type: 'migrateInstance',
      processInstanceKey: key!,
      processId: id,
      version: second.version,
      mapping: [...own.map((element) => ({ from: element, to: element })), ...renamed],
    })
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof CommandRejected) return false;
        throw error;
      },
    );
}
