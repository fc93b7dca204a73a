/** The fixed words of the ledger: code in data, Chinese for people. Sources: policy P3.1, P3.2 and the glossary. */

export const CATEGORIES = {
  POLICY: '政策落实类',
  ENFORCEMENT: '执法规范类',
  SERVICE: '纳税服务类',
  INFORMATION: '信息化建设类',
  LEGAL_REMEDY: '法律救济类',
  OTHER: '其他',
} as const;

export const CHANNELS = {
  HOTLINE_12366: '12366纳税服务热线',
  PLATFORM_12366: '12366纳税服务平台',
  TAX_WEBSITE: '税务网站',
  HOTLINE_12345: '12345热线平台',
  OTHER: '其他渠道',
} as const;

export const TAXPAYER_TYPES = {
  ENTERPRISE: '企业',
  INDIVIDUAL_BUSINESS: '个体工商户',
  NATURAL_PERSON: '自然人',
  ASSOCIATION: '协会商会',
  ANONYMOUS: '匿名',
  AGENT: '代理人',
} as const;

export const INTAKE_CHOICES = {
  ON_THE_SPOT: '当场答复',
  SELF: '本部门直接办理',
  COMPLEX: '情况复杂',
  OTHER_DEPARTMENT: '涉及其他部门',
} as const;

export const CONCLUSIONS = {
  RESOLVED: '解决',
  EXPLAINED: '解释',
  PARTIALLY_RESOLVED: '部分解决',
  WITHDRAWN: '撤回',
  OTHER: '其他',
  DIVERTED: '分流',
  NOT_OUR_DUTY: '不属职责',
  UNREASONABLE: '不合理诉求',
} as const;

/** Why an extension is asked for, as a taxpayer may read it. */
export const EXTENSION_REASONS = {
  EXTERNAL_UNIT: '等待外部单位',
  COMPLEX_CASE: '情况复杂',
  EVIDENCE: '需要补充材料',
  SYSTEM: '系统原因',
  OTHER: '其他',
} as const;

export const URGENCIES = { NORMAL: '普通', URGENT: '紧急', CRITICAL: '特急' } as const;
export const IMPACTS = { SINGLE: '个体', SEVERAL: '多户', INDUSTRY: '行业' } as const;

/** States of the main line and its branches (需求手册“状态名”); `outside` is the only word a taxpayer sees. */
export const STATUSES = {
  REGISTERED: { title: '已受理登记', outside: '已受理' },
  AWAITING_DISPATCH: { title: '待分派', outside: '已受理' },
  AWAITING_HANDLING: { title: '待办理', outside: '办理中' },
  HANDLING: { title: '办理中', outside: '办理中' },
  REPORTED_UP: { title: '已上报上级', outside: '办理中' },
  SENT_DOWN: { title: '已转交下级', outside: '办理中' },
  AWAITING_REVIEW: { title: '待审核', outside: '办理中' },
  AWAITING_FEEDBACK: { title: '已办结待反馈', outside: '办理中' },
  FED_BACK: { title: '已反馈', outside: '已答复' },
  AWAITING_VISIT: { title: '待回访', outside: '已答复' },
  AWAITING_WRITE_OFF: { title: '待销号', outside: '已答复' },
  REWORK: { title: '重办中', outside: '办理中' },
  RETURN_REVIEW: { title: '退单待审', outside: '办理中' },
  DEFERRAL_REVIEW: { title: '挂账审批中', outside: '办理中' },
  DEFERRED: { title: '挂账（待条件成熟）', outside: '已记录，待条件成熟' },
  MERGED: { title: '已并单', outside: '办理中' },
  SPLIT: { title: '已拆单', outside: '办理中' },
  DIVERTED: { title: '已转法定途径', outside: '已转法定途径' },
  NOT_OUR_DUTY: { title: '不属职责，已退回原渠道', outside: '已转法定途径' },
  WITHDRAWN: { title: '已撤回', outside: '已办结' },
  WRITTEN_OFF: { title: '已销号', outside: '已办结' },
  VOIDED: { title: '已作废', outside: '已办结' },
} as const;

/** How somebody is told or asked. */
export const METHODS: Readonly<Record<string, string>> = {
  PHONE: '电话',
  SMS: '短信',
  IN_PERSON: '当面',
  PLATFORM: '原渠道平台',
  LETTER: '书面',
  ON_THE_SPOT: '当场',
  OTHER: '其他方式',
};

export type Category = keyof typeof CATEGORIES;
export type Channel = keyof typeof CHANNELS;
export type DemandStatus = keyof typeof STATUSES;
export type IntakeChoice = keyof typeof INTAKE_CHOICES;

export const statusTitle = (status: string): string => STATUSES[status as DemandStatus]?.title ?? status;
/** Over and done with on the demand's own page; what a merged or split demand said goes on in another one. */
export const CLOSED_STATUSES: readonly DemandStatus[] = ['WRITTEN_OFF', 'VOIDED', 'MERGED', 'SPLIT'];
export const OPEN_STATUSES = (Object.keys(STATUSES) as DemandStatus[]).filter((s) => !CLOSED_STATUSES.includes(s));
export const isClosed = (demand: { status: string }): boolean =>
  (CLOSED_STATUSES as readonly string[]).includes(demand.status);

/** 挂账类别 (R19). */
export const DEFERRAL_CATEGORIES = {
  POLICY_SUGGESTION: '政策建议',
  SYSTEM_OPTIMISATION: '系统优化',
  OTHER_APPROVED: '其他经批准',
} as const;
