import { sqlOf } from '../../db/orm.ts';
import { SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { isDomainError } from '../../kernel/errors.ts';
import {
  changePassword,
  createToken,
  listTokens,
  revokeToken,
  roleName,
  SignInRefused,
  signIn,
  signOut,
} from '../../modules/access/index.ts';
import { inboxOf, markRead } from '../../modules/notifications/index.ts';
import type { House } from '../house.ts';
import { landingOf } from '../menu.ts';
import { SESSION_COOKIE } from '../middleware/actor.ts';
import { setCookie } from '../middleware/cookies.ts';
import { PREFERENCES } from '../middleware/preferences.ts';
import { type Route, textOf } from '../route.ts';

/** Only paths of this site: a sign-in link must not lead elsewhere. */
const localPath = (next: string | undefined): string | undefined =>
  next && /^\/(?![/\\])/.test(next) ? next : undefined;

export function accountPages(house: House): Route[] {
  const work = () => ({ sql: house.sql, clock: house.clock, ids: house.ids });
  return [
    {
      method: 'get',
      path: '/',
      permission: 'public',
      scope: '—',
      handle({ res, actor }) {
        res.redirect(303, actor ? landingOf(actor) : '/login');
      },
    },
    {
      method: 'get',
      path: '/login',
      permission: 'public',
      scope: '—',
      handle({ req, res, actor }) {
        if (actor) return res.redirect(303, localPath(textOf(req.query.next)) ?? landingOf(actor));
        res.render('account/login', {
          title: '登录',
          next: localPath(textOf(req.query.next)) ?? '',
          login: '',
          error: null,
          demoPassword: house.demo?.password,
        });
      },
    },
    {
      method: 'post',
      path: '/login',
      permission: 'public',
      scope: '—',
      async handle({ req, res }) {
        const login = textOf(req.body.login) ?? '';
        const next = localPath(textOf(req.body.next));
        const input = {
          login,
          password: String(req.body.password ?? ''),
          ip: req.ip ?? '',
          userAgent: String(req.headers['user-agent'] ?? ''),
        };
        // A refusal is noted in the same transaction that counts it, so it must commit.
        const outcome = await house.transaction(SYSTEM, async (unit) => {
          try {
            return await signIn({ sql: sqlOf(unit.em), clock: house.clock, ids: house.ids }, input);
          } catch (error) {
            if (error instanceof SignInRefused) return error.answer;
            throw error;
          }
        });
        if (isDomainError(outcome)) {
          res.status(outcome.code === 'TooManyRequests' ? 429 : 422);
          return res.render('account/login', {
            title: '登录',
            next: next ?? '',
            login,
            error: outcome.message,
            demoPassword: house.demo?.password,
          });
        }
        setCookie(res, SESSION_COOKIE, outcome.token, { secure: house.config.TRUST_PROXY });
        const user = (await house.directory()).user(outcome.login);
        res.redirect(303, next ?? (user ? '/' : '/login'));
      },
    },
    {
      method: 'post',
      path: '/logout',
      permission: 'account.own',
      scope: '本人',
      async handle({ res }) {
        if (res.locals.sessionToken) await signOut(work(), res.locals.sessionToken);
        res.clearCookie(SESSION_COOKIE, { path: '/' });
        res.redirect(303, '/login');
      },
    },
    {
      method: 'post',
      path: '/preferences',
      permission: 'public',
      scope: '—',
      handle({ req, res }) {
        for (const [field, { cookie, values }] of Object.entries(PREFERENCES)) {
          const value: unknown = req.body[field];
          if (typeof value === 'string' && (values as readonly string[]).includes(value))
            setCookie(res, cookie, value, { secure: house.config.TRUST_PROXY, maxAgeMs: 365 * 86_400_000 });
        }
        res.redirect(303, localPath(textOf(req.body.back)) ?? '/');
      },
    },
    {
      method: 'get',
      path: '/account',
      permission: 'account.own',
      scope: '本人',
      async handle({ res, actor }) {
        res.render('account/account', {
          title: '我的账号',
          roles: actor.roles.map(roleName),
          tokens: await listTokens(house.sql, actor.login),
          made: null,
          problems: [],
        });
      },
    },
    {
      method: 'post',
      path: '/account/password',
      permission: 'account.own',
      scope: '本人',
      async handle({ req, res, actor }) {
        const input = {
          current: String(req.body.current ?? ''),
          next: String(req.body.next ?? ''),
          keepToken: res.locals.sessionToken ?? '',
        };
        try {
          await house.transaction(actor, (unit) =>
            changePassword({ ...work(), sql: sqlOf(unit.em) }, actor.login, input),
          );
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid') throw error;
          res.status(422);
          return res.render('account/account', {
            title: '我的账号',
            roles: actor.roles.map(roleName),
            tokens: await listTokens(house.sql, actor.login),
            made: null,
            problems: error.problems.map((problem) => ({
              href: `#f-${problem.pointer.slice(1)}`,
              message: problem.message,
            })),
          });
        }
        res.redirect(303, '/account?ok=password');
      },
    },
    {
      method: 'post',
      path: '/account/tokens',
      permission: 'account.own',
      scope: '本人',
      async handle({ req, res, actor }) {
        const made = await createToken(work(), actor.login, {
          name: textOf(req.body.name) ?? '',
          days: Number(req.body.days ?? 90),
        });
        res.render('account/account', {
          title: '我的账号',
          roles: actor.roles.map(roleName),
          tokens: await listTokens(house.sql, actor.login),
          made: made.token,
          problems: [],
        });
      },
    },
    {
      method: 'post',
      path: '/account/tokens/:id/revoke',
      permission: 'account.own',
      scope: '本人',
      async handle({ req, res, actor }) {
        await revokeToken(work(), actor.login, String(req.params.id));
        res.redirect(303, '/account?ok=revoked');
      },
    },
    {
      method: 'get',
      path: '/inbox',
      permission: 'account.own',
      scope: '本人',
      async handle({ res, actor }) {
        res.render('account/inbox', {
          title: '消息',
          notices: await inboxOf(house.sql, actor.login, house.clock.now()),
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
      path: '/help',
      permission: 'public',
      scope: '—',
      handle({ res }) {
        res.render('account/help', { title: '帮助' });
      },
    },
    ...(house.demo
      ? ([
          {
            method: 'post',
            path: '/demo/advance',
            permission: 'public',
            scope: '演示',
            async handle({ req, res }) {
              const hours = Math.min(24 * 30, Math.max(1, Number(req.body.hours) || 24));
              await house.demo!.advance(hours * 3600_000);
              const back = localPath(textOf(req.body.back)) ?? '/';
              res.redirect(303, `${back}${back.includes('?') ? '&' : '?'}ok=advanced`);
            },
          },
        ] satisfies Route[])
      : []),
  ];
}

/** Sign-in happens before anybody is known. */
const SYSTEM = SYSTEM_ACTOR;
