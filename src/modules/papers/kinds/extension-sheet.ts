import { type Extension, METHODS, maskText } from '../../demands/index.ts';
import type { PaperFacts, PaperKind } from '../paper.ts';
import { dayOf, departmentName, personName, timeAt } from '../words.ts';

const REASONS: Record<string, string> = {
  EXTERNAL_UNIT: '等待外部单位',
  COMPLEX_CASE: '情况复杂',
  EVIDENCE: '需要补充材料',
  SYSTEM: '系统原因',
  OTHER: '其他',
};
const DECISIONS: Record<string, string> = { APPROVED: '同意延期。', REJECTED: '不同意延期。', RETURNED: '退回补充。' };
const ROLES: Record<string, string> = { CHIEF: '主要领导', SUPERIOR_CHIEF: '上级主要领导' };

/** The newest application that a person was asked about. */
export const latestExtension = (facts: PaperFacts): Extension | undefined => facts.extensions.at(-1);

/** 延期审批单 (R18, R22): who asked for how long and why, what the leader said, what the taxpayer was told. */
export const extensionSheet: PaperKind = {
  id: 'extension-sheet',
  title: '延期审批单',
  style: 'TABLE',
  permission: 'paper.print',
  refusal: (facts) => (latestExtension(facts) ? undefined : '此件没有申请过延期，没有延期审批单。申请延期后可以打印。'),
  subject: (facts) => latestExtension(facts)?.id ?? '',
  write: (facts) => {
    const extension = latestExtension(facts)!;
    const leader = ROLES[extension.approverRole ?? ''] ?? '分管局领导';
    return [
      { type: 'title', text: '办理期限延期审批单' },
      { type: 'number', text: `编号 ${facts.demand.number}`, right: `申请时间 ${timeAt(extension.requestedAt)}` },
      {
        type: 'facts',
        rows: [
          ['申请部门', departmentName(facts, facts.demand.hostDepartment), '申请人', extension.requestedByName],
          ['诉求', facts.demand.title],
          ['原期限', timeAt(extension.currentDueAt), '申请期限', dayOf(extension.requestedDueDate)],
          [
            '合计工作日',
            `${extension.requestedTotalWorkingDays} 个`,
            '上限',
            extension.cap ? `${extension.cap} 个工作日` : '不设',
          ],
          [
            '到期前提交',
            extension.submittedBeforeDue ? '是' : '否',
            '原因类型',
            REASONS[extension.reasonType ?? ''] ?? '未选',
          ],
          ['原因及材料', maskText(extension.reason)],
        ],
      },
      { type: 'opinion', label: '部门负责人意见' },
      {
        type: 'opinion',
        label: `${leader}意见`,
        ...(extension.decidedBy
          ? {
              text: `${DECISIONS[extension.decision ?? ''] ?? ''}${extension.opinion ? maskText(extension.opinion) : ''}`,
              signed: `${extension.decidedByName}　${timeAt(extension.decidedAt)}`,
            }
          : extension.approverLogin
            ? { text: `待 ${personName(facts, extension.approverLogin)} 审批。` }
            : {}),
      },
      {
        type: 'facts',
        rows: [
          [
            '告知诉求人',
            extension.explainedContent
              ? `${timeAt(extension.explainedAt)} ${METHODS[extension.explainedMethod ?? ''] ?? ''}：${maskText(extension.explainedContent)}`
              : '还没有登记告知',
          ],
        ],
      },
    ];
  },
};
