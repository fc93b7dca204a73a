/** Text made of words and frozen numbers; every number keeps its name, so that a changed one can be told. */

export interface Figure {
  /** What the number is: `受理件`. */
  label: string;
  text: string;
}
export interface Paragraph {
  /** Unique in the bulletin: `1.2`. */
  id: string;
  text: string;
  figures: Figure[];
}

export const figure = (label: string, value: number | string): Figure => ({
  label,
  text: typeof value === 'number' ? value.toLocaleString('en') : value,
});

/** Puts words and figures together: say`受理 ${figure('受理件', 215)} 件。` */
export function say(words: TemplateStringsArray, ...values: (Figure | Said | string)[]): Said {
  const said: Said = { text: words[0]!, figures: [] };
  values.forEach((value, n) => {
    if (typeof value === 'string') said.text += value;
    else if ('figures' in value) {
      said.text += value.text;
      said.figures.push(...value.figures);
    } else {
      said.text += value.text;
      said.figures.push(value);
    }
    said.text += words[n + 1]!;
  });
  return said;
}
export interface Said {
  text: string;
  figures: Figure[];
}

/** Several, with a sign between them. */
export const joined = (parts: readonly Said[], between: string): Said => ({
  text: parts.map((part) => part.text).join(between),
  figures: parts.flatMap((part) => part.figures),
});
