/** Charts drawn on the server: plain SVG in the page's own colours, with title and description; the table of the same numbers follows each of them. */

export const escaped = (text: string | number): string =>
  String(text).replace(
    /[&<>"']/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign]!,
  );

export interface Frame {
  /** Unique on the page. */
  id: string;
  title: string;
  description: string;
  width: number;
  height: number;
}

/** The drawing around the marks. `hatch` is the pattern that says 逾期 without a colour. */
export function drawing({ id, title, description, width, height }: Frame, marks: string): string {
  return `<svg class="chart" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc><defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="c0"/><rect width="3" height="6" class="c6"/></pattern></defs>${marks}</svg>`;
}

export const label = (
  x: number,
  y: number,
  text: string | number,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string => `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;

export const round = (n: number): number => Math.round(n * 10) / 10;
