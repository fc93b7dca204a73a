import { sqlOf } from '../../db/orm.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { CHANNELS, type Channel, preferenceOf, savePreference } from '../../modules/notifications/index.ts';
import type { House, Unit } from '../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, textsOf } from '../plain-form.ts';
import { type Ask, type Route, textOf } from '../route.ts';

const OFF = { none: '（没有配置，不会发出）', console: '（没有配置，只写日志）', smtp: '', http: '' };

/** 提醒方式 (P44): where messages go besides the inbox, in which part of the working day, one by one or as a digest. */
export function reminderPages(house: House): Route[] {
  const own = { permission: 'account.own', scope: '本人' } as const;
  return [
    {
      method: 'get',
      path: '/me/reminders',
      ...own,
      handle: async (ask) => {
        const saved = await preferenceOf(house.sql, ask.actor.login);
        const [from = '', to = ''] = saved.hours.split('-');
        const { email, phone, channels, digest } = saved;
        await draw(house, ask, { email, phone, channels, from, to, digest: digest ? ['yes'] : [] });
      },
    },
    { method: 'post', path: '/me/reminders', ...own, handle: (ask) => save(house, ask) },
  ];
}

const windowOf = async (unit: Unit) => (await unit.parameters({ orgCode: unit.actor.orgCode })).text('sms.window');

async function draw(
  house: House,
  { res, actor }: Ask,
  values: Typed,
  problems: readonly FieldProblem[] = [],
): Promise<void> {
  const [opens, closes] = (await house.transaction(actor, windowOf)).split(/[-–]/);
  const specs: FieldSpec[] = [
    {
      type: 'checklist',
      name: 'channels',
      label: '除站内消息外，还发到',
      options: (Object.keys(CHANNELS) as Channel[]).map((value) => ({
        value,
        label: `${CHANNELS[value]}${OFF[house.messageChannels[value]]}`,
      })),
    },
    { type: 'textfield', name: 'email', label: '邮箱', inputMode: 'email', autocomplete: 'email' },
    {
      type: 'textfield',
      name: 'phone',
      label: '手机',
      inputMode: 'tel',
      autocomplete: 'tel',
      hint: '短信和即时消息发到这个号码，只有你自己看得到。',
    },
    {
      type: 'textfield',
      name: 'from',
      label: '提醒时段从',
      inputMode: 'numeric',
      hint: `系统只在工作日 ${opens}–${closes} 发送；可以缩短，例如 09:00。两个时间都不填，就用系统的时段。`,
    },
    { type: 'textfield', name: 'to', label: '到', inputMode: 'numeric' },
    {
      type: 'checklist',
      name: 'digest',
      label: '日报',
      hint: '逾期、催办和督办照常单发，不进日报。',
      options: [{ value: 'yes', label: '每个工作日上班时合成一条发送' }],
    },
  ];
  const views = problemViews(problems);
  res.status(problems.length > 0 ? 422 : 200).render('admin/plain-form', {
    title: '提醒方式',
    crumbs: [['/me', '我的']],
    action: '/me/reminders',
    nodes: fieldViews(specs, values, views),
    problems: views,
    effect: '点“保存”后：新消息按这里的选择发送；站内消息照常都有。',
    button: '保存',
    back: '/me',
  });
}

async function save(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const text = (name: string) => textOf(req.body[name]) ?? '';
  const time = (name: string) =>
    text(name)
      .normalize('NFKC')
      .replace(/^(\d):/, '0$1:');
  const channels = textsOf(req.body.channels).filter((value): value is Channel => Object.hasOwn(CHANNELS, value));
  const [from, to] = [time('from'), time('to')];
  const digest = textsOf(req.body.digest).includes('yes');
  const values = { email: text('email'), phone: text('phone'), channels };
  try {
    await house.transaction(actor, async (unit) =>
      savePreference(
        sqlOf(unit.em),
        actor.login,
        { ...values, hours: from || to ? `${from}-${to}` : '', digest },
        { window: await windowOf(unit), at: house.clock.now() },
      ),
    );
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    return draw(house, ask, { ...values, from, to, digest: digest ? ['yes'] : [] }, error.problems);
  }
  res.redirect(303, '/me?ok=reminders');
}
