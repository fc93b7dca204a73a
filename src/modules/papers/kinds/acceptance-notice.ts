import { CATEGORIES } from '../../demands/index.ts';
import type { PaperFacts, PaperKind } from '../paper.ts';
import { bureauName, clockOf, dayAt, departmentName, dueOf, REMEDY, salutation } from '../words.ts';

/** 受理告知书: that it is registered, by when it will be answered, and how to ask after it. Never the text of the demand. */
export const acceptanceNotice: PaperKind = {
  id: 'acceptance-notice',
  title: '受理告知书',
  style: 'LETTER',
  permission: 'paper.issue',
  word: '受理告知',
  byRegisteringBureau: true,
  addressed: true,
  refusal: ({ demand }) => (demand.status === 'VOIDED' ? '此件已经作废，不再制发告知书。' : undefined),
  write: (facts, numbered) => {
    const { demand } = facts;
    return [
      { type: 'title', text: '诉求受理告知书' },
      { type: 'number', text: numbered },
      { type: 'addressee', text: salutation(facts) },
      {
        type: 'paragraph',
        text: `您于${dayAt(demand.receivedAt)}反映的诉求（${CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? '其他'}），我局已于${dayAt(demand.registeredAt)}受理登记，编号 ${demand.number}。`,
      },
      ...outlook(facts).map((text) => ({ type: 'paragraph' as const, text })),
      { type: 'paragraph', text: `查询办理进度，请拨打 12366，并报受理回执上的查询码。${REMEDY}` },
      { type: 'small', text: `经办单位：${departmentName(facts, demand.registeringDepartment)}　咨询电话：12366` },
      { type: 'signature', unit: bureauName(facts, demand.orgCode), date: dayAt(facts.now) },
    ];
  },
};

/** What becomes of it from here: by when it is answered, or why no day can be named. */
function outlook(facts: PaperFacts): string[] {
  const { demand } = facts;
  const feedback = `办好后 ${facts.parameters.number('feedback.days')} 个工作日内向您反馈。`;
  const longer = '情况复杂确需延长的，我局会在到期前告知您原因和新的期限。';
  const main = facts.events.findLast((event) => event.type === 'demand.merged')?.payload.main;
  if (demand.status === 'MERGED')
    return [`此件与您先前反映的同一事项合并办理${main ? `（编号 ${main}）` : ''}，答复一并给您。`];
  if (demand.status === 'WITHDRAWN') return ['此件已按您的申请撤回，不再办理。'];
  if (demand.path === 'ON_THE_SPOT') return ['此件我局已当场答复。'];
  if (demand.status === 'DEFERRED') return ['此件短期内无法解决，我局已详细记录，待条件成熟时解决；有进展会告知您。'];
  if (['DIVERTED', 'NOT_OUR_DUTY'].includes(demand.status))
    return ['此件依法应通过其他途径办理，我局已经转出并告知您去向，您不用重新提交。'];
  if (facts.followUps.some((item) => item.status === 'AWAITING_CONFIRMATION'))
    return ['此件可能属于法定途径办理的事项，我局确认后会告知您由谁办理、怎样办理。'];
  if (demand.completedAt) return [`此件已于${dayAt(demand.completedAt)}办结，${feedback}`];
  const clock = clockOf(facts, 'HANDLING');
  return [
    clock
      ? `此件由${departmentName(facts, demand.hostDepartment)}办理，最晚 ${dueOf(clock)} 前办结，${feedback}`
      : `承办部门收到转交后 ${facts.parameters.number('handle.single.days')} 个工作日内办结，${feedback}`,
    longer,
  ];
}
