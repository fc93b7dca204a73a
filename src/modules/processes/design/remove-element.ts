import { conflict } from '../../../kernel/errors.ts';
import type { Model } from './open-model.ts';

/** Why a step cannot be taken out here; undefined when it can. */
export function whyNotRemovable(model: Model, id: string): string | undefined {
  const node = model.find(id);
  if (node.$type === 'bpmn:Process') return '流程本身不能删除。要放弃整份草稿，用“放弃草稿”。';
  if (node.$type === 'bpmn:SequenceFlow') return '线随两头的步骤走，不能单独删除。请在图上改接。';
  if (node.$type === 'bpmn:BoundaryEvent') return '边界事件和它后面的路要一起删除，请在图上做。';
  if (node.triggeredByEvent) return '事件子流程没有进线、出线，请在图上删除。';
  if ((node.incoming ?? []).length !== 1 || (node.outgoing ?? []).length !== 1)
    return '它的进线或出线不止一条（或没有），删去后不知道怎样连接。请在图上删除并重新连线。';
  if (model.nodes().some((other) => other.attachedToRef === node)) return '上面还有边界事件。请先在图上处理它们。';
  return undefined;
}

/** Takes a step with one way in and one way out from its flow; the way in goes on to what came after it. */
export function removeElement(model: Model, id: string): void {
  const why = whyNotRemovable(model, id);
  if (why) throw conflict(why, { reason: 'not-removable' });
  const node = model.find(id);
  const [way, onward] = [node.incoming[0], node.outgoing[0]];
  const target = onward.targetRef;
  way.targetRef = target;
  target.incoming = target.incoming.map((item: any) => (item === onward ? way : item));
  node.$parent.flowElements = node.$parent.flowElements.filter((item: any) => item !== node && item !== onward);
  for (const set of model.process.laneSets ?? [])
    for (const lane of set.lanes ?? [])
      if (lane.flowNodeRef) lane.flowNodeRef = lane.flowNodeRef.filter((item: any) => item !== node);
  joinEdges(model, way, onward);
  const gone = new Set([node, onward, ...below(node)]);
  model.plane.planeElement = model.plane.planeElement.filter((item: any) => !gone.has(item.bpmnElement));
}

const below = (scope: any): any[] => (scope.flowElements ?? []).flatMap((element: any) => [element, ...below(element)]);

function joinEdges(model: Model, way: any, onward: any): void {
  const [first, second] = [model.drawn(way.id), model.drawn(onward.id)];
  if (!first || !second) return;
  const before: any[] = first.waypoint.slice(0, -1);
  const after: any[] = second.waypoint.slice(1);
  const [from, to] = [first.waypoint.at(-1), second.waypoint[0]];
  const comesAlong = before.at(-1).y === from.y;
  const goesAlong = after[0].y === to.y;
  const bends = [];
  if (comesAlong && !goesAlong) bends.push({ x: to.x, y: from.y });
  if (!comesAlong && goesAlong) bends.push({ x: from.x, y: to.y });
  if (comesAlong && goesAlong && from.y !== to.y) {
    const middle = Math.round((from.x + to.x) / 2);
    bends.push({ x: middle, y: from.y }, { x: middle, y: to.y });
  }
  if (!comesAlong && !goesAlong && from.x !== to.x) {
    const middle = Math.round((from.y + to.y) / 2);
    bends.push({ x: from.x, y: middle }, { x: to.x, y: middle });
  }
  const points = [...before, ...bends.map((point) => model.create('dc:Point', point)), ...after];
  first.waypoint = points.filter((point, index) => {
    const [a, b] = [points[index - 1], points[index + 1]];
    return !a || !b || !((a.x === point.x && b.x === point.x) || (a.y === point.y && b.y === point.y));
  });
}
