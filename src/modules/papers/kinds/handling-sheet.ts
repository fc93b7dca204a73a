import { CATEGORIES, CHANNELS, CONCLUSIONS, METHODS, maskText, URGENCIES } from '../../demands/index.ts';
import { eventTitle } from '../../history/index.ts';
import type { Block, PaperFacts, PaperKind } from '../paper.ts';
import { clockOf, departmentName, dueOf, personName, timeAt } from '../words.ts';

const word = (table: Record<string, string>, code: string | null | undefined): string =>
  code ? (table[code] ?? code) : '';

/** What an event adds to the account of the handling. */
const ACCOUNT = [
  'demand.registered',
  'demand.transferred',
  'demand.dispatched',
  'demand.self-handled',
  'demand.delivered',
  'extension.requested',
  'extension.applied',
  'demand.completed',
  'demand.feedback-given',
  'demand.visited',
  'demand.rework-started',
  'demand.written-off',
];

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
          ['首接部门', departmentName(facts, demand.registeringDepartment), '受理人', demand.receivingOfficerName],
          ['类别', word(CATEGORIES, demand.category), '限定可见', demand.restricted ? '是' : '否'],
          ['标题', demand.title],
          ['诉求和意见', maskText(demand.content)],
          ['主办部门', departmentName(facts, demand.hostDepartment) || '尚未派单', '协办部门', codepartments(facts)],
          ['转交时间', timeAt(demand.transferredAt), '送达时间', timeAt(demand.deliveredAt)],
          ['办结期限', handling ? dueOf(handling) : '送达后起算', '办结时间', timeAt(demand.completedAt)],
        ],
      },
      ...dayByDay(facts),
      {
        type: 'table',
        title: '办理过程',
        head: ['时间', '事项', '经办人', '说明'],
        widths: [27, 20, 15, 38],
        rows: facts.events
          .filter((event) => ACCOUNT.includes(event.type))
          .map((event) => [timeAt(event.occurredAt), eventTitle(event.type), event.actorName, noteOf(facts, event)]),
      },
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

function noteOf(facts: PaperFacts, event: PaperFacts['events'][number]): string {
  const payload = event.payload as Record<string, any>;
  switch (event.type) {
    case 'demand.dispatched':
    case 'demand.delivered':
    case 'demand.self-handled':
      return payload.hostDepartment ? `主办 ${departmentName(facts, payload.hostDepartment)}` : '';
    case 'extension.requested':
    case 'extension.applied':
      return payload.requestedDueDate ? `到 ${timeAt(`${payload.requestedDueDate}T00:00:00+08:00`).split(' ')[0]}` : '';
    case 'demand.completed':
      return payload.conclusion ? `结论：${word(CONCLUSIONS, String(payload.conclusion))}` : '';
    case 'demand.feedback-given':
      return word(METHODS, String(payload.method ?? ''));
    case 'demand.rework-started':
      return `第 ${payload.round} 次重办`;
    default:
      return '';
  }
}
