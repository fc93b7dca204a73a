import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import {
  changePassword,
  createToken,
  listSessions,
  listTokens,
  PERMISSIONS,
  type Permission,
  permissionsOfRoles,
  permissionTitle,
  revokeSession,
  revokeSessionsOf,
  revokeToken,
  roleName,
  signInBefore,
} from '../../modules/access/index.ts';
import { REVEAL_REASONS } from '../../modules/demands/index.ts';
import { notify } from '../../modules/notifications/index.ts';
import { DELEGATION_SCOPES, listDelegations } from '../../modules/org/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { setCookie } from '../middleware/cookies.ts';
import { maskIp } from '../middleware/page-locals.ts';
import { PREFERENCES } from '../middleware/preferences.ts';
import { type Ask, localPath, type Route, textOf, withQuery } from '../route.ts';

const YEAR_MS = 365 * 86_400_000;

/** Problems of a form as the views take them. */
const linked = (problems: readonly FieldProblem[]) =>
  problems.map(({ pointer, message }) => ({ href: `#f-${pointer.slice(1).replaceAll('/', '-') || 'form'}`, message }));

/** P44: everything somebody may settle for themselves. One file, because each of its pages is a few lines. */
export function mePages(house: House): Route[] {
  const work = { sql: house.sql, clock: house.clock, ids: house.ids };
  const own = (route: Omit<Route, 'permission' | 'scope'>): Route => ({
    ...route,
    permission: 'account.own',
    scope: '本人',
  });

  async function drawTokens(
    { res, actor }: Ask,
    state: { made?: string; problems?: readonly FieldProblem[]; values?: any },
  ) {
    res.render('account/tokens', {
      title: '访问令牌',
      tokens: (await listTokens(house.sql, actor.login)).map((token) => ({
        ...token,
        expired: token.expiresAt <= house.clock.now(),
        scopeTitles: token.scopes?.map(permissionTitle) ?? null,
      })),
      permissions: permissionsOfRoles(actor.roles).map((value) => ({ value, label: permissionTitle(value) })),
      made: state.made ?? null,
      values: state.values ?? { name: '', days: '90', scopes: [] },
      problems: linked(state.problems ?? []),
    });
  }

  return [
    {
      method: 'post',
      path: '/preferences',
      permission: 'public',
      scope: '—',
      handle({ req, res }) {
        for (const [field, { cookie, values }] of Object.entries(PREFERENCES)) {
          const value: unknown = req.body[field];
          if (typeof value === 'string' && (values as readonly string[]).includes(value))
            setCookie(res, cookie, value, { secure: house.config.TRUST_PROXY, maxAgeMs: YEAR_MS });
        }
        const back = localPath(textOf(req.body.back)) ?? '/';
        res.redirect(303, back === '/me' ? '/me?ok=preferences' : back);
      },
    },
    own({ method: 'get', path: '/account', handle: ({ res }) => res.redirect(303, '/me') }),
    own({
      method: 'get',
      path: '/me',
      async handle({ res, actor }) {
        const today = shanghaiDate(house.clock.now());
        const [delegations, before] = await Promise.all([
          listDelegations(house.sql, { login: actor.login, date: today }),
          signInBefore(work, actor.login, res.locals.sessionToken ?? ''),
        ]);
        res.render('account/me', {
          title: '我的',
          roles: actor.roles.map(roleName),
          before: before ? `${format.time(before.at)}${before.ip ? `，IP ${maskIp(before.ip)}` : ''}` : '',
          delegations: delegations
            .filter((item) => item.state === 'CURRENT' || item.state === 'COMING')
            .map((item) => ({
              ...item,
              mine: item.principal === actor.login,
              scopeTitles: item.scope.map((scope) => DELEGATION_SCOPES[scope] ?? scope).join('、'),
              days: `${format.day(`${item.from}T00:00:00+08:00`)}–${format.day(`${item.to}T00:00:00+08:00`)}`,
            })),
        });
      },
    }),
    own({
      method: 'get',
      path: '/me/password',
      handle({ res }) {
        res.render('account/password', {
          title: '修改密码',
          problems: [],
          forced: Boolean(res.locals.session?.mustChangePassword),
        });
      },
    }),
    own({
      method: 'post',
      path: '/me/password',
      async handle({ req, res, actor }) {
        const input = {
          current: String(req.body.current ?? ''),
          next: String(req.body.next ?? ''),
          keepToken: res.locals.sessionToken ?? '',
        };
        try {
          await house.transaction(actor, (unit) =>
            changePassword({ ...work, sql: sqlOf(unit.em) }, actor.login, input),
          );
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid') throw error;
          res.status(422).render('account/password', {
            title: '修改密码',
            problems: linked(error.problems),
            forced: Boolean(res.locals.session?.mustChangePassword),
          });
          return;
        }
        res.redirect(303, '/me?ok=password');
      },
    }),
    own({
      method: 'get',
      path: '/me/sessions',
      async handle({ res, actor }) {
        const sessions = await listSessions(work, actor.login);
        res.render('account/sessions', {
          title: '登录设备',
          sessions: sessions.map((session) => ({
            ...session,
            here: session.id === res.locals.sessionId,
            device: deviceOf(session.userAgent),
            address: session.ip ? maskIp(session.ip) : '—',
            since: format.time(session.createdAt),
            seen: format.time(session.seenAt),
          })),
        });
      },
    }),
    own({
      method: 'post',
      path: '/me/sessions/:id/end',
      async handle({ req, res, actor }) {
        await revokeSession(work, actor.login, String(req.params.id));
        res.redirect(303, '/me/sessions?ok=session-ended');
      },
    }),
    own({
      method: 'post',
      path: '/me/sessions/end-others',
      async handle({ res, actor }) {
        await revokeSessionsOf(work, actor.login, { exceptToken: res.locals.sessionToken ?? '' });
        res.redirect(303, '/me/sessions?ok=sessions-ended');
      },
    }),
    own({ method: 'get', path: '/me/tokens', handle: (ask) => drawTokens(ask, {}) }),
    own({
      method: 'post',
      path: '/me/tokens',
      async handle(ask) {
        const { req, actor } = ask;
        const scopes = [req.body.scopes ?? []].flat().map(String);
        const narrowed = req.body.reach === 'some';
        const values = {
          name: textOf(req.body.name) ?? '',
          days: textOf(req.body.days) ?? '',
          reach: req.body.reach,
          scopes,
        };
        try {
          const made = await house.transaction(actor, (unit) =>
            createToken({ ...work, sql: sqlOf(unit.em) }, actor.login, {
              name: values.name,
              days: Number(values.days),
              ...(narrowed ? { scopes } : {}),
            }),
          );
          await drawTokens(ask, { made: made.token });
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid') throw error;
          ask.res.status(422);
          await drawTokens(ask, { problems: error.problems, values });
        }
      },
    }),
    own({
      method: 'post',
      path: '/me/tokens/:id/revoke',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) =>
          revokeToken({ ...work, sql: sqlOf(unit.em) }, actor.login, String(req.params.id)),
        );
        res.redirect(303, '/me/tokens?ok=revoked');
      },
    }),
    own({
      method: 'get',
      path: '/me/reveals',
      async handle({ res, actor }) {
        const rows = await house.sql.query<any>(
          `select l.reason, l.field, l.ip, l.at, d.number from pii_access_log l left join demand d on d.id = l.demand_id
           where l.login = $1 order by l.at desc limit 200`,
          [actor.login],
        );
        res.render('account/reveals', {
          title: '我看过谁',
          rows: rows.map((row) => ({
            number: row.number ?? '',
            reason: REVEAL_REASONS[row.reason as keyof typeof REVEAL_REASONS] ?? row.reason,
            at: format.time(row.at),
            ip: row.ip ? maskIp(row.ip) : '—',
          })),
        });
      },
    }),
    own({
      method: 'get',
      path: '/me/access',
      handle({ req, res }) {
        res.render('account/access', {
          title: '申请授权',
          ...wantedOf(textOf(req.query.permission)),
          reason: '',
          problems: [],
        });
      },
    }),
    own({
      method: 'post',
      path: '/me/access',
      async handle({ req, res, actor }) {
        const wanted = wantedOf(textOf(req.body.permission));
        const reason = textOf(req.body.reason)?.slice(0, 200) ?? '';
        if (!wanted.permission || !reason) {
          const problems = [
            ...(wanted.permission ? [] : [{ pointer: '/permission', message: '还没有选需要哪一项权限，请选一项。' }]),
            ...(reason ? [] : [{ pointer: '/reason', message: '“用途”还没有填写。请写清楚要办什么事、需要多久。' }]),
          ];
          res
            .status(422)
            .render('account/access', { title: '申请授权', ...wanted, reason, problems: linked(problems) });
          return;
        }
        const directory = await house.directory();
        const administrators = directory.data.users.filter(
          (user) => user.status === 'ACTIVE' && user.roles.includes('SYSTEM_ADMIN'),
        );
        await notify(
          house.sql,
          administrators.map((user) => user.login),
          {
            cause: `access-request:${house.ids.uuid()}`,
            kind: 'access-request',
            title: `${actor.name}（${directory.department(actor.departmentCode)?.name ?? ''}）申请“${permissionTitle(wanted.permission)}”`,
            body: `用途：${reason}。可以办理的岗位：${wanted.roles}。同意的，请在“组织与岗位”调整岗位；不同意的，请当面说明。`,
            link: '/org',
            at: house.clock.now(),
          },
        );
        res.redirect(303, withQuery('/me', 'ok', 'access-asked'));
      },
    }),
  ];
}

function wantedOf(given: string | undefined) {
  const permission = given && Object.hasOwn(PERMISSIONS, given) ? (given as Permission) : null;
  const choices = (Object.keys(PERMISSIONS) as Permission[])
    .filter((name) => name !== 'account.own')
    .map((value) => ({ value, label: permissionTitle(value) }));
  return { permission, choices, roles: permission ? [...PERMISSIONS[permission]].map(roleName).join('、') : '' };
}

/** A browser in two words: what a person recognises a device by. */
function deviceOf(userAgent: string | null): string {
  if (!userAgent) return '未知设备';
  const browser = /Edg\//.test(userAgent)
    ? 'Edge'
    : /Firefox\//.test(userAgent)
      ? 'Firefox'
      : /Chrome\//.test(userAgent)
        ? 'Chrome'
        : /Safari\//.test(userAgent)
          ? 'Safari'
          : '其他浏览器';
  const system = /Android|iPhone|Mobile/.test(userAgent)
    ? '手机'
    : /Windows/.test(userAgent)
      ? 'Windows 电脑'
      : /Mac OS/.test(userAgent)
        ? 'Mac 电脑'
        : /Linux|X11/.test(userAgent)
          ? 'Linux 电脑'
          : '其他设备';
  return `${system}，${browser}`;
}
