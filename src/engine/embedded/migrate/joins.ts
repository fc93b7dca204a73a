import type { CompiledProcess, Element } from '../model/types.ts';
import { isJoin } from './counterparts.ts';

/** Tokens of one living scope: the elements they stand at, and the flows on which they have arrived at a join. */
export interface Tokens {
  at: readonly Element[];
  /** Indexes of flows. */
  arrived: readonly number[];
}

/**
 * Joins that some token of the scope will come to and that wait for a flow no token can come by: whoever is there waits for ever.
 * Follows the lines of the diagram, whatever their conditions say.
 */
export function joinsWithoutEnd(process: CompiledProcess, { at, arrived }: Tokens): Element[] {
  const flows = new Set(arrived);
  const seen = new Set<Element>();
  const next = [...at, ...arrived.map((index) => process.elements[process.flows[index]!.target]!)];
  for (let element = next.pop(); element; element = next.pop()) {
    if (seen.has(element)) continue;
    seen.add(element);
    for (const flow of element.outgoing) {
      flows.add(flow.index);
      next.push(process.elements[flow.target]!);
    }
    next.push(...element.boundary);
    if (element.eventType === 'LINK')
      next.push(...process.elements.filter((other) => other.scope === element.scope && other.eventType === 'LINK'));
  }
  return [...seen].filter((join) => isJoin(join) && join.incoming.some((flow) => !flows.has(flow.index)));
}
