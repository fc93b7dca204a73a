import { compileExpression, type Expression } from '../feel/index.ts';

export interface Mapping {
  source: string;
  target: string;
}

/** An expression begins with `=`; the sign alone is a text. */
export const isExpression = (text: string): boolean => text.length > 1 && text.startsWith('=');

/** Children by name, in the order they were first named; a leaf holds the source. */
type Tree = Map<string, Tree | string>;

/**
 * All mappings of a direction are one FEEL context, as in Zeebe: a later entry sees the ones before it, and nested targets are nested contexts.
 * `data.id <- =x` and `data.name <- =y` become `{data: {id: x, name: y}}`.
 */
export function compileInputs(mappings: readonly Mapping[]): Expression {
  return compileExpression(contextText(treeOf(mappings)));
}

/**
 * Output mappings write into what is already there: `x.y <- =v` keeps the other entries of `x`.
 * When `x` is no context it is lost, as in Zeebe (`context merge` gives null).
 */
export function compileOutputs(mappings: readonly Mapping[]): Expression {
  const entries = [...treeOf(mappings)].map(
    ([name, child]) => `${key(name)}: ${typeof child === 'string' ? child : merged(name, child)}`,
  );
  return compileExpression(`{${entries.join(', ')}}`);
}

function treeOf(mappings: readonly Mapping[]): Tree {
  const root: Tree = new Map();
  for (const { source, target } of mappings) {
    const path = target.split('.').map((part) => part.trim());
    let tree = root;
    for (const part of path.slice(0, -1)) {
      let next = tree.get(part);
      if (!(next instanceof Map)) {
        next = new Map();
        tree.set(part, next);
      }
      tree = next;
    }
    tree.set(path.at(-1)!, isExpression(source) ? `(${source.slice(1)})` : JSON.stringify(source));
  }
  return root;
}

function contextText(tree: Tree): string {
  return `{${[...tree].map(([name, child]) => `${key(name)}: ${typeof child === 'string' ? child : contextText(child)}`).join(', ')}}`;
}

function merged(path: string, tree: Tree): string {
  const entries = [...tree].map(
    ([name, child]) => `${key(name)}: ${typeof child === 'string' ? child : merged(`${path}.${name}`, child)}`,
  );
  const context = `{${entries.join(', ')}}`;
  return `if ${path} = null then ${context} else context merge(${path}, ${context})`;
}

const key = (name: string) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : JSON.stringify(name));
