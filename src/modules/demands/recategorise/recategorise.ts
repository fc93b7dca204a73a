import { type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { record } from '../trace.ts';
import { CATEGORIES, isClosed, statusTitle } from '../vocabulary.ts';

export interface RecategoriseInput {
  category: string;
  /** 副类: what else it is about; a demand of several matters is better split. */
  otherCategories?: readonly string[];
  tags?: readonly string[];
  reason: string;
}

const isCategory = (code: string): boolean => Object.hasOwn(CATEGORIES, code);

/** 副类 of a demand, besides its category. */
export function otherCategoriesOf(demand: Pick<Demand, 'intake'>): string[] {
  const { otherCategories } = demand.intake as { otherCategories?: unknown };
  return Array.isArray(otherCategories) ? otherCategories.filter((code) => isCategory(String(code))) : [];
}

/** Why the category cannot be changed now; null when it can. */
export function recategoriseRefusal(work: Work, demand: Demand): string | null {
  if (demand.orgCode !== work.actor.orgCode && demand.hostOrgCode !== work.actor.orgCode)
    return '类别由受理单位或者主办单位的纳服更正。';
  if (isClosed(demand) || demand.withdrawnAt || ['DIVERTED', 'NOT_OUR_DUTY'].includes(demand.status))
    return `诉求 ${demand.number} ${statusTitle(demand.status)}，不再更正类别。`;
  return null;
}

/**
 * Tax service corrects how a demand was classified (改类别留痕, R5): the category, what else it is about, and the tags. Host and limits stay
 * as they are. A statutory remedy has questions of its own to answer, so nothing becomes or stops being one this way.
 */
export async function recategorise(work: Work, demandId: string, input: RecategoriseInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const refusal = recategoriseRefusal(work, demand);
  if (refusal)
    throw refusal.startsWith('诉求')
      ? illegalTransition(refusal, { reason: 'not-open' })
      : forbidden(refusal, { reason: 'not-own-bureau' });
  const others = [...new Set(input.otherCategories ?? [])];
  const tags = [...new Set(input.tags ?? [])];
  const before = { category: demand.category, otherCategories: otherCategoriesOf(demand), tags: [...demand.tags] };
  const problems: FieldProblem[] = [];
  const add = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!isCategory(input.category)) add('/category', '还没有选“类别”。请从六类里选一类。');
  else if (input.category !== demand.category && [input.category, demand.category].includes('LEGAL_REMEDY'))
    add('/category', '法律救济类要回答救济意愿，不能在这里改。涉及法定途径的，请用“转法定途径”。');
  if (others.some((code) => !isCategory(code))) add('/otherCategories', '副类请从六类里选。');
  if (others.includes(input.category)) add('/otherCategories', '副类不能和类别相同。请去掉，或者另选类别。');
  if (
    problems.length === 0 &&
    JSON.stringify({ category: input.category, otherCategories: others, tags }) === JSON.stringify(before)
  )
    add('/category', '类别、副类和标签都没有变，不用更正。');
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有更正。`, problems);
  demand.category = input.category;
  demand.tags = tags;
  demand.intake = { ...demand.intake, otherCategories: others };
  demand.revision += 1;
  await record(work, demand, 'demand.recategorised', {
    before,
    category: input.category,
    otherCategories: others,
    tags,
    reason: input.reason.trim(),
  });
  return demand;
}
