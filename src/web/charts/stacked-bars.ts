import { drawing, label, round } from './svg.ts';

export interface BarSeries {
  title: string;
  /** A colour of the tokens, or the hatch. */
  fill: 1 | 5 | 6 | 'hatch';
}
export interface Bar {
  label: string;
  values: readonly number[];
}

const ROW = 34;
const LEFT = 96;
const WIDTH = 620;
const RIGHT = 56;
/** A value this wide can carry its own number. */
const ROOM = 26;

/** One bar per line, parts side by side, each with its number on it; what is too narrow says its number in the table only, the sum stands at the end. */
export function stackedBars(
  frame: { id: string; title: string; description: string },
  series: readonly BarSeries[],
  bars: readonly Bar[],
): string {
  const most = Math.max(1, ...bars.map((bar) => sum(bar.values)));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const fill = (kind: BarSeries['fill']) => (kind === 'hatch' ? `fill="url(#${frame.id}-hatch)"` : `class="c${kind}"`);
  let at = LEFT;
  const key = series.map(({ title, fill: kind }) => {
    const drawn = `<rect x="${at}" y="6" width="14" height="14" ${fill(kind)}/>${label(at + 20, 18, title)}`;
    at += 44 + [...title].length * 14;
    return drawn;
  });
  const rows = bars.map((bar, n) => {
    const top = 34 + n * ROW;
    let x = LEFT;
    const parts = bar.values.map((value, part) => {
      const width = value * scale;
      const kind = series[part]!.fill;
      const number =
        width < ROOM
          ? ''
          : kind === 'hatch'
            ? `<rect x="${round(x + width / 2 - 13)}" y="${top + 4}" width="26" height="16" class="c0"/>${label(x + width / 2, top + 17, value, 'middle')}`
            : `<g class="on">${label(x + width / 2, top + 17, value, 'middle')}</g>`;
      const drawn =
        value === 0
          ? ''
          : `<rect x="${round(x)}" y="${top}" width="${round(width)}" height="24" ${fill(kind)}/>${number}`;
      x += width;
      return drawn;
    });
    return `${label(LEFT - 8, top + 17, bar.label, 'end')}${parts.join('')}${label(x + 8, top + 17, `共 ${sum(bar.values)}`)}`;
  });
  return drawing({ ...frame, width: WIDTH, height: 42 + bars.length * ROW }, [...key, ...rows].join(''));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
