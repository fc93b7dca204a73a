import { type Domains, type Formula, negation } from './formula.ts';

/** How many decisions one question may take before it is left open. */
const MOST_STEPS = 20_000;

/**
 * Looks for values under which all formulas hold: complete domains in which every choice does, null when there are none, `unsure`
 * when the limit was reached. Narrows as far as it follows, then decides one part of a disjunction at a time, always in the same order.
 */
export function solve(full: Domains, formulas: readonly Formula[], limit = MOST_STEPS): Domains | null | 'unsure' {
  let left = limit;
  const search = (given: Domains, open: readonly Formula[]): Domains | null | 'unsure' => {
    left -= 1;
    if (left < 0) return 'unsure';
    const domains = [...given];
    const undecided = narrowAll(domains, open);
    if (!undecided) return null;
    const next = tightest(domains, undecided);
    if (!next) return domains;
    for (const [index, branch] of next.entries()) {
      const found = search(domains, [branch, ...undecided]);
      if (found !== null || index === next.length - 1) return found;
    }
    return null;
  };
  return search(full, formulas);
}

/** Takes away what no solution can have; returns the formulas not yet settled, or undefined on a contradiction. */
function narrowAll(domains: bigint[], formulas: readonly Formula[]): Formula[] | undefined {
  let open = formulas;
  for (;;) {
    const before = [...domains];
    const still: Formula[] = [];
    for (const formula of open) {
      if (!narrow(domains, formula)) return undefined;
      const truth = truthOf(domains, formula);
      if (truth === false) return undefined;
      if (truth === null) still.push(formula);
    }
    if (domains.every((domain, index) => domain === before[index])) return still;
    open = still;
  }
}

function narrow(domains: bigint[], formula: Formula): boolean {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'within':
      domains[formula.variable]! &= formula.mask;
      return domains[formula.variable] !== 0n;
    case 'pair':
      return (
        keepSupported(domains, formula.first, formula.second, formula.forward) &&
        keepSupported(domains, formula.second, formula.first, formula.backward)
      );
    case 'and':
      return formula.parts.every((part) => narrow(domains, part));
    default: {
      let only: Formula | undefined;
      for (const part of formula.parts) {
        const truth = truthOf(domains, part);
        if (truth === true) return true;
        if (truth === false) continue;
        if (only) return true;
        only = part;
      }
      return only !== undefined && narrow(domains, only);
    }
  }
}

function keepSupported(domains: bigint[], of: number, by: number, supports: readonly bigint[]): boolean {
  let kept = 0n;
  const [domain, other] = [domains[of]!, domains[by]!];
  for (let index = 0; index < supports.length; index += 1) {
    const bit = 1n << BigInt(index);
    if ((domain & bit) !== 0n && (supports[index]! & other) !== 0n) kept |= bit;
  }
  domains[of] = kept;
  return kept !== 0n;
}

/** True or false when it is so for every choice; null when it depends. */
function truthOf(domains: Domains, formula: Formula): boolean | null {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'within': {
      const domain = domains[formula.variable]!;
      const met = domain & formula.mask;
      return met === 0n ? false : met === domain ? true : null;
    }
    case 'pair': {
      let some = false;
      let every = true;
      const [domain, other] = [domains[formula.first]!, domains[formula.second]!];
      for (let index = 0; index < formula.forward.length; index += 1) {
        if ((domain & (1n << BigInt(index))) === 0n) continue;
        const met = formula.forward[index]! & other;
        if (met !== 0n) some = true;
        if (met !== other) every = false;
      }
      return every ? true : some ? null : false;
    }
    default: {
      const decisive = formula.kind === 'or';
      let open = false;
      for (const part of formula.parts) {
        const truth = truthOf(domains, part);
        if (truth === decisive) return decisive;
        if (truth === null) open = true;
      }
      return open ? null : !decisive;
    }
  }
}

/** The two ways to go on: a condition of the disjunction with the fewest open parts, and its opposite. */
function tightest(domains: Domains, formulas: readonly Formula[]): [Formula, Formula] | undefined {
  let best: { part: Formula; open: number } | undefined;
  for (const formula of formulas) {
    const found = openPart(domains, formula);
    if (found && (!best || found.open < best.open)) best = found;
  }
  if (!best) return undefined;
  const { part } = best;
  if (part.kind !== 'pair') return [part, negation(part)];
  // A relation is decided value by value.
  const variable = isSingle(domains[part.first]!) ? part.second : part.first;
  const domain = domains[variable]!;
  const lowest = domain & -domain;
  const is = { kind: 'within', variable, mask: lowest } as Exclude<Formula, { kind: 'constant' }>;
  const isNot = { kind: 'within', variable, mask: domain & ~lowest, opposite: is } as Formula;
  is.opposite = isNot;
  return [is, isNot];
}

function openPart(domains: Domains, formula: Formula): { part: Formula; open: number } | undefined {
  if (formula.kind === 'constant') return undefined;
  if (formula.kind === 'within' || formula.kind === 'pair') return { part: formula, open: 1 };
  const open = formula.parts.filter((part) => truthOf(domains, part) === null);
  // Down to a single condition: deciding one always narrows a domain, so the search ends.
  const first = open[0] && openPart(domains, open[0]);
  return first && { part: first.part, open: formula.kind === 'or' ? open.length : first.open };
}

const isSingle = (domain: bigint) => (domain & (domain - 1n)) === 0n;
