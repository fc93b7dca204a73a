import type { Numeric } from './decimal.ts';

/** The syntax tree of a FEEL expression. */
export type Node =
  | { kind: 'literal'; value: null | boolean | string | Numeric }
  | { kind: 'temporal'; text: string }
  | { kind: 'name'; name: string }
  /** The implicit input of a unary test. */
  | { kind: 'input' }
  | { kind: 'path'; target: Node; name: string }
  | { kind: 'filter'; target: Node; filter: Node }
  | { kind: 'call'; name: string | null; callee: Node | null; args: Node[]; names: string[] | null }
  | { kind: 'negate'; operand: Node }
  | { kind: 'arithmetic'; operator: '+' | '-' | '*' | '/' | '**'; left: Node; right: Node }
  | { kind: 'compare'; operator: '=' | '!=' | '<' | '<=' | '>' | '>='; left: Node; right: Node }
  | { kind: 'between'; value: Node; low: Node; high: Node }
  | { kind: 'in'; value: Node; tests: Node[] }
  /** `> 3` inside `in (...)`. */
  | { kind: 'test'; operator: '<' | '<=' | '>' | '>=' | '=' | '!='; operand: Node }
  | { kind: 'range'; start: Node; end: Node; includeStart: boolean; includeEnd: boolean }
  | { kind: 'and' | 'or'; left: Node; right: Node }
  | { kind: 'if'; condition: Node; then: Node; otherwise: Node }
  | { kind: 'for'; iterators: Iterator[]; body: Node }
  | { kind: 'some' | 'every'; iterators: Iterator[]; body: Node }
  | { kind: 'list'; items: Node[] }
  | { kind: 'context'; entries: { key: string; value: Node }[] }
  | { kind: 'function'; parameters: string[]; body: Node }
  | { kind: 'instanceOf'; value: Node; type: string };

export interface Iterator {
  name: string;
  source: Node;
  /** `a..b`: counts from the one to the other. */
  end: Node | null;
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
      case 'every': {
        const inner = new Set(known);
        for (const iterator of item.iterators) {
          visit(iterator.source, inner);
          if (iterator.end) visit(iterator.end, inner);
          inner.add(iterator.name);
        }
        inner.add('partial');
        visit(item.body, inner);
        return;
      }
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
      case 'call':
        if (item.callee) visit(item.callee, known);
        for (const argument of item.args) visit(argument, known);
        return;
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
