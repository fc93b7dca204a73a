import { demandScopeSql } from '../../../modules/access/index.ts';
import { lampOf } from '../../../modules/deadlines/index.ts';
import {
  type FollowUpRow,
  isLegalRoute,
  LEGAL_ROUTES,
  legalRouteTitle,
  listFollowUps,
} from '../../../modules/demands/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { CLOCKS } from '../clock-names.ts';
import { FOLLOW_UP_CLOCKS, FOLLOW_UP_STATUSES } from './words.ts';

const SIZE = 50;
const STATES = { open: '在跟踪', closed: '已了结', all: '全部' };

/** The ledger of statutory routes (法定途径台账): numbers, states and clocks, as far as somebody's demands reach. */
export const legalPages = (house: House): Route[] => [
  {
    method: 'get',
    path: '/legal-routes',
    permission: 'demand.read',
    scope: '同台账；限定件只见编号、状态和期限',
    handle: (ask) => draw(house, ask),
  },
];

async function draw(house: House, { req, res, actor }: Ask): Promise<void> {
  const route = textOf(req.query.route);
  const state = textOf(req.query.state) ?? 'open';
  const late = textOf(req.query.time) === 'overdue';
  const page = Math.min(2000, Math.max(1, Number(req.query.page) || 1));
  const now = house.clock.now();
  const { rows, total } = await listFollowUps(
    house.sql,
    demandScopeSql(actor, 1),
    {
      ...(isLegalRoute(route) ? { route } : {}),
      ...(state === 'open' || state === 'closed' ? { state } : {}),
      ...(late ? { time: 'overdue' } : {}),
    },
    { limit: SIZE, offset: (page - 1) * SIZE, now },
  );
  const [directory, calendar] = [await house.directory(), await house.calendar()];
  const name = (code: string | null) => (code ? (directory.department(code)?.name ?? code) : '');
  const place = (row: FollowUpRow) => {
    const department = row.receivingDepartment ? directory.department(row.receivingDepartment) : undefined;
    return department
      ? `${directory.bureau(department.orgCode)?.shortName ?? ''}${department.name}`
      : (row.receivingName ?? '待定');
  };
  const address = (change: Record<string, string>) => {
    const query = new URLSearchParams({
      ...(route ? { route } : {}),
      ...(state !== 'open' ? { state } : {}),
      ...(late ? { time: 'overdue' } : {}),
      ...change,
    });
    return `/legal-routes${query.size > 0 ? `?${query}` : ''}`;
  };
  res.render('legal/list', {
    title: '法定途径台账',
    total,
    page,
    pages: Math.max(1, Math.ceil(total / SIZE)),
    pageHref: (n: number) => address(n > 1 ? { page: String(n) } : {}),
    routes: Object.entries(LEGAL_ROUTES).map(([value, label]) => ({ value, label, selected: value === route })),
    states: Object.entries(STATES).map(([value, label]) => ({ value, label, selected: value === state })),
    late,
    filtered: Boolean(route) || state !== 'open' || late,
    rows: rows.map((row) => ({
      number: row.number,
      orgName: directory.bureau(row.orgCode)?.shortName ?? row.orgCode,
      route: legalRouteTitle(row.route),
      status: FOLLOW_UP_STATUSES[row.status] ?? row.status,
      confirm: name(row.confirmDepartment),
      to: place(row),
      opened: format.short(row.openedAt),
      handedOver: row.handedOverAt ? format.short(row.handedOverAt) : '',
      acknowledged: row.acknowledgedAt ? format.short(row.acknowledgedAt) : '',
      applyLastDay: row.applyLastDay ? format.day(`${row.applyLastDay}T12:00:00+08:00`) : '',
      result: row.resultNumber ?? '',
      restricted: row.restricted,
      clock: FOLLOW_UP_CLOCKS[row.clockKind ?? ''] ?? CLOCKS[row.clockKind ?? ''] ?? '',
      lamp:
        row.dueAt && row.dueDate
          ? {
              ...lampOf(
                {
                  status: 'OPEN',
                  dueAt: row.dueAt,
                  dueDate: row.dueDate,
                  provisional: row.provisional,
                  overdue: null,
                  overdueDays: null,
                  pauseReason: null,
                  orgCode: row.orgCode,
                },
                now,
                calendar,
              ),
              due: format.short(row.dueAt),
            }
          : null,
    })),
  });
}
