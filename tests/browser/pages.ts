/** What the walk has prepared; words in a path that begin with a colon are replaced by it. */
export interface Walked {
  /** An ordinary demand, dispatched and being handled. */
  number: string;
  /** A demand whose every text is as long as the form allows. */
  longNumber: string;
  /** The handling task of the ordinary demand. */
  task: string;
  /** The dispatch task of the long one. */
  dispatchTask: string;
}

export interface WalkedPage {
  /** Login of who opens it; absent: nobody is signed in. */
  as?: string;
  path: string;
  /** 200 unless it is a page for a refusal. */
  status?: number;
}

/**
 * Every page of the site, as somebody who uses it. `every-page.test.ts` opens each of them wide and narrow, with and without JavaScript.
 * A new page adds its line here; a page in another state (empty, filtered, refused) is a line of its own.
 */
export const PAGES: readonly WalkedPage[] = [
  { path: '/login' },
  { path: '/help' },
  { path: '/no-such-page', status: 404 },
  { as: 'pengqingming', path: '/no-such-page', status: 404 },
  { as: 'pengqingming', path: '/audit', status: 403 },
  { path: '/help/lamps' },
  { path: '/help/shortcuts' },
  { path: '/accessibility' },
  { path: '/login?why=parked&next=/tasks' },
  { as: 'pengqingming', path: '/me' },
  { as: 'pengqingming', path: '/me/password' },
  { as: 'pengqingming', path: '/me/sessions' },
  { as: 'pengqingming', path: '/me/tokens' },
  { as: 'pengqingming', path: '/me/reveals' },
  { as: 'pengqingming', path: '/me/access?permission=audit.read' },
  { as: 'pengqingming', path: '/help/register' },
  { as: 'pengqingming', path: '/inbox' },
  { as: 'pengqingming', path: '/help' },
  { as: 'pengqingming', path: '/demands/new' },
  { as: 'pengqingming', path: '/tasks' },
  { as: 'pengqingming', path: '/tasks?view=dept' },
  { as: 'pengqingming', path: '/tasks?view=done' },
  { as: 'fandongzhi', path: '/demands' },
  { as: 'fandongzhi', path: '/demands?q=没有这样的诉求' },
  { as: 'fandongzhi', path: '/demands/:number' },
  { as: 'fandongzhi', path: '/demands/:longNumber' },
  { as: 'fandongzhi', path: '/dispatch' },
  { as: 'fandongzhi', path: '/tasks/:dispatchTask' },
  { as: 'fandongzhi', path: '/visits' },
  { as: 'lulidong', path: '/tasks/:task' },
  { as: 'panlichun', path: '/approvals' },
  { as: 'panlichun', path: '/delegations' },
  { as: 'panlichun', path: '/delegations/new' },
  { as: 'fandongzhi', path: '/demands/:number/actions/void' },
  { as: 'pengqingming', path: '/demands/:number/registered' },
  { as: 'jinqingming', path: '/admin' },
  { as: 'jinqingming', path: '/parameters' },
  { as: 'jinqingming', path: '/calendar/import' },
  { as: 'jinqingming', path: '/calendar/closures/new' },
  { as: 'jinqingming', path: '/calendar/hours/new' },
  { as: 'huadongzhi', path: '/users' },
  { as: 'huadongzhi', path: '/users/pengqingming' },
  { as: 'huadongzhi', path: '/users/new' },
  { as: 'jinqingming', path: '/processes' },
  { as: 'jinqingming', path: '/processes/fast-response' },
  { as: 'jinqingming', path: '/rules' },
  { as: 'jinqingming', path: '/rules/deadlines' },
  { as: 'jinqingming', path: '/calendar' },
  { as: 'jinqingming', path: '/operations' },
  { as: 'huadongzhi', path: '/org' },
  { as: 'weidashu', path: '/audit' },
  { as: 'weidashu', path: '/audit/verify' },
  { as: 'weidashu', path: '/audit/access' },
  { as: 'weidashu', path: '/audit?number=:number' },
  { as: 'weidashu', path: '/audit?from=2026-02-30', status: 422 },
  { as: 'weidashu', path: '/audit/verify?number=:number&code=00000000' },
  { as: 'weidashu', path: '/audit/access?scope=:number' },
  { as: 'jinqingming', path: '/processes/fast-response/forms/register-demand' },
  { as: 'jinqingming', path: '/rules/category-routing' },
  { as: 'jinqingming', path: '/rules/on-the-spot?fact.intakeChoice=ON_THE_SPOT&fact.answered=true' },
  { as: 'jinqingming', path: '/rules/extension-approval?fact.requestedTotalWorkingDays=nine', status: 422 },
  { as: 'jinqingming', path: '/calendar?year=2027' },
  { as: 'jinqingming', path: '/calendar?year=2031' },
  { as: 'huadongzhi', path: '/org?org=341523' },
  { as: 'huadongzhi', path: '/org/leaders/341523-TAX1' },
  { as: 'huadongzhi', path: '/users?q=没有这个人' },
  { as: 'huadongzhi', path: '/users/pengqingming/roles' },
  { as: 'huadongzhi', path: '/users/pengqingming/posts' },
  { as: 'huadongzhi', path: '/users/pengqingming/password' },
  { as: 'huadongzhi', path: '/users/pengqingming/disable' },
  { as: 'huadongzhi', path: '/users/pengqingming/hand-over' },
  { as: 'huadongzhi', path: '/delegations' },
  { as: 'huadongzhi', path: '/delegations/new?principal=panlichun' },
];
