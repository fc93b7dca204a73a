import type { Numeric } from './decimal.ts';

/** The syntax tree of a FEEL expression. */
export type Node =
  | { kind: 'literal'; value: null | boolean | string | Numeric }
  /** `date("...")`, `@"..."` and the like with a literal text: read once, when compiled. */
  | { kind: 'temporal'; type: TemporalType; text: string }
  | { kind: 'name'; name: string }
  /** `?`, the input of a unary test. */
  | { kind: 'input' }
  | { kind: 'path'; target: Node; name: string }
  | { kind: 'filter'; target: Node; filter: Node }
  /** `f(...)`, or `a.b.f(...)` with the context it is taken from. */
  | { kind: 'call'; name: string; target: Node | null; args: Node[]; names: string[] | null }
  | { kind: 'negate'; operand: Node }
  | { kind: 'arithmetic'; operator: '+' | '-' | '*' | '/' | '**'; left: Node; right: Node }
  | { kind: 'compare'; operator: '=' | '<' | '<=' | '>' | '>='; left: Node; right: Node }
  | { kind: 'not'; operand: Node }
  | { kind: 'in'; value: Node; test: Node }
  /** Unary tests: `> 3`, `[1..5]`, `true` at the end of the text, any other expression; several of them. */
  | { kind: 'testCompare'; operator: '<' | '<=' | '>' | '>=' | '='; operand: Node }
  | { kind: 'testRange'; range: RangeNode }
  | { kind: 'testExpression'; operand: Node }
  | { kind: 'testAny'; tests: Node[] }
  | RangeNode
  | { kind: 'and' | 'or'; left: Node; right: Node }
  | { kind: 'if'; condition: Node; then: Node; otherwise: Node }
  | { kind: 'for'; iterators: Iterator[]; body: Node }
  | { kind: 'some' | 'every'; iterators: Iterator[]; body: Node }
  /** `a..b` of an iterator: counts from the one to the other. */
  | { kind: 'count'; start: Node; end: Node }
  | { kind: 'list'; items: Node[] }
  | { kind: 'context'; entries: { key: string; value: Node }[] }
  | { kind: 'function'; parameters: string[]; body: Node }
  | { kind: 'instanceOf'; value: Node; type: string };

export type TemporalType = 'duration' | 'date and time' | 'date' | 'time' | '@';
export interface RangeNode {
  kind: 'range';
  start: Node;
  end: Node;
  includeStart: boolean;
  includeEnd: boolean;
}
export interface Iterator {
  name: string;
  source: Node;
}

/** Names an expression reads from its context, its own loop variables and parameters left out. */
export function referencedNames(node: Node, bound: ReadonlySet<string> = new Set()): Set<string> {
  const found = new Set<string>();
  const visit = (item: Node, known: ReadonlySet<string>): void => {
    switch (item.kind) {
      case 'name':
        if (!known.has(item.name)) found.add(item.name);
        return;
      case 'for':
      case 'some':
      case 'every':
        for (const iterator of item.iterators) visit(iterator.source, known);
        return visit(item.body, new Set([...known, 'partial', ...item.iterators.map((iterator) => iterator.name)]));
      case 'function':
        return visit(item.body, new Set([...known, ...item.parameters]));
      case 'filter':
        visit(item.target, known);
        return visit(item.filter, new Set([...known, 'item']));
      case 'context': {
        const inner = new Set(known);
        for (const entry of item.entries) {
          visit(entry.value, inner);
          inner.add(entry.key);
        }
        return;
      }
      default:
        for (const value of Object.values(item)) {
          if (Array.isArray(value)) for (const child of value) if (isNode(child)) visit(child, known);
          if (isNode(value)) visit(value, known);
        }
    }
  };
  visit(node, bound);
  return found;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'kind' in value;
