import { shanghaiDate } from '../../kernel/clock.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import { listTasks, type TaskQuery, type TaskRow } from '../../modules/tasks/index.ts';
import { format, type LampView, lampView } from '../format.ts';
import type { House } from '../house.ts';
import { type Ask, textOf } from '../route.ts';
import { CLOCKS } from './clock-names.ts';

const GROUPS = [
  { colour: 'red', title: '已逾期' },
  { colour: 'orange', title: '今日到期' },
  { colour: 'yellow', title: '临期' },
  { colour: 'green', title: '正常' },
  { colour: 'grey', title: '不计时' },
] as const;
const MOST = 1000;
const PAGE = 50;

export interface TaskListRow extends TaskRow {
  lamp: LampView | null;
  /** The lamp for a narrow column headed “时限（工作日）”. */
  short: LampView | null;
  clockTitle: string;
  host: string;
  holder: string;
  forName: string;
  created: string;
  completed: string;
  registered: string;
}

/** Rows as people read them. */
export async function taskRows(house: House, rows: readonly TaskRow[]): Promise<TaskListRow[]> {
  const [directory, calendar, now] = [await house.directory(), await house.calendar(), house.clock.now()];
  const name = (login: string | null) => (login ? (directory.user(login)?.name ?? login) : '');
  return rows.map((row) => {
    const lamp = row.status === 'OPEN' ? lampView(row, row.orgCode, now, calendar) : null;
    return {
      ...row,
      lamp,
      short: lamp && {
        ...lamp,
        text: lamp.text
          .replace(' · ', ' ')
          .replace(/(剩|已逾期) ?(\d+) 个工作日/, '$1 $2')
          .replace(' 前', ''),
      },
      clockTitle: row.clock ? (CLOCKS[row.clock] ?? '') : '',
      host: row.hostDepartment ? (directory.department(row.hostDepartment)?.name ?? '') : '',
      holder: name(row.assignee),
      forName: name(row.onBehalfOf),
      created: format.short(row.createdAt),
      completed: row.completedAt ? format.time(row.completedAt) : '',
      registered: row.registeredAt ? format.short(row.registeredAt) : '',
    };
  });
}

const colourOf = (row: TaskListRow): string => row.lamp?.colour ?? 'grey';
const FILTERS: Record<string, { title: string; holds(row: TaskListRow): boolean }> = {
  all: { title: '全部', holds: () => true },
  overdue: { title: '已逾期', holds: (row) => colourOf(row) === 'red' },
  today: { title: '今日到期', holds: (row) => colourOf(row) === 'orange' },
  soon: { title: '临期', holds: (row) => colourOf(row) === 'yellow' },
  unseen: { title: '待签收', holds: (row) => row.unacknowledged },
  news: { title: '有新动静', holds: (row) => row.news > 0 },
};
const SORTS: Record<string, { title: string; compare?(a: TaskListRow, b: TaskListRow): number }> = {
  remaining: { title: '剩余工作日' },
  registered: { title: '受理时间', compare: (a, b) => +(a.registeredAt ?? 0) - +(b.registeredAt ?? 0) },
  newest: { title: '最近到达', compare: (a, b) => +b.createdAt - +a.createdAt },
};

/** P02: the work of a person, a department, or somebody the person stands in for. */
export async function drawTaskList(house: House, { req, res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const today = shanghaiDate(house.clock.now());
  const principals = [...new Set(directory.delegationsTo(actor.login, today).map((item) => item.principal))];
  const asked = textOf(req.query.view) ?? 'mine';
  const principal = principals.find((login) => asked === `for:${login}`);
  const view: TaskQuery['view'] = principal ? 'for' : asked === 'dept' || asked === 'done' ? asked : 'mine';
  const query = (of: TaskQuery['view'], name?: string): TaskQuery => ({
    login: actor.login,
    view: of,
    ...(name ? { principal: name } : {}),
    departments: actor.departments,
    scope: demandScopeSql(actor, 1),
    limit: MOST,
  });
  const rows = await taskRows(house, await listTasks(house.sql, query(view, principal)));
  const count = async (of: TaskQuery['view'], name?: string) =>
    of === view && name === principal ? rows.length : (await listTasks(house.sql, query(of, name))).length;
  const key = principal ? `for:${principal}` : view;
  const tabs = [
    { view: 'mine', title: `我的待办 ${await count('mine')}` },
    { view: 'dept', title: `部门待办 ${await count('dept')}` },
    { view: 'done', title: '我经办的' },
    ...(await Promise.all(
      principals.map(async (login) => ({
        view: `for:${login}`,
        title: `代${directory.user(login)?.name ?? login} ${await count('for', login)}`,
      })),
    )),
  ].map((tab) => ({ ...tab, href: address({ view: tab.view }), current: tab.view === key }));
  const filter = FILTERS[textOf(req.query.filter) ?? ''] ? textOf(req.query.filter)! : 'all';
  const sort = SORTS[textOf(req.query.sort) ?? ''] ? textOf(req.query.sort)! : 'remaining';
  const chosen = rows.filter(FILTERS[filter]!.holds);
  if (SORTS[sort]!.compare) chosen.sort(SORTS[sort]!.compare);
  const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
  const page = Math.min(pages, Math.max(1, Number(textOf(req.query.page)) || 1));
  const shown = chosen.slice((page - 1) * PAGE, page * PAGE);
  const link = (change: Record<string, string>) => address({ view: key, filter, sort, ...change });
  res.render('tasks/list', {
    title: tabs.find((tab) => tab.current)!.title.replace(/ \d+$/, ''),
    view,
    tabs,
    filters:
      view === 'done'
        ? []
        : Object.entries(FILTERS).map(([name, item]) => ({
            title: item.title,
            count: rows.filter(item.holds).length,
            href: link({ filter: name, page: '1' }),
            current: name === filter,
          })),
    sorts:
      view === 'done'
        ? []
        : Object.entries(SORTS).map(([name, item]) => ({
            title: item.title,
            href: link({ sort: name, page: '1' }),
            current: name === sort,
          })),
    groups: groupsOf(shown, view, sort),
    filtered: filter !== 'all' && rows.length > 0,
    filterTitle: FILTERS[filter]!.title,
    all: link({ filter: 'all', page: '1' }),
    total: chosen.length,
    page,
    pages,
    turn: (to: number) => link({ page: String(to) }),
    listedAt: house.clock.now().toISOString(),
    self: link({ page: String(page) }),
    mayAcknowledge: view === 'mine' || view === 'for',
    mayUrge: view === 'dept' && (may(actor, 'task.assign') || actor.roles.includes('DEPARTMENT_HEAD')),
    once: house.ids.uuid(),
  });
}

function groupsOf(rows: TaskListRow[], view: string, sort: string) {
  if (view === 'done') return rows.length > 0 ? [{ colour: 'done', title: '我经办的', rows }] : [];
  if (sort !== 'remaining') return rows.length > 0 ? [{ colour: 'none', title: `按${SORTS[sort]!.title}`, rows }] : [];
  return GROUPS.map((group) => ({ ...group, rows: rows.filter((row) => colourOf(row) === group.colour) })).filter(
    (group) => group.rows.length > 0,
  );
}

const DEFAULTS: Record<string, string> = { view: 'mine', filter: 'all', sort: 'remaining', page: '1' };
function address(query: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(query).filter(([name, value]) => DEFAULTS[name] !== value));
  return search.size > 0 ? `/tasks?${search}` : '/tasks';
}
