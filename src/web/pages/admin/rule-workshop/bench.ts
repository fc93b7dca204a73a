import { isDomainError } from '../../../../kernel/errors.ts';
import {
  evaluateRuleSet,
  explainInWords,
  type Facts,
  nearestChange,
  outcomeInWords,
  type RuleSet,
  readTypedFacts,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { fieldViews, problemViews, type Typed } from '../../../plain-form.ts';
import type { Ask } from '../../../route.ts';
import { factField } from '../rules.ts';
import { asExample } from './analysis-view.ts';
import { frameOf, type Workshop } from './workshop.ts';

/** 试一试: typed facts decided by the draft and by the version in force, side by side, with why and what would change it. A plain GET form. */
export async function showBench(
  house: House,
  { req, res }: Pick<Ask, 'req' | 'res'>,
  workshop: Workshop,
): Promise<void> {
  const { set, published } = workshop;
  const asked = set ?? published;
  const typed: Typed = Object.fromEntries(
    Object.keys(asked.facts).map((name) => {
      const value = req.query[`fact.${name}`];
      return [name, Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value : ''];
    }),
  );
  const given = Object.keys(asked.facts).some((name) => req.query[`fact.${name}`] !== undefined);
  let facts: Facts | undefined;
  let problems: ReturnType<typeof problemViews> = [];
  try {
    if (given) facts = readTypedFacts(asked, typed);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    problems = problemViews(error.problems, 't');
  }
  const [ofDraft, ofPublished] = facts
    ? [set && (await decided(set, facts)), await decided(published, facts)]
    : [undefined, undefined];
  res.status(problems.length > 0 ? 422 : 200).render('admin/rule-workshop/try', {
    ...(await frameOf(house, workshop, 'try')),
    problems,
    broken: set ? null : workshop.mistakes,
    fields: fieldViews(
      Object.entries(asked.facts).map(([name, fact]) => factField(name, fact)),
      typed,
      problems,
      't',
    ).map((field) => ({ ...field, name: `fact.${field.name}` })),
    sides: facts
      ? [
          ...(ofDraft ? [{ title: '草稿', ...ofDraft }] : []),
          ...(ofPublished ? [{ title: `在用的第 ${published.version} 版`, ...ofPublished }] : []),
        ]
      : [],
    asExample: facts && set ? asExample(workshop.id, queryOf(typed)) : '',
    same: ofDraft && ofPublished ? ofDraft.said === ofPublished.said : null,
  });
}

/** The facts that were typed, as the address of another page. */
function queryOf(typed: Typed): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(typed))
    for (const item of Array.isArray(value) ? value : [value]) if (item) query.append(`fact.${name}`, String(item));
  return query;
}

async function decided(set: RuleSet, facts: Facts) {
  try {
    const { outcome, ruleId, reason, explanation } = await evaluateRuleSet(set, facts);
    const words = outcomeInWords(set, outcome);
    return {
      outcome: words,
      said: JSON.stringify(words),
      ruleId,
      reason,
      rules: explainInWords(set, explanation),
      nearest: nearestChange(set, explanation),
      problem: '',
    };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const problem = error.problems.map((item) => item.message).join('；') || error.message;
    return { outcome: [], said: problem, ruleId: null, reason: '', rules: [], nearest: null, problem };
  }
}
