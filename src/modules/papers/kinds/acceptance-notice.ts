import { CATEGORIES } from '../../demands/index.ts';
import type { PaperKind } from '../paper.ts';
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
    const clock = clockOf(facts, 'HANDLING');
    const limit = facts.parameters.number('handle.single.days');
    return [
      { type: 'title', text: '诉求受理告知书' },
      { type: 'number', text: numbered },
      { type: 'addressee', text: salutation(facts) },
      {
        type: 'paragraph',
        text: `您于${dayAt(demand.receivedAt)}反映的诉求（${CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? '其他'}），我局已于${dayAt(demand.registeredAt)}受理登记，编号 ${demand.number}。`,
      },
      {
        type: 'paragraph',
        text: clock
          ? `此件由${departmentName(facts, demand.hostDepartment)}办理，最晚 ${dueOf(clock)} 前办结，办好后 ${facts.parameters.number('feedback.days')} 个工作日内向您反馈。`
          : `我局将在收到转交后 ${limit} 个工作日内办结，办好后 ${facts.parameters.number('feedback.days')} 个工作日内向您反馈。`,
      },
      { type: 'paragraph', text: '情况复杂确需延长的，我局会在到期前告知您原因和新的期限。' },
      { type: 'paragraph', text: `查询办理进度，请拨打 12366，并报受理回执上的查询码。${REMEDY}` },
      { type: 'small', text: `经办单位：${departmentName(facts, demand.registeringDepartment)}　咨询电话：12366` },
      { type: 'signature', unit: bureauName(facts, demand.orgCode), date: dayAt(facts.now) },
    ];
  },
};
