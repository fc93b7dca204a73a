import type { CompiledProcess, Element, Flow } from '../model/types.ts';

/** Event types an instance subscribes to and keeps waiting for. */
const WAITED = ['TIMER', 'MESSAGE', 'SIGNAL'];

/** What stands for what in two versions of a process: elements by mapping or id, and from these events and flows. */
export class Counterparts {
  readonly #target: CompiledProcess;
  readonly #mapping: ReadonlyMap<string, string>;

  constructor(target: CompiledProcess, mapping: ReadonlyMap<string, string>) {
    this.#target = target;
    this.#mapping = mapping;
  }

  of(element: Element): Element | undefined {
    if (element.type === 'PROCESS') return this.#target.elements[0];
    return this.#target.byId.get(this.#mapping.get(element.id) ?? element.id);
  }

  /**
   * Where a token waits that has arrived at a join: on the flow of the same id; or, when an element was put before the join and the
   * flow cut in two, on the one flow of the join that is otherwise without counterpart.
   */
  arrival(source: CompiledProcess, flow: Flow): Flow | undefined {
    const before = source.elements[flow.target]!;
    const join = this.of(before);
    const same = this.#target.flows.find((other) => other.id === flow.id);
    if (same && isJoin(this.#target.elements[same.target]!) && (!join || same.target === join.index)) return same;
    if (!join || !isJoin(join) || join.incoming.length !== before.incoming.length) return undefined;
    const unmatched = (mine: readonly Flow[], others: readonly Flow[]) =>
      mine.filter((item) => !others.some((other) => other.id === item.id));
    const [left, right] = [unmatched(before.incoming, join.incoming), unmatched(join.incoming, before.incoming)];
    return left.length === 1 && left[0]!.id === flow.id ? right[0] : undefined;
  }
}

export const isJoin = (element: Element): boolean => element.type === 'PARALLEL_GATEWAY' && element.incoming.length > 1;

/** All events an instance of the element waits for from its beginning. */
export function awaitedBy(process: CompiledProcess, element: Element): Element[] {
  const events = [...element.boundary, ...element.eventSubprocesses.map((item) => item.start)];
  if (element.type === 'INTERMEDIATE_CATCH_EVENT' || element.type === 'RECEIVE_TASK') events.push(element);
  if (element.type === 'EVENT_BASED_GATEWAY')
    events.push(...element.outgoing.map((flow) => process.elements[flow.target]!));
  return events.filter((event) => WAITED.includes(eventOf(event)));
}

/** The kind of event, of a receive task too. */
export const eventOf = (element: Element): string => element.event?.type ?? element.eventType;
