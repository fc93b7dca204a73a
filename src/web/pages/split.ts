import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import {
  CATEGORIES,
  type Demand,
  MOST_PARTS,
  maskText,
  type Part,
  splitDemand,
  wayRefusal,
} from '../../modules/demands/index.ts';
import { formOptions } from '../form-options.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { fieldViews, problemViews, type Typed, typedIn } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import type { ActionText } from './demand/action-text.ts';

/** The link to this page among the actions of a demand. */
export const SPLIT: Pick<ActionText, 'title' | 'danger' | 'permission'> & { name: 'split' } = {
  name: 'split',
  title: '拆单',
  danger: false,
  permission: 'demand.rearrange',
};

const LEGAL_INTENTS = [
  { value: 'CONSULT', label: '只是咨询' },
  { value: 'ORAL_RECONSIDERATION', label: '口头提出复议' },
  { value: 'WRITTEN_RECONSIDERATION', label: '已交书面申请' },
  { value: 'HEARING', label: '听证' },
];

/** 拆单: a confirmation page with one block per part. [加一件] gives the page back with one block more; it works without JavaScript. */
export function splitPages(house: House): Route[] {
  const path = '/demands/:number/actions/split';
  const common = { path, permission: 'demand.rearrange', scope: '同诉求件' } as const;
  return [
    { ...common, method: 'get', handle: (ask) => draw(house, ask, {}, [], 2, 200) },
    { ...common, method: 'post', handle: (ask) => submit(house, ask) },
  ];
}

const countOf = (body: Record<string, unknown>): number =>
  Math.min(MOST_PARTS, Math.max(2, Number(textOf(body.count)) || 2));

async function draw(
  house: House,
  { req, res, actor }: Ask,
  values: Typed,
  problems: readonly FieldProblem[],
  count: number,
  status: number,
  conflict: string | null = null,
): Promise<void> {
  const { demand, refusal, departments } = await house.transaction(actor, async (unit) => {
    const seen = await visibleDemand(unit, actor, String(req.params.number));
    return {
      demand: seen,
      refusal: await wayRefusal(unit, seen, 'split'),
      departments: formOptions(house, unit.directory, actor).departments ?? [],
    };
  });
  const shown = problemViews(problems.map((problem) => ({ ...problem, pointer: fieldOf(problem.pointer) })));
  res.status(status).render('demands/split', {
    title: '确定拆单吗？',
    demand,
    content: maskText(demand.content),
    registered: format.time(demand.registeredAt),
    refusal,
    conflict,
    count,
    most: MOST_PARTS,
    problems: shown,
    parts: Array.from({ length: count }, (_, index) => ({
      legend: `第 ${index + 1} 件`,
      nodes: fieldViews(fieldsOf(demand, index, departments), values, shown),
    })),
    once: house.ids.uuid(),
  });
}

const fieldsOf = (demand: Demand, index: number, departments: readonly { value: string; label: string }[]) => [
  { type: 'textfield' as const, name: `title-${index}`, label: '标题', required: true, maxLength: 60 },
  {
    type: 'select' as const,
    name: `category-${index}`,
    label: '类别',
    required: true,
    options: Object.entries(CATEGORIES).map(([value, label]) => ({ value, label })),
  },
  {
    type: 'select' as const,
    name: `hostDepartment-${index}`,
    label: '主办部门',
    hint: '法律救济类的不用选：按法定途径另行办理。',
    options: departments.filter((option) => option.value !== demand.reportedDepartment),
  },
  {
    type: 'select' as const,
    name: `legalIntent-${index}`,
    label: '救济意愿',
    hint: '只在类别是法律救济类时填写。',
    options: LEGAL_INTENTS,
  },
];

/** `/parts/1/title` is the field `title-1`. */
const fieldOf = (pointer: string): string => {
  const [, index, name] = /^\/parts\/(\d+)\/(\w+)$/.exec(pointer) ?? [];
  return index ? `/${name}-${index}` : '/title-0';
};

async function submit(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const number = String(req.params.number);
  const body = (req.body ?? {}) as Record<string, unknown>;
  const values = typedIn(body);
  const count = countOf(body);
  if (textOf(body.more)) return draw(house, ask, values, [], Math.min(MOST_PARTS, count + 1), 200);
  const parts = Array.from({ length: count }, (_, index): Part => {
    const host = textOf(body[`hostDepartment-${index}`]);
    const intent = textOf(body[`legalIntent-${index}`]);
    return {
      title: textOf(body[`title-${index}`]) ?? '',
      category: textOf(body[`category-${index}`]) ?? '',
      ...(host ? { hostDepartment: host } : {}),
      ...(intent ? { legalIntent: intent } : {}),
    };
  });
  const location = `/demands/${number}?ok=split`;
  let demandId: string | undefined;
  try {
    await house.transaction(actor, async (unit) => {
      if (await alreadySubmitted(unit, textOf(body._once))) return;
      const demand = await visibleDemand(unit, actor, number);
      demandId = demand.id;
      await splitDemand(unit, demand.id, parts);
      await noteSubmission(unit, textOf(body._once), location);
    });
  } catch (error) {
    if (!isDomainError(error) || !['Invalid', 'Conflict', 'IllegalTransition'].includes(error.code)) throw error;
    return error.code === 'Invalid'
      ? draw(house, ask, values, error.problems, count, 422)
      : draw(house, ask, values, [], count, 409, error.message);
  }
  await house.settle(demandId);
  res.redirect(303, location);
}
