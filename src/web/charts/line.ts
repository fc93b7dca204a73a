import { drawing, label, round } from './svg.ts';

const WIDTH = 620;
const HEIGHT = 220;
const [LEFT, RIGHT, TOP, BOTTOM] = [24, 24, 30, 34];

/** A line through points, the number above each of them. */
export function lineChart(
  frame: { id: string; title: string; description: string },
  points: readonly { label: string; value: number }[],
): string {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, points.length - 1);
  const placed = points.map((point, n) => ({
    ...point,
    x: LEFT + n * step,
    y: TOP + (1 - point.value / most) * (HEIGHT - TOP - BOTTOM),
  }));
  const marks = [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}" class="axis"/>`,
    `<polyline points="${placed.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}" class="stroke"/>`,
    ...placed.map(
      ({ x, y, value, label: name }) =>
        `<circle cx="${round(x)}" cy="${round(y)}" r="4" class="c1"/>${label(x, y - 10, value, 'middle')}${label(x, HEIGHT - 12, name, 'middle')}`,
    ),
  ];
  return drawing({ ...frame, width: WIDTH, height: HEIGHT }, marks.join(''));
}

/** A small line without numbers, for a row of a list; its words stand beside it. */
export function sparkline(id: string, title: string, values: readonly number[]): string {
  const most = Math.max(1, ...values);
  const step = 116 / Math.max(1, values.length - 1);
  const points = values.map((value, n) => `${round(2 + n * step)},${round(26 - (value / most) * 22)}`).join(' ');
  return `<svg class="spark" role="img" viewBox="0 0 120 28" width="120" height="28" aria-labelledby="${id}"><title id="${id}">${title}</title><polyline points="${points}" class="stroke"/></svg>`;
}
