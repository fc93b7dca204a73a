/** The text is not a FEEL expression. */
export class FeelSyntaxError extends Error {
  override name = 'FeelSyntaxError';
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const RESERVED = ['function', 'satisfies', 'return', 'false', 'null', 'true', 'then', 'else', 'and', 'in', 'or'];
const NAME_START = /[\p{L}\p{Nl}\p{Sc}\p{Pc}]/u;
const NAME_PART = /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}]/u;
const isSpace = (char: string) => /[\s\u0085\u180e\u200b\ufeff]/.test(char);

/** Reads characters, names and texts. FEEL has no tokens of its own: what a word means depends on where it stands. */
export class Reader {
  readonly text: string;
  at = 0;
  /** How far any attempt has come: where the mistake is. */
  furthest = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Blanks and comments between the parts of an expression. */
  skip(): void {
    const { text } = this;
    for (;;) {
      while (this.at < text.length && isSpace(text[this.at]!)) this.at += 1;
      if (text.startsWith('//', this.at)) {
        const end = text.indexOf('\n', this.at);
        this.at = end < 0 ? text.length : end + 1;
      } else if (text.startsWith('/*', this.at)) {
        const end = text.indexOf('*/', this.at + 2);
        if (end < 0) return;
        this.at = end + 2;
      } else break;
    }
    if (this.at > this.furthest) this.furthest = this.at;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Takes these characters after blanks. */
  take(expected: string): boolean {
    const start = this.at;
    this.skip();
    if (this.takeHere(expected)) return true;
    this.at = start;
    return false;
  }

  takeHere(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** The first of these that stands here, after blanks. */
  oneOf<T extends string>(choices: readonly T[]): T | undefined {
    return choices.find((choice) => this.take(choice));
  }

  matches(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** A name: it may begin with a reserved word, but may not be one. */
  identifier(): string | undefined {
    const start = this.at;
    const word = RESERVED.find((reserved) => this.text.startsWith(reserved, this.at));
    if (word) {
      this.at += word.length;
      if (this.#namePart()) return this.text.slice(start, this.at);
      this.at = start;
      return undefined;
    }
    if (this.ended || !NAME_START.test(this.text[this.at]!)) return undefined;
    this.at += 1;
    this.#namePart();
    return this.text.slice(start, this.at);
  }

  #namePart(): boolean {
    const start = this.at;
    while (this.at < this.text.length && NAME_PART.test(this.text[this.at]!) && !isSpace(this.text[this.at]!))
      this.at += 1;
    return this.at > start;
  }

  /** A name, or anything in backticks. */
  name(): string | undefined {
    const start = this.at;
    this.skip();
    const found = this.identifier() ?? this.matches(/`[^`]+`/y)?.slice(1, -1);
    if (found === undefined) this.at = start;
    return found;
  }

  /** Two or more names with blanks between them; only where the next character says that it is one name. */
  longName(): string | undefined {
    const before = this.at;
    this.skip();
    const start = this.at;
    let words = 0;
    for (;;) {
      const here = this.at;
      if (words > 0 && this.matches(/ +/y) === undefined) break;
      if (this.identifier() === undefined) {
        this.at = here;
        break;
      }
      words += 1;
    }
    if (words >= 2) return this.text.slice(start, this.at);
    this.at = before;
    return undefined;
  }

  /** The raw characters between double quotes. */
  quoted(): string | undefined {
    const start = this.at;
    this.skip();
    if (this.takeHere('"')) {
      const begin = this.at;
      while (!this.ended && this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1;
      if (this.at < this.text.length) {
        this.at += 1;
        return this.text.slice(begin, this.at - 1);
      }
    }
    this.at = start;
    return undefined;
  }
}

/** In this order, one after the other over the whole text, as feel-scala does it. */
const ESCAPES: [string, string][] = [
  ['\\b', '\b'],
  ['\\t', '\t'],
  ['\\n', '\n'],
  ['\\f', '\f'],
  ['\\r', '\r'],
  ['\\"', '"'],
  ["\\'", "'"],
  ['\\s', ' '],
];
export const unescapeText = (raw: string): string =>
  raw.includes('\\') ? ESCAPES.reduce((text, [from, to]) => text.replaceAll(from, to), raw) : raw;
