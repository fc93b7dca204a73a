import { FeelError, FeelFunction, isError, type Value } from '../values.ts';

export type Functions = Record<string, FeelFunction[]>;

/**
 * A built-in function. `run` answers undefined for arguments it has no rule for; then the first error among them is the result, or a new one:
 * wrong arguments never fail an expression, the caller makes null of them.
 */
export function define(
  parameters: string[],
  run: (args: Value[], now: number) => Value | undefined,
  variadic = false,
): FeelFunction {
  const invoke = (args: Value[], now: number): Value => {
    const result = run(args, now);
    if (result !== undefined) return result;
    return args.find((item) => isError(item) && item.fatal) ?? args.find(isError) ?? new FeelError('Illegal arguments');
  };
  return new FeelFunction(parameters, invoke, variadic);
}

/** The same function under several lists of parameter names. */
export const forms = (names: string[][], run: (args: Value[], now: number) => Value | undefined): FeelFunction[] =>
  names.map((parameters) => define(parameters, run));

export const isText = (value: Value | undefined): value is string => typeof value === 'string';
export const isList = (value: Value | undefined): value is Value[] => Array.isArray(value);
