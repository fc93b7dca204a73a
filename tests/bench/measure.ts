/** A quantile of measured values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export const spread = (values: readonly number[]): string =>
  `${rounded(quantile(values, 0.5))} / ${rounded(quantile(values, 0.95))} ms`;

/** One line of the result. */
export interface Line {
  what: string;
  measured: string;
  budget: string;
}
