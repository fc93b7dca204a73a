import type { Json } from '../../port.ts';
import { type Expression, FeelEvaluationError, type Lookup, toJson, type Value } from '../feel/index.ts';
import type { TextOrExpression } from '../model/types.ts';
import type { Run } from './run.ts';
import { Stuck } from './run.ts';
import type { El } from './state.ts';

/** Evaluates for an element instance; a failure is an incident of that type. */
export function evaluate(run: Run, expression: Expression, lookup: Lookup, type = 'EXTRACT_VALUE_ERROR'): Value {
  try {
    return expression.evaluate(lookup, run.world.now);
  } catch (error) {
    if (error instanceof FeelEvaluationError) throw new Stuck(type, error.message);
    throw error;
  }
}

export const evaluateJson = (run: Run, expression: Expression, lookup: Lookup, type?: string): Json =>
  toJson(evaluate(run, expression, lookup, type));

export const typeName = (value: Json): string =>
  value === null
    ? 'NULL'
    : Array.isArray(value)
      ? 'ARRAY'
      : typeof value === 'object'
        ? 'OBJECT'
        : typeof value === 'number'
          ? 'NUMBER'
          : typeof value === 'boolean'
            ? 'BOOLEAN'
            : 'STRING';

/** A text; anything else is an incident. */
export function textOf(run: Run, text: TextOrExpression, scope: El | undefined): string {
  if ('fixed' in text) return text.fixed;
  const value = evaluateJson(run, text.expression, run.lookup(scope));
  if (typeof value !== 'string') {
    throw new Stuck(
      'EXTRACT_VALUE_ERROR',
      `Expected result of the expression '${text.expression.text}' to be 'STRING', but was '${typeName(value)}'.`,
    );
  }
  return value;
}

export function booleanOf(run: Run, expression: Expression, lookup: Lookup): boolean {
  const value = evaluateJson(run, expression, lookup);
  if (typeof value !== 'boolean') {
    throw new Stuck(
      'EXTRACT_VALUE_ERROR',
      `Expected result of the expression '${expression.text}' to be 'BOOLEAN', but was '${typeName(value)}'.`,
    );
  }
  return value;
}

/** A correlation key: text, or a number cut to the whole. */
export function correlationKeyOf(run: Run, text: TextOrExpression, scope: El | undefined): string {
  if ('fixed' in text) return text.fixed;
  const value = evaluateJson(run, text.expression, run.lookup(scope));
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(Math.trunc(value));
  throw new Stuck(
    'EXTRACT_VALUE_ERROR',
    `Failed to extract the correlation key for '${text.expression.text}': The value must be either a string or a number, but was '${typeName(value)}'.`,
    scope?.k,
  );
}
