import {
  CATEGORIES,
  CHANNELS,
  CONCLUSIONS,
  EXTENSION_REASONS,
  IMPACTS,
  INTAKE_CHOICES,
  METHODS,
  URGENCIES,
} from '../../../modules/demands/index.ts';

/** Codes of forms and ledger in words, for sentences of the demand page. */

export const SATISFACTIONS: Record<string, string> = {
  VERY_SATISFIED: '非常满意',
  SATISFIED: '满意',
  BASICALLY_SATISFIED: '基本满意',
  DISSATISFIED: '不满意',
  VERY_DISSATISFIED: '非常不满意',
};

export const FEEDBACK_RESULTS: Record<string, string> = {
  DELIVERED: '已送达',
  SMS_SENT: '已发短信',
  UNREACHED: '联系不上',
};

export const EXTENSION_DECISIONS: Record<string, string> = {
  PENDING: '审批中',
  APPROVED: '同意延期',
  REJECTED: '不同意延期',
  RETURNED: '退回补充',
  REFUSED: '按规则不予延期',
  LAPSED: '申请已收回',
};

export const REASON_TYPES: Record<string, string> = EXTENSION_REASONS;

export const DISPATCH_BASES: Record<string, string> = {
  RULE: '采纳规则建议',
  MANUAL: '人工选择',
  SELF: '本部门直接办理',
};

const SUB_CHANNELS: Record<string, string> = {
  DIRECTOR_MAILBOX: '局长信箱',
  TAX_HALL_WINDOW: '窗口',
  INTERACTION_PLATFORM: '征纳互动',
  VISIT: '走访',
  ASSOCIATION: '商会',
};

const PATHS: Record<string, string> = {
  SINGLE: '限时办理',
  JOINT: '联合办理',
  LEVEL_UP: '上报上级',
  LEVEL_DOWN: '转交下级',
  DEFERRAL: '挂账',
  LEGAL_ROUTE: '法定途径',
  RECONSIDERATION: '行政复议',
  MERGED: '并单',
  NOT_OUR_DUTY: '不属职责',
};

const ALL: Record<string, string> = {
  ...PATHS,
  ...SUB_CHANNELS,
  ...METHODS,
  ...FEEDBACK_RESULTS,
  ...EXTENSION_DECISIONS,
  ...REASON_TYPES,
  ...SATISFACTIONS,
  ...DISPATCH_BASES,
  ...URGENCIES,
  ...IMPACTS,
  ...CONCLUSIONS,
  ...INTAKE_CHOICES,
  ...CATEGORIES,
  ...CHANNELS,
};

/** A code in words, from the table it belongs to; without a table, from all of them. */
export const word = (code: unknown, table: Record<string, string> = ALL): string =>
  typeof code === 'string' ? (table[code] ?? ALL[code] ?? '') : '';

/** Names of clocks that read well before “钟”. */
export const CLOCK_DONE: Record<string, string> = {
  TRANSFER: '转交',
  HANDLING: '办结',
  FEEDBACK: '反馈',
  RETURN_VISIT: '回访',
  CO_HANDLING: '协办',
  PROGRESS_NOTICE: '进展告知',
  EXTERNAL_STEP: '外单位跟办',
};
