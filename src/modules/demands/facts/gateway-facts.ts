import type { RoutingDictionary } from './dictionary.ts';

/** What is asked at the gateway of the statutory routes (法定途径). */
export interface GatewayInput {
  category: string;
  /** Gateway words found in the text, or chosen by the officer. */
  keywords: readonly string[];
  legalIntent?: string | null;
  /** The officer has looked at a clue word: false = it is none. */
  clueConfirmed?: boolean | null;
}

/** Gateway words of the dictionary that stand in a text. */
export const keywordsIn = (dictionary: RoutingDictionary, text: string): string[] =>
  dictionary.gatewayKeywords.map((item) => item.keyword).filter((keyword) => text.includes(keyword));

/** Facts of the gateway, the same for `on-the-spot` and `category-routing`. A discipline clue goes before a report of tax evasion. */
export function gatewayFacts(dictionary: RoutingDictionary, input: GatewayInput): Record<string, unknown> {
  const routes = new Set(
    dictionary.gatewayKeywords.filter((item) => input.keywords.includes(item.keyword)).map((item) => item.route),
  );
  const clue = ['DISCIPLINE_CLUE', 'TAX_VIOLATION_REPORT'].find((route) => routes.has(route)) ?? null;
  return {
    category: input.category,
    clue: input.clueConfirmed === false ? null : clue,
    legalMatter: input.category === 'LEGAL_REMEDY' || routes.has('LEGAL_REMEDY'),
    legalIntent: input.legalIntent || null,
  };
}
