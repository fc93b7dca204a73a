/**
 * Decimals as feel-scala has them: `scala.math.BigDecimal` with 34 digits and half even, which keeps the scale a number was written or computed with
 * (`1.50`, `2.0E+2`). Whole numbers of scale 0 within 2^53 stay JavaScript numbers, which is nearly everything a process computes with.
 */
export class Decimal {
  /** The value is `digits * 10^-scale`. */
  readonly digits: bigint;
  readonly scale: number;
  constructor(digits: bigint, scale: number) {
    this.digits = digits;
    this.scale = scale;
  }

  /** As Java writes it: plain, or with an exponent where the scale is negative or the number very small. */
  toString(): string {
    const sign = this.digits < 0n ? '-' : '';
    const text = magnitude(this.digits).toString();
    if (this.scale === 0) return sign + text;
    const exponent = text.length - 1 - this.scale;
    if (this.scale > 0 && exponent >= -6) {
      const padded = text.padStart(this.scale + 1, '0');
      return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`;
    }
    const fraction = text.length > 1 ? `.${text.slice(1)}` : '';
    return `${sign}${text[0]}${fraction}${exponent === 0 ? '' : `E${exponent < 0 ? '' : '+'}${exponent}`}`;
  }

  toNumber(): number {
    return Number(`${this.digits}e${-this.scale}`);
  }
}

export type Numeric = number | Decimal;

/** Java would throw here: the expression fails. */
export class ArithmeticFailure extends Error {}

const PRECISION = 34;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Numbers further apart than this do not change each other's 34 digits. */
const OUT_OF_REACH = 120;

export const isNumeric = (value: unknown): value is Numeric => typeof value === 'number' || value instanceof Decimal;

const magnitude = (digits: bigint): bigint => (digits < 0n ? -digits : digits);
const lengthOf = (digits: bigint): number => magnitude(digits).toString().length;
const wide = (value: Numeric): Decimal => (typeof value === 'number' ? new Decimal(BigInt(value), 0) : value);

function make(digits: bigint, scale: number): Numeric {
  if (scale === 0 && digits <= MAX_SAFE && digits >= -MAX_SAFE) return Number(digits);
  return new Decimal(digits, scale);
}

/** Reads a decimal text; null when it is none. */
export function parseDecimal(text: string): Numeric | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text);
  if (!match || (!match[2] && !match[3])) return null;
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2]}${fraction}`) * (match[1] === '-' ? -1n : 1n);
  return make(digits, fraction.length - Number(match[4] ?? 0));
}

/** A double as Java shows it (`4.0`, `1.0E-4`), which decides the scale. */
export function fromDouble(value: number): Numeric {
  if (!Number.isFinite(value)) throw new ArithmeticFailure(`${value} is no number`);
  const size = Math.abs(value);
  if (size === 0) return new Decimal(0n, 1);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return parseDecimal(text.includes('.') ? text : `${text}.0`)!;
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return parseDecimal(`${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`)!;
}

/** A number of a variable. */
export const fromNumber = (value: number): Numeric => (Number.isSafeInteger(value) ? value : fromDouble(value));

function round(digits: bigint, scale: number, precision = PRECISION): Numeric {
  const drop = lengthOf(digits) - precision;
  if (drop <= 0) return make(digits, scale);
  const rounded = divideBy(digits, 10n ** BigInt(drop), 'half even');
  // 9.99 may have become 10.0: one digit too many.
  return lengthOf(rounded) > precision ? make(rounded / 10n, scale - drop - 1) : make(rounded, scale - drop);
}

export type Rounding = 'floor' | 'ceiling' | 'up' | 'down' | 'half up' | 'half down' | 'half even';

function divideBy(dividend: bigint, divisor: bigint, mode: Rounding): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n) return quotient;
  const negative = dividend < 0n !== divisor < 0n;
  const twice = magnitude(rest) * 2n;
  const size = magnitude(divisor);
  const away = {
    floor: negative,
    ceiling: !negative,
    up: true,
    down: false,
    'half up': twice >= size,
    'half down': twice > size,
    'half even': twice > size || (twice === size && quotient % 2n !== 0n),
  }[mode];
  return away ? quotient + (negative ? -1n : 1n) : quotient;
}

export function add(a: Numeric, b: Numeric): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum === 0 ? 0 : sum;
  }
  const [x, y] = [wide(a), wide(b)];
  if (Math.abs(x.scale - y.scale) > 1000) {
    if (x.digits === 0n) return round(y.digits, y.scale);
    if (y.digits === 0n) return round(x.digits, x.scale);
    const distance = lengthOf(x.digits) - x.scale - (lengthOf(y.digits) - y.scale);
    if (Math.abs(distance) > OUT_OF_REACH) return distance > 0 ? round(x.digits, x.scale) : round(y.digits, y.scale);
  }
  const scale = Math.max(x.scale, y.scale);
  return round(x.digits * 10n ** BigInt(scale - x.scale) + y.digits * 10n ** BigInt(scale - y.scale), scale);
}

export const negate = (a: Numeric): Numeric => (typeof a === 'number' ? (a === 0 ? 0 : -a) : make(-a.digits, a.scale));
export const subtract = (a: Numeric, b: Numeric): Numeric => add(a, negate(b));
export const absolute = (a: Numeric): Numeric => (sign(a) < 0 ? negate(a) : a);
export const sign = (a: Numeric): number =>
  typeof a === 'number' ? Math.sign(a) : a.digits < 0n ? -1 : a.digits > 0n ? 1 : 0;

export function multiply(a: Numeric, b: Numeric, precision = PRECISION): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  const [x, y] = [wide(a), wide(b)];
  return round(x.digits * y.digits, x.scale + y.scale, precision);
}

export function divide(a: Numeric, b: Numeric, precision = PRECISION): Numeric {
  const [x, y] = [wide(a), wide(b)];
  if (y.digits === 0n) throw new ArithmeticFailure('Division by zero');
  const preferred = x.scale - y.scale;
  if (x.digits === 0n) return make(0n, preferred);
  const shift = Math.max(0, precision + 3 + lengthOf(y.digits) - lengthOf(x.digits));
  const dividend = x.digits * 10n ** BigInt(shift);
  let scale = preferred + shift;
  if (dividend % y.digits !== 0n) {
    // A digit that stands for the rest, so that half even is decided on the whole quotient.
    const cut = dividend / y.digits;
    return round(cut * 10n + (dividend < 0n !== y.digits < 0n ? -1n : 1n), scale + 1, precision);
  }
  let digits = dividend / y.digits;
  // An exact quotient has no more digits than the preferred scale asks for.
  while (scale > preferred && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return round(digits, scale, precision);
}

export function compare(a: Numeric, b: Numeric): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const signs = sign(a) - sign(b);
  if (signs !== 0 || sign(a) === 0) return Math.sign(signs);
  const [x, y] = [wide(a), wide(b)];
  const size = lengthOf(x.digits) - x.scale - (lengthOf(y.digits) - y.scale);
  if (size !== 0) return Math.sign(size) * sign(a);
  const scale = Math.max(x.scale, y.scale);
  const difference = x.digits * 10n ** BigInt(scale - x.scale) - y.digits * 10n ** BigInt(scale - y.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `a^b`: whole exponents as BigDecimal.pow, others as doubles. */
export function power(a: Numeric, b: Numeric): Numeric {
  if (!isWhole(b)) return fromDouble(toNumber(a) ** toNumber(b));
  const exponent = toInt(b);
  if (Math.abs(exponent) > 999_999_999) throw new ArithmeticFailure('Invalid operation');
  if (exponent === 0) return 1;
  const working = PRECISION + String(Math.abs(exponent)).length + 1;
  let result: Numeric = 1;
  for (const bit of Math.abs(exponent).toString(2)) {
    result = multiply(result, result, working);
    if (bit === '1') result = multiply(result, a, working);
  }
  if (exponent < 0) result = divide(1, result, working);
  const { digits, scale } = wide(result);
  return round(digits, scale);
}

/** Remainder with the sign of the divisor. */
export const modulo = (a: Numeric, b: Numeric): Numeric => remainder(add(remainder(a, b), b), b);

export function remainder(a: Numeric, b: Numeric): Numeric {
  const [x, y] = [wide(a), wide(b)];
  if (y.digits === 0n) throw new ArithmeticFailure('Division by zero');
  const scale = Math.max(x.scale, y.scale);
  if (scale - Math.min(x.scale, y.scale) > 1000) throw new ArithmeticFailure('Division impossible');
  return make((x.digits * 10n ** BigInt(scale - x.scale)) % (y.digits * 10n ** BigInt(scale - y.scale)), scale);
}

export const toNumber = (value: Numeric): number => (typeof value === 'number' ? value : value.toNumber());

export function isWhole(value: Numeric): boolean {
  if (typeof value === 'number' || value.scale <= 0 || value.digits === 0n) return true;
  return value.scale < lengthOf(value.digits) && value.digits % 10n ** BigInt(value.scale) === 0n;
}

/** The whole part, toward zero. */
function truncated(value: Numeric): bigint {
  if (typeof value === 'number') return BigInt(value);
  if (value.scale > lengthOf(value.digits)) return 0n;
  // Beyond 64 bits all that counts of such a number is zero.
  if (value.scale < -64) return 0n;
  return value.scale > 0 ? value.digits / 10n ** BigInt(value.scale) : value.digits * 10n ** BigInt(-value.scale);
}

/** Java's `intValue` and `longValue`: what does not fit is cut off at the top. */
export const toInt = (value: Numeric): number =>
  typeof value === 'number' && Math.abs(value) < 2 ** 31 ? value : Number(BigInt.asIntN(32, truncated(value)));
export const toLong = (value: Numeric): bigint => BigInt.asIntN(64, truncated(value));

/** Sets the number of digits after the point. */
export function roundTo(value: Numeric, places: number, mode: Rounding): Numeric {
  const { digits, scale } = wide(value);
  if (Math.abs(places - scale) > 100_000) throw new ArithmeticFailure('Overflow');
  if (scale <= places) return make(digits * 10n ** BigInt(places - scale), places);
  return make(divideBy(digits, 10n ** BigInt(scale - places), mode), places);
}
