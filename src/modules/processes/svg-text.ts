/** Text inside pictures: measuring, wrapping and escaping. */

const AMP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes for text nodes and attribute values; characters XML cannot hold are dropped. */
export const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters XML 1.0 forbids.
  text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '').replace(/[&<>"']/g, (sign) => AMP[sign]!);

/** Width of a text in em: a Chinese character fills its square, Latin letters about half of it. */
export function widthInEm(text: string): number {
  let width = 0;
  for (const sign of text) {
    if (/[\u2E80-\uFFEF]|\p{Extended_Pictographic}/u.test(sign)) width += 1;
    else if (/[A-Zmw%@]/.test(sign)) width += 0.72;
    else if (/[il.,:;'|! ]/.test(sign)) width += 0.32;
    else width += 0.56;
  }
  return width;
}

/** Signs that must not begin a line. */
const CLOSING = /[，。；：、？！）》”’\]),.;:?!]/;

/** Breaks into lines of at most `em`; Chinese between any two characters, Latin words whole where they fit. The last line ends with … when more was there. */
export function wrap(text: string, em: number, maxLines: number): string[] {
  const pieces =
    text
      .replace(/\s+/g, ' ')
      .trim()
      .match(/[A-Za-z0-9_\-./]+|\s|./gsu) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces.flatMap((item) => splitLong(item, em))) {
    if (widthInEm(line + piece) <= em || line === '' || (CLOSING.test(piece) && widthInEm(line) <= em)) {
      line += piece;
      continue;
    }
    lines.push(line.trim());
    line = piece === ' ' ? '' : piece;
  }
  if (line.trim()) lines.push(line.trim());
  if (lines.length <= maxLines) return balance(lines, em);
  const kept = lines.slice(0, maxLines);
  let last = kept[maxLines - 1]!;
  while (last && widthInEm(`${last}…`) > em) last = last.slice(0, -1);
  kept[maxLines - 1] = `${last}…`;
  return kept;
}

function splitLong(piece: string, em: number): string[] {
  if (widthInEm(piece) <= em) return [piece];
  const parts: string[] = [];
  let part = '';
  for (const sign of piece) {
    if (part && widthInEm(part + sign) > em) {
      parts.push(part);
      part = '';
    }
    part += sign;
  }
  return [...parts, part];
}

/** A single character alone on the last line looks lost: two lines of Chinese are made about equally long. */
function balance(lines: string[], em: number): string[] {
  if (lines.length !== 2 || widthInEm(lines[1]!) >= 2 || /[A-Za-z]/.test(lines.join(''))) return lines;
  const all = [...lines.join('')];
  const half = Math.ceil(all.length / 2);
  if (CLOSING.test(all[half] ?? '')) return lines;
  const balanced = [all.slice(0, half).join(''), all.slice(half).join('')];
  return balanced.every((line) => widthInEm(line) <= em) ? balanced : lines;
}
