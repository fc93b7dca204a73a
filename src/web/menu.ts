import type { Actor, Role } from '../kernel/actor.ts';
import { may } from '../modules/access/index.ts';
import type { Route } from './route.ts';

interface Place {
  href: string;
  title: string;
  /** Forms whose open tasks are the number beside it; all of them when empty. */
  counts?: readonly string[];
}

/** A link of the menu, or a group of links behind one word. */
type Entry = Place | { title: string; items: readonly Place[] };

export interface MenuLink {
  href: string;
  title: string;
  current: boolean;
  count?: number;
  countKey?: string;
}
export type MenuEntry = MenuLink | { title: string; items: MenuLink[] };

const TASKS: Place = { href: '/tasks', title: '我的待办', counts: [] };
const REGISTER: Place = { href: '/demands/new', title: '登记诉求' };
const LEDGER: Place = { href: '/demands', title: '台账' };
const DEFERRALS: Place = { href: '/deferrals', title: '挂账' };
const RECONCILIATION: Place = { href: '/reconciliation', title: '对账' };
const PRIVACY: Place = { href: '/privacy', title: '个人信息' };
const SUPERVISION: Place = { href: '/supervision', title: '督办' };
const APPROVALS: Place = {
  href: '/approvals',
  title: '待我审批',
  counts: ['approve-extension', 'approve-deferral', 'decide-unreasonable', 'decide-appeal'],
};
const DONE: Place = { href: '/tasks?view=done', title: '我经办的' };
const NUMBERS: Entry = {
  title: '统计',
  items: [
    { href: '/statistics', title: '指标' },
    { href: '/topics', title: '共性诉求' },
    { href: '/bulletins', title: '通报' },
  ],
};
const LEGAL: Place = { href: '/legal-routes', title: '法定途径台账' };
const LAW: readonly Entry[] = [TASKS, LEGAL, LEDGER, DONE];
const LEADER: readonly Entry[] = [
  APPROVALS,
  { href: '/tasks?view=done', title: '我批过的' },
  { href: '/demands', title: '分管台账' },
  SUPERVISION,
  NUMBERS,
];

/** Menus in order, by role. A person sees the union of all of them, in the order of the roles here; a page that is not open to the person does not appear. */
const MENUS: readonly [Role, readonly Entry[]][] = [
  ['CHIEF', [...LEADER, { href: '/releases', title: '发布复核' }]],
  ['DEPUTY_IN_CHARGE', LEADER],
  [
    'DEMAND_DESK',
    [
      { href: '/dispatch', title: '派单台', counts: ['dispatch-demand'] },
      TASKS,
      { title: '台账', items: [LEDGER, LEGAL, DEFERRALS, RECONCILIATION, PRIVACY] },
      SUPERVISION,
      { href: '/visits', title: '回访', counts: ['conduct-return-visit', 'judge-dissatisfaction'] },
      NUMBERS,
      REGISTER,
    ],
  ],
  [
    'DEPARTMENT_HEAD',
    [TASKS, { href: '/tasks?view=dept', title: '部门待办' }, REGISTER, LEDGER, SUPERVISION, DEFERRALS, NUMBERS, DONE],
  ],
  ['LEGAL_OFFICER', LAW],
  ['REPORT_OFFICER', LAW],
  ['DISCIPLINE_OFFICER', LAW],
  ['HANDLER', [TASKS, DONE, REGISTER, LEDGER, DEFERRALS]],
  [
    'REGISTRAR',
    [REGISTER, { href: '/demands?mine=1', title: '我的登记' }, TASKS, LEDGER, { href: '/answers', title: '答复参考' }],
  ],
  ['SUPERVISOR', [SUPERVISION, LEDGER, NUMBERS]],
  [
    'PROCESS_ADMIN',
    [
      { href: '/admin', title: '待处理' },
      { href: '/processes', title: '流程' },
      { href: '/rules', title: '规则' },
      { href: '/parameters', title: '参数' },
      { href: '/calendar', title: '日历' },
      { href: '/notifications/templates', title: '通知模板' },
      { href: '/releases', title: '发布' },
      {
        title: '运行',
        items: [
          { href: '/operations', title: '运行状态' },
          { href: '/instances', title: '实例' },
          { href: '/incidents', title: '异常' },
          { href: '/migrations', title: '迁移' },
        ],
      },
    ],
  ],
  [
    'SYSTEM_ADMIN',
    [
      { href: '/org', title: '组织与岗位' },
      { href: '/users', title: '用户' },
      { href: '/delegations', title: '代理授权' },
      { href: '/channels', title: '渠道接入' },
      { href: '/operations', title: '系统状态' },
    ],
  ],
  [
    'AUDITOR',
    [
      { href: '/audit', title: '历史检索' },
      { href: '/audit/verify', title: '完整性核验' },
      { href: '/audit/access', title: '敏感信息访问' },
      { href: '/audit/exports', title: '导出记录' },
      PRIVACY,
      LEDGER,
      LEGAL,
    ],
  ],
];
/** Open to everybody who may, after the own work. */
const LAST: readonly Entry[] = [
  { href: '/processes', title: '流程' },
  { href: '/rules', title: '规则' },
  { href: '/calendar', title: '日历' },
  { href: '/org', title: '组织与人员' },
];
const SHOWN = 7;

/** Which pages there are and what they need, from the routes themselves: a menu cannot name a page that does not exist. */
export type Pages = ReadonlyMap<string, Route['permission']>;
export const pagesOf = (routes: readonly Route[]): Pages =>
  new Map(routes.filter((route) => route.method === 'get').map((route) => [route.path, route.permission]));

/** The menu of a person on a page: what is shown in the bar, and what stands behind 更多. */
export function menuOf(
  pages: Pages,
  actor: Actor,
  at: { path: string; query: Record<string, unknown> },
  counts: ReadonlyMap<string, number>,
): { shown: MenuEntry[]; more: MenuLink[] } {
  const seen = new Set<string>();
  const link = (place: Place): MenuLink[] => {
    const path = place.href.split('?')[0]!;
    const permission = pages.get(path);
    if (!permission || seen.has(place.href)) return [];
    if (permission !== 'public' && !may(actor, permission)) return [];
    seen.add(place.href);
    return [
      {
        href: place.href,
        title: place.title,
        current: isHere(place.href, at),
        ...(place.counts ? { count: countOf(place.counts, counts), countKey: path.slice(1) } : {}),
      },
    ];
  };
  const entries: MenuEntry[] = [
    ...MENUS.flatMap(([role, menu]) => (actor.roles.includes(role) ? menu : [])),
    ...LAST,
  ].flatMap((entry): MenuEntry[] => {
    if (!('items' in entry)) return link(entry);
    const items = entry.items.flatMap(link);
    return items.length > 1 ? [{ title: entry.title, items }] : items;
  });
  if (entries.length <= SHOWN) return { shown: entries, more: [] };
  const flat = (entry: MenuEntry) => ('items' in entry ? entry.items : [entry]);
  return { shown: entries.slice(0, SHOWN - 1), more: entries.slice(SHOWN - 1).flatMap(flat) };
}

/** Where a person begins the day. */
export function landingOf(actor: Actor): string {
  const has = (role: Role) => actor.roles.includes(role);
  if (has('CHIEF') || has('DEPUTY_IN_CHARGE')) return '/approvals';
  if (has('DEMAND_DESK')) return '/dispatch';
  if (has('DEPARTMENT_HEAD')) return '/tasks?view=dept';
  if (may(actor, 'task.work')) return has('REGISTRAR') && !has('HANDLER') ? '/demands/new' : '/tasks';
  if (has('PROCESS_ADMIN')) return '/admin';
  if (has('SYSTEM_ADMIN')) return '/org';
  return has('AUDITOR') ? '/audit' : '/me';
}

function isHere(href: string, at: { path: string; query: Record<string, unknown> }): boolean {
  const [path, query = ''] = href.split('?');
  if (path !== at.path) return false;
  const wanted = new URLSearchParams(query);
  const view = typeof at.query.view === 'string' ? at.query.view : '';
  return path === '/tasks' ? (wanted.get('view') ?? '') === (view === 'mine' ? '' : view) : query === '';
}

function countOf(forms: readonly string[], counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [form, n] of counts) if (forms.length === 0 || forms.includes(form)) sum += n;
  return sum;
}
