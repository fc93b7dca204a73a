import { isNumeric, toInt } from '../decimal.ts';
import { EvaluationAborted, FeelError, type Value } from '../values.ts';
import { define, type Functions, isText } from './define.ts';

const onTexts = (parameters: string[], run: (a: string, b: string) => Value) =>
  define(parameters, ([a, b]) => (isText(a) && isText(b) ? run(a, b) : undefined));

/** Texts are counted as Java does, in UTF-16 units; a position outside fails the expression. */
function substring([text, start, length]: Value[]): Value | undefined {
  if (!isText(text) || !isNumeric(start!)) return undefined;
  const position = toInt(start);
  const from = position > 0 ? position - 1 : text.length + position;
  if (length !== undefined && !isNumeric(length)) return undefined;
  const to = length === undefined ? text.length : Math.min(from + toInt(length), text.length);
  if (from < 0 || to < from || to > text.length) throw new EvaluationAborted(`Range [${from}, ${to}) out of bounds`);
  return text.slice(from, to);
}

/** Classes of Java's expressions that JavaScript names otherwise. */
const CLASSES: Record<string, string> = {
  '\\p{Alpha}': '[A-Za-z]',
  '\\p{Digit}': '[0-9]',
  '\\p{Alnum}': '[A-Za-z0-9]',
  '\\p{Upper}': '[A-Z]',
  '\\p{Lower}': '[a-z]',
  '\\p{Punct}': '[!-/:-@[-`{-~]',
  '\\p{Space}': '[ \\t\\n\\v\\f\\r]',
  '\\p{IsAlphabetic}': '\\p{Alphabetic}',
  '\\p{IsHan}': '\\p{Script=Han}',
  '\\h': '[ \\t\\xa0\\u3000]',
  '\\A': '^',
  '\\z': '$',
  '\\Z': '$',
};

/** A Java pattern as a JavaScript one; null when it is none. */
function pattern(text: string, flags: string, extra: string): RegExp | null {
  let found = extra;
  for (const flag of ['s', 'm', 'i']) if (flags.includes(flag)) found += flag;
  let source = text;
  const inline = /^\(\?([ims]+)\)/.exec(source);
  if (inline) {
    source = source.slice(inline[0].length);
    for (const flag of inline[1]!) if (!found.includes(flag)) found += flag;
  }
  for (const [java, javascript] of Object.entries(CLASSES)) source = source.replaceAll(java, javascript);
  // Possessive quantifiers; comments and blanks of the `x` flag.
  source = source.replace(/([^\\][*+?}])\+/g, '$1');
  if (flags.includes('x'))
    source = source.replace(/\\#|#.*$/gm, (part) => (part === '\\#' ? part : '')).replace(/(?<!\\)\s+/g, '');
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, found + mode);
    } catch {
      // A pattern that is right without Unicode mode is tried that way.
    }
  }
  return null;
}

function withPattern(
  args: Value[],
  extra: string,
  run: (text: string, expression: RegExp) => Value,
  flags: Value = '',
): Value | undefined {
  const [text, source] = args;
  if (!isText(text) || !isText(source) || !isText(flags)) return undefined;
  const expression = pattern(source, flags, extra);
  return expression ? run(text, expression) : new FeelError(`Invalid pattern '${source}'`);
}

/** `$1` and `${name}` stand for groups, a backslash takes the next character as it is. */
function replaceAll(text: string, expression: RegExp, replacement: string): Value {
  let failed = false;
  const result = text.replace(expression, (...found: unknown[]) => {
    const groups = typeof found.at(-1) === 'object' ? (found.at(-1) as Record<string, string>) : {};
    const count = found.findIndex((item, index) => index > 0 && typeof item === 'number') - 1;
    return replacement.replace(/\\([\s\S])|\$(\d)|\$\{(\w+)\}|\$|\\/g, (part, escaped, digit, name) => {
      if (escaped !== undefined) return escaped;
      if (digit !== undefined && Number(digit) <= count) return (found[Number(digit)] as string | undefined) ?? '';
      if (name !== undefined && name in groups) return groups[name] ?? '';
      failed = true;
      return part;
    });
  });
  return failed ? new FeelError('Invalid replacement') : result;
}

/** As Java: no empty first part before a match without width; groups are not part of the result. */
function split(text: string, expression: RegExp): Value {
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(expression)) {
    const end = match.index + match[0].length;
    if (end === 0) continue;
    if (match[0] === '' && match.index >= text.length) {
      parts.push(text.slice(from, match.index));
      from = match.index;
      continue;
    }
    parts.push(text.slice(from, match.index));
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

export const textFunctions: Functions = {
  substring: [
    define(['string', 'start position'], substring),
    define(['string', 'start position', 'length'], (args) => (isNumeric(args[2]!) ? substring(args) : undefined)),
  ],
  'string length': [define(['string'], ([text]) => (isText(text) ? text.length : undefined))],
  'upper case': [define(['string'], ([text]) => (isText(text) ? text.toUpperCase() : undefined))],
  'lower case': [define(['string'], ([text]) => (isText(text) ? text.toLowerCase() : undefined))],
  'substring before': [onTexts(['string', 'match'], (a, b) => a.slice(0, Math.max(0, a.indexOf(b))))],
  'substring after': [onTexts(['string', 'match'], (a, b) => (a.includes(b) ? a.slice(a.indexOf(b) + b.length) : ''))],
  contains: [onTexts(['string', 'match'], (a, b) => a.includes(b))],
  'starts with': [onTexts(['string', 'match'], (a, b) => a.startsWith(b))],
  'ends with': [onTexts(['string', 'match'], (a, b) => a.endsWith(b))],
  matches: [
    define(['input', 'pattern'], (args) => withPattern(args, '', (text, found) => found.test(text))),
    define(['input', 'pattern', 'flags'], (args) => withPattern(args, '', (text, found) => found.test(text), args[2])),
  ],
  replace: [
    define(['input', 'pattern', 'replacement'], (args) =>
      isText(args[2]) ? withPattern(args, 'g', (text, found) => replaceAll(text, found, args[2] as string)) : undefined,
    ),
    define(['input', 'pattern', 'replacement', 'flags'], (args) =>
      isText(args[2])
        ? withPattern(args, 'g', (text, found) => replaceAll(text, found, args[2] as string), args[3])
        : undefined,
    ),
  ],
  split: [define(['string', 'delimiter'], (args) => withPattern(args, 'g', split))],
  extract: [
    define(['input', 'pattern'], (args) =>
      withPattern(args, 'g', (text, found) => [...text.matchAll(found)].map((match) => match[0])),
    ),
  ],
};
