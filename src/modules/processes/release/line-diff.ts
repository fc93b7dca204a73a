import { diffArrays } from 'diff';

/** One line of a comparison: kept, taken out or put in. `gap` stands for lines left out because nothing changes there. */
export interface DiffLine {
  mark: ' ' | '-' | '+' | 'gap';
  text: string;
}

const AROUND = 2;
const MOST_CHANGES = 3000;

/** The lines in which two texts differ, with a little of what stands around them. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  // So different that a comparison line by line says nothing: all of the one, then all of the other.
  const parts = diffArrays(a, b, { maxEditLength: MOST_CHANGES }) ?? [
    { removed: true, added: false, value: a },
    { removed: false, added: true, value: b },
  ];
  return withGaps(
    parts.flatMap(({ removed, added, value }) =>
      value.map((text): DiffLine => ({ mark: removed ? '-' : added ? '+' : ' ', text })),
    ),
  );
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
