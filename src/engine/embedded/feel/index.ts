/** FEEL as Zeebe 8.5 runs it (feel-scala 1.17): compiled once, evaluated against variables. */
import type { Json } from '../../port.ts';
import { referencedNames } from './ast.ts';
import { ArithmeticFailure } from './decimal.ts';
import { compile } from './evaluate.ts';
import { parse } from './parser.ts';
import { EvaluationAborted, fromJson, isError, type Scope, toJson, type Value } from './values.ts';

export { FeelSyntaxError } from './reader.ts';
export {
  DayTimeDuration,
  FeelDate,
  FeelDateTime,
  FeelTime,
  parseDateTime,
  parseDuration,
  parseZonedDateTime,
  YearMonthDuration,
} from './temporal.ts';
export type { Value } from './values.ts';
export { toJson } from './values.ts';

/** The expression could not be evaluated: an incident, as in Zeebe. */
export class FeelEvaluationError extends Error {
  override name = 'FeelEvaluationError';
}

/** Looks a variable up; undefined when it does not exist. */
export type Lookup = (name: string) => Json | undefined;

export interface Expression {
  readonly text: string;
  /** Names it reads from its context. */
  readonly names: ReadonlySet<string>;
  /** The typed value. `now` is epoch milliseconds. Throws `FeelEvaluationError`. */
  evaluate(lookup: Lookup, now: number): Value;
}

const cache = new Map<string, Expression>();

/** Compiles an expression (without the leading `=`). Throws `FeelSyntaxError`. */
export function compileExpression(text: string): Expression {
  const known = cache.get(text);
  if (known) return known;
  const tree = parse(text);
  const run = compile(tree);
  const expression: Expression = {
    text,
    names: referencedNames(tree),
    evaluate(lookup, now) {
      const seen = new Map<string, Value | undefined>();
      const scope: Scope = {
        now,
        functions: () => [],
        lookup(name) {
          if (!seen.has(name)) {
            const json = lookup(name);
            seen.set(name, json === undefined ? undefined : fromJson(json));
          }
          return seen.get(name);
        },
      };
      const failed = (message: string) =>
        new FeelEvaluationError(`Failed to evaluate expression '${text}': ${message}`);
      try {
        const value = run(scope);
        if (!isError(value)) return value;
        throw failed(value.message);
      } catch (error) {
        if (error instanceof EvaluationAborted || error instanceof ArithmeticFailure || error instanceof RangeError)
          throw failed(error.message);
        throw error;
      }
    },
  };
  if (cache.size > 5000) cache.clear();
  cache.set(text, expression);
  return expression;
}

/** Evaluates to JSON, the form in which a variable stores it. */
export const evaluateToJson = (expression: Expression, lookup: Lookup, now: number): Json =>
  toJson(expression.evaluate(lookup, now));
