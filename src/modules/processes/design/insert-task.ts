import { conflict, invalid } from '../../../kernel/errors.ts';
import { type Axis, makeRoom } from './make-room.ts';
import type { Model } from './open-model.ts';

/** Kinds of steps that can be put in, by what people call them. */
export const INSERTABLE = {
  user: { type: 'bpmn:UserTask', title: '人工任务' },
  rule: { type: 'bpmn:BusinessRuleTask', title: '规则判断' },
  job: { type: 'bpmn:ServiceTask', title: '程序' },
  call: { type: 'bpmn:CallActivity', title: '调用流程' },
} as const;
export type InsertableKind = keyof typeof INSERTABLE;

const TASK = { x: 100, y: 80 } as const;
const GAP = { x: 40, y: 30 } as const;

/** Puts a task on a flow, with room for it in the picture, and answers its id. */
export function insertTask(model: Model, flowId: string, task: { kind: InsertableKind; name: string }): string {
  const flow = model.find(flowId);
  const edge = model.drawn(flowId);
  if (flow.$type !== 'bpmn:SequenceFlow' || !edge)
    throw invalid('这条线没有画在图上，不能在上面插入。请先在图上把它连好。');
  const segment = roomiest(edge.waypoint);
  const { axis } = segment;
  const other: Axis = axis === 'x' ? 'y' : 'x';
  const need = TASK[axis] + 2 * GAP[axis];
  const cut = (segment.low + segment.high) / 2;
  const short = Math.max(0, need - (segment.high - segment.low));
  const by = short > 0 || crowded(model, edge, segment, cut) ? Math.max(short, TASK[axis] + 20) : 0;
  const inside = ancestorsOf(flow);
  if (by > 0) makeRoom(model, { axis, cut, by, inside });
  widenAcross(model, inside, other, segment.across);

  const node = model.create(INSERTABLE[task.kind].type, { id: freeId(model, task.kind), name: task.name });
  node.$parent = flow.$parent;
  flow.$parent.flowElements.push(node);
  const onward = model.create('bpmn:SequenceFlow', { id: freeId(model, `${node.id}-onward`) });
  onward.$parent = flow.$parent;
  flow.$parent.flowElements.push(onward);
  const target = flow.targetRef;
  onward.sourceRef = node;
  onward.targetRef = target;
  target.incoming = target.incoming.map((item: any) => (item === flow ? onward : item));
  flow.targetRef = node;
  node.incoming = [flow];
  node.outgoing = [onward];
  for (const lane of lanesOf(model.process))
    if (lane.flowNodeRef?.includes(flow.sourceRef)) lane.flowNodeRef.push(node);

  draw(model, edge, node, onward, { axis, other, at: cut + by / 2, index: segment.index, across: segment.across });
  return node.id;
}

interface Segment {
  axis: Axis;
  index: number;
  low: number;
  high: number;
  /** Where it runs on the other axis. */
  across: number;
}

/** The longest stretch of a flow, one from left to right if there is any. */
function roomiest(points: readonly any[]): Segment {
  const segments = points.slice(1).map((to, index): Segment => {
    const from = points[index];
    const axis: Axis = Math.abs(from.y - to.y) < 0.5 ? 'x' : 'y';
    return {
      axis,
      index,
      low: Math.min(from[axis], to[axis]),
      high: Math.max(from[axis], to[axis]),
      across: axis === 'x' ? from.y : from.x,
    };
  });
  const longest = (axis: Axis) =>
    segments
      .filter((segment) => segment.axis === axis)
      .sort((a, b) => b.high - b.low - (a.high - a.low))
      .at(0);
  const found = longest('x') ?? longest('y');
  if (!found) throw conflict('这条线在图上没有长度，请先在图上把它连好。');
  return found;
}

/** Whether something lies where the task would go. */
function crowded(model: Model, edge: any, segment: Segment, middle: number): boolean {
  const half = { x: TASK.x / 2 + 8, y: TASK.y / 2 + 8 };
  const centre = segment.axis === 'x' ? { x: middle, y: segment.across } : { x: segment.across, y: middle };
  const hits = (box: any) =>
    box &&
    box.x < centre.x + half.x &&
    centre.x - half.x < box.x + box.width &&
    box.y < centre.y + half.y &&
    centre.y - half.y < box.y + box.height;
  return model.plane.planeElement.some((item: any) => {
    if (item.bounds && !item.isExpanded && hits(item.bounds)) return true;
    if (hits(item.label?.bounds)) return true;
    if (!item.waypoint || item === edge) return false;
    return item.waypoint.slice(1).some((to: any, index: number) => {
      const from = item.waypoint[index];
      return hits({
        x: Math.min(from.x, to.x),
        y: Math.min(from.y, to.y),
        width: Math.abs(from.x - to.x),
        height: Math.abs(from.y - to.y),
      });
    });
  });
}

const ancestorsOf = (flow: any): string[] => {
  const ids: string[] = [];
  for (let up = flow.$parent; up?.$type?.endsWith('SubProcess'); up = up.$parent) ids.push(up.id);
  return ids;
};

/** A frame too low for a task gets higher. */
function widenAcross(model: Model, inside: readonly string[], axis: Axis, across: number): void {
  for (const id of inside) {
    const bounds = model.drawn(id)?.bounds;
    const side = axis === 'x' ? 'width' : 'height';
    const needed = across + TASK[axis] / 2 + 20 - (bounds?.[axis] ?? 0);
    if (bounds && bounds[side] < needed) bounds[side] = needed;
  }
}

function draw(
  model: Model,
  edge: any,
  node: any,
  onward: any,
  place: { axis: Axis; other: Axis; at: number; index: number; across: number },
): void {
  const { axis, other, at, index, across } = place;
  const points: any[] = edge.waypoint;
  const forward = points[index + 1][axis] >= points[index][axis] ? 1 : -1;
  const corner = { [axis]: at - TASK[axis] / 2, [other]: across - TASK[other] / 2 } as Record<Axis, number>;
  const shape = model.create('bpmndi:BPMNShape', {
    id: `${node.id}_di`,
    bpmnElement: node,
    bounds: model.create('dc:Bounds', { x: corner.x, y: corner.y, width: TASK.x, height: TASK.y }),
  });
  const border = (way: number) =>
    model.create('dc:Point', { [axis]: at + (way * TASK[axis]) / 2, [other]: across } as Record<string, number>);
  const second = model.create('bpmndi:BPMNEdge', {
    id: `${onward.id}_di`,
    bpmnElement: onward,
    waypoint: [border(forward), ...points.slice(index + 1)],
  });
  edge.waypoint = [...points.slice(0, index + 1), border(-forward)];
  labelAtBeginning(edge, points, index, axis, forward);
  for (const item of [shape, second]) {
    item.$parent = model.plane;
    model.plane.planeElement.push(item);
  }
}

/** The name of a flow stays beside what is left of it. */
function labelAtBeginning(edge: any, points: readonly any[], index: number, axis: Axis, forward: number): void {
  const label = edge.label?.bounds;
  if (!label || index !== 0) return;
  const from = points[0];
  if (axis === 'x') {
    label.x = forward > 0 ? from.x + 4 : from.x - 4 - label.width;
    label.y = from.y - label.height - 4;
  } else {
    label.x = from.x + 6;
    label.y = forward > 0 ? from.y + 6 : from.y - 6 - label.height;
  }
}

function* lanesOf(process: any): Generator<any> {
  for (const set of process.laneSets ?? []) for (const lane of set.lanes ?? []) yield* laneAndBelow(lane);
}
function* laneAndBelow(lane: any): Generator<any> {
  yield lane;
  for (const below of lane.childLaneSet?.lanes ?? []) yield* laneAndBelow(below);
}

const freeId = (model: Model, stem: string): string => {
  const taken = new Set(model.nodes().map((node) => node.id));
  if (!/^(user|rule|job|call)$/.test(stem)) return stem;
  for (let n = 1; ; n += 1) if (!taken.has(`step-${stem}-${n}`)) return `step-${stem}-${n}`;
};
