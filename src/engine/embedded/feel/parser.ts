import type { Iterator, Node } from './ast.ts';
import { parseDecimal } from './decimal.ts';
import { FeelSyntaxError, type Token, tokenize } from './lexer.ts';

/** Words that end a name of several words and cannot be variables. */
const KEYWORDS = new Set([
  'and',
  'or',
  'then',
  'else',
  'in',
  'between',
  'satisfies',
  'return',
  'if',
  'for',
  'some',
  'every',
  'instance',
  'function',
  'true',
  'false',
  'null',
]);
/** Built-in names with a keyword inside. */
const LONG_NAMES = [
  'date and time',
  'years and months duration',
  'get or else',
  'days and time duration',
  'string join',
  'index of',
  'is defined',
];
/** Properties of dates and durations that have a space. */
const LONG_PROPERTIES = ['time offset'];
const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** Parses a FEEL expression; throws `FeelSyntaxError`. */
export function parse(text: string): Node {
  const parser = new Parser(tokenize(text));
  const node = parser.expression();
  parser.expectEnd();
  return node;
}

/** Recursive descent, one method per level of precedence, loosest first. */
class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  expression(): Node {
    // A file is input, not code: nesting is bounded so that no text can exhaust the stack.
    if (++this.#depth > 200) throw new FeelSyntaxError('表达式嵌套太深', this.#token.start);
    const node = this.#textual();
    this.#depth -= 1;
    return node;
  }

  expectEnd(): void {
    if (this.#token.kind !== 'end')
      throw new FeelSyntaxError(`表达式在“${this.#token.text}”处应当结束`, this.#token.start);
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }
  #peek(offset: number): Token {
    return this.#tokens[Math.min(this.#at + offset, this.#tokens.length - 1)]!;
  }
  #is(text: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === text;
  }
  #isWord(text: string, offset = 0): boolean {
    const token = this.#peek(offset);
    return token.kind === 'name' && !token.quoted && token.text === text;
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += 1;
    return true;
  }
  #takeWord(text: string): boolean {
    if (!this.#isWord(text)) return false;
    this.#at += 1;
    return true;
  }
  #expect(text: string): void {
    if (!this.#take(text) && !this.#takeWord(text)) {
      throw new FeelSyntaxError(`此处应为“${text}”，却是“${this.#token.text || '结尾'}”`, this.#token.start);
    }
  }

  #textual(): Node {
    if (this.#isWord('if')) return this.#if();
    if (this.#isWord('for')) return this.#for();
    if (this.#isWord('some') || this.#isWord('every')) return this.#quantified();
    if (this.#isWord('function') && this.#peek(1).text === '(') return this.#function();
    return this.#or();
  }

  #if(): Node {
    this.#at += 1;
    const condition = this.expression();
    this.#expect('then');
    const then = this.expression();
    this.#expect('else');
    return { kind: 'if', condition, then, otherwise: this.expression() };
  }

  #iterators(): Iterator[] {
    const iterators: Iterator[] = [];
    do {
      const name = this.#name();
      this.#expect('in');
      const source = this.expression();
      const end = this.#take('..') ? this.expression() : null;
      iterators.push({ name, source, end });
    } while (this.#take(','));
    return iterators;
  }

  #for(): Node {
    this.#at += 1;
    const iterators = this.#iterators();
    this.#expect('return');
    return { kind: 'for', iterators, body: this.expression() };
  }

  #quantified(): Node {
    const kind = this.#token.text as 'some' | 'every';
    this.#at += 1;
    const iterators = this.#iterators();
    this.#expect('satisfies');
    return { kind, iterators, body: this.expression() };
  }

  #function(): Node {
    this.#at += 2;
    const parameters: string[] = [];
    if (!this.#is(')')) {
      do {
        parameters.push(this.#name());
        if (this.#take(':')) this.#typeName();
      } while (this.#take(','));
    }
    this.#expect(')');
    return { kind: 'function', parameters, body: this.expression() };
  }

  #name(): string {
    const token = this.#token;
    if (token.kind !== 'name') throw new FeelSyntaxError(`此处应为名称，却是“${token.text || '结尾'}”`, token.start);
    this.#at += 1;
    return token.text;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#comparison() };
    return left;
  }

  #comparison(): Node {
    let left = this.#additive();
    for (;;) {
      if (this.#token.kind === 'symbol' && COMPARISONS.has(this.#token.text)) {
        const operator = this.#token.text as '=';
        this.#at += 1;
        left = { kind: 'compare', operator, left, right: this.#additive() };
      } else if (this.#takeWord('between')) {
        const low = this.#additive();
        this.#expect('and');
        left = { kind: 'between', value: left, low, high: this.#additive() };
      } else if (this.#takeWord('in')) {
        left = { kind: 'in', value: left, tests: this.#tests() };
      } else if (this.#isWord('instance') && this.#isWord('of', 1)) {
        this.#at += 2;
        left = { kind: 'instanceOf', value: left, type: this.#typeName() };
      } else return left;
    }
  }

  /** What may stand after `in`: one test, or several in parentheses. */
  #tests(): Node[] {
    if (this.#is('(')) {
      const start = this.#at;
      const range = this.#tryRange();
      if (range) return [range];
      this.#at = start + 1;
      const tests: Node[] = [];
      do tests.push(this.#test());
      while (this.#take(','));
      this.#expect(')');
      return tests;
    }
    return [this.#test()];
  }

  #test(): Node {
    if (this.#token.kind === 'symbol' && COMPARISONS.has(this.#token.text)) {
      const operator = this.#token.text as '<';
      this.#at += 1;
      return { kind: 'test', operator, operand: this.#additive() };
    }
    return this.#additive();
  }

  #additive(): Node {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#token.text as '+';
      this.#at += 1;
      left = { kind: 'arithmetic', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Node {
    let left = this.#exponent();
    while (this.#is('*') || this.#is('/')) {
      const operator = this.#token.text as '*';
      this.#at += 1;
      left = { kind: 'arithmetic', operator, left, right: this.#exponent() };
    }
    return left;
  }

  #exponent(): Node {
    let left = this.#unary();
    while (this.#take('**')) left = { kind: 'arithmetic', operator: '**', left, right: this.#unary() };
    return left;
  }

  #unary(): Node {
    if (this.#take('-')) return { kind: 'negate', operand: this.#unary() };
    return this.#postfix();
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      if (this.#take('.')) node = { kind: 'path', target: node, name: this.#property() };
      else if (this.#is('[')) {
        this.#at += 1;
        const filter = this.expression();
        this.#expect(']');
        node = { kind: 'filter', target: node, filter };
      } else if (this.#is('(') && (node.kind === 'path' || node.kind === 'function' || node.kind === 'call')) {
        node = { kind: 'call', name: null, callee: node, ...this.#arguments() };
      } else return node;
    }
  }

  #property(): string {
    for (const name of LONG_PROPERTIES) {
      const words = name.split(' ');
      if (words.every((word, index) => this.#isWord(word, index))) {
        this.#at += words.length;
        return name;
      }
    }
    return this.#name();
  }

  #primary(): Node {
    const token = this.#token;
    if (token.kind === 'number') {
      this.#at += 1;
      return { kind: 'literal', value: parseDecimal(token.text)! };
    }
    if (token.kind === 'string') {
      this.#at += 1;
      return { kind: 'literal', value: token.text };
    }
    if (token.kind === 'temporal') {
      this.#at += 1;
      return { kind: 'temporal', text: token.text };
    }
    if (token.kind === 'name') return this.#named();
    if (this.#take('?')) return { kind: 'input' };
    if (this.#is('(') || this.#is('[') || this.#is(']')) {
      const start = this.#at;
      const range = this.#tryRange();
      if (range) return range;
      this.#at = start;
    }
    if (this.#take('(')) {
      const inner = this.expression();
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) return this.#list();
    if (this.#take('{')) return this.#context();
    throw new FeelSyntaxError(token.kind === 'end' ? '表达式不完整' : `“${token.text}”不应出现在此处`, token.start);
  }

  /** `[a..b]`, `(a..b)`, `]a..b[`; undefined when it is something else (the caller goes back). */
  #tryRange(): Node | undefined {
    const open = this.#token.text;
    const depth = this.#depth;
    this.#at += 1;
    try {
      const start = this.#additive();
      if (!this.#take('..')) return undefined;
      const end = this.#additive();
      const close = this.#token.text;
      if (![')', ']', '['].includes(close)) return undefined;
      this.#at += 1;
      return { kind: 'range', start, end, includeStart: open === '[', includeEnd: close === ']' };
    } catch (error) {
      if (error instanceof FeelSyntaxError) return undefined;
      throw error;
    } finally {
      this.#depth = depth;
    }
  }

  #named(): Node {
    const token = this.#token;
    if (!token.quoted) {
      const literal = { true: true, false: false, null: null }[token.text];
      if (literal !== undefined) {
        this.#at += 1;
        return { kind: 'literal', value: literal };
      }
      const call = this.#functionName();
      if (call) return { kind: 'call', name: call, callee: null, ...this.#arguments() };
      if (KEYWORDS.has(token.text)) throw new FeelSyntaxError(`“${token.text}”不应出现在此处`, token.start);
    }
    this.#at += 1;
    return { kind: 'name', name: token.text };
  }

  /** A name of one or more words right before an opening parenthesis. */
  #functionName(): string | undefined {
    for (const name of LONG_NAMES) {
      const words = name.split(' ');
      if (words.every((word, index) => this.#isWord(word, index)) && this.#peek(words.length).text === '(') {
        this.#at += words.length;
        return name;
      }
    }
    let words = 0;
    while (this.#peek(words).kind === 'name' && !(words > 0 && KEYWORDS.has(this.#peek(words).text))) words += 1;
    const first = this.#token.text;
    if (words === 0 || this.#peek(words).text !== '(' || this.#peek(words).kind !== 'symbol' || KEYWORDS.has(first))
      return undefined;
    const name = Array.from({ length: words }, (_, index) => this.#peek(index).text).join(' ');
    this.#at += words;
    return name;
  }

  #arguments(): { args: Node[]; names: string[] | null } {
    this.#expect('(');
    const args: Node[] = [];
    const names: string[] = [];
    if (!this.#is(')')) {
      do {
        const name = this.#argumentName();
        if (name !== undefined) names.push(name);
        args.push(this.expression());
      } while (this.#take(','));
    }
    this.#expect(')');
    if (names.length > 0 && names.length !== args.length)
      throw new FeelSyntaxError('参数要么都写名称，要么都不写', this.#token.start);
    return { args, names: names.length > 0 ? names : null };
  }

  #argumentName(): string | undefined {
    let words = 0;
    while (this.#peek(words).kind === 'name') words += 1;
    if (words === 0 || this.#peek(words).text !== ':' || this.#peek(words).kind !== 'symbol') return undefined;
    const name = Array.from({ length: words }, (_, index) => this.#peek(index).text).join(' ');
    this.#at += words + 1;
    return name;
  }

  #list(): Node {
    const items: Node[] = [];
    if (!this.#is(']')) {
      do items.push(this.expression());
      while (this.#take(','));
    }
    this.#expect(']');
    return { kind: 'list', items };
  }

  #context(): Node {
    const entries: { key: string; value: Node }[] = [];
    if (!this.#is('}')) {
      do {
        const key = this.#key();
        this.#expect(':');
        entries.push({ key, value: this.expression() });
      } while (this.#take(','));
    }
    this.#expect('}');
    return { kind: 'context', entries };
  }

  #key(): string {
    if (this.#token.kind === 'string') {
      const { text } = this.#token;
      this.#at += 1;
      return text;
    }
    const words = [this.#name()];
    while (this.#token.kind === 'name') words.push(this.#name());
    return words.join(' ');
  }

  #typeName(): string {
    const words: string[] = [];
    while (
      this.#token.kind === 'name' &&
      (!KEYWORDS.has(this.#token.text) ||
        this.#token.text === 'function' ||
        this.#token.text === 'null' ||
        (words.length > 0 &&
          this.#token.text === 'and' &&
          ['date', 'days', 'years'].includes(words[words.length - 1]!)))
    ) {
      words.push(this.#name());
    }
    if (words.length === 0) throw new FeelSyntaxError('此处应为类型名', this.#token.start);
    if (this.#take('<')) {
      do {
        if (this.#peek(1).text === ':') this.#at += 2;
        this.#typeName();
      } while (this.#take(','));
      this.#expect('>');
    }
    return words.join(' ');
  }
}
