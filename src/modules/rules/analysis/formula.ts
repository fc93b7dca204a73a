/**
 * What can be said about facts once every fact has finitely many representative values: formulas in negation normal form over
 * variables whose domains are sets of values, one bit each.
 */
export type Formula =
  | { kind: 'constant'; value: boolean }
  /** The variable has one of the values in the mask. */
  | { kind: 'within'; variable: number; mask: bigint; opposite: Formula }
  /** Two variables stand in a relation: for each value of the first, the values of the second. */
  | { kind: 'pair'; first: number; second: number; forward: bigint[]; backward: bigint[]; opposite: Formula }
  | { kind: 'and' | 'or'; parts: Formula[]; opposite: Formula };

/** A set of values per variable; no set is ever empty. */
export type Domains = readonly bigint[];

export const ALWAYS: Formula = { kind: 'constant', value: true };
export const NEVER: Formula = { kind: 'constant', value: false };

export const negation = (formula: Formula): Formula =>
  formula.kind === 'constant' ? (formula.value ? NEVER : ALWAYS) : formula.opposite;

/** `mask` within all values of the variable (`full`). */
export function within(variable: number, mask: bigint, full: bigint): Formula {
  if (mask === 0n) return NEVER;
  if (mask === full) return ALWAYS;
  return mutual({ kind: 'within', variable, mask }, { kind: 'within', variable, mask: full & ~mask });
}

/** A relation between two variables with so many values each. */
export function pair(first: number, second: number, sizes: [number, number], holds: (a: number, b: number) => boolean) {
  const side = (wanted: boolean) => {
    const forward = Array.from({ length: sizes[0] }, (_, a) => bits(sizes[1], (b) => holds(a, b) === wanted));
    const backward = Array.from({ length: sizes[1] }, (_, b) => bits(sizes[0], (a) => holds(a, b) === wanted));
    return { kind: 'pair', first, second, forward, backward } as const;
  };
  return mutual(side(true), side(false));
}

export const and = (parts: readonly Formula[]): Formula => join('and', parts);
export const or = (parts: readonly Formula[]): Formula => join('or', parts);

function join(kind: 'and' | 'or', parts: readonly Formula[]): Formula {
  const neutral = kind === 'and';
  const open = parts.filter((part) => part.kind !== 'constant' || part.value !== neutral);
  if (open.some((part) => part.kind === 'constant')) return neutral ? NEVER : ALWAYS;
  if (open.length === 0) return neutral ? ALWAYS : NEVER;
  if (open.length === 1) return open[0]!;
  return mutual({ kind, parts: [...open] }, { kind: neutral ? 'or' : 'and', parts: open.map(negation) });
}

type WithoutOpposite<T> = T extends { opposite: Formula } ? Omit<T, 'opposite'> : never;

/** Ties a formula and its opposite together, so that negation costs nothing. */
function mutual(formula: WithoutOpposite<Formula>, opposite: WithoutOpposite<Formula>): Formula {
  const one = formula as Exclude<Formula, { kind: 'constant' }>;
  const other = opposite as Exclude<Formula, { kind: 'constant' }>;
  one.opposite = other;
  other.opposite = one;
  return one;
}

/** A set of the indices for which something holds. */
export function bits(size: number, holds: (index: number) => boolean): bigint {
  let mask = 0n;
  for (let index = 0; index < size; index += 1) if (holds(index)) mask |= 1n << BigInt(index);
  return mask;
}
