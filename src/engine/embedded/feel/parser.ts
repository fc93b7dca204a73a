import type { Iterator, Node, RangeNode, TemporalType } from './ast.ts';
import { parseDecimal } from './decimal.ts';
import { FeelSyntaxError, Reader, unescapeText } from './reader.ts';

/** Built-in functions with a reserved word in their name. */
const RESERVED_CALLS = ['and', 'or', 'date and time', 'years and months duration', 'get or else'] as const;
const TEMPORAL = ['duration', 'date and time', 'date', 'time'] as const;
const LONG_TYPES = ['years and months duration', 'days and time duration', 'date and time', 'function'] as const;
const COMPARISONS = ['<=', '>=', '<', '>', '!=', '='] as const;
const UNARY_COMPARISONS = ['<=', '>=', '<', '>'] as const;
/** Properties whose name has a blank. */
const LONG_PROPERTY = 'time offset';
/** Rules within each other; about three of them make one pair of brackets. */
const DEEPEST = 450;

/** Parses a FEEL expression; throws `FeelSyntaxError`. */
export function parse(text: string): Node {
  const parser = new Parser(text);
  const node = parser.expression();
  if (node && parser.finished()) return node;
  throw parser.mistake();
}

/**
 * Follows the grammar of feel-scala 1.17 rule by rule (ordered choice, first match wins), because what Zeebe refuses at deployment has to be
 * refused here too: ranges only where a test may stand, one comparison without chaining, keywords without word boundary. Long on purpose: one grammar.
 */
class Parser {
  readonly #in: Reader;
  readonly #seen = new Map<string, { node: Node | undefined; at: number }>();
  #depth = 0;

  constructor(text: string) {
    this.#in = new Reader(text);
  }

  finished(): boolean {
    this.#in.skip();
    return this.#in.ended;
  }

  mistake(): FeelSyntaxError {
    const { text, furthest } = this.#in;
    const rest = text.slice(furthest, furthest + 20);
    return new FeelSyntaxError(rest ? `从“${rest}”起读不懂` : '表达式不完整', furthest);
  }

  /** A rule is tried once per place, so that no text makes the choices multiply. */
  #once(rule: string, read: () => Node | undefined): Node | undefined {
    const key = `${rule}${this.#in.at}`;
    const known = this.#seen.get(key);
    if (known) {
      this.#in.at = known.at;
      return known.node;
    }
    const start = this.#in.at;
    // A file is input, not code: nesting is bounded so that no text can exhaust the stack.
    if (++this.#depth > DEEPEST) throw new FeelSyntaxError('表达式嵌套太深', start);
    const node = read();
    this.#depth -= 1;
    if (node === undefined) this.#in.at = start;
    this.#seen.set(key, { node, at: this.#in.at });
    return node;
  }

  /** Reads all parts or nothing. */
  #all<T>(read: () => T | undefined): T | undefined {
    const start = this.#in.at;
    const found = read();
    if (found === undefined) this.#in.at = start;
    return found;
  }

  /** One or more, with a separator between. */
  #list<T>(read: () => T | undefined, separator: string): T[] {
    const items: T[] = [];
    for (;;) {
      const start = this.#in.at;
      if (items.length > 0 && !this.#in.take(separator)) return items;
      const item = read();
      if (item === undefined) {
        this.#in.at = start;
        return items;
      }
      items.push(item);
    }
  }

  // ---- expressions, loosest first --------------------------------------------------------------------------

  expression(): Node | undefined {
    return this.#once('e', () => {
      return this.#if() ?? this.#for() ?? this.#quantified() ?? this.#or();
    });
  }

  #if(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('if')) return undefined;
      const condition = this.expression();
      if (!condition || !this.#in.take('then')) return undefined;
      const then = this.expression();
      if (!then || !this.#in.take('else')) return undefined;
      const otherwise = this.expression();
      return otherwise && { kind: 'if', condition, then, otherwise };
    });
  }

  #iterator(): Iterator | undefined {
    return this.#all(() => {
      const name = this.#in.name();
      if (name === undefined || !this.#in.take('in')) return undefined;
      const source = this.#count() ?? this.#value();
      return source && { name, source };
    });
  }

  #count(): Node | undefined {
    return this.#all(() => {
      const start = this.#additive();
      if (!start || !this.#in.take('..')) return undefined;
      const end = this.#additive();
      return end && { kind: 'count', start, end };
    });
  }

  #for(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('for')) return undefined;
      const iterators = this.#list(() => this.#iterator(), ',');
      if (iterators.length === 0 || !this.#in.take('return')) return undefined;
      const body = this.expression();
      return body && { kind: 'for', iterators, body };
    });
  }

  #quantified(): Node | undefined {
    return this.#all(() => {
      const kind = this.#in.oneOf(['some', 'every']);
      if (!kind) return undefined;
      const iterators = this.#list(() => this.#iterator(), ',');
      if (iterators.length === 0 || !this.#in.take('satisfies')) return undefined;
      const body = this.expression();
      return body && { kind, iterators, body };
    });
  }

  #chain(
    operators: readonly string[],
    read: () => Node | undefined,
    join: (operator: string, left: Node, right: Node) => Node,
  ): Node | undefined {
    let left = read();
    while (left) {
      const start = this.#in.at;
      const operator = this.#in.oneOf(operators);
      const right = operator === undefined ? undefined : read();
      if (!right) {
        this.#in.at = start;
        return left;
      }
      left = join(operator!, left, right);
    }
    return undefined;
  }

  #or(): Node | undefined {
    return this.#chain(
      ['or'],
      () => this.#and(),
      (_, left, right) => ({ kind: 'or', left, right }),
    );
  }
  #and(): Node | undefined {
    return this.#chain(
      ['and'],
      () => this.#comparison(),
      (_, left, right) => ({ kind: 'and', left, right }),
    );
  }

  /** One comparison, no chain of them; or a unary test. */
  #comparison(): Node | undefined {
    const value = this.#additive();
    if (!value) return this.#simpleTest();
    return (
      this.#binaryComparison(value) ?? this.#between(value) ?? this.#instanceOf(value) ?? this.#inTest(value) ?? value
    );
  }

  #binaryComparison(left: Node): Node | undefined {
    return this.#all(() => {
      const operator = this.#in.oneOf(COMPARISONS);
      const right = operator && this.#additive();
      if (!operator || !right) return undefined;
      if (operator === '!=') return { kind: 'not', operand: { kind: 'compare', operator: '=', left, right } };
      return { kind: 'compare', operator, left, right };
    });
  }

  #between(value: Node): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('between')) return undefined;
      const low = this.#additive();
      if (!low || !this.#in.take('and')) return undefined;
      const high = this.#additive();
      if (!high) return undefined;
      return {
        kind: 'and',
        left: { kind: 'compare', operator: '>=', left: value, right: low },
        right: { kind: 'compare', operator: '<=', left: value, right: high },
      };
    });
  }

  #instanceOf(value: Node): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('instance') || !this.#in.take('of')) return undefined;
      const type = this.#in.oneOf(LONG_TYPES) ?? this.#qualifiedName()?.join('.');
      return type === undefined ? undefined : { kind: 'instanceOf', value, type };
    });
  }

  #inTest(value: Node): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('in')) return undefined;
      const several = this.#all(() => {
        if (!this.#in.take('(')) return undefined;
        const tests = this.#list(() => this.#test(), ',');
        return tests.length > 0 && this.#in.take(')') ? tests : undefined;
      });
      if (several)
        return { kind: 'in', value, test: several.length === 1 ? several[0]! : { kind: 'testAny', tests: several } };
      const test = this.#test();
      return test && { kind: 'in', value, test };
    });
  }

  // ---- unary tests -----------------------------------------------------------------------------------------

  #test(): Node | undefined {
    const boolean = this.#all((): Node | undefined => {
      const word = this.#in.oneOf(['true', 'false']);
      return word && this.finished()
        ? { kind: 'testCompare', operator: '=', operand: { kind: 'literal', value: word === 'true' } }
        : undefined;
    });
    if (boolean) return boolean;
    const simple = this.#simpleTest();
    if (simple) return simple;
    const operand = this.expression();
    return operand && { kind: 'testExpression', operand };
  }

  #simpleTest(): Node | undefined {
    const comparison = this.#all((): Node | undefined => {
      const operator = this.#in.oneOf(UNARY_COMPARISONS);
      const operand = operator && this.#additive();
      return operator && operand ? { kind: 'testCompare', operator, operand } : undefined;
    });
    if (comparison) return comparison;
    const range = this.#range();
    return range && { kind: 'testRange', range };
  }

  #range(): RangeNode | undefined {
    return this.#all(() => {
      const open = this.#in.oneOf(['(', ']', '[']);
      const start = open && this.#additive();
      if (!start || !this.#in.take('..')) return undefined;
      const end = this.#additive();
      const close = end && this.#in.oneOf([')', '[', ']']);
      return end && close
        ? { kind: 'range', start, end, includeStart: open === '[', includeEnd: close === ']' }
        : undefined;
    });
  }

  // ---- arithmetic ------------------------------------------------------------------------------------------

  #additive(): Node | undefined {
    return this.#once('a', () =>
      this.#chain(
        ['+', '-'],
        () => this.#multiplicative(),
        (operator, left, right) => ({ kind: 'arithmetic', operator: operator as '+', left, right }),
      ),
    );
  }
  #multiplicative(): Node | undefined {
    return this.#chain(
      ['*', '/'],
      () => this.#power(),
      (operator, left, right) => ({ kind: 'arithmetic', operator: operator as '*', left, right }),
    );
  }
  #power(): Node | undefined {
    return this.#chain(
      ['**'],
      () => this.#negation(),
      (_, left, right) => ({ kind: 'arithmetic', operator: '**', left, right }),
    );
  }
  #negation(): Node | undefined {
    return this.#all(() => {
      const negative = this.#in.take('-');
      const operand = this.#value();
      return operand && negative ? { kind: 'negate', operand } : operand;
    });
  }

  // ---- values ----------------------------------------------------------------------------------------------

  /** A terminal with paths and filters behind it. */
  #value(): Node | undefined {
    return this.#once('v', () => {
      let node = this.#terminal();
      for (; node; ) {
        const target: Node = node;
        const next: Node | undefined =
          this.#all((): Node | undefined => {
            if (!this.#in.take('.')) return undefined;
            const name = this.#property();
            return name === undefined ? undefined : { kind: 'path', target, name };
          }) ??
          this.#all((): Node | undefined => {
            if (!this.#in.take('[')) return undefined;
            const filter = this.expression();
            return filter && this.#in.take(']') ? { kind: 'filter', target, filter } : undefined;
          });
        if (!next) return node;
        node = next;
      }
      return undefined;
    });
  }

  #property(): string | undefined {
    return this.#in.take(LONG_PROPERTY) ? LONG_PROPERTY : this.#in.name();
  }

  #qualifiedName(): string[] | undefined {
    const names = this.#list(() => this.#property(), '.');
    return names.length > 0 ? names : undefined;
  }

  #terminal(): Node | undefined {
    return (
      this.#temporal() ??
      this.#call() ??
      this.#variable() ??
      this.#literal() ??
      (this.#in.take('?') ? { kind: 'input' as const } : undefined) ??
      this.#function() ??
      this.#parenthesised()
    );
  }

  #temporal(): Node | undefined {
    return this.#all((): Node | undefined => {
      for (const type of TEMPORAL) {
        const text = this.#all(() => {
          if (!this.#in.take(type) || !this.#in.take('(')) return undefined;
          const quoted = this.#in.quoted();
          return quoted !== undefined && this.#in.take(')') ? quoted : undefined;
        });
        if (text !== undefined) return { kind: 'temporal', type: type satisfies TemporalType, text };
      }
      if (!this.#in.take('@')) return undefined;
      const text = this.#in.quoted();
      return text === undefined ? undefined : { kind: 'temporal', type: '@', text };
    });
  }

  #call(): Node | undefined {
    return this.#all((): Node | undefined => {
      const long = this.#in.longName() ?? this.#in.oneOf(RESERVED_CALLS);
      const path = long === undefined ? this.#qualifiedName() : [long];
      if (!path || !this.#in.take('(')) return undefined;
      const given = this.#namedArguments() ?? { args: this.#list(() => this.#argument(), ','), names: null };
      if (!this.#in.take(')')) return undefined;
      const target = path.length > 1 ? referenceTo(path.slice(0, -1)) : null;
      return { kind: 'call', name: path.at(-1)!, target, ...given };
    });
  }

  #argument(): Node | undefined {
    return this.#range() ?? this.expression();
  }

  #namedArguments(): { args: Node[]; names: string[] } | undefined {
    const pairs = this.#list(
      () =>
        this.#all(() => {
          const name = this.#in.longName() ?? this.#in.name();
          if (name === undefined || !this.#in.take(':')) return undefined;
          const value = this.#argument();
          return value && { name, value };
        }),
      ',',
    );
    return pairs.length > 0
      ? { args: pairs.map((pair) => pair.value), names: pairs.map((pair) => pair.name) }
      : undefined;
  }

  #variable(): Node | undefined {
    const path = this.#qualifiedName();
    return path && referenceTo(path);
  }

  #literal(): Node | undefined {
    const word = this.#in.oneOf(['null', 'true', 'false']);
    if (word) return { kind: 'literal', value: word === 'null' ? null : word === 'true' };
    const text = this.#in.quoted();
    if (text !== undefined) return { kind: 'literal', value: unescapeText(text) };
    return this.#number() ?? this.#listLiteral() ?? this.#context();
  }

  #number(): Node | undefined {
    return this.#all(() => {
      this.#in.skip();
      const digits = this.#in.matches(/-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)/y);
      return digits === undefined ? undefined : { kind: 'literal', value: parseDecimal(digits)! };
    });
  }

  #listLiteral(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('[')) return undefined;
      const items = this.#list(() => this.expression(), ',');
      return this.#in.take(']') ? { kind: 'list', items } : undefined;
    });
  }

  #context(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('{')) return undefined;
      const entries = this.#list(
        () =>
          this.#all(() => {
            const key = this.#key();
            if (key === undefined || !this.#in.take(':')) return undefined;
            const value = this.expression();
            return value && { key, value };
          }),
        ',',
      );
      return this.#in.take('}') ? { kind: 'context', entries } : undefined;
    });
  }

  /** Any characters without a meaning of their own, a name in backticks, or a text. */
  #key(): string | undefined {
    return this.#all(() => {
      this.#in.skip();
      const plain = this.#in.matches(/[^"{}:,[\]`]+/y)?.trimEnd();
      return plain || (this.#in.name() ?? this.#in.quoted());
    });
  }

  #function(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('function') || !this.#in.take('(')) return undefined;
      const parameters = this.#list(() => this.#in.longName() ?? this.#in.name(), ',');
      if (!this.#in.take(')')) return undefined;
      const body = this.expression();
      return body && { kind: 'function', parameters, body };
    });
  }

  #parenthesised(): Node | undefined {
    return this.#all(() => {
      if (!this.#in.take('(')) return undefined;
      const inner = this.expression();
      return inner && this.#in.take(')') ? inner : undefined;
    });
  }
}

const referenceTo = ([first, ...rest]: string[]): Node =>
  rest.reduce<Node>((target, name) => ({ kind: 'path', target, name }), { kind: 'name', name: first! });
