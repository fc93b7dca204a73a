/**
 * Texts that say the same in other words: two texts are as similar as the share of neighbouring character pairs they have in common (Jaccard).
 * Chinese has no blanks, and the extension that would do this in the database is on neither of its two kinds everywhere.
 */

export interface Text {
  id: string;
  text: string;
}
export interface Cluster {
  ids: string[];
  /** Mean similarity of the pairs that hold it together. */
  similarity: number;
  /** The longest words most of the texts share. */
  words: string;
}

/** Below this two texts are not even compared by the rules; the rules ask for more. */
const FLOOR = 0.35;
/** Pairs of characters so common that they say nothing. */
const COMMON_SHARE = 0.3;
const COMMON_LEAST = 12;
/** A text is compared with so many that come after it and share a pair; the others of a large group are reached through these. */
const NEIGHBOURS = 20;
/** Fewer shared pairs than this is chance. */
const SHARED_LEAST = 4;

/** Letters of the text without signs, digits and blanks: numbers of phones, bills and sums say nothing about the matter. */
const lettersOf = (text: string): string[] => [...text.replace(/[^\p{Script=Han}a-zA-Z]/gu, '').toLowerCase()];

const pairsOf = (text: string): Set<string> => {
  const letters = lettersOf(text);
  return new Set(letters.slice(1).map((letter, n) => letters[n]! + letter));
};

/** Groups of at least `least` similar texts, largest first. */
export function similarTexts(texts: readonly Text[], least: number): Cluster[] {
  const pairs = texts.map(({ text }) => pairsOf(text));
  const holders = new Map<string, number[]>();
  pairs.forEach((set, n) => {
    for (const pair of set) holders.set(pair, [...(holders.get(pair) ?? []), n]);
  });
  const tooCommon = Math.max(COMMON_LEAST, texts.length * COMMON_SHARE);
  const parent = texts.map((_, n) => n);
  const root = (n: number): number => {
    let at = n;
    while (parent[at] !== at) at = parent[at]!;
    parent[n] = at;
    return at;
  };
  const links: { from: number; similarity: number }[] = [];
  // Where in its list of holders each pair has come to: texts are gone through in order.
  const reached = new Map<string, number>();
  for (let n = 0; n < texts.length; n += 1) {
    const shared = new Map<number, number>();
    for (const pair of pairs[n]!) {
      const others = holders.get(pair)!;
      const at = (reached.get(pair) ?? 0) + 1;
      reached.set(pair, at);
      if (others.length > tooCommon) continue;
      for (const other of others.slice(at, at + NEIGHBOURS)) shared.set(other, (shared.get(other) ?? 0) + 1);
    }
    for (const [other, rare] of shared) {
      if (rare < SHARED_LEAST) continue;
      const similarity = jaccard(pairs[n]!, pairs[other]!);
      if (similarity < FLOOR) continue;
      parent[root(other)] = root(n);
      links.push({ from: n, similarity });
    }
  }
  const groups = Map.groupBy(
    texts.map((_, n) => n),
    (n) => root(n),
  );
  return [...groups.values()]
    .filter((members) => members.length >= least)
    .map((members) => {
      const own = links.filter((link) => root(link.from) === root(members[0]!));
      return {
        ids: members.map((n) => texts[n]!.id),
        similarity: Math.round((own.reduce((sum, link) => sum + link.similarity, 0) / own.length) * 100) / 100,
        words: sharedWords(members.map((n) => clausesOf(texts[n]!.text))),
      };
    })
    .sort((a, b) => b.ids.length - a.ids.length || (a.ids[0]! < b.ids[0]! ? -1 : 1));
}

function jaccard(a: Set<string>, b: Set<string>): number {
  let both = 0;
  for (const pair of a) if (b.has(pair)) both += 1;
  return both / (a.size + b.size - both);
}

const LONGEST = 24;
const SHORTEST = 4;

/** What stands between signs: a title that ran across them would be no words of anybody. */
const clausesOf = (text: string): string[] => text.split(/[^\p{Script=Han}a-zA-Z]+/u).filter(Boolean);

/** The longest stretch of a clause that at least two thirds of the texts have; what so many share is nobody's personal data. */
function sharedWords(texts: readonly string[][]): string {
  const needed = Math.ceil((texts.length * 2) / 3);
  for (let length = LONGEST; length >= SHORTEST; length -= 1) {
    const counts = new Map<string, number>();
    for (const clauses of texts) {
      const found = new Set<string>();
      for (const clause of clauses) {
        const letters = [...clause];
        for (let n = 0; n + length <= letters.length; n += 1) found.add(letters.slice(n, n + length).join(''));
      }
      for (const words of found) counts.set(words, (counts.get(words) ?? 0) + 1);
    }
    const [best] = [...counts].filter(([, n]) => n >= needed).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (best) return best[0];
  }
  return '';
}
