import type { Deadline } from '../../deadlines/index.ts';
import { CATEGORIES, CHANNELS, CONCLUSIONS, METHODS, maskText, URGENCIES } from '../../demands/index.ts';
import { accountOf } from '../account.ts';
import type { Block, PaperFacts, PaperKind } from '../paper.ts';
import { bureauName, clockOf, departmentName, dueOf, personName, timeAt } from '../words.ts';

const word = (table: Record<string, string>, code: string | null | undefined): string =>
  code ? (table[code] ?? code) : '';

/** 承办单: the demand, its clocks day by day, what was done, and room for opinions and signatures. */
export const handlingSheet: PaperKind = {
  id: 'handling-sheet',
  title: '承办单',
  style: 'TABLE',
  permission: 'paper.print',
  refusal: () => undefined,
  write: (facts) => {
    const { demand } = facts;
    const handling = clockOf(facts, 'HANDLING');
    return [
      { type: 'title', text: '纳税人诉求和意见承办单' },
      { type: 'number', text: `编号 ${demand.number}`, right: `紧急程度 ${word(URGENCIES, demand.urgency)}` },
      {
        type: 'facts',
        rows: [
          ['诉求人', '⟦name⟧', '联系电话', '⟦phone⟧'],
          ['渠道', word(CHANNELS, demand.channel), '外部工单', demand.externalNumber ?? '无'],
          ['受理时间', timeAt(demand.receivedAt), '登记时间', timeAt(demand.registeredAt)],
          ['受理单位', bureauName(facts, demand.orgCode), '受理人', demand.receivingOfficerName],
          [
            '首接部门',
            departmentName(facts, demand.registeringDepartment),
            '外部期限',
            demand.externalDueAt ? timeAt(demand.externalDueAt) : '无',
          ],
          ['类别', word(CATEGORIES, demand.category), '限定可见', demand.restricted ? '是' : '否'],
          ['标题', demand.title],
          ['诉求和意见', maskText(demand.content)],
          ['主办部门', departmentName(facts, demand.hostDepartment) || '尚未派单', '协办部门', codepartments(facts)],
          ['转交时间', timeAt(demand.transferredAt), '送达时间', timeAt(demand.deliveredAt)],
          ['办结期限', limitOf(facts, handling), '办结时间', timeAt(demand.completedAt)],
        ],
      },
      ...(demand.status === 'DEFERRED' ? [] : dayByDay(facts)),
      {
        type: 'table',
        title: '办理过程',
        head: ['时间', '事项', '部门', '经办人', '说明'],
        widths: [19, 17, 18, 10, 36],
        rows: accountOf(facts),
      },
      ...opinions(facts),
      {
        type: 'opinion',
        label: '办理意见',
        ...(demand.publicAnswer
          ? {
              text: `${word(CONCLUSIONS, demand.conclusion)}。${maskText(demand.publicAnswer)}（依据：${demand.policyBasis ?? '未写明'}）`,
              signed: personName(facts, demand.handledBy),
            }
          : {}),
      },
      { type: 'opinion', label: '部门负责人意见' },
      {
        type: 'opinion',
        label: '审核',
        ...(demand.reviewedBy ? { signed: personName(facts, demand.reviewedBy) } : {}),
      },
      {
        type: 'facts',
        rows: [
          [
            '反馈',
            demand.feedbackAt ? `${timeAt(demand.feedbackAt)} ${word(METHODS, demand.feedbackMethod)}` : '',
            '回访',
            demand.visitedAt ? timeAt(demand.visitedAt) : demand.visitRequired === false ? '不用电话回访' : '',
          ],
          ['销号', timeAt(demand.writtenOffAt), '归档号', demand.archiveNumber ?? ''],
        ],
      },
    ];
  },
};

const codepartments = (facts: PaperFacts): string =>
  facts.demand.coDepartments.map((code) => departmentName(facts, code)).join('、') || '无';

/** The limit in the words of where the demand stands: put aside and passed on it has none. */
function limitOf({ demand }: PaperFacts, clock: Deadline | undefined): string {
  if (demand.status === 'DEFERRED') return '不计时（挂账，待条件成熟）';
  if (clock) return dueOf(clock);
  if (demand.path === 'ON_THE_SPOT') return '当场办结';
  return ['DIVERTED', 'NOT_OUR_DUTY'].includes(demand.status) ? '已按法定途径转出' : '送达后起算';
}

/** 协办意见: for the host and whoever files the paper, never for the taxpayer. */
function opinions(facts: PaperFacts): Block[] {
  if (facts.coHandlings.length === 0) return [];
  return [
    {
      type: 'table',
      title: '协办意见（供主办汇总，不对外）',
      head: ['协办部门', '时间', '经办人', '意见'],
      widths: [20, 20, 12, 48],
      rows: facts.coHandlings.map((part) => [
        departmentName(facts, part.department),
        timeAt(part.givenAt ?? part.endedAt),
        part.givenByName ?? part.endedByName ?? '',
        part.opinion
          ? `${maskText(part.opinion)}${part.basis ? `（依据：${part.basis}）` : ''}`
          : part.endedAt
            ? `没有意见；${maskText(part.endReason ?? '协办已收回')}`
            : '还没有提交',
      ]),
    },
  ];
}

/** 逐日: the counted days of the handling clock. */
function dayByDay(facts: PaperFacts): Block[] {
  const clock = clockOf(facts, 'HANDLING');
  if (clock?.unit !== 'WORKING') return [];
  const { days } = facts.calendar.addWorkingDays(clock.startsAt, clock.totalDays + clock.pausedDays, clock.orgCode);
  const counted = days.filter((day) => day.count !== null);
  const off = days.filter((day) => day.count === null);
  const short = (day: string) => `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;
  const text = `${timeAt(clock.startsAt)} 起算，当日不计；${counted.map((day) => `${short(day.date)} 第 ${day.count} 天`).join('，')}${
    off.length > 0 ? `；${off.map((day) => short(day.date)).join('、')} 不上班不计` : ''
  }。`;
  return [{ type: 'facts', rows: [['逐日计算', text]] }];
}
