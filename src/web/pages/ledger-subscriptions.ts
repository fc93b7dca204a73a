import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { subscribe, subscriptionsOf, unsubscribe } from '../../modules/demands/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { addressOf, conditionsInWords, type LedgerFilter, ledgerFilter } from './ledger-filter.ts';

const NAME: FieldSpec[] = [
  {
    type: 'textfield',
    name: 'name',
    label: '日报的名字',
    required: true,
    hint: '例如“本部门临期”，最多 20 个字。会写在消息的标题里。',
    autocomplete: 'off',
  },
];

/** 订阅日报 (P05): a set of conditions of the ledger, sent to its subscriber every working day. */
export function subscriptionPages(house: House): Route[] {
  const own = { permission: 'demand.read', scope: '本人的订阅；日报只列本人看得到的件' } as const;
  return [
    { method: 'get', path: '/demands/subscriptions', ...own, handle: (ask) => show(house, ask) },
    { method: 'get', path: '/demands/subscriptions/new', ...own, handle: (ask) => drawForm(house, ask, ask.req.query) },
    { method: 'post', path: '/demands/subscriptions/new', ...own, handle: (ask) => save(house, ask) },
    {
      method: 'post',
      path: '/demands/subscriptions/:id/end',
      ...own,
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => unsubscribe(unit, String(req.params.id)));
        res.redirect(303, '/demands/subscriptions?ok=unsubscribed');
      },
    },
  ];
}

async function show(house: House, { res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const items = await house.transaction(actor, (unit) => subscriptionsOf(unit, actor.login));
  res.render('demands/subscriptions', {
    title: '我的订阅',
    items: items.map((item) => ({
      id: item.id,
      name: item.name,
      href: addressOf(item.query),
      since: format.time(item.createdAt),
      conditions: wordsOf({ filter: item.filter, query: item.query, problems: [] }, directory),
    })),
  });
}

const wordsOf = (asked: LedgerFilter, directory: Parameters<typeof conditionsInWords>[1]): string =>
  conditionsInWords(asked, directory)
    .map((condition) => condition.text)
    .join('、') || '全部';

async function drawForm(
  house: House,
  { res, actor }: Pick<Ask, 'res' | 'actor'>,
  source: Record<string, unknown>,
  problems: readonly FieldProblem[] = [],
  status?: number,
): Promise<void> {
  const asked = ledgerFilter(source, actor, shanghaiDate(house.clock.now()));
  const views = problemViews([
    ...problems,
    ...asked.problems.map(({ message }) => ({ pointer: '/name', message: `条件有误：${message}请回台账改好再订阅。` })),
  ]);
  res.status(status ?? (problems.length > 0 ? 422 : 200)).render('admin/plain-form', {
    title: '订阅日报',
    crumbs: [
      ['/demands', '台账'],
      ['/demands/subscriptions', '我的订阅'],
    ],
    action: '/demands/subscriptions/new',
    nodes: fieldViews(NAME, { name: textOf(source.name) ?? '' } as Typed, views),
    hidden: Object.entries(asked.query),
    problems: views,
    effect: `条件：${wordsOf(asked, await house.directory())}。点“订阅”后：每个工作日上班时收到一条消息，写明几件、逾期几件、今日到期几件和编号；没有件的那天不发。随时可以退订。`,
    button: '订阅',
    back: addressOf(asked.query),
  });
}

async function save(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const asked = ledgerFilter(req.body, actor, shanghaiDate(house.clock.now()));
  if (asked.problems.length > 0) return drawForm(house, ask, req.body, [], 422);
  try {
    await house.transaction(actor, (unit) =>
      subscribe(unit, { name: textOf(req.body.name) ?? '', query: asked.query, filter: asked.filter }),
    );
  } catch (error) {
    if (!isDomainError(error) || !['Invalid', 'Conflict'].includes(error.code)) throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ pointer: '/name', message: error.message }];
    return drawForm(house, ask, req.body, problems, error.code === 'Conflict' ? 409 : 422);
  }
  res.redirect(303, '/demands/subscriptions?ok=subscribed');
}
