import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { isDomainError } from '../../kernel/errors.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  countDemands,
  ledgerViews,
  listDemands,
  removeLedgerView,
  saveLedgerView,
} from '../../modules/demands/index.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { exportPages } from './ledger-export.ts';
import {
  addressOf,
  conditionsInWords,
  type LedgerFilter,
  ledgerFilter,
  MARKS,
  pageTimes,
  STATES,
  statusOptions,
  TIMES,
  withNumber,
} from './ledger-filter.ts';
import { rowView } from './ledger-row.ts';

const SIZES = [25, 50, 100];
/** What the page opens with, before anybody has saved a view. */
const STANDING: { title: string; query: Record<string, string> }[] = [
  { title: '全部', query: {} },
  { title: '全部在办', query: { state: 'open', sort: 'due' } },
  { title: '今日到期', query: { time: 'today', sort: 'due' } },
  { title: '已逾期', query: { time: 'overdue', sort: 'due' } },
  { title: '联合办理', query: { mark: 'joint' } },
];

/** The ledger (台账): list, search, saved views, export. */
export function ledgerPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands',
      permission: 'demand.read',
      scope: '本人经办、本部门、本单位，市局看全市',
      handle: (ask) => list(house, ask),
    },
    {
      method: 'get',
      path: '/search',
      permission: 'demand.read',
      scope: '同台账',
      handle: ({ req, res }) =>
        res.redirect(303, addressOf(textOf(req.query.q) ? { q: textOf(req.query.q)!.slice(0, 100) } : {})),
    },
    {
      method: 'post',
      path: '/demands/views',
      permission: 'demand.read',
      scope: '本人的视图；纳服专岗可共享给本单位',
      handle: (ask) => keepView(house, ask),
    },
    {
      method: 'post',
      path: '/demands/views/:id/remove',
      permission: 'demand.read',
      scope: '本人的视图',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => removeLedgerView(unit, String(req.params.id)));
        res.redirect(303, '/demands?ok=view-removed');
      },
    },
    ...exportPages(house),
  ];
}

async function list(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const asked = await withNumber(house, actor, ledgerFilter(req.query, actor, shanghaiDate(house.clock.now())));
  const exact = asked.filter.q?.toUpperCase();
  if (exact && /^LASQ-[0-9A-Z]+-\d{8}-\d{4,}$/.test(exact) && (await maySee(house, actor, exact)))
    return res.redirect(303, `/demands/${exact}`);
  await draw(house, ask, asked, { status: 200 });
}

async function maySee(house: House, actor: Actor, number: string): Promise<boolean> {
  const { rows } = await listDemands(
    house.sql,
    demandScopeSql(actor, 1),
    { q: number },
    { limit: 1, offset: 0, now: house.clock.now() },
  );
  return rows[0]?.number === number;
}

async function draw(
  house: House,
  { req, res, actor }: Pick<Ask, 'req' | 'res' | 'actor'>,
  asked: LedgerFilter,
  { status, problem, name = '' }: { status: number; problem?: string; name?: string },
): Promise<void> {
  const size = SIZES.find((item) => String(item) === textOf(req.query.size)) ?? 50;
  const page = Math.min(10_000, Math.max(1, Math.trunc(Number(textOf(req.query.page))) || 1));
  const [directory, calendar] = [await house.directory(), await house.calendar()];
  const found =
    asked.problems.length > 0
      ? { rows: [], total: 0, more: false }
      : await listDemands(house.sql, demandScopeSql(actor, 1), asked.filter, {
          limit: size,
          offset: (page - 1) * size,
          ...pageTimes(house.clock, calendar, actor.orgCode),
        });
  const views = await house.transaction(actor, (unit) => ledgerViews(unit));
  const sized: Record<string, string> = { ...asked.query, ...(size === 50 ? {} : { size: String(size) }) };
  const here = addressOf(asked.query);
  res.status(status).render('demands/list', {
    title: asked.filter.q ? `搜索“${asked.filter.q}”` : '台账',
    problems: problem
      ? [{ href: '#view-name', message: problem }]
      : asked.problems.map(({ field, message }) => ({ href: `#${field}`, message })),
    errors: Object.fromEntries(asked.problems.map(({ field, message }) => [field, message])),
    viewProblem: problem,
    viewName: name,
    rows: await Promise.all(found.rows.map((row) => rowView(house, row))),
    total: found.total,
    more: found.more,
    unseen: asked.filter.behind ? await unseen(house, actor, asked, found.total) : 0,
    page,
    pages: Math.max(1, Math.ceil(found.total / size)),
    size,
    sizes: SIZES.map((item) => ({ item, href: addressOf({ ...asked.query, size: String(item) }) })),
    pageHref: (to: number) => addressOf({ ...sized, page: String(to) }),
    sortHref: (sort: string) => {
      const { sort: _sort, ...rest } = sized;
      return addressOf(sort ? { ...rest, sort } : rest);
    },
    filter: asked.filter,
    query: asked.query,
    conditions: conditionsInWords(asked, directory),
    standing: STANDING.map((view) => ({
      ...view,
      href: addressOf(view.query),
      current: addressOf(view.query) === here,
    })),
    views: views.map((view) => ({ ...view, href: addressOf(view.query), current: addressOf(view.query) === here })),
    mayShare: may(actor, 'demand.dispatch'),
    mayExport: may(actor, 'demand.export'),
    exportHref: addressOf(asked.query, '/demands/export'),
    choices: {
      channels: CHANNELS,
      categories: CATEGORIES,
      statuses: statusOptions,
      times: TIMES,
      states: STATES,
      marks: MARKS,
      bureaus: actor.bureauLevel === 'CITY' ? directory.bureaus() : [],
      departments: directory.departmentsOf(asked.filter.orgCode ?? actor.orgCode).filter((item) => item.participates),
      tags: house.dictionary.tags.map((item) => item.tag),
    },
  });
}

/**
 * A number of the statistics counts confidential demands as well; the list shows those the person may see. How many it leaves out is said, for the number
 * as it stands only: narrowed by words or marks it would tell what those demands say.
 */
async function unseen(house: House, actor: Actor, asked: LedgerFilter, seen: number): Promise<number> {
  if (Object.keys(asked.query).some((name) => !['behind', 'sort'].includes(name))) return 0;
  const everything = { sql: 'true', parameters: [] };
  const { total } = await countDemands(house.sql, everything, asked.filter, { now: house.clock.now() });
  const { total: mine } =
    seen > 0
      ? await countDemands(house.sql, demandScopeSql(actor, 1), asked.filter, { now: house.clock.now() })
      : { total: 0 };
  return Math.max(0, total - mine);
}

async function keepView(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const asked = await withNumber(house, actor, ledgerFilter(req.body, actor, shanghaiDate(house.clock.now())));
  const name = textOf(req.body.name) ?? '';
  try {
    await house.transaction(actor, (unit) =>
      saveLedgerView(unit, {
        name,
        query: asked.query,
        // Sharing is for those who keep the ledger.
        shared: may(actor, 'demand.dispatch') && textOf(req.body.shared) === 'true',
      }),
    );
    res.redirect(303, addressOf({ ...asked.query, ok: 'view-saved' }));
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await draw(house, ask, asked, { status: 422, problem: error.problems[0]?.message ?? error.message, name });
  }
}
