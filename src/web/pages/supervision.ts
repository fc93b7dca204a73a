import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { may, scopeOf } from '../../modules/access/index.ts';
import {
  isLevel,
  LEVELS,
  listSupervisions,
  type Supervision,
  superviseByHand,
} from '../../modules/supervision/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { SUPERVISION_SCOPE, supervisionReach } from '../supervision-reach.ts';

const STATES: Record<Supervision['status'], string> = {
  ISSUED: '待签收',
  ACKNOWLEDGED: '待说明',
  ACCOUNTED: '待审核解除',
  LIFTED: '已解除',
};
const FORMS = ['acknowledge-supervision', 'account-for-supervision', 'lift-supervision'];
const VERBS: Record<string, string> = {
  'acknowledge-supervision': '签收督办',
  'account-for-supervision': '填写整改说明',
  'lift-supervision': '审核解除',
};

/** P10 督办: cards by level, then by days; each names the rule that raised it. */
export function supervisionPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/supervision',
      permission: 'supervision.read',
      scope: SUPERVISION_SCOPE,
      handle: (ask) => show(house, ask),
    },
    {
      method: 'get',
      path: '/supervision/new',
      permission: 'supervision.issue',
      scope: SUPERVISION_SCOPE,
      handle: (ask) =>
        drawForm(house, ask, { demand: textOf(ask.req.query.demand) ?? '', level: textOf(ask.req.query.level) ?? '' }),
    },
    {
      method: 'post',
      path: '/supervision/new',
      permission: 'supervision.issue',
      scope: SUPERVISION_SCOPE,
      handle: (ask) => issue(house, ask),
    },
  ];
}

async function show(house: House, { req, res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const scope = scopeOf(actor);
  const org = textOf(req.query.org);
  const level = textOf(req.query.level);
  const state = req.query.state === 'lifted' ? 'lifted' : 'open';
  const all = await listSupervisions(house.sql, { ...supervisionReach(actor, org), state });
  const cards = isLevel(level) ? all.filter((card) => card.level === level) : all;
  const demands = new Map(
    (
      await house.sql.query<{ id: string; number: string }>(
        'select id, number from demand where id = any($1::text[])',
        [cards.map((card) => card.demandId)],
      )
    ).map((row) => [row.id, row.number]),
  );
  const tasks = await house.sql.query<{ id: string; demand_id: string; form_id: string }>(
    `select id, demand_id, form_id from task where status = 'OPEN' and form_id = any($1::text[]) and demand_id = any($2::text[])
       and (assignee = $3 or (assignee is null and $3 = any(candidates)))`,
    [FORMS, cards.map((card) => card.demandId), actor.login],
  );
  const heads = (code: string) =>
    directory.usersInDepartment(code).find((user) => user.roles.includes('DEPARTMENT_HEAD'))?.name;
  res.render('tasks/supervision', {
    title: '督办',
    counts: Object.entries(LEVELS).map(([code, title]) => ({
      code,
      title,
      n: all.filter((card) => card.level === code).length,
    })),
    bureaus:
      scope.kind === 'city' ? directory.bureaus().map((bureau) => ({ code: bureau.code, name: bureau.shortName })) : [],
    filter: { org: org ?? '', level: isLevel(level) ? level : '', state },
    mayIssue: may(actor, 'supervision.issue'),
    cards: cards.map((card) => {
      const task = tasks.find((item) => item.demand_id === card.demandId);
      return {
        ...card,
        requirement: card.requirement.replace(/[。；，\s]+$/, ''),
        levelTitle: LEVELS[card.level],
        state: STATES[card.status],
        demand: demands.get(card.demandId) ?? '',
        bureau: directory.bureau(card.orgCode)?.shortName ?? '',
        department: directory.department(card.departmentCode)?.name ?? '',
        head: heads(card.departmentCode) ?? '',
        answer: format.shortDay(card.answerBy),
        issued: format.short(card.issuedAt),
        raised: card.raisedAt ? format.short(card.raisedAt) : '',
        accounted: card.accountedAt ? format.short(card.accountedAt) : '',
        lifted: card.liftedAt ? format.short(card.liftedAt) : '',
        task: task ? { href: `/tasks/${task.id}`, verb: VERBS[task.form_id] ?? '办理' } : null,
        own: actor.departments.includes(card.departmentCode),
        raise: card.level !== 'ESCALATION' && state === 'open',
      };
    }),
  });
}

const FIELDS: FieldSpec[] = [
  {
    type: 'textfield',
    name: 'demand',
    label: '诉求编号',
    required: true,
    hint: '例如 LASQ-341503-20261123-0007。',
    autocomplete: 'off',
  },
  {
    type: 'radio',
    name: 'level',
    label: '督办级别',
    required: true,
    hint: '已有督办单的，只能选更高的级别。',
    options: Object.entries(LEVELS).map(([value, label]) => ({ value, label })),
  },
  { type: 'textfield', name: 'reason', label: '督办原因', required: true, hint: '例如“诉求人两次来电，仍没有联系”。' },
  { type: 'textarea', name: 'requirement', label: '要求', required: true, rows: 3, maxLength: 300 },
];

async function drawForm(
  _house: House,
  { res }: Pick<Ask, 'res'>,
  values: Typed,
  problems: readonly FieldProblem[] = [],
  status?: number,
): Promise<void> {
  const views = problemViews(problems);
  res.status(status ?? (views.length > 0 ? 422 : 200)).render('admin/plain-form', {
    title: '发出督办',
    crumbs: [['/supervision', '督办']],
    action: '/supervision/new',
    nodes: fieldViews(FIELDS, values, views),
    problems: views,
    effect:
      '点“发出督办”后：编号并通知主办部门、负责人和有关领导（只在工作时间）；主办部门要签收、说明，由没有被督办的人审核解除。',
    button: '发出督办',
    back: '/supervision',
  });
}

async function issue(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const text = (name: string) => (textOf(req.body[name]) ?? '').slice(0, 2000);
  const values = {
    demand: text('demand'),
    level: text('level'),
    reason: text('reason'),
    requirement: text('requirement'),
  };
  let demandId = '';
  try {
    await house.transaction(actor, async (unit) => {
      const demand = await visibleDemand(unit, actor, values.demand.toUpperCase());
      demandId = demand.id;
      await superviseByHand(unit, demand.id, values);
    });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Invalid') return drawForm(house, ask, values, error.problems);
    if (!['NotFound', 'Conflict', 'IllegalTransition', 'Forbidden'].includes(error.code)) throw error;
    const status = error.code === 'NotFound' ? 422 : error.code === 'Forbidden' ? 403 : 409;
    return drawForm(house, ask, values, [{ pointer: '/demand', message: error.message }], status);
  }
  await house.settle(demandId);
  res.redirect(303, '/supervision?ok=supervised');
}
