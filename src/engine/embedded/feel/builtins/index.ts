import type { FeelFunction } from '../values.ts';
import { contextFunctions } from './contexts.ts';
import { conversionFunctions } from './conversion.ts';
import { dateFunctions } from './dates.ts';
import type { Functions } from './define.ts';
import { listFunctions } from './lists.ts';
import { logicFunctions } from './logic.ts';
import { numberFunctions } from './numbers.ts';
import { rangeFunctions } from './ranges.ts';
import { textFunctions } from './text.ts';

/** The functions of feel-scala 1.17 and Zeebe's own `cycle`, each with the forms of its parameters. */
export const builtins: Functions = {
  ...conversionFunctions,
  ...logicFunctions,
  ...textFunctions,
  ...listFunctions,
  ...numberFunctions,
  ...contextFunctions,
  ...rangeFunctions,
  ...dateFunctions,
};
Object.setPrototypeOf(builtins, null);

/** The form that takes this number of arguments, or has parameters of these names. */
export function functionNamed(
  candidates: readonly FeelFunction[],
  given: number | readonly string[],
): FeelFunction | undefined {
  if (typeof given === 'number')
    return candidates.find(
      ({ parameters, variadic }) => parameters.length === given || (variadic && parameters.length < given),
    );
  return candidates.find(({ parameters }) => given.every((name) => parameters.includes(name)));
}
