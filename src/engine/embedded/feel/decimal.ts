/**
 * Exact decimals as feel-scala has them (BigDecimal, 34 digits, half even). Whole numbers within 2^53 stay JavaScript numbers,
 * which is nearly everything a process computes with; all else is a `Decimal`.
 */
export class Decimal {
  /** The value is `digits * 10^-scale`. */
  readonly digits: bigint;
  readonly scale: number;
  constructor(digits: bigint, scale: number) {
    this.digits = digits;
    this.scale = scale;
  }

  toString(): string {
    const negative = this.digits < 0n;
    let text = (negative ? -this.digits : this.digits).toString();
    if (this.scale > 0) {
      text = text.padStart(this.scale + 1, '0');
      text = `${text.slice(0, -this.scale)}.${text.slice(-this.scale)}`;
    } else if (this.scale < 0) text += '0'.repeat(-this.scale);
    return negative ? `-${text}` : text;
  }

  toNumber(): number {
    return Number(this.toString());
  }
}

export type Numeric = number | Decimal;

const PRECISION = 34;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

export const isNumeric = (value: unknown): value is Numeric => typeof value === 'number' || value instanceof Decimal;

/** Reads a decimal literal or a JavaScript number without loss of what it shows. */
export function parseDecimal(text: string): Numeric | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match || (!match[2] && !match[3])) return null;
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2]}${fraction}` || '0') * (match[1] === '-' ? -1n : 1n);
  return shrink(digits, fraction.length - Number(match[4] ?? 0));
}

export function fromNumber(value: number): Numeric {
  return Number.isSafeInteger(value) ? value : (parseDecimal(String(value)) ?? 0);
}

/** Whole numbers without a fraction part become JavaScript numbers; a scale that was written (1.50) is kept. */
function shrink(digits: bigint, scale: number): Numeric {
  if (scale <= 0) {
    const whole = digits * 10n ** BigInt(-scale);
    if (whole <= MAX_SAFE && whole >= -MAX_SAFE) return Number(whole);
    return new Decimal(whole, 0);
  }
  return new Decimal(digits, scale);
}

const wide = (value: Numeric): Decimal => (typeof value === 'number' ? new Decimal(BigInt(value), 0) : value);

function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale];
}

function round(digits: bigint, scale: number): Numeric {
  const length = (digits < 0n ? -digits : digits).toString().length;
  if (length <= PRECISION) return shrink(digits, scale);
  const drop = length - PRECISION;
  return shrink(divideHalfEven(digits, 10n ** BigInt(drop)), scale - drop);
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  let quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const size = divisor < 0n ? -divisor : divisor;
  if (twice > size || (twice === size && quotient % 2n !== 0n)) quotient += dividend < 0n === divisor < 0n ? 1n : -1n;
  return quotient;
}

export function add(a: Numeric, b: Numeric): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const [x, y, scale] = align(wide(a), wide(b));
  return round(x + y, scale);
}

export const negate = (a: Numeric): Numeric =>
  typeof a === 'number' ? (a === 0 ? 0 : -a) : new Decimal(-a.digits, a.scale);
export const subtract = (a: Numeric, b: Numeric): Numeric => add(a, negate(b));

export function multiply(a: Numeric, b: Numeric): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  const [x, y] = [wide(a), wide(b)];
  return round(x.digits * y.digits, x.scale + y.scale);
}

/** Null when the divisor is zero. */
export function divide(a: Numeric, b: Numeric): Numeric | null {
  const [x, y] = [wide(a), wide(b)];
  if (y.digits === 0n) return null;
  if (x.digits === 0n) return 0;
  const shift = Math.max(0, PRECISION + 3 + y.digits.toString().length - x.digits.toString().length);
  const dividend = x.digits * 10n ** BigInt(shift);
  const exact = dividend % y.digits === 0n;
  let digits = exact ? dividend / y.digits : divideHalfEven(dividend, y.digits);
  let scale = x.scale - y.scale + shift;
  if (exact) {
    // An exact quotient keeps as few digits after the point as it needs, like BigDecimal's preferred scale.
    const preferred = Math.max(0, x.scale - y.scale);
    while (scale > preferred && digits % 10n === 0n) {
      digits /= 10n;
      scale -= 1;
    }
  }
  return round(digits, scale);
}

export function compare(a: Numeric, b: Numeric): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = align(wide(a), wide(b));
  return x < y ? -1 : x > y ? 1 : 0;
}

/** `a^b`; whole exponents exactly, others as doubles. */
export function power(a: Numeric, b: Numeric): Numeric | null {
  if (typeof b === 'number' && b >= 0 && b <= 9999) {
    let result: Numeric = 1;
    for (let n = 0; n < b; n += 1) result = multiply(result, a);
    return result;
  }
  return fromDouble(toNumber(a) ** toNumber(b));
}

export const toNumber = (value: Numeric): number => (typeof value === 'number' ? value : value.toNumber());
export const fromDouble = (value: number): Numeric | null => (Number.isFinite(value) ? fromNumber(value) : null);

export type Rounding = 'floor' | 'ceiling' | 'up' | 'down' | 'half up' | 'half down' | 'half even';

/** Rounds to `places` digits after the point. */
export function roundTo(value: Numeric, places: number, mode: Rounding): Numeric {
  const { digits, scale } = wide(value);
  if (scale <= places) return value;
  const unit = 10n ** BigInt(scale - places);
  const quotient = digits / unit;
  const rest = digits % unit;
  if (rest === 0n) return shrink(quotient, places);
  const sign = digits < 0n ? -1n : 1n;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const away = {
    floor: sign < 0n,
    ceiling: sign > 0n,
    up: true,
    down: false,
    'half up': twice >= unit,
    'half down': twice > unit,
    'half even': twice > unit || (twice === unit && quotient % 2n !== 0n),
  }[mode];
  return shrink(away ? quotient + sign : quotient, places);
}

/** Whole part toward zero, when it is a safe integer. */
export function toInteger(value: Numeric): number | null {
  const whole = roundTo(value, 0, 'down');
  return typeof whole === 'number' ? whole : Number.isSafeInteger(whole.toNumber()) ? whole.toNumber() : null;
}

/** Remainder with the sign of the divisor, as FEEL's modulo. */
export function modulo(a: Numeric, b: Numeric): Numeric | null {
  const quotient = divide(a, b);
  if (quotient === null) return null;
  return subtract(a, multiply(b, roundTo(quotient, 0, 'floor')));
}
