/** The text is not a FEEL expression. */
export class FeelSyntaxError extends Error {
  override name = 'FeelSyntaxError';
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

export type TokenKind = 'name' | 'number' | 'string' | 'temporal' | 'symbol' | 'end';
export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
  /** A name written in backticks is never a keyword. */
  quoted?: boolean;
}

const SYMBOLS = [
  '**',
  '<=',
  '>=',
  '!=',
  '..',
  '->',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '.',
  '+',
  '-',
  '*',
  '/',
  '=',
  '<',
  '>',
  '@',
  '?',
];
const NAME_START = /[\p{L}_$\u{1F300}-\u{1FAFF}]/u;
const NAME_PART = /[\p{L}\p{N}\p{M}_$\u{1F300}-\u{1FAFF}]/u;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (/\s/.test(char) || char === '\ufeff') {
      at += 1;
      continue;
    }
    if (text.startsWith('//', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw new FeelSyntaxError('注释没有结束', at);
      at = end + 2;
      continue;
    }
    const token = nextToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function nextToken(text: string, at: number): Token {
  const char = text[at]!;
  if (char === '"') return readString(text, at);
  if (char === '@' && text[at + 1] === '"') {
    const string = readString(text, at + 1);
    return { kind: 'temporal', text: string.text, start: at, end: string.end };
  }
  if (char === '`') {
    const end = text.indexOf('`', at + 1);
    if (end < 0) throw new FeelSyntaxError('反引号没有结束', at);
    return { kind: 'name', text: text.slice(at + 1, end), start: at, quoted: true, end: end + 1 };
  }
  const number = /^(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 400));
  if (number) return { kind: 'number', text: number[0], start: at, end: at + number[0].length };
  const first = String.fromCodePoint(text.codePointAt(at)!);
  if (NAME_START.test(first)) {
    let end = at + first.length;
    while (end < text.length) {
      const part = String.fromCodePoint(text.codePointAt(end)!);
      if (!NAME_PART.test(part)) break;
      end += part.length;
    }
    return { kind: 'name', text: text.slice(at, end), start: at, end: end };
  }
  const symbol = SYMBOLS.find((item) => text.startsWith(item, at));
  if (!symbol) throw new FeelSyntaxError(`不认识的字符“${first}”`, at);
  return { kind: 'symbol', text: symbol, start: at, end: at + symbol.length };
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\' };

function readString(text: string, at: number): Token {
  let value = '';
  let end = at + 1;
  while (end < text.length) {
    const char = text[end]!;
    if (char === '"') return { kind: 'string', text: value, start: at, end: end + 1 };
    if (char !== '\\') {
      value += char;
      end += 1;
      continue;
    }
    const unicode = /^\\u([0-9a-fA-F]{4})|^\\U([0-9a-fA-F]{6})/.exec(text.slice(end, end + 8));
    if (unicode) {
      value += String.fromCodePoint(Number.parseInt((unicode[1] ?? unicode[2])!, 16));
      end += unicode[0].length;
      continue;
    }
    const escaped = ESCAPES[text[end + 1] ?? ''];
    value += escaped ?? `\\${text[end + 1] ?? ''}`;
    end += 2;
  }
  throw new FeelSyntaxError('文本没有结束的引号', at);
}
