import { CHANNELS } from '../../demands/index.ts';
import type { PaperKind } from '../paper.ts';
import { bureauName, clockOf, departmentName, dueOf, timeAt } from '../words.ts';

/** 受理回执, half a sheet for the taxpayer: number, tracking code, limit, how to ask. Only for whoever registered it, who alone sees the code. */
export const receipt: PaperKind = {
  id: 'receipt',
  title: '受理回执',
  style: 'RECEIPT',
  permission: 'demand.register',
  refusal: ({ demand, login }) =>
    demand.receivingOfficer === login ? undefined : '受理回执上有查询码，只能由登记人打印。',
  write: (facts) => {
    const { demand } = facts;
    const clock = clockOf(facts, 'HANDLING');
    const planned = facts.calendar.addWorkingDays(
      demand.registeredAt,
      facts.parameters.number('handle.single.days'),
      demand.orgCode,
    );
    const ours = clock?.dueAt ?? planned.dueAt;
    // The shorter of both limits is promised, as it was read out at the registration.
    const shorter = demand.externalDueAt && demand.externalDueAt < ours ? demand.externalDueAt : undefined;
    const limit = shorter ? timeAt(shorter) : clock ? dueOf(clock) : timeAt(planned.dueAt);
    return [
      { type: 'title', text: '诉求受理回执' },
      {
        type: 'facts',
        rows: [
          ['编号', demand.number],
          ['查询码', demand.trackingCode],
          [
            '受理',
            `${timeAt(demand.registeredAt)}　${departmentName(facts, demand.registeringDepartment)}（${CHANNELS[demand.channel as keyof typeof CHANNELS] ?? demand.channel}）`,
          ],
          [
            '期限',
            demand.intakeChoice === 'ON_THE_SPOT'
              ? '已当场答复'
              : `最晚 ${limit} 办结，办好后 ${facts.parameters.number('feedback.days')} 个工作日内联系您`,
          ],
          [
            '查询',
            `拨打 12366，报查询码${demand.anonymous ? '' : '和登记电话的后四位'}。查询码请妥善保管，不要告诉他人。`,
          ],
        ],
      },
      { type: 'small', text: bureauName(facts, demand.orgCode) },
    ];
  },
};
