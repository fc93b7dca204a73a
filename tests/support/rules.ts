import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/kernel/canonical-json.ts';
import type { RoutingDictionary } from '../../src/modules/demands/index.ts';
import type { RuleSet } from '../../src/modules/rules/index.ts';

const root = join(import.meta.dirname, '..', '..');
const rules = join(root, 'rules');

export const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** A rule set of the product as its file holds it. */
export const ruleSetFile = (id: string): RuleSet => readJson(join(rules, `${id}.rules.json`));
export const ruleSetIds = (): string[] =>
  readdirSync(rules)
    .filter((name) => name.endsWith('.rules.json'))
    .map((name) => name.replace('.rules.json', ''))
    .sort();

export const seededDictionary = (): RoutingDictionary => readJson(join(root, 'data', 'routing-dictionary.json'));

/** What an outcome leaves out, null, false and an empty list all say the same: nothing. */
const isNothing = (value: unknown) =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

/** The part of an outcome that an example speaks about, so that a failing test shows both side by side. */
export function partOf(outcome: Record<string, unknown>, expected: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(expected).map(([key, wanted]) => {
      const found = outcome[key];
      const same = isNothing(found) ? isNothing(wanted) : canonicalJson(found) === canonicalJson(wanted);
      return [key, same ? wanted : found];
    }),
  );
}
