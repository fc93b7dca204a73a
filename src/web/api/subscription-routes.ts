import { shanghaiDate } from '../../kernel/clock.ts';
import { invalid } from '../../kernel/errors.ts';
import { type Subscription, subscribe, subscriptionsOf, unsubscribe } from '../../modules/demands/index.ts';
import type { House } from '../house.ts';
import { LEDGER_CONDITIONS, ledgerFilter } from '../pages/ledger-filter.ts';
import type { ApiRoute } from './api-route.ts';
import { instant, list, object, text } from './json-schema.ts';
import { bodyOf } from './read-body.ts';

const CONDITIONS = {
  type: 'object',
  description: `台账的筛选条件，与台账页地址里的写法相同。可用：${LEDGER_CONDITIONS.join('、')}`,
  properties: Object.fromEntries(LEDGER_CONDITIONS.map((name) => [name, text])),
  additionalProperties: false,
} as const;
const SUBSCRIPTION = object({ id: text, name: text, conditions: CONDITIONS, createdAt: instant });

/** 订阅日报 over the API: one's own, as on the page. */
export function subscriptionRoutes(house: House): ApiRoute[] {
  const own = { permission: 'demand.read', scope: '本人的订阅；日报只列本人看得到的件' } as const;
  return [
    {
      method: 'get',
      path: '/subscriptions',
      ...own,
      summary: '我订阅的台账日报',
      answers: { 200: { description: '先订阅的在前', schema: object({ items: list(SUBSCRIPTION) }) } },
      async handle({ res, actor }) {
        const items = await house.transaction(actor, (unit) => subscriptionsOf(unit, actor.login));
        res.json({ items: items.map(subscriptionJson) });
      },
    },
    {
      method: 'post',
      path: '/subscriptions',
      ...own,
      summary: '订阅台账日报',
      body: object({ name: { ...text, maxLength: 20, description: '日报的名字' }, conditions: CONDITIONS }, [
        'conditions',
      ]),
      answers: {
        201: { description: '从下一个工作日起，上班时发一条消息；没有件的那天不发', schema: SUBSCRIPTION },
      },
      problems: [409, 422],
      async handle(ask) {
        const { name, conditions = {}, ...others } = bodyOf(ask);
        const unknown = [
          ...Object.keys(others).map((key) => `/${key}`),
          ...(isObject(conditions) ? Object.keys(conditions) : [])
            .filter((key) => !LEDGER_CONDITIONS.includes(key))
            .map((key) => `/conditions/${key}`),
          ...(isObject(conditions) ? [] : ['/conditions']),
        ];
        const texts = isObject(conditions)
          ? Object.entries(conditions).filter(([, value]) => typeof value !== 'string')
          : [];
        if (unknown.length + texts.length > 0)
          throw invalid('没有订阅', [
            ...unknown.map((pointer) => ({
              pointer,
              message: `没有这一项，请去掉或核对名称。可用的条件：${LEDGER_CONDITIONS.join('、')}。`,
            })),
            ...texts.map(([key]) => ({ pointer: `/conditions/${key}`, message: '应当是文字。' })),
          ]);
        const asked = ledgerFilter(conditions as Record<string, unknown>, ask.actor, shanghaiDate(house.clock.now()));
        if (asked.problems.length > 0)
          throw invalid(
            '没有订阅',
            asked.problems.map(({ field, message }) => ({ pointer: `/conditions/${field}`, message })),
          );
        const made = await house.transaction(ask.actor, (unit) =>
          subscribe(unit, { name: typeof name === 'string' ? name : '', query: asked.query, filter: asked.filter }),
        );
        ask.res.status(201).json(subscriptionJson(made));
      },
    },
    {
      method: 'delete',
      path: '/subscriptions/:id',
      ...own,
      summary: '退订',
      answers: { 204: { description: '已退订', schema: null } },
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => unsubscribe(unit, String(req.params.id)));
        res.status(204).end();
      },
    },
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const subscriptionJson = (item: Subscription) => ({
  id: item.id,
  name: item.name,
  conditions: item.query,
  createdAt: item.createdAt,
});
