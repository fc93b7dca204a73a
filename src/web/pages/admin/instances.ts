import type { Sql } from '../../../db/sql.ts';
import type { InstanceState } from '../../../engine/port.ts';
import { notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import { clocksOf } from '../../../modules/deadlines/index.ts';
import { eventTitle } from '../../../modules/history/index.ts';
import {
  actsOn,
  calledBy,
  countInstances,
  type Diagram,
  diagramLookup,
  diagramOf,
  elementOf,
  elementTable,
  findInstance,
  flowsOf,
  INSTANCE_STATES,
  type Instance,
  type InstanceFilter,
  type InstanceFilterState,
  listInstances,
  listProcessVersions,
  loadOf,
  type Mark,
  maskedValue,
  migratedInWords,
  openIncidentsOf,
  pathInWords,
  renderSvg,
  shortNumber,
  visitsOf,
} from '../../../modules/processes/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { saidOf } from '../audit/said.ts';
import { CLOCKS } from '../clock-names.ts';
import { calendarBar } from './frame.ts';

const SCOPE = '运行状态（件号后段，不含个人信息）';
const PAGE = 50;
const AGES = [
  [1, '1 天以上'],
  [5, '5 天以上'],
  [10, '10 天以上'],
  [30, '30 天以上'],
] as const;

/** P26: what runs, where it stands, and each instance from the inside. */
export function instancePages(house: House): Route[] {
  const common = { method: 'get', permission: 'operations.read', scope: SCOPE } as const;
  return [
    { ...common, path: '/instances', handle: (ask) => showInstances(house, ask) },
    { ...common, path: '/instances/:key', handle: (ask) => showInstance(house, ask) },
  ];
}

/** Names of all processes, by id. */
export async function processNames(
  house: House,
): Promise<{ names: Map<string, string>; versions: Map<string, number[]> }> {
  const versions = new Map<string, number[]>();
  for (const item of await listProcessVersions(house.sql))
    versions.set(item.processId, [...(versions.get(item.processId) ?? []), item.version]);
  const names = await Promise.all(
    [...versions.keys()].map(async (id) => {
      const { processes } = await diagramOf(house.sql, id);
      return [id, processes.find((process) => process.id === id)?.name ?? id] as const;
    }),
  );
  return { names: new Map(names), versions };
}

/** “3 天”, “5 小时”, “不到 1 小时”. */
export function howLong(since: number, now: Date): string {
  const hours = Math.floor((now.getTime() - since) / 3_600_000);
  if (hours < 1) return '不到 1 小时';
  return hours < 48 ? `${hours} 小时` : `${Math.floor(hours / 24)} 天`;
}

function filterOf(query: Record<string, unknown>, now: Date): InstanceFilter & { age: number } {
  const number = (name: string) => {
    const text = textOf(query[name]);
    return text && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  };
  const state = textOf(query.state) as InstanceFilterState | undefined;
  const version = number('version');
  const age = number('age') ?? 0;
  const processId = textOf(query.process);
  const elementId = textOf(query.element);
  return {
    state: state && Object.hasOwn(INSTANCE_STATES, state) ? state : 'ACTIVE',
    ...(processId ? { processId } : {}),
    ...(processId && version ? { version } : {}),
    ...(processId && elementId ? { elementId } : {}),
    ...(age ? { startedBefore: now.getTime() - age * 86_400_000 } : {}),
    age,
  };
}

async function showInstances(house: House, { req, res, actor }: Ask): Promise<void> {
  const now = house.clock.now();
  const { age, ...filter } = filterOf(req.query, now);
  const { names, versions } = await processNames(house);
  if (filter.processId && !names.has(filter.processId)) throw notFound('没有这个流程。请从“运行中的流程”选择。');
  if (filter.version && !versions.get(filter.processId!)!.includes(filter.version)) throw notFound('没有这个版本。');
  const after = /^(\d{1,15})\.(\d{1,19})$/.exec(textOf(req.query.after) ?? '');
  const [{ rows, next }, total] = await Promise.all([
    listInstances(house.sql, filter, {
      ...(after ? { after: { startedAt: Number(after[1]), key: after[2]! } } : {}),
      limit: PAGE,
    }),
    countInstances(house.sql, filter),
  ]);
  const link = (change: Record<string, string | undefined>) =>
    address('/instances', { ...plain(req.query), ...change });
  const diagram = filter.processId ? await diagramOf(house.sql, filter.processId, filter.version) : undefined;
  const manage = may(actor, 'instance.manage');
  const diagramFor = diagramLookup(house.sql);
  res.render('admin/instances', {
    title: '运行中的流程',
    filter: { ...filter, age },
    states: INSTANCE_STATES,
    ages: AGES,
    processes: [...names].map(([id, name]) => ({ id, name })),
    versions: filter.processId ? versions.get(filter.processId)! : [],
    elements: diagram ? elementTable(diagram).map(({ id, name, kind }) => ({ id, name, kind })) : [],
    picture: diagram ? await pictureOf(house, diagram, filter, versions.get(filter.processId!)!, link) : null,
    rows: await Promise.all(rows.map((row) => rowView(diagramFor, row, names, now))),
    total,
    first: after ? link({ after: undefined }) : null,
    next: next ? link({ after: `${next.startedAt}.${next.key}` }) : null,
    manage,
    ...pickView(filter, manage, filter.processId ? versions.get(filter.processId)! : []),
    bar: await calendarBar(house),
  });
}

/** Whether rows can be chosen for a migration: running ones of one version, when there is another to go to. */
function pickView(
  filter: InstanceFilter,
  manage: boolean,
  versions: readonly number[],
): { pick: boolean; pickHint: string } {
  const running = filter.state === 'ACTIVE' || filter.state === 'INCIDENT';
  if (!manage || !running || versions.length < 2) return { pick: false, pickHint: '' };
  return filter.version
    ? { pick: true, pickHint: '' }
    : { pick: false, pickHint: '要勾选一些件迁移的，请先在上面选定版本。' };
}

async function rowView(
  diagramFor: ReturnType<typeof diagramLookup>,
  row: Awaited<ReturnType<typeof listInstances>>['rows'][number],
  names: Map<string, string>,
  now: Date,
) {
  const diagram = await diagramFor(row.processId, row.version);
  return {
    ...row,
    number: shortNumber(row.demandNumber),
    process: names.get(row.processId) ?? row.processId,
    started: format.short(new Date(row.startedAt)),
    ended: row.endedAt ? format.short(new Date(row.endedAt)) : '',
    places: row.places.map((place) => ({
      name: elementOf(diagram, place.elementId)?.name ?? place.elementId,
      long: howLong(place.since, now),
    })),
  };
}

/** Tokens on the diagram of one process, as picture and as table; both lead to the instances that stand there. */
async function pictureOf(
  house: House,
  diagram: Diagram,
  filter: InstanceFilter,
  versions: readonly number[],
  link: (change: Record<string, string | undefined>) => string,
) {
  const load = await loadOf(house.sql, filter.processId!, filter.version);
  const marks = new Map<string, Mark>(
    [...load].map(([id, item]) => [id, item.incidents > 0 ? 'incident' : 'here'] as const),
  );
  // Over all versions some tokens stand at elements the newest one does not have any more.
  const older = [...load.keys()].every((id) => elementOf(diagram, id))
    ? []
    : await Promise.all(versions.map((version) => diagramOf(house.sql, filter.processId!, version)));
  const nameOf = (id: string) =>
    [diagram, ...older].map((one) => elementOf(one, id)?.name).find((name) => name !== undefined) ?? id;
  const to = (id: string) => link({ element: id, state: undefined, after: undefined });
  return {
    svg: renderSvg(diagram, marks, new Set(), {
      counts: new Map([...load].map(([id, item]) => [id, item.here])),
      linkOf: (id) => (load.has(id) ? to(id) : undefined),
    }),
    rows: [...load]
      .map(([id, item]) => ({ id, name: nameOf(id), ...item, href: to(id) }))
      .sort((a, b) => b.here - a.here),
  };
}

const plain = (query: Record<string, unknown>): Record<string, string | undefined> =>
  Object.fromEntries(['process', 'version', 'element', 'state', 'age'].map((name) => [name, textOf(query[name])]));

function address(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  return search.size > 0 ? `${path}?${search}` : path;
}

/** The diagram and the words of one instance, of the real house or of a trial's. */
export async function instanceOnDiagram(sql: Sql, instance: { key: string; processId: string; version: number }) {
  const diagram = await diagramOf(sql, instance.processId, instance.version);
  const [visits, flows, incidents] = await Promise.all([
    visitsOf(sql, instance.key),
    flowsOf(sql, instance.key),
    openIncidentsOf(sql, instance.key),
  ]);
  const marks = new Map<string, Mark>();
  for (const visit of visits) if (visit.state === 'COMPLETED') marks.set(visit.elementId, 'done');
  for (const visit of visits) if (visit.state === 'ACTIVE') marks.set(visit.elementId, 'here');
  for (const incident of incidents) marks.set(incident.elementId, 'incident');
  return { diagram, visits, incidents, svg: renderSvg(diagram, marks, flows, { id: instance.key }) };
}

async function showInstance(house: House, { req, res, actor }: Ask): Promise<void> {
  const instance = await findInstance(house.sql, String(req.params.key));
  const now = house.clock.now();
  const { names } = await processNames(house);
  const { diagram, visits, incidents, svg } = await instanceOnDiagram(house.sql, instance);
  const nameOf = (id: string) => elementOf(diagram, id)?.name ?? names.get(id) ?? id;
  const inside = instance.state === 'ACTIVE' ? await house.inspectInstance(instance.key) : undefined;
  const [called, acts, clocks, people] = await Promise.all([
    calledBy(house.sql, instance.key),
    actsOn(house.sql, instance.key),
    instance.demandId ? clocksOf(house.sql, 'demand', instance.demandId) : [],
    house.directory(),
  ]);
  res.render('admin/instance', {
    title: `${names.get(instance.processId) ?? instance.processId} ${shortNumber(instance.demandNumber)}`,
    instance: {
      ...instance,
      process: names.get(instance.processId) ?? instance.processId,
      number: shortNumber(instance.demandNumber),
      started: format.time(new Date(instance.startedAt)),
      ended: instance.endedAt ? format.time(new Date(instance.endedAt)) : '',
    },
    steps: pathInWords(diagram, instance.processId, visits).map((step) => ({
      ...step,
      entered: step.enteredAt ? format.short(new Date(step.enteredAt)) : '',
      long: step.state === 'here' && step.enteredAt ? howLong(step.enteredAt, now) : '',
      incident: incidents.find((item) => item.elementId === step.elementId)?.key ?? null,
    })),
    incidents: incidents.map((item) => ({ ...item, step: nameOf(item.elementId) })),
    svg,
    inside: inside ? insideView(inside, instance, nameOf) : null,
    clocks: clocks.map((clock) => ({
      name: CLOCKS[clock.kind] ?? clock.kind,
      round: clock.round,
      started: format.day(clock.startsAt),
      due: format.time(clock.dueAt),
      state: clockState(clock, now),
    })),
    migrated: (await migratedInWords(house.sql, [instance.key])).get(instance.key) ?? [],
    called: called.map((item) => ({ ...item, name: names.get(item.processId) ?? item.processId })),
    acts: acts.map((event) => ({
      at: format.time(event.occurredAt),
      who: people.user(event.actor)?.name ?? event.actor,
      what: eventTitle(event.type),
      said: saidOf(event.payload, people),
    })),
    manage: may(actor, 'instance.manage') && instance.state === 'ACTIVE',
    done: textOf(req.query.done) ?? '',
    bar: await calendarBar(house),
  });
}

const clockState = (clock: { status: string; overdue: boolean | null; dueAt: Date }, now: Date): string => {
  if (clock.status === 'STOPPED') return clock.overdue ? '已停，逾期' : '已停';
  if (clock.status === 'PAUSED') return '停钟';
  return clock.dueAt < now ? '在走，已逾期' : '在走';
};

function insideView(inside: InstanceState, instance: Instance, nameOf: (id: string) => string) {
  return {
    variables: [...inside.variables]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((item) => ({
        name: item.name,
        where: item.scopeKey === instance.key ? '整个流程' : item.elementId ? nameOf(item.elementId) : '局部',
        value: item.name === 'demandId' ? '（本件）' : maskedValue(item.value),
      })),
    jobs: inside.jobs.map((job) => ({
      step: nameOf(job.elementId),
      kind: job.type === 'io.camunda.zeebe:userTask' ? '人工任务' : `程序 ${job.type}`,
      retries: job.retries,
    })),
    timers: inside.timers.map((timer) => ({
      step: nameOf(timer.elementId),
      due: format.time(new Date(timer.dueAt)),
      repeats: timer.repetitions,
    })),
  };
}
