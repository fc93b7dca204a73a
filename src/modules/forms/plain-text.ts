const NUL = String.fromCharCode(0);
/** Control and invisible characters that carry nothing; line feed, tab and the joiner of emoji excepted. NUL is not removed but refused. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u200b\u2028\u2029\ufeff]/gu;

/** Unicode in one form, without control characters; line ends as \n. */
export const clean = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, (sign) => (sign === NUL ? NUL : ''))
    .trim();

/** Halves of a character and NUL: no database keeps them, so they are named instead of silently lost. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes(NUL);

/** The same text with what cannot be kept made visible, so that it can be shown again. */
export const storable = (text: string): string => text.toWellFormed().replaceAll(NUL, '\ufffd');

/** Characters as people count them: 𠮷 and 😀 are one. */
export const lengthOf = (text: string): number => [...text].length;

/** Full-width digits, letters and signs as the keyboard's plain ones: `２０２６－１１－２３`. */
export const narrow = (text: string): string => text.normalize('NFKC').trim();
