/**
 * JSON as the text somebody wrote: where each value stands, so that a mistake has its line, and a change touches nothing but what was
 * changed - the rest of the file stays as it is, byte for byte.
 */
export interface JsonNode {
  /** First and one past the last character. */
  start: number;
  end: number;
  /** Of an object: names in order; of a list: none. */
  members?: { key: string; keyStart: number; value: JsonNode }[];
  items?: JsonNode[];
}

export interface JsonMistake {
  line: number;
  column: number;
  message: string;
}

/** Line and column, from 1, of a character. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** Reads a text; a mistake is told with its place and what was expected there. */
export function readJson(text: string): { root: JsonNode; value: unknown } | { mistake: JsonMistake } {
  const reader = new Reader(text);
  try {
    const root = reader.document();
    return { root, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof Mistake) return { mistake: { ...placeOf(text, error.offset), message: error.message } };
    return { mistake: { line: 1, column: 1, message: '不是有效的 JSON。' } };
  }
}

/** The value a JSON pointer leads to, or the nearest one around it. */
export function nodeAt(root: JsonNode, pointer: string): JsonNode {
  let node = root;
  for (const part of partsOf(pointer)) {
    const next = node.items ? node.items[Number(part)] : node.members?.find((member) => member.key === part)?.value;
    if (!next) return node;
    node = next;
  }
  return node;
}

/** Line on which what a pointer names begins. */
export function lineOf(text: string, root: JsonNode, pointer: string): number {
  const parts = partsOf(pointer);
  const parent = nodeAt(root, `/${parts.slice(0, -1).join('/')}`);
  const key = parent.members?.find((member) => member.key === parts.at(-1));
  return placeOf(text, key?.keyStart ?? nodeAt(root, pointer).start).line;
}

/** Puts a value in the place of another, indented as the file is. What is already there by value stays as it is written. */
export function replaceValue(text: string, pointer: string, value: unknown): string {
  const node = nodeAt(rootOf(text), pointer);
  if (JSON.stringify(JSON.parse(text.slice(node.start, node.end))) === JSON.stringify(value)) return text;
  return text.slice(0, node.start) + written(value, indentAt(text, node.start)) + text.slice(node.end);
}

/** Sets, or with `undefined` takes away, one member of an object. */
export function setMember(text: string, pointer: string, key: string, value: unknown): string {
  const object = nodeAt(rootOf(text), pointer);
  const members = object.members ?? [];
  const index = members.findIndex((member) => member.key === key);
  if (value !== undefined && index >= 0) return replaceValue(text, `${pointer}/${escaped(key)}`, value);
  if (value === undefined) {
    if (index < 0) return text;
    const [own, before, after] = [members[index]!, members[index - 1], members[index + 1]];
    if (before) return text.slice(0, before.value.end) + text.slice(own.value.end);
    return text.slice(0, own.keyStart) + text.slice(after ? after.keyStart : own.value.end);
  }
  const last = members.at(-1);
  if (!last) return replaceValue(text, pointer, { [key]: value });
  const indent = indentAt(text, last.keyStart);
  const added = `,\n${indent}${JSON.stringify(key)}: ${written(value, indent)}`;
  return text.slice(0, last.value.end) + added + text.slice(last.value.end);
}

/** Puts a value into a list before the item of that index (at the end when there is none). */
export function insertItem(text: string, pointer: string, index: number, value: unknown): string {
  const list = nodeAt(rootOf(text), pointer);
  const items = list.items ?? [];
  if (items.length === 0) return replaceValue(text, pointer, [value]);
  const at = items[index];
  const indent = indentAt(text, (at ?? items.at(-1)!).start);
  const item = written(value, indent);
  if (at) return `${text.slice(0, at.start)}${item},\n${indent}${text.slice(at.start)}`;
  const end = items.at(-1)!.end;
  return `${text.slice(0, end)},\n${indent}${item}${text.slice(end)}`;
}

/** Takes an item out of a list. */
export function removeItem(text: string, pointer: string, index: number): string {
  const items = nodeAt(rootOf(text), pointer).items ?? [];
  const [own, before, after] = [items[index], items[index - 1], items[index + 1]];
  if (!own) return text;
  if (before) return text.slice(0, before.end) + text.slice(own.end);
  return text.slice(0, own.start) + text.slice(after ? after.start : own.end);
}

/** Lets two items of a list change places; how each is written stays. */
export function swapItems(text: string, pointer: string, first: number, second: number): string {
  const items = nodeAt(rootOf(text), pointer).items ?? [];
  const [a, b] = [items[Math.min(first, second)], items[Math.max(first, second)]];
  if (!a || !b || a === b) return text;
  return (
    text.slice(0, a.start) +
    text.slice(b.start, b.end) +
    text.slice(a.end, b.start) +
    text.slice(a.start, a.end) +
    text.slice(b.end)
  );
}

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .filter((part, index, all) => part !== '' || index < all.length - 1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

function rootOf(text: string): JsonNode {
  const read = readJson(text);
  if ('mistake' in read) throw new Error(`not JSON: ${read.mistake.message}`);
  return read.root;
}

/** What stands before the first word of the line. */
const indentAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0];

const written = (value: unknown, indent: string): string =>
  JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);

class Mistake extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const root = this.#value(0);
    this.#blank();
    if (this.#at < this.#text.length) throw this.#wrong('这里多出了内容：文件只能有一个最外层的对象');
    return root;
  }

  #value(depth: number): JsonNode {
    this.#blank();
    if (depth > 200) throw this.#wrong('嵌套太深');
    const start = this.#at;
    const next = this.#text[start];
    if (next === '{') return this.#object(start, depth);
    if (next === '[') return this.#list(start, depth);
    if (next === '"') this.#string();
    else {
      const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
        this.#text.slice(start, start + 64),
      );
      if (!word) throw this.#wrong(this.#expected(next));
      this.#at += word[0].length;
    }
    return { start, end: this.#at };
  }

  #expected(next: string | undefined): string {
    if (next === undefined) return '文件在这里断了：还缺一个值或右括号';
    if (next === '“' || next === '”' || next === "'") return `引号应当是英文双引号 "，这里是 ${next}`;
    if (next === '，') return '逗号应当是英文逗号 ,';
    if (next === ',') return '这里缺一个值，或多了一个逗号';
    if (next === '}' || next === ']') return '最后一项后面不要写逗号';
    return `这里应当是一个值（文字要加英文双引号），却是“${next}”`;
  }

  #object(start: number, depth: number): JsonNode {
    const members: NonNullable<JsonNode['members']> = [];
    this.#at += 1;
    this.#blank();
    if (this.#text[this.#at] === '}') {
      this.#at += 1;
      return { start, end: this.#at, members };
    }
    for (;;) {
      this.#blank();
      const keyStart = this.#at;
      if (this.#text[keyStart] !== '"')
        throw this.#wrong(this.#text[keyStart] === '}' ? '最后一项后面不要写逗号' : '这里应当是加英文双引号的名称');
      const key = this.#string();
      if (members.some((member) => member.key === key)) throw new Mistake(keyStart, `名称“${key}”在同一个对象里重复`);
      this.#blank();
      if (this.#text[this.#at] !== ':') throw this.#wrong('名称后面应当是英文冒号 :');
      this.#at += 1;
      members.push({ key, keyStart, value: this.#value(depth + 1) });
      if (this.#more('}')) return { start, end: this.#at, members };
    }
  }

  #list(start: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at += 1;
    this.#blank();
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return { start, end: this.#at, items };
    }
    for (;;) {
      items.push(this.#value(depth + 1));
      if (this.#more(']')) return { start, end: this.#at, items };
    }
  }

  /** After a comma there is more; false then, true when the bracket closes. */
  #more(close: '}' | ']'): boolean {
    this.#blank();
    const next = this.#text[this.#at];
    if (next !== ',' && next !== close)
      throw this.#wrong(
        next === undefined
          ? `文件在这里断了：还缺“${close}”`
          : `前一项后面应当是英文逗号 , 或“${close}”，却是“${next}”`,
      );
    this.#at += 1;
    return next === close;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"' && this.#text.charCodeAt(end) >= 32)
      end += this.#text[end] === '\\' ? 2 : 1;
    try {
      if (this.#text[end] !== '"') throw new SyntaxError();
      const key = JSON.parse(this.#text.slice(start, end + 1)) as string;
      this.#at = end + 1;
      return key;
    } catch {
      throw this.#wrong('这段文字没有用英文双引号结束，或里面有不能直接写的符号');
    }
  }

  #blank(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at += 1;
  }

  #wrong(message: string): Mistake {
    return new Mistake(this.#at, message);
  }
}
