import { demandScopeSql, may } from '../../modules/access/index.ts';
import { DEFERRAL_CATEGORIES, listDeferrals, maskText } from '../../modules/demands/index.ts';
import { format, lampView } from '../format.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';

const PER_PAGE = 50;

/** P12 挂账: the ledger of deferrals, the review day that comes first at the top; never red, for nothing is overdue here (R19). */
export function deferralPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/deferrals',
      permission: 'demand.read',
      scope: '同台账',
      handle: (ask) => drawDeferrals(house, ask),
    },
  ];
}

async function drawDeferrals(house: House, { req, res, actor }: Ask): Promise<void> {
  const missed = textOf(req.query.missed) === '1';
  const page = Math.max(1, Math.min(10_000, Math.floor(Number(textOf(req.query.page)) || 1)));
  const now = house.clock.now();
  const {
    rows,
    total,
    missed: late,
  } = await listDeferrals(house.sql, demandScopeSql(actor, 1), {
    missed,
    limit: PER_PAGE,
    offset: (page - 1) * PER_PAGE,
    now,
  });
  const directory = await house.directory();
  const calendar = await house.calendar();
  const all = missed ? await listDeferrals(house.sql, demandScopeSql(actor, 1), { limit: 1, offset: 0, now }) : null;
  res.render('demands/deferrals', {
    title: '挂账',
    total: all ? all.total : total,
    late,
    missed,
    page,
    pages: Math.max(1, Math.ceil(total / PER_PAGE)),
    shown: rows.length,
    rows: rows.map((row) => {
      const cares =
        row.responsible === actor.login ||
        (row.hostDepartment != null && actor.departments.includes(row.hostDepartment)) ||
        (actor.roles.includes('DEMAND_DESK') && actor.orgCode === row.hostOrgCode);
      return {
        ...row,
        title: maskText(row.title),
        lamp: lampView(
          { clockKind: 'DEFERRAL_REVIEW', dueAt: row.dueAt, dueDate: row.reviewDate, provisional: row.provisional },
          row.hostOrgCode,
          now,
          calendar,
        ),
        categoryTitle: DEFERRAL_CATEGORIES[row.category as keyof typeof DEFERRAL_CATEGORIES] ?? row.category,
        host: row.hostDepartment ? (directory.department(row.hostDepartment)?.name ?? '') : '',
        review: `${format.day(row.reviewDate)} ${format.weekday(row.reviewDate)}`,
        interim: format.short(row.interimAt),
        since: format.short(row.deferredAt),
        confirm: format.day(row.confirmBy),
        acts: cares && may(actor, 'demand.host'),
      };
    }),
  });
}
