import type { Paragraph } from './sentences.ts';

/** A number of an edited text that the frozen data does not have there. */
export interface Deviation {
  /** Name of the number that was there; empty where one was added. */
  label: string;
  was: string | null;
  is: string;
}

/** Days and years are no numbers of the data. */
const DATE = /\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月(?:\d{1,2}日)?|\d{1,2}日(?!内)|〔\d+〕|\d+号/g;
const NUMBER = /\d[\d,]*(?:\.\d+)?%?/g;

const numbersIn = (text: string): string[] => text.replace(DATE, '日').match(NUMBER) ?? [];
const plain = (number: string): string => number.replaceAll(',', '');

/**
 * Holds an edited paragraph against the generated one: numbers are lined up in order; one that stands in the place of another is a change, one that
 * is new must at least be a number of the same part. Leaving numbers out is writing, not changing.
 */
export function deviationsOf(paragraph: Paragraph, edited: string, known: ReadonlySet<string>): Deviation[] {
  const [before, after] = [numbersIn(paragraph.text), numbersIn(edited)];
  const names = namesOf(paragraph, before);
  const found: Deviation[] = [];
  const stretches = changes(before.map(plain), after.map(plain));
  // A number that has left its place and turns up in another one has not been said again: it has been exchanged.
  const gone = new Set(stretches.flatMap(({ removed }) => removed.map((index) => plain(before[index]!))));
  for (const { removed, added } of stretches) {
    added.forEach((index, n) => {
      const is = after[index]!;
      const from = removed[n];
      if (from !== undefined) found.push({ label: names[from]!, was: before[from]!, is });
      else if (!known.has(plain(is)) || gone.has(plain(is))) found.push({ label: '', was: null, is });
    });
  }
  return found;
}

/** Every number of some paragraphs, as they may be said again elsewhere. */
export const knownNumbers = (paragraphs: readonly Paragraph[]): ReadonlySet<string> =>
  new Set(paragraphs.flatMap((paragraph) => numbersIn(paragraph.text).map(plain)));

/** Names of the numbers in order; a figure may hold several (`98.6%（212/215）`). */
function namesOf(paragraph: Paragraph, numbers: readonly string[]): string[] {
  const names = paragraph.figures.flatMap((figure) => numbersIn(figure.text).map(() => figure.label));
  // Numbers that belong to the words (`近 7 日`) have no name; then the order does not tell, and the nearest figure with that number does.
  if (names.length === numbers.length) return names;
  return numbers.map(
    (number) => paragraph.figures.find((figure) => numbersIn(figure.text).includes(number))?.label ?? '',
  );
}

/** Stretches in which two lists differ, by the longest list they have in common. */
function changes(a: readonly string[], b: readonly string[]): { removed: number[]; added: number[] }[] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  const found: { removed: number[]; added: number[] }[] = [];
  let open = { removed: [] as number[], added: [] as number[] };
  const close = () => {
    if (open.removed.length + open.added.length > 0) found.push(open);
    open = { removed: [], added: [] };
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      close();
      i += 1;
      j += 1;
    } else if (j < b.length && (i === a.length || table[i]![j + 1]! >= table[i + 1]![j]!)) {
      open.added.push(j);
      j += 1;
    } else {
      open.removed.push(i);
      i += 1;
    }
  }
  close();
  return found;
}
