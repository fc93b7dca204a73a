import { sqlOf } from '../../../db/orm.ts';
import type { Sql } from '../../../db/sql.ts';
import {
  branchesAhead,
  diagramOf,
  type Mark,
  migratedInWords,
  outOfReach,
  type PathStep,
  pathInWords,
  renderSvg,
  type Visit,
} from '../../../modules/processes/index.ts';
import type { Task } from '../../../modules/tasks/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import type { Names } from './names.ts';

export interface InstanceView {
  key: string;
  name: string;
  version: number;
  over: boolean;
  /** “已从第 3 版迁至第 4 版”, where an administrator has moved it. */
  migrated: string[];
  svg: string;
  steps: StepView[];
  branches: { when: string; what: string }[];
  /** A sentence per step that failed. */
  incidents: string[];
}

export interface StepView extends PathStep {
  anchor: string;
  entered: string;
  who: string;
  incident: string | null;
  /** Paths of the processes this step has called, oldest first. */
  called: InstanceView[];
}

interface InstanceRow {
  key: string;
  process_id: string;
  process_version: number;
  parent_key: string | null;
  state: string;
}

/** The engine's own steps of a demand, for the timeline. */
export interface EngineStep {
  at: Date;
  title: string;
  kind: string;
  process: string;
  over: boolean;
}

/** Where the demand stands: its process with what it has called, in words and as pictures. */
export async function pathOf(
  unit: Unit,
  demandId: string,
  tasks: readonly PathTask[],
  names: Names,
  until: number | null = null,
): Promise<{ roots: InstanceView[]; flat: InstanceView[]; steps: EngineStep[] }> {
  const sql = sqlOf(unit.em);
  const rows = await sql.query<InstanceRow>(
    `select key, process_id, process_version, parent_key,
       case when ended_at is null or ended_at > coalesce($2::bigint, ended_at) then 'ACTIVE' else state end as state
     from process_instance where demand_id = $1 and started_at <= coalesce($2::bigint, started_at) order by started_at, key`,
    [demandId, until],
  );
  if (rows.length === 0) return { roots: [], flat: [], steps: [] };
  const keys = rows.map((row) => row.key);
  const trails = await trailsOf(sql, keys, until);
  const steps: EngineStep[] = [];
  const views = new Map<string, InstanceView>();
  for (const row of rows) views.set(row.key, await instanceView(unit, row, trails, tasks, names, steps));
  for (const row of rows) {
    const parent = row.parent_key ? views.get(row.parent_key) : undefined;
    const step = parent?.steps.find((candidate) => candidate.calledProcess === row.process_id);
    if (step) step.called.push(views.get(row.key)!);
  }
  const roots = rows.filter((row) => !row.parent_key || !views.has(row.parent_key)).map((row) => views.get(row.key)!);
  return { roots, flat: rows.map((row) => views.get(row.key)!), steps };
}

/** What the path needs to know of a task. */
export type PathTask = Pick<
  Task,
  'processInstanceKey' | 'elementId' | 'status' | 'assignee' | 'candidates' | 'unassignable'
>;

interface Trails {
  visits: Map<string, Visit[]>;
  flows: Map<string, Set<string>>;
  incidents: Map<string, Map<string, string>>;
  migrated: Map<string, string[]>;
}

/** What the engine told of these instances; with `until` as it was at that moment. */
async function trailsOf(sql: Sql, keys: readonly string[], until: number | null): Promise<Trails> {
  const group = <Row extends { process_instance_key: string }, T>(rows: Row[], of: (row: Row) => T) => {
    const groups = new Map<string, T[]>();
    for (const row of rows)
      groups.set(row.process_instance_key, [...(groups.get(row.process_instance_key) ?? []), of(row)]);
    return groups;
  };
  const visits = await sql.query<any>(
    `select process_instance_key, element_id, entered_at,
       case when left_at > $2::bigint then 'ACTIVE' else state end as state, case when left_at > $2::bigint then null else left_at end as left_at
     from element_visit where process_instance_key = any($1) and entered_at <= coalesce($2::bigint, entered_at) order by entered_at, key`,
    [[...keys], until],
  );
  // Flows are counted, not dated: of a past moment only the elements are marked.
  const flows = until
    ? []
    : await sql.query<any>(
        'select process_instance_key, flow_id from flow_visit where process_instance_key = any($1)',
        [[...keys]],
      );
  const incidents = await sql.query<any>(
    `select process_instance_key, element_id, error_message from incident_view where process_instance_key = any($1)
       and created_at <= coalesce($2::bigint, created_at) and (resolved_at is null or resolved_at > $2::bigint)`,
    [[...keys], until],
  );
  const asMaps = <T, U>(groups: Map<string, T[]>, of: (items: T[]) => U) =>
    new Map([...groups].map(([key, items]) => [key, of(items)]));
  return {
    migrated: until ? new Map() : await migratedInWords(sql, keys),
    visits: group(visits, (row) => ({
      elementId: row.element_id,
      state: row.state,
      enteredAt: Number(row.entered_at),
      leftAt: row.left_at === null ? null : Number(row.left_at),
    })),
    flows: asMaps(
      group(flows, (row) => row.flow_id as string),
      (items) => new Set(items),
    ),
    incidents: asMaps(
      group(incidents, (row) => [row.element_id, row.error_message] as [string, string]),
      (items) => new Map(items),
    ),
  };
}

/** The picture and the words of one process instance. */
async function instanceView(
  unit: Unit,
  row: InstanceRow,
  trails: Trails,
  tasks: readonly PathTask[],
  names: Names,
  engineSteps: EngineStep[],
): Promise<InstanceView> {
  const diagram = await diagramOf(sqlOf(unit.em), row.process_id, row.process_version);
  const name = diagram.processes[0]?.name ?? row.process_id;
  const visits = trails.visits.get(row.key) ?? [];
  const incidents = trails.incidents.get(row.key) ?? new Map<string, string>();
  const over = row.state !== 'ACTIVE';
  const open = tasks.filter((task) => task.processInstanceKey === row.key && task.status === 'OPEN');
  const steps = pathInWords(diagram, row.process_id, visits).map(
    (step): StepView => ({
      ...step,
      anchor: `step-${row.key}-${step.elementId}`,
      entered: step.enteredAt ? format.short(new Date(step.enteredAt)) : '',
      who:
        step.state === 'here'
          ? holders(
              open.filter((task) => task.elementId === step.elementId),
              names,
            )
          : '',
      incident: incidents.get(step.elementId) ?? null,
      called: [],
    }),
  );
  const anchors = new Map(steps.map((step) => [step.elementId, `#${step.anchor}`]));
  const nameOf = new Map(diagram.elements.map((element) => [element.id, element]));
  for (const visit of visits) {
    const element = nameOf.get(visit.elementId);
    const step = steps.find((candidate) => candidate.elementId === visit.elementId);
    if (!element?.named || !step) continue;
    engineSteps.push({
      at: new Date(visit.enteredAt),
      title: element.name,
      kind: step.kind,
      process: name,
      over: visit.leftAt !== null,
    });
  }
  return {
    key: row.key,
    name,
    version: row.process_version,
    over,
    migrated: trails.migrated.get(row.key) ?? [],
    svg: renderSvg(diagram, marksOf(visits, incidents, outOfReach(diagram, visits, over)), trails.flows.get(row.key), {
      id: row.key,
      linkOf: (id) => anchors.get(id),
    }),
    steps,
    branches: over ? [] : branchesAhead(diagram, row.process_id, visits),
    incidents: [...incidents].map(([id, message]) => `“${nameOf.get(id)?.name ?? id}”没有完成：${message}`),
  };
}

function marksOf(
  visits: readonly Visit[],
  incidents: ReadonlyMap<string, string>,
  unreachable: ReadonlySet<string>,
): Map<string, Mark> {
  const marks = new Map<string, Mark>([...unreachable].map((id) => [id, 'skipped']));
  for (const visit of visits) {
    if (visit.state === 'ACTIVE') marks.set(visit.elementId, 'here');
    else if (marks.get(visit.elementId) !== 'here')
      marks.set(visit.elementId, visit.state === 'COMPLETED' ? 'done' : 'skipped');
  }
  for (const id of incidents.keys()) marks.set(id, 'incident');
  return marks;
}

/** Who has the open tasks of a step. */
export function holders(
  tasks: readonly Pick<Task, 'assignee' | 'candidates' | 'unassignable'>[],
  names: Names,
): string {
  return tasks
    .map((task) => {
      if (task.assignee) return names.user(task.assignee);
      if (task.unassignable || task.candidates.length === 0) return '待纳服指派';
      const first = task.candidates.slice(0, 3).map(names.user).join('、');
      return task.candidates.length > 3 ? `${first} 等 ${task.candidates.length} 人` : first;
    })
    .join('；');
}
