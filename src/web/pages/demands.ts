import type { House } from '../house.ts';
import { demandAccess } from '../load-demand.ts';
import { type Route, textOf } from '../route.ts';
import { actionRoutes } from './demand/actions.ts';
import { asOfRoutes } from './demand/as-of.ts';
import { revealRoutes } from './demand/reveal.ts';
import { timelineViewOf } from './demand/timeline.ts';
import { demandPage, restrictedPage } from './demand/view.ts';

/** The page of one demand (P06), revealing a contact, and the actions on it. */
export function demandPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/:number',
      permission: 'demand.read',
      scope: '本人经办、本部门、本单位，市局看全市；限定件只给指定岗位',
      async handle({ req, res, actor }) {
        const choice = {
          timeline: timelineViewOf(textOf(req.query.timeline)),
          page: Number(textOf(req.query.page)) || 1,
        };
        const page = await house.transaction(actor, async (unit) => {
          const { demand, view } = await demandAccess(unit, actor, String(req.params.number));
          return view === 'CONTENT'
            ? { template: 'demands/show', status: 200, view: await demandPage(unit, demand, choice, house.forms) }
            : {
                template: 'demands/restricted',
                status: view === 'LEDGER' ? 200 : 403,
                view: await restrictedPage(unit, demand, view),
              };
        });
        res.status(page.status).render(page.template, page.view);
      },
    },
    ...asOfRoutes(house),
    ...revealRoutes(house),
    ...actionRoutes(house),
  ];
}
