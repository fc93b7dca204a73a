import type { Sql } from '../../db/sql.ts';
import { notFound } from '../../kernel/errors.ts';
import { diagramOf } from './catalogue.ts';
import { type Diagram, type DiagramElement, elementOf } from './diagram.ts';

export interface MigrationRequest {
  processInstanceKey: string;
  version: number;
  /** Elements whose id differs in the target version. */
  mapping: readonly { from: string; to: string }[];
  engine: 'embedded' | 'zeebe';
}

export interface MigrationPlan {
  processId: string;
  fromVersion: number;
  toVersion: number;
  /** Where each waiting token goes. */
  moves: readonly { from: string; to: string; name: string }[];
  /** Why it cannot be done, one sentence each; empty when it can. */
  refusals: readonly string[];
}

const WAITED = ['timer', 'message', 'signal'];

/** What a migration of a running instance would do, and what speaks against it, without doing anything. */
export async function planMigration(sql: Sql, request: MigrationRequest): Promise<MigrationPlan> {
  const [instance] = await sql.query<{ process_id: string; process_version: number; state: string }>(
    'select process_id, process_version, state from process_instance where key = $1',
    [request.processInstanceKey],
  );
  if (instance?.state !== 'ACTIVE') throw notFound('没有这个正在运行的流程，可能已经结束。请刷新后再看。');
  const active = await sql.query<{ element_id: string }>(
    `select distinct element_id from element_visit where process_instance_key = $1 and state = 'ACTIVE' order by element_id`,
    [request.processInstanceKey],
  );
  const source = await diagramOf(sql, instance.process_id, instance.process_version);
  const target = await diagramOf(sql, instance.process_id, request.version);
  const waiting = active.map((row) => row.element_id);
  return {
    processId: instance.process_id,
    fromVersion: instance.process_version,
    toVersion: request.version,
    ...compare({ source, target, active: waiting, mapping: request.mapping, engine: request.engine }),
  };
}

interface Comparison {
  source: Diagram;
  target: Diagram;
  active: readonly string[];
  mapping: MigrationRequest['mapping'];
  engine: MigrationRequest['engine'];
}

/** The comparison itself, on plain data. */
export function compare({
  source,
  target,
  active,
  mapping,
  engine,
}: Comparison): Pick<MigrationPlan, 'moves' | 'refusals'> {
  const refusals: string[] = [];
  const moves: { from: string; to: string; name: string }[] = [];
  const to = new Map(mapping.map((item) => [item.from, item.to]));
  if (to.size < mapping.length) refusals.push('同一个节点对应了两处，请只保留一处。');
  for (const item of mapping) {
    if (!elementOf(source, item.from)) refusals.push(`原版本里没有节点“${item.from}”，请改正对应关系。`);
    if (!elementOf(target, item.to)) refusals.push(`目标版本里没有节点“${item.to}”，请改正对应关系。`);
  }
  const counterpart = (id: string) => elementOf(target, to.get(id) ?? id);
  for (const id of active) {
    const from = elementOf(source, id);
    if (!from) continue;
    const there = counterpart(id);
    if (!there) {
      refusals.push(`节点“${from.name}”（${id}）正在进行，目标版本里没有对应的节点，请指定一个。`);
      continue;
    }
    moves.push({ from: id, to: there.id, name: there.name });
    if (there.type !== from.type || there.event !== from.event)
      refusals.push(`节点“${from.name}”（${id}）不能对应“${there.name}”（${there.id}）：两者类型不同。`);
    if (Boolean(there.multiInstance) !== Boolean(from.multiInstance))
      refusals.push(`节点“${from.name}”（${id}）一边是多实例、一边不是，不能对应。`);
    const scope = from.parentId === null ? null : (counterpart(from.parentId)?.id ?? null);
    if (there.parentId !== scope)
      refusals.push(`节点“${there.name}”（${there.id}）在目标版本里不在原来的子流程内，不能对应。`);
    refusals.push(...eventsOf(source, target, from, there, counterpart, engine));
  }
  refusals.push(...processEvents(source, target, counterpart, engine));
  return { moves, refusals };
}

/** Events an active element waits for must be the same ones on both sides. */
function eventsOf(
  source: Diagram,
  target: Diagram,
  from: DiagramElement,
  there: DiagramElement,
  counterpart: (id: string) => DiagramElement | undefined,
  engine: MigrationRequest['engine'],
): string[] {
  const attached = (diagram: Diagram, id: string) =>
    diagram.elements.filter((element) => element.attachedTo === id && WAITED.includes(element.event ?? ''));
  const [before, after] = [attached(source, from.id), attached(target, there.id)];
  const waits = WAITED.includes(from.event ?? '') || from.type === 'receiveTask' || from.type === 'eventBasedGateway';
  if (engine === 'zeebe' && (before.length > 0 || after.length > 0 || waits))
    return [`节点“${from.name}”（${from.id}）正在等待消息、定时或信号，Zeebe 8.5 不能迁移它。请等它走过这一步。`];
  return differences(from.name, before, after, counterpart);
}

/** Event subprocesses of the whole process wait as long as the instance runs. */
function processEvents(
  source: Diagram,
  target: Diagram,
  counterpart: (id: string) => DiagramElement | undefined,
  engine: MigrationRequest['engine'],
): string[] {
  const starts = (diagram: Diagram) =>
    diagram.elements.filter((element) => {
      const parent = element.parentId === null ? undefined : elementOf(diagram, element.parentId);
      return (
        element.type === 'startEvent' &&
        parent?.triggeredByEvent === true &&
        parent.parentId === null &&
        WAITED.includes(element.event ?? '')
      );
    });
  const [before, after] = [starts(source), starts(target)];
  if (engine === 'zeebe' && (before.length > 0 || after.length > 0))
    return ['流程带有等待消息、定时或信号的事件子流程，Zeebe 8.5 不能迁移这样的实例。请让它在原版本上办完。'];
  return differences('流程', before, after, counterpart);
}

function differences(
  where: string,
  before: readonly DiagramElement[],
  after: readonly DiagramElement[],
  counterpart: (id: string) => DiagramElement | undefined,
): string[] {
  const kept = new Set<string>();
  const refusals: string[] = [];
  for (const event of before) {
    const there = counterpart(event.id);
    if (there && after.some((other) => other.id === there.id)) kept.add(there.id);
    else refusals.push(`“${where}”正在等待的事件“${event.name}”（${event.id}）在目标版本里没有对应。`);
  }
  for (const event of after)
    if (!kept.has(event.id))
      refusals.push(`目标版本的“${where}”多了事件“${event.name}”（${event.id}），正在进行的实例没有等待它。`);
  return refusals;
}
