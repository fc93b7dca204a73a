import { getLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

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
  const told = (offset: number, message: string) => ({ mistake: { ...placeOf(text, offset), message } });
  try {
    const errors: ParseError[] = [];
    const tree = parseTree(text, errors, { disallowComments: true });
    const repeated: Repeated[] = [];
    const root = tree && nodeOf(tree, repeated);
    const [error] = errors;
    const [twice] = repeated;
    if (twice && !(error && error.offset < twice.offset))
      return told(twice.offset, `名称“${twice.key}”在同一个对象里重复`);
    if (error) return told(error.offset, expectedAt(text, error));
    return { root: root!, value: JSON.parse(text) };
  } catch {
    return told(0, '不是有效的 JSON，或嵌套太深。');
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

const DEEPEST = 200;

interface Repeated {
  key: string;
  offset: number;
}

/** What the parser has read, as the editing below wants it; names an object has twice are collected in the order of the text. */
function nodeOf(node: Node, repeated: Repeated[], depth = 0): JsonNode {
  if (depth > DEEPEST) throw new RangeError('too deep');
  const place = { start: node.offset, end: node.offset + node.length };
  if (node.type === 'array')
    return { ...place, items: (node.children ?? []).map((item) => nodeOf(item, repeated, depth + 1)) };
  if (node.type !== 'object') return place;
  const members: NonNullable<JsonNode['members']> = [];
  for (const { children: [name, value] = [] } of node.children ?? []) {
    const key = name!.value as string;
    if (members.some((member) => member.key === key)) repeated.push({ key, offset: name!.offset });
    if (value) members.push({ key, keyStart: name!.offset, value: nodeOf(value, repeated, depth + 1) });
  }
  return { ...place, members };
}

/** A text that ends behind a name: after a bracket or a comma nothing but a string. */
const NAMED = /[{,]\s*"(?:[^"\\]|\\.)*"\s*$/;

/** What is wrong at a place and how it should be, by what the parser expected there and what stands around it. */
function expectedAt(text: string, { error, offset }: ParseError): string {
  const next = text[offset];
  const before = text.slice(0, offset).trimEnd().at(-1);
  const around = getLocation(text, offset).path.at(-1);
  const close = typeof around === 'number' ? ']' : '}';
  const what = printParseErrorCode(error);
  if (/^(?:UnexpectedEndOfString|Invalid(?:Character|EscapeCharacter|Unicode))$/.test(what))
    return '这段文字没有用英文双引号结束，或里面有不能直接写的符号';
  if (next === undefined)
    return what.startsWith('Close') ? `文件在这里断了：还缺“${close}”` : '文件在这里断了：还缺一个值或右括号';
  if (/[“”']/.test(next)) return `引号应当是英文双引号 "，这里是 ${next}`;
  if (next === '，') return '逗号应当是英文逗号 ,';
  if (next === '：' || what === 'ColonExpected' || (close === '}' && NAMED.test(text.slice(0, offset))))
    return '名称后面应当是英文冒号 :';
  if (around === undefined && before !== undefined) return '这里多出了内容：文件只能有一个最外层的对象';
  if (before === ',' && /[}\]]/.test(next)) return '最后一项后面不要写逗号';
  if (before && !'{[,:'.includes(before)) return `前一项后面应当是英文逗号 , 或“${close}”，却是“${next}”`;
  if (',}]'.includes(next)) return '这里缺一个值，或多了一个逗号';
  if (close === '}' && before !== ':' && before !== undefined) return '这里应当是加英文双引号的名称';
  return `这里应当是一个值（文字要加英文双引号），却是“${next}”`;
}
