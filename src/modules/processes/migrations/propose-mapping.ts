import { type Diagram, type DiagramElement, elementOf } from '../diagram.ts';

export interface MappingRow {
  from: string;
  name: string;
  /** The same id is there, another one is likely, or a person has to choose. */
  how: 'same' | 'proposed' | 'open';
  to: string | null;
  /** Elements of the same kind in the target, nearest first. */
  choices: { id: string; name: string }[];
}

/** Where the tokens of each element would go; for the elements instances stand at, and what these wait for. */
export function proposeMapping(source: Diagram, target: Diagram, active: readonly string[]): MappingRow[] {
  const needed = new Set<string>();
  for (const id of active)
    for (let at = elementOf(source, id); at; at = at.parentId ? elementOf(source, at.parentId) : undefined) {
      needed.add(at.id);
      for (const event of source.elements)
        if (event.attachedTo === at.id && event.event !== 'error') needed.add(event.id);
    }
  return [...needed].flatMap((id) => {
    const from = elementOf(source, id);
    return from ? [rowOf(source, target, from)] : [];
  });
}

function rowOf(source: Diagram, target: Diagram, from: DiagramElement): MappingRow {
  const alike = target.elements
    .filter((other) => fits(from, other))
    .map((other) => ({ other, distance: distance(source, target, from, other) }))
    .sort((a, b) => a.distance - b.distance);
  const choices = alike.map(({ other }) => ({ id: other.id, name: other.name }));
  const row = { from: from.id, name: from.name, choices };
  const same = elementOf(target, from.id);
  if (same && fits(from, same)) return { ...row, how: 'same', to: same.id };
  const sourceIds = new Set(source.elements.map((element) => element.id));
  // An element that was there before has its own tokens: only a new one can be this one under another id.
  const fresh = alike.filter(({ other }) => !sourceIds.has(other.id));
  const [best, second] = fresh;
  const byName = fresh.filter(({ other }) => other.name === from.name);
  if (byName.length === 1) return { ...row, how: 'proposed', to: byName[0]!.other.id };
  if (best && best.distance < 60 && (!second || second.distance > 2 * best.distance + 60))
    return { ...row, how: 'proposed', to: best.other.id };
  return { ...row, how: 'open', to: null };
}

const fits = (from: DiagramElement, other: DiagramElement): boolean =>
  other.type === from.type &&
  other.event === from.event &&
  Boolean(other.multiInstance) === Boolean(from.multiInstance) &&
  Boolean(other.triggeredByEvent) === Boolean(from.triggeredByEvent);

/** How far apart both are drawn. */
function distance(source: Diagram, target: Diagram, from: DiagramElement, other: DiagramElement): number {
  const [a, b] = [boundsOf(source, from.id), boundsOf(target, other.id)];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : Number.MAX_SAFE_INTEGER;
}

const boundsOf = (diagram: Diagram, id: string) => diagram.shapes.find((shape) => shape.elementId === id)?.bounds;
