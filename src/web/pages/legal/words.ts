/** States and results of statutory routes in words. */

export const FOLLOW_UP_STATUSES: Record<string, string> = {
  REQUESTED: '要求转出',
  AWAITING_CONFIRMATION: '等确认',
  HANDED_OVER: '已移送，等签收',
  ACKNOWLEDGED: '承接单位已签收',
  CLOSED: '已了结',
  RETURNED: '已退回普通流程',
  DISMISSED: '不是法定途径',
};

export const SOURCES: Record<string, string> = { REGISTRATION: '登记时', DISPATCH: '派单时', HANDLING: '办理中' };

export const EXAMINATIONS: Record<string, string> = {
  ACCEPTED: '受理',
  DEEMED_ACCEPTED: '视为受理（期满没有不予受理决定）',
  REJECTED: '不予受理',
  SUPPLEMENT: '通知补正',
  NOT_APPLIED: '没有提出申请',
};

export const COMPLAINT_KINDS: Record<string, string> = {
  CONDUCT: '服务言行',
  QUALITY: '服务质效',
  INFRINGEMENT: '侵害权益',
};

export const RESULT_KINDS: Record<string, string> = {
  MAINTAINED: '维持',
  REVOKED: '撤销',
  CHANGED: '变更',
  CONFIRMED_ILLEGAL: '确认违法',
  SETTLED: '调解、和解',
  TERMINATED: '终止',
  HANDLED: '已按规定办理',
  NOT_ESTABLISHED: '查不属实',
  TOLD: '已告知',
  OTHER: '其他',
};

export const FOLLOW_UP_CLOCKS: Record<string, string> = {
  LEGAL_ACKNOWLEDGEMENT: '签收',
  LEGAL_EXAMINATION: '受理审查',
  LEGAL_DECISION: '决定、答复',
};
