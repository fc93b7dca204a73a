/** Every event a timeline can show: its Chinese title, whether a milestone, whether the taxpayer may see it. Other modules add lines here. */
export interface EventType {
  title: string;
  milestone?: boolean;
  /** Concerns contact with the taxpayer (对外). */
  outside?: boolean;
}

export const EVENT_TYPES: Record<string, EventType> = {
  'demand.registered': { title: '受理登记', milestone: true, outside: true },
  'demand.answered-on-the-spot': { title: '当场办结并反馈', milestone: true, outside: true },
  'demand.transferred': { title: '转交纳服汇总', milestone: true },
  'demand.dispatched': { title: '纳服派单', milestone: true },
  'demand.self-handled': { title: '本部门直接办理', milestone: true },
  'demand.delivered': { title: '送达承办部门', milestone: true },
  'demand.completion-submitted': { title: '提交办结' },
  'demand.reviewed': { title: '办结审核' },
  'demand.completed': { title: '办结', milestone: true },
  'demand.feedback-given': { title: '反馈诉求人', milestone: true, outside: true },
  'demand.pushed': { title: '推送纳服' },
  'demand.visited': { title: '回访结束', milestone: true, outside: true },
  'demand.rework-started': { title: '转重办', milestone: true },
  'demand.withdrawal-requested': { title: '诉求人撤回申请', outside: true },
  'demand.withdrawn': { title: '撤回', milestone: true, outside: true },
  'demand.written-off': { title: '对账销号', milestone: true },
  'demand.voided': { title: '作废', milestone: true },
  'demand.revealed': { title: '查看敏感信息' },
  'demand.supplemented': { title: '补充材料', outside: true },
  'extension.requested': { title: '申请延期', milestone: true },
  'extension.decided': { title: '延期审批', milestone: true },
  'extension.applied': { title: '延期生效', milestone: true },
  'extension.closed': { title: '延期未获批准' },
  'deadline.opened': { title: '期限起算' },
  'deadline.extended': { title: '期限延长' },
  'deadline.stopped': { title: '期限停止' },
  'deadline.paused': { title: '停钟' },
  'deadline.resumed': { title: '恢复计时' },
  'deadline.recomputed': { title: '期限重算' },
  'deadline.warned': { title: '临期提醒' },
  'deadline.overdue': { title: '逾期' },
  'rules.evaluated': { title: '规则判断' },
  'visit.attempted': { title: '回访登记', outside: true },
  'visit.judged': { title: '判定重办或解释' },
  'notice.sent': { title: '告知诉求人', outside: true },
  'task.opened': { title: '任务产生' },
  'task.completed': { title: '任务完成' },
  'task.assigned': { title: '任务改派' },
  'calendar.published': { title: '发布日历', milestone: true },
  'calendar.closure-added': { title: '临时停班', milestone: true },
  'org.changed': { title: '组织人员变更' },
  'delegation.created': { title: '设置代理' },
  'delegation.revoked': { title: '收回代理' },
  'rules.published': { title: '发布规则', milestone: true },
  'process.deployed': { title: '部署流程', milestone: true },
  'ledger.exported': { title: '导出台账' },
};

export const eventTitle = (type: string): string => EVENT_TYPES[type]?.title ?? type;
