import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import {
  answerPrivacyRequest,
  maskPerson,
  maskPhone,
  maskText,
  PRIVACY_KINDS,
  PRIVACY_RESULTS,
  PRIVACY_VIA,
  privacyRequest,
  privacyRequests,
  registerPrivacyRequest,
  retentionOutlook,
} from '../../modules/demands/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';

const SCOPE = '本单位的登记簿；市局和审计看全市；联系方式遮盖；看不到的诉求件不列编号';
const AHEAD = 30;

/** 个人信息: the register of requests (个人信息请求登记簿), and what the retention period will take next. */
export function privacyPages(house: House): Route[] {
  const manage = { permission: 'privacy.manage', scope: '本单位' } as const;
  return [
    { method: 'get', path: '/privacy', permission: 'privacy.read', scope: SCOPE, handle: (ask) => show(house, ask) },
    { method: 'get', path: '/privacy/new', ...manage, handle: (ask) => drawNew(ask, {}) },
    { method: 'post', path: '/privacy/new', ...manage, handle: (ask) => register(house, ask) },
    { method: 'get', path: '/privacy/:id', ...manage, handle: (ask) => drawAnswer(house, ask, {}) },
    { method: 'post', path: '/privacy/:id', ...manage, handle: (ask) => answer(house, ask) },
  ];
}

const options = (list: Record<string, string>) => Object.entries(list).map(([value, label]) => ({ value, label }));

async function show(house: House, { res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const all = actor.bureauLevel === 'CITY';
  const today = shanghaiDate(house.clock.now());
  const view = await house.transaction(actor, async (unit) => {
    const scope = demandScopeSql(actor, 1);
    const items = await privacyRequests(unit, all ? undefined : actor.orgCode);
    const demands = await sqlOf(unit.em).query<{ id: string; number: string }>(
      `select d.id, d.number from demand d where d.id = any($4::text[]) and ${scope.sql}`,
      [...scope.parameters, items.flatMap((item) => item.demandId ?? [])],
    );
    const years = (await unit.parameters({ orgCode: actor.orgCode })).number('retention.years');
    return {
      items,
      demands,
      years,
      outlook: await retentionOutlook(unit, demandScopeSql(actor, 1), actor.orgCode, AHEAD),
    };
  });
  res.render('demands/privacy', {
    title: '个人信息',
    mayManage: may(actor, 'privacy.manage'),
    years: view.years,
    ahead: AHEAD,
    due: view.outlook.due,
    done: view.outlook.done,
    soon: view.outlook.soon.map((row) => ({ number: row.number, ended: format.day(row.ended) })),
    items: view.items.map((item) => ({
      id: item.id,
      number: item.number,
      bureau: directory.bureau(item.orgCode)?.shortName ?? '',
      kind: PRIVACY_KINDS[item.kind],
      requester: maskPerson(item.requester),
      contact: maskPhone(item.contact),
      demand: view.demands.find((row) => row.id === item.demandId)?.number ?? '',
      received: `${format.short(item.receivedAt)}，${PRIVACY_VIA[item.receivedVia]}`,
      replyBy: format.shortDay(item.replyBy),
      late: item.status === 'OPEN' && item.replyBy < today,
      state: item.result ? PRIVACY_RESULTS[item.result] : '待答复',
      answered: item.answeredAt ? `${item.answeredByName}，${format.short(item.answeredAt)}` : '',
      mine: item.status === 'OPEN' && item.orgCode === actor.orgCode,
    })),
  });
}

const NEW: FieldSpec[] = [
  { type: 'radio', name: 'kind', label: '请求事项', required: true, options: options(PRIVACY_KINDS) },
  { type: 'textfield', name: 'requester', label: '请求人', required: true, autocomplete: 'off' },
  {
    type: 'textfield',
    name: 'contact',
    label: '联系方式',
    required: true,
    autocomplete: 'off',
    hint: '只用来答复这次请求，列表里遮盖。',
  },
  {
    type: 'textfield',
    name: 'demand',
    label: '有关诉求编号',
    autocomplete: 'off',
    hint: '有的填，例如 LASQ-341503-20261123-0007。',
  },
  { type: 'radio', name: 'receivedVia', label: '怎么收到的', required: true, options: options(PRIVACY_VIA) },
  { type: 'textarea', name: 'content', label: '请求内容', required: true, rows: 4, maxLength: 500 },
];

function drawNew({ res }: Pick<Ask, 'res'>, values: Typed, problems: readonly FieldProblem[] = [], status = 200): void {
  const views = problemViews(problems);
  res.status(views.length > 0 && status === 200 ? 422 : status).render('admin/plain-form', {
    title: '登记个人信息请求',
    crumbs: [['/privacy', '个人信息']],
    action: '/privacy/new',
    nodes: fieldViews(NEW, values, views),
    problems: views,
    effect: '点“登记”后：编号并算出答复期限。先核对请求人就是本人或受托人，再登记。',
    button: '登记',
    back: '/privacy',
  });
}

async function register(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const text = (name: string) => (textOf(req.body[name]) ?? '').slice(0, 3000);
  const values = Object.fromEntries(NEW.map(({ name }) => [name, text(name)])) as Record<string, string>;
  try {
    await house.transaction(actor, async (unit) => {
      const number = values.demand!.trim().toUpperCase();
      const demand = number ? await visibleDemand(unit, actor, number) : null;
      await registerPrivacyRequest(unit, {
        kind: values.kind!,
        requester: values.requester!,
        contact: values.contact!,
        receivedVia: values.receivedVia!,
        content: values.content!,
        demandId: demand?.id ?? null,
      });
    });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Invalid') return drawNew(ask, values, error.problems);
    if (error.code !== 'NotFound' && error.code !== 'Forbidden') throw error;
    return drawNew(ask, values, [{ pointer: '/demand', message: error.message }], 422);
  }
  res.redirect(303, '/privacy?ok=privacy-registered');
}

const ANSWER: FieldSpec[] = [
  { type: 'radio', name: 'result', label: '办理结果', required: true, options: options(PRIVACY_RESULTS) },
  { type: 'textarea', name: 'answer', label: '答复内容', required: true, rows: 4, maxLength: 500 },
];

async function drawAnswer(
  house: House,
  { req, res, actor }: Pick<Ask, 'req' | 'res' | 'actor'>,
  values: Typed,
  problems: readonly FieldProblem[] = [],
  status?: number,
): Promise<void> {
  const views = problemViews(problems);
  const item = await house.transaction(actor, (unit) => privacyRequest(unit, String(req.params.id)));
  res.status(status ?? (views.length > 0 ? 422 : 200)).render('admin/plain-form', {
    title: `答复 ${item.number}`,
    crumbs: [['/privacy', '个人信息']],
    action: `/privacy/${item.id}`,
    nodes: fieldViews(ANSWER, values, views),
    problems: views,
    ...(item.status === 'ANSWERED'
      ? { blocked: { text: `这条请求已由 ${item.answeredByName} 答复。`, href: '/privacy', link: '回登记簿' } }
      : {}),
    effect: `点“答复”后：记入登记簿，不能再改。${item.kind === 'DELETE' ? '选“已按请求办理”的，有关诉求的姓名、联系方式随即在所有记录里匿名化，附件删除，不能恢复。' : ''}`,
    button: '答复',
    back: '/privacy',
    aside: {
      title: PRIVACY_KINDS[item.kind],
      lines: [
        `请求人：${item.requester}`,
        `联系方式：${item.contact}`,
        `内容：${maskText(item.content)}`,
        `${format.shortDay(item.replyBy)} 前答复`,
      ],
    },
  });
}

async function answer(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const values = { result: textOf(req.body.result) ?? '', answer: (textOf(req.body.answer) ?? '').slice(0, 3000) };
  try {
    await house.transaction(actor, (unit) => answerPrivacyRequest(unit, String(req.params.id), values));
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Invalid') return drawAnswer(house, ask, values, error.problems);
    if (error.code === 'Conflict') return drawAnswer(house, ask, values, [], 409);
    throw error;
  }
  res.redirect(303, '/privacy?ok=privacy-answered');
}
