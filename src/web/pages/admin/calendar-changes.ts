import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { invalid } from '../../../kernel/errors.ts';
import { readDay } from '../../../modules/calendar/index.ts';
import {
  closeForDay,
  type RecomputeWork,
  reopenDay,
  setHours,
  withdrawHours,
} from '../../../modules/deadlines/index.ts';
import { formRoutes } from '../../form-page.ts';
import type { House } from '../../house.ts';
import type { FieldSpec } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';

type Change = (work: RecomputeWork) => Promise<{ moved: number }>;

const EVERYWHERE = 'ALL';
const day = (name: string, label: string): FieldSpec => ({
  type: 'textfield',
  name,
  label,
  required: true,
  inputMode: 'numeric',
  hint: '例如 2026-11-25、11-25 或 11月25日。',
});
const time = (name: string, label: string, hint = ''): FieldSpec => ({
  type: 'textfield',
  name,
  label,
  required: true,
  inputMode: 'numeric',
  ...(hint ? { hint } : {}),
});

/** Temporary closures and working hours: a form each, and taking back what has not begun. */
export function calendarChangePages(house: House): Route[] {
  const common = { permission: 'calendar.edit', scope: '全部' } as const;
  const today = () => shanghaiDate(house.clock.now());
  const text = (ask: Ask, name: string) => textOf(ask.req.body[name]) ?? '';
  const run = (ask: Ask, change: Change) =>
    house.transaction(ask.actor, (unit) => change({ sql: sqlOf(unit.em), actor: ask.actor, clock: house.clock }));
  const where = async (): Promise<FieldSpec> => ({
    type: 'radio',
    name: 'orgCode',
    label: '单位',
    required: true,
    options: [
      { value: EVERYWHERE, label: '全市' },
      ...(await house.directory()).bureaus().map((bureau) => ({ value: bureau.code, label: bureau.shortName })),
    ],
  });
  /** The bureau that was chosen, null for all. A code of no bureau would silently concern nobody. */
  const chosenBureau = async (ask: Ask): Promise<string | null> => {
    const code = text(ask, 'orgCode');
    if (code === EVERYWHERE) return null;
    if ((await house.directory()).bureau(code)) return code;
    throw invalid('没有选单位', [{ pointer: '/orgCode', message: '还没选单位。全市停班或统一作息，选“全市”。' }]);
  };
  return [
    ...formRoutes({
      ...common,
      path: '/calendar/closures/new',
      view: async () => ({
        title: '加临时停班',
        crumbs: [['/calendar', '工作日历']],
        fields: [
          day('date', '停班日期'),
          {
            type: 'textfield',
            name: 'name',
            label: '停班原因',
            required: true,
            hint: '例如“暴雪停班”，有通知文号的写上。',
          },
          await where(),
        ],
        effect: '点“登记停班”后：所选单位这一天不算工作日，在走的期限随之顺延，每件记明原因；已经逾期的不改。',
        button: '登记停班',
      }),
      async submit(ask) {
        const date = readDay(text(ask, 'date'), today());
        const orgCode = await chosenBureau(ask);
        const { moved } = await run(ask, (work) => closeForDay(work, { date, name: text(ask, 'name'), orgCode }));
        ask.res.redirect(303, `/calendar?year=${date.slice(0, 4)}&done=closed&moved=${moved}`);
      },
    }),
    {
      method: 'post',
      path: '/calendar/closures/remove',
      ...common,
      async handle(ask) {
        const date = text(ask, 'date');
        const { moved } = await run(ask, (work) => reopenDay(work, { date, orgCode: text(ask, 'orgCode') || null }));
        ask.res.redirect(303, `/calendar?year=${date.slice(0, 4)}&done=reopened&moved=${moved}`);
      },
    },
    ...formRoutes({
      ...common,
      path: '/calendar/hours/new',
      view: async () => ({
        title: '加作息时间',
        crumbs: [['/calendar', '工作日历']],
        fields: [
          { type: 'textfield', name: 'name', label: '名称', required: true, hint: '例如“夏季作息”。' },
          day('from', '开始日期'),
          await where(),
          time('opens', '上午上班'),
          time('lunchFrom', '上午下班'),
          time('lunchTo', '下午上班'),
          time('close', '下班', '到期日以这个时刻为止（民法典第 203 条）。'),
        ],
        initial: { opens: '08:30', lunchFrom: '12:00', lunchTo: '14:00' },
        effect:
          '点“保存作息”后：从开始日期起，所选单位的到期时刻改为新的下班时间，在走的期限随之重算；已经逾期的不改。',
        button: '保存作息',
      }),
      async submit(ask) {
        const hours = {
          orgCode: await chosenBureau(ask),
          from: readDay(text(ask, 'from'), today()),
          name: text(ask, 'name'),
          opens: text(ask, 'opens'),
          lunchFrom: text(ask, 'lunchFrom'),
          lunchTo: text(ask, 'lunchTo'),
          close: text(ask, 'close'),
        };
        const { moved } = await run(ask, (work) => setHours(work, hours));
        ask.res.redirect(303, `/calendar?done=hours&moved=${moved}`);
      },
    }),
    {
      method: 'post',
      path: '/calendar/hours/:id/remove',
      ...common,
      async handle(ask) {
        const { moved } = await run(ask, (work) => withdrawHours(work, String(ask.req.params.id)));
        ask.res.redirect(303, `/calendar?done=hours-removed&moved=${moved}`);
      },
    },
  ];
}
