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
/** Kept clear around a step. */
const MARGIN = 8;

/** Puts a task on a flow, with room for it in the picture, and answers its id. */
export function insertTask(model: Model, flowId: string, task: { kind: InsertableKind; name: string }): string {
  const flow = model.find(flowId);
  const edge = model.drawn(flowId);
  if (flow.$type !== 'bpmn:SequenceFlow' || !edge)
    throw invalid('这条线没有画在图上，不能在上面插入。请先在图上把它连好。');
  const { axis, index } = roomiest(edge.waypoint);
  const other: Axis = axis === 'x' ? 'y' : 'x';
  const inside = ancestorsOf(flow);
  const at = placeOn(model, edge, { axis, index, inside });
  const { across } = stretch(edge.waypoint, index, axis);
  widenAcross(model, inside, other, across);

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

  draw(model, edge, node, onward, { axis, other, at, index, across });
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

function stretch(points: readonly any[], index: number, axis: Axis): Segment {
  const [from, to] = [points[index], points[index + 1]];
  return {
    axis,
    index,
    low: Math.min(from[axis], to[axis]),
    high: Math.max(from[axis], to[axis]),
    across: axis === 'x' ? from.y : from.x,
  };
}

/** The longest stretch of a flow, one from left to right if there is any. */
function roomiest(points: readonly any[]): Segment {
  const segments = points
    .slice(1)
    .map((to, index) => stretch(points, index, Math.abs(points[index].y - to.y) < 0.5 ? 'x' : 'y'));
  const longest = (axis: Axis) =>
    segments
      .filter((segment) => segment.axis === axis)
      .sort((a, b) => b.high - b.low - (a.high - a.low))
      .at(0);
  const found = longest('x') ?? longest('y');
  if (!found) throw conflict('这条线在图上没有长度，请先在图上把它连好。');
  return found;
}

/** Times room is made at most: what is moved aside may lie in the way anew. */
const MOST_MOVES = 4;

/** Makes room on a stretch until a step fits where nothing lies across, and says where its middle is to be. */
function placeOn(model: Model, edge: any, on: { axis: Axis; index: number; inside: readonly string[] }): number {
  const { axis, index, inside } = on;
  const need = TASK[axis] + 2 * GAP[axis];
  for (let moves = 0; ; moves += 1) {
    const segment = stretch(edge.waypoint, index, axis);
    const free = freest(model, edge, segment);
    const cut = (free.low + free.high) / 2;
    const width = free.high - free.low;
    const enough = width >= (moves === 0 ? need : TASK[axis] + 2 * MARGIN);
    const beside = moves === 0 && crowded(model, edge, segment, cut);
    if ((enough && !beside) || moves === MOST_MOVES) return Math.round(cut);
    makeRoom(model, { axis, cut, by: Math.max(need - width, beside ? TASK[axis] + 20 : 0), inside });
  }
}

/** The widest part of a stretch that nothing lies across: a line that crosses it, or a name beside it, stays on its side of the step. */
function freest(model: Model, edge: any, segment: Segment): { low: number; high: number } {
  const { axis, low, high, across } = segment;
  const other: Axis = axis === 'x' ? 'y' : 'x';
  const half = TASK[other] / 2 + MARGIN;
  const size = { x: 'width', y: 'height' } as const;
  const own = [edge.bpmnElement.sourceRef, edge.bpmnElement.targetRef];
  const taken = [...boxesOf(model, (item) => item === edge || own.includes(item.bpmnElement))]
    .filter((box) => box[other] < across + half && across - half < box[other] + box[size[other]])
    .map((box) => ({ from: box[axis], to: box[axis] + box[size[axis]] }))
    // What lies along all of it cannot be stepped aside of here.
    .filter(({ from, to }) => to > low && from < high && !(from <= low && to >= high))
    .sort((a, b) => a.from - b.from);
  let widest = { low, high: low };
  let from = low;
  for (const { from: next, to } of [...taken, { from: high, to: high }]) {
    if (next - from > widest.high - widest.low) widest = { low: from, high: next };
    from = Math.max(from, to);
  }
  return widest.high > widest.low ? widest : { low, high };
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What takes up room in the picture: shapes that are no frames, names, and lines, stretch by stretch. */
function* boxesOf(model: Model, without: (item: any) => boolean): Generator<Box> {
  for (const item of model.plane.planeElement as any[]) {
    if (item.label?.bounds && item.bpmnElement?.$type !== 'bpmn:SequenceFlow') yield item.label.bounds;
    if (without(item)) continue;
    if (item.bounds && !item.isExpanded) yield item.bounds;
    if (item.waypoint && item.label?.bounds) yield item.label.bounds;
    for (const [index, to] of (item.waypoint ?? []).slice(1).entries()) {
      const from = item.waypoint[index];
      yield {
        x: Math.min(from.x, to.x),
        y: Math.min(from.y, to.y),
        width: Math.abs(from.x - to.x),
        height: Math.abs(from.y - to.y),
      };
    }
  }
}

/** Whether something lies where the task would go. */
function crowded(model: Model, edge: any, segment: Segment, middle: number): boolean {
  const half = { x: TASK.x / 2 + MARGIN, y: TASK.y / 2 + MARGIN };
  const centre = segment.axis === 'x' ? { x: middle, y: segment.across } : { x: segment.across, y: middle };
  const hits = (box: Box) =>
    box.x < centre.x + half.x &&
    centre.x - half.x < box.x + box.width &&
    box.y < centre.y + half.y &&
    centre.y - half.y < box.y + box.height;
  return [...boxesOf(model, (item) => item === edge)].some(hits);
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
  labelBeside(edge, shape.bounds, other);
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

/** … and is not under the step. */
function labelBeside(edge: any, box: Box, other: Axis): void {
  const label = edge.label?.bounds;
  if (!label || !(label.x < box.x + box.width && box.x < label.x + label.width)) return;
  if (!(label.y < box.y + box.height && box.y < label.y + label.height)) return;
  if (other === 'y') label.y = box.y - label.height - MARGIN;
  else label.x = box.x - label.width - MARGIN;
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
