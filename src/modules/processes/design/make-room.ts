import type { Model } from './open-model.ts';

export type Axis = 'x' | 'y';
const SIZE = { x: 'width', y: 'height' } as const;

/**
 * Moves everything beyond a line apart by some pixels, so that something fits in between: what surrounds the place grows, what lies
 * across elsewhere goes with its middle, flows stay at right angles and on the borders they began and ended at.
 */
export function makeRoom(model: Model, at: { axis: Axis; cut: number; by: number; inside: readonly string[] }): void {
  const { axis, cut, by, inside } = at;
  const items: any[] = model.plane.planeElement;
  const shapes = items.filter((item) => item.$type === 'bpmndi:BPMNShape');
  const grows = new Set(inside);
  const moved = new Map<string, number>();
  for (const shape of shapes) {
    const outermost = unitOf(shape.bpmnElement, grows);
    const drawn = shapes.find((item) => item.bpmnElement === outermost) ?? shape;
    const middle = drawn.bounds[axis] + drawn.bounds[SIZE[axis]] / 2;
    moved.set(shape.bpmnElement.id, grows.has(shape.bpmnElement.id) || middle <= cut ? 0 : by);
  }
  for (const shape of shapes) {
    const id = shape.bpmnElement.id;
    const { bounds } = shape;
    if (grows.has(id) && bounds[axis] <= cut && bounds[axis] + bounds[SIZE[axis]] > cut) bounds[SIZE[axis]] += by;
    else if (grows.has(id) && bounds[axis] > cut) bounds[axis] += by;
    else bounds[axis] += moved.get(id) ?? 0;
    const label = shape.label?.bounds;
    if (label) label[axis] += grows.has(id) ? (label[axis] > cut ? by : 0) : (moved.get(id) ?? 0);
  }
  for (const edge of items.filter((item) => item.$type === 'bpmndi:BPMNEdge')) moveEdge(edge);

  function moveEdge(edge: any): void {
    const points: any[] = edge.waypoint;
    const across: Axis = axis === 'x' ? 'y' : 'x';
    const ofEnd = (ref: any, point: any): number =>
      ref && !grows.has(ref.id) && moved.has(ref.id) ? moved.get(ref.id)! : point[axis] > cut ? by : 0;
    const shift = points.map((point) => (point[axis] > cut ? by : 0));
    shift[0] = ofEnd(edge.bpmnElement.sourceRef, points[0]);
    shift[points.length - 1] = ofEnd(edge.bpmnElement.targetRef, points.at(-1));
    // A stretch along the line goes as one piece: from both ends inwards.
    for (let i = 1; i < points.length - 1; i += 1)
      if (points[i][axis] === points[i - 1][axis]) shift[i] = shift[i - 1]!;
      else break;
    for (let i = points.length - 2; i > 0; i -= 1)
      if (points[i][axis] === points[i + 1][axis]) shift[i] = shift[i + 1]!;
      else break;
    points.forEach((point, index) => {
      point[axis] += shift[index]!;
    });
    // Where the two halves of one stretch went apart, it gets a step in its middle.
    for (let i = points.length - 1; i > 0; i -= 1) {
      const [from, to] = [points[i - 1], points[i]];
      if (from.x === to.x || from.y === to.y) continue;
      const middle = Math.round((from[across] + to[across]) / 2);
      points.splice(i, 0, pointOf(model, axis, from[axis], middle), pointOf(model, axis, to[axis], middle));
    }
    const label = edge.label?.bounds;
    if (label && label[axis] + label[SIZE[axis]] / 2 > cut) label[axis] += by;
  }
}

const pointOf = (model: Model, axis: Axis, along: number, across: number) =>
  model.create('dc:Point', axis === 'x' ? { x: along, y: across } : { x: across, y: along });

/** What an element moves with: the step it is attached to, the outermost frame that does not itself grow. */
function unitOf(element: any, grows: ReadonlySet<string>): any {
  const host = element.attachedToRef ?? element;
  let unit = host;
  for (let up = host.$parent; up?.$type?.endsWith('SubProcess'); up = up.$parent) if (!grows.has(up.id)) unit = up;
  return unit;
}
