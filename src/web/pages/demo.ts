import { carrySessions } from '../../modules/access/index.ts';
import type { House } from '../house.ts';
import { localPath, type Route, textOf, withQuery } from '../route.ts';

/** Moving the clock of the demo; outside the demo there is no such page. */
export function demoPages(house: House): Route[] {
  const { demo } = house;
  if (!demo) return [];
  return [
    {
      method: 'post',
      path: '/demo/advance',
      permission: 'public',
      scope: '演示',
      async handle({ req, res }) {
        const hours = Math.min(24 * 30, Math.max(1, Number(req.body.hours) || 24));
        await carrySessions(house, hours * 3600_000);
        await demo.advance(hours * 3600_000);
        res.redirect(303, withQuery(localPath(textOf(req.body.back)) ?? '/', 'ok', 'advanced'));
      },
    },
  ];
}
