import type { Diagram, DiagramElement } from '../diagram.ts';
import type { DesignFinding } from './finding.ts';

type Found = Omit<DesignFinding, 'name'>;

/**
 * Steps no way leads to from a start, and steps from which no way leads to an end, scope by scope: a circle of steps that is joined to
 * nothing, or that nobody gets out of. What has no line at all is said by the rules about lines.
 */
export function* stranded(diagram: Diagram): Generator<Found> {
  const scopes = new Map<string, DiagramElement[]>();
  for (const element of diagram.elements) {
    const scope = element.parentId ?? element.processId;
    scopes.set(scope, [...(scopes.get(scope) ?? []), element]);
  }
  for (const elements of scopes.values()) {
    const ways = waysOf(diagram, elements);
    const lined = new Set(ways.flatMap(({ from, to }) => [from, to]));
    const begins = elements.filter((element) => element.type === 'startEvent' || element.triggeredByEvent);
    // A step that has an event on its border and no line of its own ends there all the same.
    const ends = elements.filter(
      (element) =>
        !diagram.flows.some((flow) => flow.source === element.id) &&
        !(element.linkName && element.type === 'intermediateThrowEvent'),
    );
    if (begins.length > 0) {
      const reached = spread(begins, ways);
      for (const element of elements)
        if (!reached.has(element.id) && lined.has(element.id) && ways.some((way) => way.to === element.id))
          yield {
            severity: 'error',
            group: 'syntax',
            place: element.id,
            what: '从开始走不到这里',
            why: '这一步永远不会发生',
            mend: '从前面的步骤连线过来，或删去',
          };
    }
    if (ends.length > 0) {
      const leading = spread(
        ends,
        ways.map(({ from, to }) => ({ from: to, to: from })),
      );
      for (const element of elements)
        if (!leading.has(element.id))
          yield {
            severity: 'error',
            group: 'syntax',
            place: element.id,
            what: '从这里走不到结束',
            why: '件到了这里会一直绕下去，永远办不完',
            mend: '加一条出去的路，例如用网关判断什么时候结束',
          };
    }
  }
}

interface Way {
  from: string;
  to: string;
}

/** Lines, what sits on the border of a step, and links by their name. */
function waysOf(diagram: Diagram, elements: readonly DiagramElement[]): Way[] {
  const own = new Set(elements.map((element) => element.id));
  const ways: Way[] = diagram.flows
    .filter((flow) => own.has(flow.source) && own.has(flow.target))
    .map((flow) => ({ from: flow.source, to: flow.target }));
  for (const element of elements) {
    if (element.attachedTo) ways.push({ from: element.attachedTo, to: element.id });
    if (element.linkName && element.type === 'intermediateThrowEvent')
      for (const other of elements)
        if (other.type === 'intermediateCatchEvent' && other.linkName === element.linkName)
          ways.push({ from: element.id, to: other.id });
  }
  return ways;
}

function spread(from: readonly DiagramElement[], ways: readonly Way[]): Set<string> {
  const reached = new Set(from.map((element) => element.id));
  const open = [...reached];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const way of ways)
      if (way.from === id && !reached.has(way.to)) {
        reached.add(way.to);
        open.push(way.to);
      }
  return reached;
}
