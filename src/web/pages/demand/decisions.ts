import { sqlOf } from '../../../db/orm.ts';
import {
  type ExplainedInWords,
  evaluationsOf,
  explainInWords,
  nearestChange,
  ruleSetVersion,
  type StoredEvaluation,
} from '../../../modules/rules/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import type { Names } from './names.ts';
import { word } from './words.ts';

/** A decision as the question a person would ask. */
function question(evaluation: StoredEvaluation, names: Names): string {
  const { outcome } = evaluation;
  switch (evaluation.ruleSet) {
    case 'category-routing':
      return outcome.hostDepartment
        ? `为什么建议派给${names.department(String(outcome.hostDepartment))}`
        : '为什么没有建议主办部门';
    case 'on-the-spot':
      return outcome.onTheSpot === true ? '为什么当场办结' : '为什么不是当场办结';
    case 'extension-approval':
      return outcome.allowed === true
        ? `为什么由${names.user(String(outcome.approverLogin ?? '')) || '领导'}审批延期`
        : '为什么不予延期';
    case 'return-visit-sampling':
      return outcome.visit === true ? '为什么要电话回访' : '为什么不用电话回访';
    default:
      return '为什么这样判断';
  }
}

export interface DecisionView {
  question: string;
  answer: string;
  set: string;
  version: number;
  at: string;
  outcome: { title: string; value: string }[];
  nearest: { title: string; missing: string[] } | null;
  rules: {
    title: string;
    basis: string | null;
    /** `passed-over`: it holds as well, but a rule before it decided. */
    state: 'fired' | 'passed-over' | 'no' | 'unreached';
    conditions: { text: string; required: string; actual: string; result: 'yes' | 'no' | 'unreached' }[];
  }[];
}

/** Every automatic decision on a demand with all its conditions, what was required and what was found, and what would have changed it. */
export async function decisionsOf(unit: Unit, demandId: string, names: Names, until?: Date): Promise<DecisionView[]> {
  const sql = sqlOf(unit.em);
  return Promise.all(
    (await evaluationsOf(sql, 'demand', demandId))
      .filter((item) => !until || item.evaluatedAt <= until)
      .map(async (item) => {
        const ruleSet = await ruleSetVersion(sql, item.ruleSet, item.version);
        const nearest = nearestChange(ruleSet, item.explanation);
        return {
          question: question(item, names),
          answer: item.reason,
          set: ruleSet.title,
          version: item.version,
          at: format.time(item.evaluatedAt),
          outcome: outcomeOf(item, ruleSet.outcomeSchema, names),
          nearest: nearest && { title: nearest.title, missing: nearest.missing.map((text) => inText(text, names)) },
          rules: explainInWords(ruleSet, item.explanation).map((rule) => ({
            title: rule.title,
            basis: rule.basis,
            state: stateOf(rule, ruleSet.strategy === 'all' || rule.ruleId === item.ruleId),
            conditions: rule.sentences.map((sentence) => ({
              text: sentence.subject,
              required: say(sentence.required, names),
              actual: sentence.actual === null ? '' : say(sentence.actual, names),
              result: sentence.holds === true ? 'yes' : sentence.holds === false ? 'no' : 'unreached',
            })),
          })),
        };
      }),
  );
}

function stateOf(rule: ExplainedInWords, decides: boolean): DecisionView['rules'][number]['state'] {
  if (rule.fired) return decides ? 'fired' : 'passed-over';
  return rule.sentences.every((sentence) => sentence.holds === null) ? 'unreached' : 'no';
}

/** A value, or a list joined with “、”, without codes. */
const say = (text: string, names: Names): string =>
  text
    .split('、')
    .map((part) => word(part) || names.any(part))
    .join('、');

/** Codes inside a sentence. */
const inText = (text: string, names: Names): string =>
  text.replace(/\d{6}-[A-Z0-9-]+|\b[A-Z]+(_[A-Z0-9]+)+\b|\b[a-z]{5,20}\b/g, (code) => say(code, names));

function outcomeOf(
  item: StoredEvaluation,
  schema: Record<string, { title: string; enum?: Record<string, string> }>,
  names: Names,
): { title: string; value: string }[] {
  return Object.entries(item.outcome).flatMap(([key, value]) => {
    const declared = schema[key];
    if (!declared || key === 'ruleId' || value === null || value === undefined) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return [];
    const one = (part: unknown) =>
      typeof part === 'boolean' ? (part ? '是' : '否') : (declared.enum?.[String(part)] ?? names.any(String(part)));
    return [{ title: declared.title, value: Array.isArray(value) ? value.map(one).join('、') : one(value) }];
  });
}
