/** One line of a comparison: kept, taken out or put in. `gap` stands for lines left out because nothing changes there. */
export interface DiffLine {
  mark: ' ' | '-' | '+' | 'gap';
  text: string;
}

const AROUND = 2;
const MOST_CHANGES = 3000;

/** The lines in which two texts differ, with a little of what stands around them (after Myers 1986). */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const middle = edits(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const kept = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ mark: ' ', text }));
  return withGaps([...kept(a.slice(0, head)), ...middle, ...kept(a.slice(a.length - tail))]);
}

function edits(a: readonly string[], b: readonly string[]): DiffLine[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const most = Math.min(a.length + b.length, MOST_CHANGES);
  for (let d = 0; d <= most; d += 1) {
    trace.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1));
      let x = down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a, b);
    }
  }
  // So different that a comparison line by line says nothing.
  return [...a.map((text): DiffLine => ({ mark: '-', text })), ...b.map((text): DiffLine => ({ mark: '+', text }))];
}

const at = (furthest: ReadonlyMap<number, number>, k: number): number => furthest.get(k) ?? -1;

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  a: readonly string[],
  b: readonly string[],
): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const furthest = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1));
    const fromX = d === 0 ? 0 : at(furthest, down ? k + 1 : k - 1);
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ mark: ' ', text: a[x]! });
    }
    if (d === 0) break;
    if (down) lines.push({ mark: '+', text: b[fromY]! });
    else lines.push({ mark: '-', text: a[fromX]! });
    [x, y] = [fromX, fromY];
  }
  return lines.reverse();
}

function withGaps(lines: readonly DiffLine[]): DiffLine[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some((other) => other.mark !== ' '),
  );
  const shown: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (near[index]) shown.push(line);
    else if (shown.at(-1)?.mark !== 'gap') shown.push({ mark: 'gap', text: '' });
  }
  return shown;
}
