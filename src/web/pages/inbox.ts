import { shanghaiDate } from '../../kernel/clock.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import { inboxOf, markRead, unreadCount } from '../../modules/notifications/index.ts';
import { countTasks } from '../../modules/tasks/index.ts';
import { format, longDay } from '../format.ts';
import type { House } from '../house.ts';
import { menuOf, pagesOf } from '../menu.ts';
import type { Route } from '../route.ts';

/** Messages (P45), by day; and the numbers beside the menu for pages that are open for long. */
export function inboxPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/inbox',
      permission: 'account.own',
      scope: '本人',
      async handle({ res, actor }) {
        const notices = await inboxOf(house.sql, actor.login, house.clock.now(), demandScopeSql(actor, 1));
        const days = new Map<string, typeof notices>();
        for (const notice of notices) {
          const day = shanghaiDate(notice.createdAt);
          days.set(day, [...(days.get(day) ?? []), notice]);
        }
        const today = shanghaiDate(house.clock.now());
        res.render('account/inbox', {
          title: '消息',
          unreadHere: notices.filter((notice) => !notice.readAt).length,
          days: [...days].map(([day, items]) => ({
            title: `${longDay(day)} ${format.weekday(day)}${day === today ? '（今天）' : ''}`,
            items,
          })),
        });
      },
    },
    {
      method: 'post',
      path: '/inbox/read',
      permission: 'account.own',
      scope: '本人',
      async handle({ res, actor }) {
        await markRead(house.sql, actor.login, house.clock.now());
        res.redirect(303, '/inbox?ok=read');
      },
    },
    {
      method: 'get',
      path: '/counts',
      permission: 'account.own',
      scope: '本人',
      async handle({ res, actor }) {
        const [unread, counts] = await Promise.all([
          unreadCount(house.sql, actor.login, house.clock.now(), demandScopeSql(actor, 1)),
          countTasks(house.sql, actor.login),
        ]);
        const { shown, more } = menuOf(COUNTED, actor, { path: '', query: {} }, counts);
        const links = [...shown.flatMap((entry) => ('items' in entry ? entry.items : [entry])), ...more];
        res
          .set('Cache-Control', 'no-store')
          .json(
            Object.fromEntries([
              ['inbox', unread],
              ...links.flatMap((link) => (link.countKey ? [[link.countKey, link.count ?? 0]] : [])),
            ]),
          );
      },
    },
  ];
}

/** The pages that carry a number, whatever else the site has. */
const COUNTED = pagesOf([
  { method: 'get', path: '/tasks', permission: 'task.work', scope: '本人', handle: () => {} },
  { method: 'get', path: '/dispatch', permission: 'demand.dispatch', scope: '本单位', handle: () => {} },
  { method: 'get', path: '/approvals', permission: 'extension.approve', scope: '本人', handle: () => {} },
  { method: 'get', path: '/visits', permission: 'visit.conduct', scope: '本单位', handle: () => {} },
]);
