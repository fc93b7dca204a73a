import { type Extension, METHODS, maskText } from '../../demands/index.ts';
import type { Block, PaperFacts, PaperKind } from '../paper.ts';
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
      ...earlier(facts),
      { type: 'opinion', label: '部门负责人意见' },
      {
        type: 'opinion',
        label: `${leader}意见`,
        ...(extension.decidedBy
          ? {
              text: `${DECISIONS[extension.decision ?? ''] ?? ''}${extension.opinion ? maskText(extension.opinion) : ''}${lateWords(facts, extension)}`,
              signed: `${extension.decidedByName}　${timeAt(extension.decidedAt)}`,
            }
          : extension.status !== 'PENDING'
            ? { text: `${OUTCOMES[extension.status] ?? ''}，没有审批。` }
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

const OUTCOMES: Record<string, string> = {
  APPROVED: '同意',
  REJECTED: '不同意',
  RETURNED: '退回补充',
  REFUSED: '不符合规定',
  LAPSED: '已收回',
};

/** 以前的延期: the leader sees how often and why it was asked for before. */
function earlier(facts: PaperFacts): Block[] {
  const before = facts.extensions.slice(0, -1);
  if (before.length === 0) return [];
  return [
    {
      type: 'table',
      title: `以前的延期（${before.length} 次）`,
      head: ['申请时间', '申请到', '原因', '结果'],
      widths: [22, 18, 40, 20],
      rows: before.map((extension) => [
        timeAt(extension.requestedAt),
        dayOf(extension.requestedDueDate),
        maskText(extension.reason),
        [OUTCOMES[extension.status] ?? '', extension.decidedByName ?? ''].filter(Boolean).join('，'),
      ]),
    },
  ];
}

/** 审批滞后 (R18 ⑤): asked for in time, decided after the day it was due. */
function lateWords(facts: PaperFacts, extension: Extension): string {
  const { decidedAt, currentDueAt, submittedBeforeDue } = extension;
  if (!submittedBeforeDue || !decidedAt || decidedAt <= currentDueAt) return '';
  const days = facts.calendar.countWorkingDays(currentDueAt, decidedAt, facts.demand.hostOrgCode);
  return `（审批滞后${days > 0 ? ` ${days} 个工作日` : ''}，不计主办逾期）`;
}
