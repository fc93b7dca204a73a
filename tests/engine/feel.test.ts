import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  compileExpression,
  FeelEvaluationError,
  FeelSyntaxError,
  toJson,
} from '../../src/engine/embedded/feel/index.ts';
import type { Json } from '../../src/engine/port.ts';

/** What Zeebe 8.5.8 answered to each expression: `syntax error` (refused at deployment), `failure` (an incident), or a value as a variable stores it. */
interface Recorded {
  now: string;
  variables: Record<string, Json>;
  results: [expression: string, kind: string, json?: string][];
}
const recorded: Recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'feel-recorded.json'), 'utf8'));

function answer(text: string): string {
  try {
    const value = compileExpression(text).evaluate(
      (name) => (Object.hasOwn(recorded.variables, name) ? recorded.variables[name] : undefined),
      Date.parse(recorded.now),
    );
    return `value ${canonical(JSON.stringify(toJson(value)))}`;
  } catch (error) {
    if (error instanceof FeelSyntaxError) return 'syntax error';
    if (error instanceof FeelEvaluationError) return 'failure';
    throw error;
  }
}

/** Keys sorted, whole numbers beyond 2^53 as text so that no digit is lost. */
function canonical(json: string): string {
  const kept = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) =>
    /^-?\d+$/.test(part) && !Number.isSafeInteger(Number(part)) ? `"int:${part}"` : part,
  );
  return JSON.stringify(sorted(JSON.parse(kept)));
}
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key]!)]),
  );
}

test('every recorded expression gives what Zeebe gave', () => {
  const wrong = recorded.results
    .map(([text, kind, json]) => ({ text, zeebe: json === undefined ? kind : `${kind} ${json}`, ours: answer(text) }))
    .filter(({ zeebe, ours }) => zeebe !== ours);
  expect(recorded.results.length).toBeGreaterThan(2000);
  expect(wrong).toEqual([]);
});

test('no text makes the parser run away', () => {
  for (const text of [
    '('.repeat(5000),
    '['.repeat(5000),
    'f(['.repeat(2000),
    'x in ('.repeat(2000),
    'if '.repeat(5000),
  ])
    expect(() => compileExpression(text)).toThrow(FeelSyntaxError);
});
