import type { PaperFacts, PaperKind } from '../paper.ts';
import { bureauName, clockOf, dayAt, departmentName, dueOf, REMEDY, salutation } from '../words.ts';

/** 转办告知书 (R14, R23): to whom it has gone and by when they answer. */
export const transferNotice: PaperKind = {
  id: 'transfer-notice',
  title: '转办告知书',
  style: 'LETTER',
  permission: 'paper.issue',
  word: '转办告知',
  byRegisteringBureau: true,
  addressed: true,
  refusal: ({ demand }) =>
    demand.hostDepartment && demand.hostDepartment !== demand.registeringDepartment
      ? undefined
      : '此件还没有转给其他部门办理。派单或者转交上级、下级后可以制发转办告知书。',
  subject: ({ demand }) => demand.hostDepartment ?? '',
  write: (facts, numbered) => {
    const { demand } = facts;
    const clock = clockOf(facts, 'HANDLING');
    return [
      { type: 'title', text: '诉求转办告知书' },
      { type: 'number', text: numbered },
      { type: 'addressee', text: salutation(facts) },
      {
        type: 'paragraph',
        text: `您于${dayAt(demand.receivedAt)}反映的诉求（编号 ${demand.number}），按照职责分工，已于${dayAt(demand.deliveredAt ?? demand.dispatchedAt)}转${where(facts)}办理，您不用重新提交。`,
      },
      {
        type: 'paragraph',
        text: `${clock ? `承办单位最晚 ${dueOf(clock)} 前办结` : '承办单位将按规定期限办结'}，办好后 ${facts.parameters.number('feedback.days')} 个工作日内由其向您反馈。`,
      },
      { type: 'paragraph', text: REMEDY },
      { type: 'small', text: `转办单位：${departmentName(facts, demand.registeringDepartment)}　咨询电话：12366` },
      { type: 'signature', unit: bureauName(facts, demand.orgCode), date: dayAt(facts.now) },
    ];
  },
};

/** The bureau is named where it is another one. */
function where({ demand, directory }: PaperFacts): string {
  const department = directory.department(demand.hostDepartment ?? '')?.name ?? '';
  return demand.hostOrgCode === demand.orgCode
    ? `我局${department}`
    : `${directory.bureau(demand.hostOrgCode)?.name ?? ''}${department}`;
}
