/** What somebody typed into the search box, taken apart. */
export interface SearchTerms {
  /** Words that must all occur. */
  words: string[];
  /** Set when the text is digits: the end of a number or phone, or a whole one. */
  digits?: string;
}

const MOST_WORDS = 6;

/** Blanks part words. `199-0000-0021`, `0021` and `+86 199…` are also read as digits. */
export function searchTerms(q: string): SearchTerms {
  const text = q.normalize('NFKC').trim();
  const digits = /^[+\d][\d\s-]*$/.test(text) ? text.replace(/\D/g, '') : '';
  return {
    words: digits ? [] : text.split(/\s+/).filter(Boolean).slice(0, MOST_WORDS),
    ...(digits ? { digits } : {}),
  };
}

/** A text as a `like` pattern that finds it anywhere, its own signs taken literally. */
export const anywhere = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
