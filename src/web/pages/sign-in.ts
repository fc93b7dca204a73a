import { shanghaiDate } from '../../kernel/clock.ts';
import { type DomainError, isDomainError } from '../../kernel/errors.ts';
import { actorOf, SignInRefused, signIn, signOut } from '../../modules/access/index.ts';
import type { House } from '../house.ts';
import { landingOf } from '../menu.ts';
import { SESSION_COOKIE } from '../middleware/actor.ts';
import { setCookie } from '../middleware/cookies.ts';
import { type Ask, localPath, type Route, textOf, withQuery } from '../route.ts';

/** Why somebody sees the sign-in page; only these words travel in the address. */
const WHY: Record<string, { text: string; tone: 'info' | 'ok' | 'warn' }> = {
  expired: { text: '登录已过期，请重新登录。登录后回到刚才的页面。', tone: 'warn' },
  parked: {
    text: '登录已过期。你刚才填写的内容已经保留，重新登录后回到这一页，核对后再次提交。',
    tone: 'warn',
  },
  'signed-out': { text: '已退出登录。', tone: 'ok' },
};

/** Signing in (P01) and out, and where the day begins. */
export function signInPages(house: House): Route[] {
  const work = { sql: house.sql, clock: house.clock, ids: house.ids };
  const draw = ({ req, res }: Ask, state: { login: string; next: string; refused?: DomainError }) =>
    res.render('account/login', {
      title: '登录',
      next: state.next,
      login: state.login,
      notice: state.refused ? null : (WHY[textOf(req.query.why) ?? textOf(req.query.ok) ?? ''] ?? null),
      flash: undefined,
      locked: state.refused && state.refused.reason !== 'sign-in' ? state.refused.message : null,
      problems: state.refused?.reason === 'sign-in' ? [{ href: '#f-password', message: state.refused.message }] : [],
      demo: house.demo ? { password: house.demo.password, accounts: DEMO_ACCOUNTS } : null,
    });
  return [
    {
      method: 'get',
      path: '/',
      permission: 'public',
      scope: '—',
      handle: ({ res, actor }) => res.redirect(303, actor ? landingOf(actor) : '/login'),
    },
    {
      method: 'get',
      path: '/login',
      permission: 'public',
      scope: '—',
      handle(ask) {
        const next = localPath(textOf(ask.req.query.next));
        if (ask.actor) return ask.res.redirect(303, next ?? landingOf(ask.actor));
        draw(ask, { login: '', next: next ?? '' });
      },
    },
    {
      method: 'post',
      path: '/login',
      permission: 'public',
      scope: '—',
      async handle(ask) {
        const { req, res } = ask;
        const login = textOf(req.body.login) ?? '';
        const next = localPath(textOf(req.body.next));
        const input = {
          login,
          password: String(req.body.password ?? ''),
          ip: req.ip ?? '',
          userAgent: String(req.headers['user-agent'] ?? ''),
        };
        const outcome = await signIn(work, input).catch((error: unknown) => {
          if (error instanceof SignInRefused) return error;
          throw error;
        });
        if (isDomainError(outcome)) {
          res.status(outcome.code === 'TooManyRequests' ? 429 : outcome.code === 'Forbidden' ? 403 : 422);
          return draw(ask, { login, next: next ?? '', refused: outcome });
        }
        setCookie(res, SESSION_COOKIE, outcome.token, { secure: house.config.TRUST_PROXY });
        if (outcome.mustChangePassword) return res.redirect(303, '/me/password');
        const actor = actorOf(await house.directory(), outcome.login);
        res.redirect(303, withQuery(next ?? (actor ? landingOf(actor) : '/'), 'ok', 'signed-in'));
      },
    },
    {
      method: 'post',
      path: '/logout',
      permission: 'account.own',
      scope: '本人',
      async handle({ res }) {
        if (res.locals.sessionToken) await signOut(work, res.locals.sessionToken);
        res.clearCookie(SESSION_COOKIE, { path: '/' });
        // On a shared machine the next person's Back button must not show these pages.
        res.set('Clear-Site-Data', '"cache"');
        res.redirect(303, '/login?why=signed-out');
      },
    },
    {
      method: 'get',
      path: '/session',
      permission: 'account.own',
      scope: '本人',
      /** How long the session lasts; asked by the page itself. `keep=1` is the person's answer [继续使用]. */
      handle({ res }) {
        const { endsAt } = res.locals.session ?? {};
        res.set('Cache-Control', 'no-store').json({
          secondsLeft: endsAt ? Math.max(0, Math.floor((+endsAt - +house.clock.now()) / 1000)) : null,
          today: shanghaiDate(house.clock.now()),
        });
      },
    },
  ];
}

/** A few people of the demo organisation, one for each kind of page. */
const DEMO_ACCOUNTS: readonly [string, string][] = [
  ['pengqingming', '受理、办理'],
  ['fandongzhi', '纳服专岗'],
  ['lulidong', '办理'],
  ['panlichun', '分管局领导'],
  ['zhaolichun', '主要领导'],
  ['jinqingming', '流程管理员'],
  ['shuguyu', '流程管理员（复核发布）'],
  ['huadongzhi', '系统管理员'],
  ['weidashu', '审计员'],
];
