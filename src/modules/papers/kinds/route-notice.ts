import { LEGAL_ROUTES, type LegalFollowUp, type LegalRoute, maskText, receiverName } from '../../demands/index.ts';
import type { PaperFacts, PaperKind } from '../paper.ts';
import { bureauName, dayAt, dayOf, departmentName, salutation } from '../words.ts';

const told = (facts: PaperFacts): LegalFollowUp | undefined =>
  facts.followUps.filter((item) => item.confirmedAt && item.noticeContent).at(-1);

const isReconsideration = (item: LegalFollowUp | undefined) => item?.route === 'RECONSIDERATION';

/** 复议途径告知书, and the notice of any other statutory route (R20): what was said when it was confirmed, word for word. */
export const routeNotice: PaperKind = {
  id: 'route-notice',
  title: '法定途径（复议途径）告知书',
  style: 'LETTER',
  permission: 'paper.issue',
  word: '途径告知',
  addressed: true,
  refusal: (facts) =>
    told(facts) ? undefined : '此件没有确认过法定途径。法定途径经指定岗位确认、写明告知内容后可以制发。',
  subject: (facts) => told(facts)?.id ?? '',
  write: (facts, numbered) => {
    const item = told(facts)!;
    const { demand } = facts;
    return [
      {
        type: 'title',
        text: isReconsideration(item)
          ? '行政复议途径告知书'
          : `${LEGAL_ROUTES[item.route as LegalRoute] ?? '法定途径'}告知书`,
      },
      { type: 'number', text: numbered },
      { type: 'addressee', text: salutation(facts) },
      {
        type: 'paragraph',
        text: `您于${dayAt(demand.receivedAt)}反映的诉求（编号 ${demand.number}），现将办理途径告知如下。`,
      },
      { type: 'paragraph', text: maskText(item.noticeContent!) },
      ...(item.applyLastDay
        ? [{ type: 'paragraph' as const, text: `申请期限到 ${dayOf(item.applyLastDay)}，末日不上班的已经顺延。` }]
        : []),
      ...(isReconsideration(item)
        ? [
            {
              type: 'paragraph' as const,
              text: '行政复议期间，行政行为不停止执行，法律另有规定的除外。申请行政复议不收费用。以上期限和条件以现行法为准。',
            },
          ]
        : []),
      {
        type: 'small',
        text: `承接单位：${receiverName(facts.directory, item)}　经办单位：${departmentName(facts, item.confirmDepartment ?? demand.registeringDepartment)}　咨询电话：12366`,
      },
      { type: 'signature', unit: bureauName(facts), date: dayAt(facts.now) },
    ];
  },
};
