import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { notFound } from '../../../kernel/errors.ts';
import {
  type Account,
  enrolPerson,
  listAccounts,
  listSessions,
  resetPassword,
  roleName,
  unlockAccount,
} from '../../../modules/access/index.ts';
import { eventTitle, readTimeline } from '../../../modules/history/index.ts';
import { enableUser, listRoleChanges, type OrgDirectory } from '../../../modules/org/index.ts';
import { tasksHeldBy } from '../../../modules/tasks/index.ts';
import { formRoutes } from '../../form-page.ts';
import { longDay } from '../../format.ts';
import type { House, Unit } from '../../house.ts';
import { textsOf } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { departmentField, loginOf, nameField, roleField, text, userOr404 } from './user-fields.ts';

const PAGE = 50;

/** P30: accounts. The system administrator sees people, posts and roles; of demands only how many tasks somebody holds. */
export function userPages(house: House): Route[] {
  const common = { permission: 'org.edit', scope: '全部账号（不含诉求内容）' } as const;
  const access = (unit: Unit) => ({ sql: sqlOf(unit.em), clock: house.clock, ids: house.ids });
  return [
    { method: 'get', path: '/users', ...common, handle: (ask) => showUsers(house, ask) },
    ...formRoutes({
      ...common,
      path: '/users/new',
      async view({ req }) {
        const directory = await house.directory();
        const orgCode =
          directory.bureau(textOf(req.body?.orgCode) ?? textOf(req.query.org) ?? '')?.code ??
          directory.bureaus()[0]!.code;
        return {
          title: `新建用户：${directory.bureau(orgCode)!.shortName}`,
          crumbs: [[`/users?org=${orgCode}`, '用户']],
          fields: [
            {
              type: 'textfield',
              name: 'login',
              label: '用户名',
              required: true,
              hint: '小写字母开头，建立后不能改，例如 lulidong。',
              autocomplete: 'off',
            },
            nameField,
            departmentField(directory, orgCode),
            roleField,
          ],
          effect: '点“建立用户”后：生成一次性密码，只显示一次；本人第一次登录时必须改。',
          button: '建立用户',
        };
      },
      async submit({ req, res, actor }) {
        const directory = await house.directory();
        const departmentCode = text(req, 'departmentCode');
        const login = text(req, 'login').toLowerCase();
        const password = await house.transaction(actor, (unit) =>
          enrolPerson(unit, access(unit), {
            login,
            name: text(req, 'name'),
            orgCode: directory.department(departmentCode)?.orgCode ?? '',
            departmentCode,
            roles: textsOf(req.body.roles),
          }),
        );
        showPassword(res, { login, name: text(req, 'name'), password, fresh: true });
      },
    }),
    { method: 'get', path: '/users/:login', ...common, handle: (ask) => showUser(house, ask) },
    ...formRoutes({
      ...common,
      path: '/users/:login/password',
      async view({ req }) {
        const user = userOr404(await house.directory(), loginOf(req));
        return {
          title: `重置${user.name}的密码`,
          crumbs: [
            ['/users', '用户'],
            [`/users/${user.login}`, user.name],
          ],
          fields: [],
          effect: `点“重置密码”后：生成一次性密码，只显示一次；${user.name}的所有登录立即退出，锁定解除，下次登录必须改密码。请先当面或电话核实是本人。`,
          button: '重置密码',
        };
      },
      async submit({ req, res, actor }) {
        const user = userOr404(await house.directory(), loginOf(req));
        const password = await house.transaction(actor, (unit) => resetPassword(access(unit), actor, user.login));
        showPassword(res, { login: user.login, name: user.name, password, fresh: false });
      },
    }),
    {
      method: 'post',
      path: '/users/:login/unlock',
      ...common,
      async handle({ req, res, actor }) {
        const user = userOr404(await house.directory(), loginOf(req));
        await house.transaction(actor, (unit) => unlockAccount(access(unit), actor, user.login));
        res.redirect(303, `/users/${user.login}?ok=unlocked`);
      },
    },
    ...formRoutes({
      ...common,
      path: '/users/:login/enable',
      async view({ req }) {
        const user = userOr404(await house.directory(), loginOf(req));
        return {
          title: `恢复${user.name}的账号`,
          crumbs: [
            ['/users', '用户'],
            [`/users/${user.login}`, user.name],
          ],
          fields: [{ type: 'textfield', name: 'reason', label: '原因', required: true, hint: '例如“返岗”。' }],
          effect: '点“恢复账号”后：原来的密码、岗位和角色继续有效，可以登录。',
          button: '恢复账号',
        };
      },
      async submit({ req, res, actor }) {
        await house.transaction(actor, (unit) => enableUser(unit, loginOf(req), { reason: text(req, 'reason') }));
        res.redirect(303, `/users/${loginOf(req)}?ok=enabled`);
      },
    }),
  ];
}

/** Shown once, on a page no cache keeps; a second look needs a second reset. */
function showPassword(res: Ask['res'], view: { login: string; name: string; password: string; fresh: boolean }): void {
  res
    .set('cache-control', 'no-store')
    .render('admin/org/password', { title: view.fresh ? '用户已建立' : '密码已重置', ...view });
}

const STATES: Record<string, (user: { status: string; account: Account | undefined }) => boolean> = {
  active: ({ status }) => status === 'ACTIVE',
  disabled: ({ status }) => status !== 'ACTIVE',
  locked: ({ account }) => account?.lockedUntil != null,
  dormant: ({ account, status }) => status === 'ACTIVE' && account?.dormant === true,
  'no-password': ({ account, status }) => status === 'ACTIVE' && account?.hasPassword === false,
};

async function showUsers(house: House, { req, res }: Ask): Promise<void> {
  const directory = await house.directory();
  const accounts = new Map(
    (await listAccounts({ sql: house.sql, clock: house.clock })).map((account) => [account.login, account]),
  );
  const filter = {
    org: directory.bureau(textOf(req.query.org) ?? '')?.code ?? '',
    q: textOf(req.query.q) ?? '',
    state: Object.hasOwn(STATES, textOf(req.query.state) ?? '') ? textOf(req.query.state)! : '',
    role: textOf(req.query.role) ?? '',
  };
  const found = directory.data.users
    .map((user) => ({ ...user, account: accounts.get(user.login) }))
    .filter((user) => !filter.org || user.orgCode === filter.org)
    .filter((user) => !filter.q || user.name.includes(filter.q) || user.login.includes(filter.q.toLowerCase()))
    .filter((user) => !filter.role || user.roles.includes(filter.role))
    .filter((user) => !filter.state || STATES[filter.state]!(user));
  const page = Math.max(1, Number(textOf(req.query.page)) || 1);
  res.render('admin/org/users', {
    title: '用户',
    bureaus: directory.bureaus(),
    roles: [...new Set(directory.data.users.flatMap((user) => user.roles))].map((value) => ({
      value,
      label: roleName(value),
    })),
    filter,
    total: found.length,
    page,
    pages: Math.max(1, Math.ceil(found.length / PAGE)),
    query: new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString(),
    users: found.slice((page - 1) * PAGE, page * PAGE).map((user) => ({
      ...user,
      place: `${directory.bureau(user.orgCode)?.shortName ?? ''} ${directory.department(user.departmentCode)?.name ?? ''}`,
      postNames: postNames(directory, user.posts),
      roleNames: user.roles.map(roleName).join('、'),
    })),
  });
}

const postNames = (directory: OrgDirectory, posts: readonly string[]): string =>
  posts.map((code) => directory.post(code)?.name ?? code).join('、');

async function showUser(house: House, { req, res }: Ask): Promise<void> {
  const day = shanghaiDate(house.clock.now());
  const directory = await house.directory();
  const user = userOr404(directory, loginOf(req));
  const [account] = (await listAccounts({ sql: house.sql, clock: house.clock }, { orgCode: user.orgCode })).filter(
    (item) => item.login === user.login,
  );
  if (!account) throw notFound('没有这个用户。');
  const [held, sessions, changes, events, holdings] = await Promise.all([
    tasksHeldBy(house.sql, user.login),
    listSessions({ sql: house.sql, clock: house.clock }, user.login),
    listRoleChanges(house.sql, user.login),
    readTimeline(house.sql, 'user', user.login),
    house.sql.query<{ post: string; from: string; to: string | null }>(
      `select post_code as post, from_date::text as "from", to_date::text as "to" from post_holding where login = $1 order by from_date desc, post_code`,
      [user.login],
    ),
  ]);
  res.render('admin/org/user', {
    title: `${user.name}（${user.login}）`,
    user,
    account,
    place: `${directory.bureau(user.orgCode)?.shortName ?? ''} · ${directory.department(user.departmentCode)?.name ?? ''}`,
    roleNames: user.roles.map(roleName).join('、'),
    holdings: holdings.map((item) => ({
      name: directory.post(item.post)?.name ?? item.post,
      from: longDay(item.from),
      to: item.to ? longDay(item.to) : '',
      state: item.from > day ? 'COMING' : item.to && item.to < day ? 'PAST' : 'CURRENT',
    })),
    coming: changes
      .filter((change) => change.from > day)
      .map((change) => ({ from: longDay(change.from), roles: change.roles.map(roleName).join('、') })),
    held: held.length,
    sessions: sessions.length,
    standsFor: directory
      .delegationsTo(user.login, day)
      .map((item) => directory.user(item.principal)?.name ?? item.principal),
    standIns: directory
      .delegationsFrom(user.login, day)
      .map((item) => directory.user(item.delegate)?.name ?? item.delegate),
    events: events
      .slice(-20)
      .reverse()
      .map((event) => ({
        at: event.occurredAt,
        who: event.actorName,
        what: eventTitle(event.type),
        why: String(event.payload.reason ?? ''),
      })),
  });
}
