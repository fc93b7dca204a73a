import type { Block, PaperFacts, PaperKind } from '../paper.ts';
import { bureauName, clockOf, dayAt, dayOf, departmentName, dueOf, overdueDays, overdueWords } from '../words.ts';

/** The handling clock as far as it is late and still open. */
function late(facts: PaperFacts): { days: number; due: string } | undefined {
  const clock = clockOf(facts, 'HANDLING');
  if (clock?.status !== 'OPEN') return undefined;
  const days = overdueDays(facts, clock);
  return days === undefined ? undefined : { days, due: dueOf(clock) };
}

const taxService = (facts: PaperFacts): string =>
  facts.directory.taxServiceDepartment(facts.demand.hostOrgCode)?.name ?? '纳税服务部门';

/** Who is in charge of the host department; a vacant post is covered by the chief. */
function leader(facts: PaperFacts): string {
  const { directory, demand, now } = facts;
  const day = new Date(+now + 8 * 3600_000).toISOString().slice(0, 10);
  const holder = directory.holderOf(directory.leaderPostFor(demand.hostDepartment ?? '') ?? '', day);
  const chief = directory.holderOf(directory.leaders(demand.hostOrgCode)?.chiefPost ?? '', day);
  return (holder ?? chief)?.name ?? '分管局领导';
}

const answerDays = (facts: PaperFacts): number => facts.parameters.number('supervision.answer_days');

/** By when the department answers: so many working days as the parameter leaves. */
const replyBy = (facts: PaperFacts): string =>
  dayOf(facts.calendar.addWorkingDays(facts.now, answerDays(facts), facts.demand.hostOrgCode).dueDate);

/** 回执联: what comes back from the department. */
const slip = (facts: PaperFacts, title: string): Block[] => [
  { type: 'cut', title },
  {
    type: 'facts',
    rows: [
      ['件号', facts.demand.number, '承办部门', departmentName(facts, facts.demand.hostDepartment)],
      ['整改说明', ''],
      ['责任人', '', '完成日', ''],
      ['签收', '', '签收日期', ''],
    ],
  },
];

const notLate = '此件没有逾期，不制发催办、督办文书。需要提醒的，请用“催办”。';

/** 催办通知书 (R30): to the host department on the first day past due, copy to the leader in charge. */
export const urgingNotice: PaperKind = {
  id: 'urging-notice',
  title: '催办通知书',
  style: 'LETTER',
  permission: 'paper.supervise',
  word: '催办',
  refusal: (facts) => (late(facts) ? undefined : notLate),
  subject: (facts) => `round-${clockOf(facts, 'HANDLING')?.round ?? 1}`,
  write: (facts, numbered) => {
    const { days, due } = late(facts)!;
    return [
      { type: 'red-head', text: bureauName(facts) },
      { type: 'number', text: numbered },
      { type: 'title', text: '催办通知书' },
      { type: 'addressee', text: `${departmentName(facts, facts.demand.hostDepartment)}：` },
      {
        type: 'paragraph',
        text: `你部门主办的诉求件 ${facts.demand.number}（${facts.demand.title}），应于 ${due} 前办结，${overdueWords(days)}。`,
      },
      {
        type: 'paragraph',
        text: `请立即办理并联系诉求人说明，于${replyBy(facts)}前将办理情况和逾期原因报${taxService(facts)}。`,
      },
      { type: 'copies', text: `抄报：${leader(facts)}` },
      { type: 'signature', unit: taxService(facts), date: dayAt(facts.now) },
      ...slip(facts, '催办回执'),
    ];
  },
};

/** 督办通知书 (R30): from so many working days past due (参数), to department and leader in charge, copy to discipline. */
export const supervisionNotice: PaperKind = {
  id: 'supervision-notice',
  title: '督办通知书',
  style: 'LETTER',
  permission: 'paper.supervise',
  word: '督办',
  refusal: (facts) => {
    const state = late(facts);
    if (!state) return notLate;
    const red = facts.parameters.number('red.after');
    return state.days >= red
      ? undefined
      : `此件${overdueWords(state.days)}，满 ${red} 个工作日起制发督办通知书；现在可以制发催办通知书。`;
  },
  subject: (facts) => {
    const raised = (late(facts)?.days ?? 0) >= facts.parameters.number('escalate.after');
    return `round-${clockOf(facts, 'HANDLING')?.round ?? 1}-${raised ? 'raised' : 'red'}`;
  },
  write: (facts, numbered) => {
    const { days, due } = late(facts)!;
    const red = facts.parameters.number('red.after');
    const raise = facts.parameters.number('escalate.after');
    const raised = days >= raise;
    const level = raised ? `提级督办（逾期满 ${raise} 个工作日）` : `红牌督办（逾期满 ${red} 个工作日）`;
    const discipline =
      facts.directory.departmentsByFunction(facts.demand.hostOrgCode, 'DISCIPLINE')[0]?.name ?? '纪检组';
    return [
      { type: 'red-head', text: bureauName(facts) },
      { type: 'number', text: numbered, right: '签发人：' },
      { type: 'title', text: '督办通知书' },
      { type: 'addressee', text: `${departmentName(facts, facts.demand.hostDepartment)}：` },
      {
        type: 'paragraph',
        text: `你部门主办的诉求件 ${facts.demand.number}（${facts.demand.title}），应于 ${due} 前办结，${overdueWords(days)}。`,
      },
      { type: 'paragraph', text: `督办级别：${level}。依据：时限参数第 ${facts.parameters.version} 版。` },
      {
        type: 'paragraph',
        text: `请于收到本通知 ${answerDays(facts)} 个工作日内提交办结或者书面说明，并于${replyBy(facts)}前将整改情况、责任人报${taxService(facts)}。逾期仍未办结的，予以通报。`,
      },
      { type: 'copies', text: `抄送：${leader(facts)}、${discipline}` },
      { type: 'signature', unit: bureauName(facts), date: dayAt(facts.now) },
      ...slip(facts, '督办回执'),
    ];
  },
};
