import { maskText } from '../../demands/index.ts';
import type { PaperKind } from '../paper.ts';
import { bureauName, clockOf, dayAt, dayOf, departmentName, dueOf, REMEDY, salutation } from '../words.ts';

const granted = (facts: Parameters<PaperKind['write']>[0]) =>
  facts.extensions.filter((extension) => extension.status === 'APPROVED').at(-1);

/** 延期告知书 (R18, R22): the new day and the reason, as approved. */
export const extensionNotice: PaperKind = {
  id: 'extension-notice',
  title: '延期告知书',
  style: 'LETTER',
  permission: 'paper.issue',
  word: '延期告知',
  addressed: true,
  refusal: (facts) => (granted(facts) ? undefined : '此件没有批准的延期。延期批准后可以制发延期告知书。'),
  subject: (facts) => granted(facts)?.id ?? '',
  write: (facts, numbered) => {
    const { demand } = facts;
    const extension = granted(facts)!;
    const clock = clockOf(facts, 'HANDLING');
    return [
      { type: 'title', text: '延长办理期限告知书' },
      { type: 'number', text: numbered },
      { type: 'addressee', text: salutation(facts) },
      {
        type: 'paragraph',
        text: `您于${dayAt(demand.receivedAt)}反映的诉求（编号 ${demand.number}），原定 ${dayAt(extension.currentDueAt)}前办结。`,
      },
      {
        type: 'paragraph',
        text: `因${maskText(extension.explainedContent ?? extension.reason).replace(/[。．.]+$/, '')}，经我局${extension.approverRole === 'DEPUTY_IN_CHARGE' ? '分管局领导' : '主要领导'}批准，办理期限延长至${dayOf(extension.requestedDueDate)}${clock && clock.status === 'OPEN' ? `（${dueOf(clock).split(' ')[1]} 前）` : ''}，合计 ${extension.requestedTotalWorkingDays} 个工作日。`,
      },
      { type: 'paragraph', text: `延期期间我局会继续办理，办好后向您反馈。${REMEDY}` },
      { type: 'small', text: `经办单位：${departmentName(facts, demand.hostDepartment)}　咨询电话：12366` },
      { type: 'signature', unit: bureauName(facts), date: dayAt(facts.now) },
    ];
  },
};
