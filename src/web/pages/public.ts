import { sqlOf } from '../../db/orm.ts';
import { type Actor, SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { giveSupplement } from '../../modules/demands/index.ts';
import {
  answerVisit,
  DISSATISFIED_BECAUSE,
  GRADES,
  RESOLUTIONS,
  type VisitLink,
  visitLinkOf,
} from '../../modules/feedback/index.ts';
import {
  bucketOf,
  forgetTries,
  noteTry,
  type Progress,
  tooManyTries,
  trackProgress,
} from '../../modules/portal/index.ts';
import { format, longDay } from '../format.ts';
import type { House } from '../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, textsOf } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';

/** The taxpayer at the public pages: nobody of the house, without any right. */
const TAXPAYER: Actor = { ...SYSTEM_ACTOR, login: 'taxpayer', name: '诉求人' };
const NOT_FOUND = '没有查到。请核对查询码（短信里的 12 位）和电话后四位；匿名件只填查询码。';
const SCOPE = '持查询码和电话后四位、或持一次性链接的诉求人；不含姓名和内容';

/** P39 查进度 and P40 评价: open to everybody, without signing in, without JavaScript. */
export function publicPages(house: House): Route[] {
  const open = { permission: 'public', scope: SCOPE } as const;
  return [
    { method: 'get', path: '/public/progress', ...open, handle: ({ res }) => drawProgress(res, {}) },
    { method: 'post', path: '/public/progress', ...open, handle: (ask) => look(house, ask) },
    { method: 'get', path: '/r/:token', ...open, handle: (ask) => openRating(house, ask) },
    { method: 'post', path: '/r/:token', ...open, handle: (ask) => rate(house, ask) },
  ];
}

interface ProgressPage {
  code?: string;
  digits?: string;
  problems?: readonly FieldProblem[];
  /** A sentence instead of a result. */
  refused?: string;
  status?: number;
  progress?: Progress;
  content?: string;
  supplemented?: boolean;
}

function drawProgress(res: Ask['res'], page: ProgressPage): void {
  const problems = problemViews(page.problems ?? []);
  const values = { code: page.code ?? '', digits: page.digits ?? '', content: page.content ?? '' };
  const specs: FieldSpec[] = [
    {
      type: 'textfield',
      name: 'code',
      label: '查询码',
      required: true,
      hint: '登记后短信里的 12 位，例如 K7MX-9P4R-2WHD。大小写、横线都不要紧。',
      autocomplete: 'off',
    },
    {
      type: 'textfield',
      name: 'digits',
      label: '电话后四位',
      inputMode: 'numeric',
      hint: '登记时留的电话。匿名、没有留电话的不用填。',
      autocomplete: 'off',
    },
  ];
  const asking: FieldSpec[] = [
    { type: 'textarea', name: 'content', label: '补充说明', rows: 4, maxLength: 1000, required: true },
  ];
  const { progress } = page;
  res
    .status(page.status ?? (problems.length > 0 ? 422 : 200))
    .set('Cache-Control', 'no-store')
    .render('public/progress', {
      title: '查询您反映的事情',
      values,
      problems,
      nodes: fieldViews(specs, values as unknown as Typed, problems),
      more: fieldViews(asking, values as unknown as Typed, problems, 's'),
      refused: page.refused ?? '',
      supplemented: page.supplemented ?? false,
      progress: progress && {
        ...progress,
        steps: progress.steps.map((step) => ({ ...step, at: step.at ? longDay(shanghaiDate(step.at)) : '' })),
        due: progress.due && {
          ...progress.due,
          text: format.time(progress.due.at),
          left: progress.due.remaining === null ? '' : `还有 ${progress.due.remaining} 个工作日`,
          late: progress.due.remaining === null && progress.due.at < (res.locals.now ?? new Date()),
        },
        extension: progress.extension && { ...progress.extension, until: longDay(progress.extension.until) },
        redirected: progress.redirected && {
          ...progress.redirected,
          at: progress.redirected.at ? longDay(shanghaiDate(progress.redirected.at)) : '',
        },
        received: longDay(shanghaiDate(progress.receivedAt)),
      },
    });
}

async function look(house: House, { req, res }: Ask): Promise<void> {
  const typed = {
    code: textOf(req.body.code)?.slice(0, 40) ?? '',
    digits: textOf(req.body.digits)?.slice(0, 20) ?? '',
  };
  if (!typed.code)
    return drawProgress(res, {
      ...typed,
      problems: [{ pointer: '/code', message: '“查询码”还没有填写。它在登记后的短信里，也可以拨打 12366 询问。' }],
    });
  const buckets = [bucketOf('address', req.ip ?? ''), bucketOf('code', typed.code)];
  const until = await house.transaction(TAXPAYER, async (unit) => {
    const parameters = await unit.parameters({});
    const limit = { tries: parameters.number('public.tries'), minutes: parameters.number('public.tries_minutes') };
    return noteTry(sqlOf(unit.em), buckets, house.clock.now(), limit);
  });
  if (until) return drawProgress(res, { ...typed, refused: tooManyTries(until).message, status: 429 });
  const content = textOf(req.body.content);
  const wanted = req.body.act === 'supplement';
  try {
    const progress = await house.transaction(TAXPAYER, async (unit) => {
      const found = await trackProgress(unit, typed);
      if (!found) return undefined;
      await forgetTries(sqlOf(unit.em), buckets);
      if (wanted && found.open) await giveSupplement(unit, found.demandId, { content: content ?? '', via: 'PORTAL' });
      return found;
    });
    if (!progress) return drawProgress(res, { ...typed, refused: NOT_FOUND });
    if (wanted) await house.settle(progress.demandId);
    drawProgress(res, { ...typed, progress, supplemented: wanted && progress.open });
  } catch (error) {
    if (!isDomainError(error) || !['Invalid', 'IllegalTransition'].includes(error.code)) throw error;
    const progress = await house.transaction(TAXPAYER, (unit) => trackProgress(unit, typed));
    const problems =
      error.code === 'Invalid' && error.problems.length > 0
        ? error.problems
        : [{ pointer: '/content', message: '这件事现在不能再补充。需要的请拨打 12366。' }];
    drawProgress(res, { ...typed, content: content ?? '', problems, ...(progress ? { progress } : {}) });
  }
}

const STATE_WORDS: Record<VisitLink['state'], string> = {
  OPEN: '',
  CHANGEABLE: '',
  USED: '您已经评价并修改过，谢谢。还想补充的，可拨打 12366。',
  EXPIRED: '评价链接已过期，可拨打 12366 补充。',
};

const RATING: FieldSpec[] = [
  {
    type: 'radio',
    name: 'feedbackReceived',
    label: '1 您收到我们的答复了吗',
    required: true,
    options: [
      { value: 'YES', label: '收到' },
      { value: 'NO', label: '没有收到' },
    ],
  },
  { type: 'radio', name: 'resolved', label: '2 问题解决了吗', required: true, options: optionsOf(RESOLUTIONS) },
  { type: 'radio', name: 'satisfaction', label: '3 总体评价', required: true, options: optionsOf(GRADES) },
  { type: 'checklist', name: 'reasons', label: '4 如不满意，原因', options: optionsOf(DISSATISFIED_BECAUSE) },
  {
    type: 'textarea',
    name: 'remark',
    label: '5 还想说的',
    rows: 3,
    maxLength: 300,
    hint: '请不要写身份证号、银行卡号。',
  },
];

function optionsOf(words: Readonly<Record<string, string>>) {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

interface RatingPage {
  link?: VisitLink | undefined;
  values?: Typed;
  problems?: readonly FieldProblem[];
  said?: string;
  thanks?: boolean;
  status?: number;
}

function drawRating({ req, res }: Pick<Ask, 'req' | 'res'>, page: RatingPage): void {
  const { link } = page;
  const problems = problemViews(page.problems ?? []);
  const answerable = !page.thanks && (link?.state === 'OPEN' || link?.state === 'CHANGEABLE');
  res
    .status(page.status ?? (problems.length > 0 ? 422 : 200))
    .set('Cache-Control', 'no-store')
    .set('X-Robots-Tag', 'noindex')
    .render('public/rating', {
      title: page.thanks ? '谢谢您的评价' : '请您评价',
      about: link ? `${longDay(shanghaiDate(link.receivedAt))}反映的事情` : '',
      action: req.path,
      answerable,
      again: link?.state === 'CHANGEABLE',
      thanks: page.thanks ?? false,
      said: page.said ?? (link ? STATE_WORDS[link.state] : ''),
      until: link?.expiresAt ? longDay(shanghaiDate(link.expiresAt)) : '',
      nodes: answerable ? fieldViews(RATING, page.values ?? {}, problems) : [],
      problems,
    });
}

const UNKNOWN = '没有这个评价链接。请核对短信里的地址，或拨打 12366 补充。';
const tokenOf = (req: Ask['req']): string => String(req.params.token).slice(0, 100);
const linkOf = (house: House, req: Ask['req']) =>
  house.transaction(TAXPAYER, async (unit) =>
    visitLinkOf(
      sqlOf(unit.em),
      tokenOf(req),
      house.clock.now(),
      (await unit.parameters({})).number('visit.link_changes'),
    ),
  );

async function openRating(house: House, ask: Ask): Promise<void> {
  const link = await linkOf(house, ask.req);
  drawRating(ask, link ? { link } : { said: UNKNOWN, status: 404 });
}

async function rate(house: House, ask: Ask): Promise<void> {
  const { req } = ask;
  const link = await linkOf(house, req);
  if (!link) return drawRating(ask, { said: UNKNOWN, status: 404 });
  const text = (name: string) => textOf(req.body[name]);
  const values = {
    feedbackReceived: text('feedbackReceived') ?? '',
    resolved: text('resolved') ?? '',
    satisfaction: text('satisfaction') ?? '',
    reasons: textsOf(req.body.reasons),
    remark: text('remark') ?? '',
  };
  try {
    await house.transaction(TAXPAYER, (unit) => answerVisit(unit, tokenOf(req), values));
  } catch (error) {
    if (!isDomainError(error) || !['Invalid', 'Conflict'].includes(error.code)) throw error;
    if (error.code === 'Conflict')
      return drawRating(ask, { link: await linkOf(house, req), said: error.message, status: 409 });
    return drawRating(ask, { link, values, problems: error.problems });
  }
  await house.settle(link.demandId);
  drawRating(ask, { link: await linkOf(house, req), thanks: true });
}
