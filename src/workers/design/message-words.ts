/** A message of the house: its name for people, by what it finds its process, and the variables it brings along. */
export interface MessageWords {
  title: string;
  correlationKey: string;
  brings: readonly string[];
}

const ofDemand = (title: string, ...brings: string[]): MessageWords => ({ title, correlationKey: '=demandId', brings });
const REGISTERED = ['demandId', 'orgCode', 'registeringDepartment', 'intakeChoice'];

/** Every message the house sends to its processes. */
export const MESSAGE_WORDS: Readonly<Record<string, MessageWords>> = {
  'demand-registered': ofDemand('诉求已登记', ...REGISTERED),
  'demand-reopened': ofDemand('诉求重新打开', ...REGISTERED),
  'demand-withdrawn': ofDemand('诉求人撤回'),
  'demand-merged': ofDemand('并入另一件'),
  'demand-split': ofDemand('拆成几件'),
  'demand-redirected': ofDemand('改派'),
  'deadline-warning': ofDemand('期限临近', 'deadlineId', 'deadlineKind'),
  'deadline-passed': ofDemand('期限已过', 'deadlineId', 'deadlineKind'),
  'supervision-due': ofDemand('到督办的级别', 'deadlineId', 'deadlineKind'),
  'supervision-issued': {
    title: '督办已发出',
    correlationKey: '=supervisionId',
    brings: ['supervisionId', 'demandId'],
  },
  'demand-set-aside': ofDemand('诉求不再办理', 'setAsideBecause'),
  'extension-requested': ofDemand('申请延期', 'extensionId'),
  'return-requested': ofDemand('申请退单'),
  'level-shift-requested': ofDemand('上报、下转'),
  'external-step-sent': ofDemand('送外单位', 'externalStepId'),
  'supplement-asked': ofDemand('请求补充材料', 'supplementId'),
  'supplement-given': ofDemand('已补充材料', 'supplementId'),
  'deferral-requested': ofDemand('申请挂账'),
  'deferral-review-due': ofDemand('挂账到复核日'),
  'deferral-confirmation-due': ofDemand('挂账到再确认日'),
  'deferral-resumed': ofDemand('挂账恢复办理'),
  'co-department-added': ofDemand('增加协办', 'coHandlingId', 'coDepartment'),
  'co-department-released': { title: '免去协办', correlationKey: '=coHandlingId', brings: [] },
  'legal-route-requested': ofDemand('提出转法定途径'),
  'legal-route-returned': ofDemand('法定途径退回'),
  'legal-route-handed-over': {
    title: '法定途径已移送',
    correlationKey: '=followUpId',
    brings: ['demandId', 'followUpId', 'legalRoute', 'acknowledged'],
  },
  'legal-examination-passed': { title: '审查期满', correlationKey: '=followUpId', brings: [] },
  'unreasonable-review-requested': {
    title: '提出不合理认定',
    correlationKey: '=reviewId',
    brings: ['demandId', 'reviewId'],
  },
  'unreasonable-review-appealed': {
    title: '申诉不合理认定',
    correlationKey: '=reviewId',
    brings: ['demandId', 'reviewId'],
  },
  'visit-answered': ofDemand('诉求人自己评价了', 'visitReached', 'visitSatisfied'),
  'rated-badly': ofDemand('评价不满意', 'visitReached', 'visitSatisfied'),
  'write-off-revoked': ofDemand('撤销销号'),
};

/** What a process is told of deadlines when it is started by a message. */
export const EXPECTED_MESSAGES: Readonly<Record<string, readonly string[]>> = {
  'demand-registered': ['deadline-warning', 'deadline-passed'],
};
