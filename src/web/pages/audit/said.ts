import { roleName } from '../../../modules/access/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  CONCLUSIONS,
  INTAKE_CHOICES,
  REVEAL_FIELDS,
  REVEAL_REASONS,
  statusTitle,
  URGENCIES,
} from '../../../modules/demands/index.ts';
import type { OrgDirectory } from '../../../modules/org/index.ts';
import { format } from '../../format.ts';
import { CLOCKS } from '../clock-names.ts';
import { REASON_TYPES } from '../demand/words.ts';

/** What an event kept, as a person reads it: old and new value first, then the rest under Chinese words. */
const WORDS: Record<string, string> = {
  reason: '原因',
  paper: '文书',
  print: '打印号',
  numbered: '文号',
  fullNames: '含完整信息',
  kind: '期限',
  round: '第几轮',
  days: '工作日',
  totalDays: '合计工作日',
  startsAt: '起点',
  dueAt: '到期',
  at: '时间',
  overdue: '逾期',
  overdueDays: '逾期工作日',
  provisional: '暂定',
  calendarVersion: '日历版本',
  version: '版本',
  moved: '重算期限',
  year: '年份',
  source: '来源',
  title: '任务',
  taskId: '任务号',
  why: '说明',
  ruleSet: '规则集',
  ruleId: '规则',
  hostDepartment: '主办部门',
  departmentCode: '部门',
  coDepartments: '协办部门',
  postCode: '岗位',
  delegate: '受托人',
  principal: '委托人',
  scope: '范围',
  roles: '角色',
  orgCode: '单位',
  left: '离开岗位',
  entered: '担任岗位',
  added: '增加',
  removed: '去掉',
  field: '字段',
  method: '方式',
  result: '结果',
  conclusion: '结论',
  satisfaction: '满意度',
  decision: '决定',
  number: '编号',
  filter: '条件',
  chains: '链',
  events: '记录',
  breaks: '断裂',
  channel: '渠道',
  category: '类别',
  status: '状态',
  count: '件数',
  purpose: '用途',
  tags: '标签',
  receivedAt: '来件时间',
  intakeChoice: '怎么办',
  registeringDepartment: '首次受理部门',
  scopes: '权限',
  expiresAt: '有效到',
  evaluation: '判断号',
  hash: '校验值',
  effectiveFrom: '生效',
  startsOn: '开始',
  toOrg: '转到',
  basis: '依据',
  found: '断裂处',
  anchors: '锚点',
  anchorBreaks: '锚点断裂',
  sessionsEnded: '退出的登录',
  name: '名称',
  date: '日期',
  close: '下班',
  incidentKey: '异常号',
  processId: '流程',
  elementId: '步骤',
  path: '路径',
  attempt: '次',
  reached: '接通',
  resolved: '是否解决',
  completedAt: '办结时间',
  counted: '计入次数',
  extensionId: '延期号',
  newDueDate: '新到期日',
  notice: '告知',
  notified: '通知人数',
  opinion: '意见',
  reasonType: '原因类型',
  recorded: '已登记告知',
  requestedDueDate: '申请到',
  requestedTotalWorkingDays: '申请合计工作日',
  withdrawn: '按撤回',
  attachmentId: '附件号',
  mediaType: '文件类型',
  size: '字节',
  sha256: '内容校验值',
};
/** Codes of the ledger in words. */
const CODES: Record<string, string> = {
  ...CATEGORIES,
  ...CHANNELS,
  ...CONCLUSIONS,
  ...INTAKE_CHOICES,
  ...URGENCIES,
  ...REVEAL_FIELDS,
  ...REVEAL_REASONS,
  RULE: '规则',
  MANUAL: '人工',
  ...REASON_TYPES,
  extension: '延期',
  '*': '全部',
  all: '全库',
};
const QUIET = new Set(['from', 'to', 'id', 'tokenId', 'processInstanceKey', 'jobKey', 'evaluation', 'hash']);

export function saidOf(payload: Record<string, unknown>, directory: OrgDirectory): { change: string; rest: string } {
  const value = (item: unknown, key = ''): string => {
    // The state 办理中 and the clock 办结钟 bear the same code.
    if (key === 'status' && typeof item === 'string') return statusTitle(item);
    if (item === null || item === undefined) return '空';
    if (typeof item === 'boolean') return item ? '是' : '否';
    if (Array.isArray(item)) return item.length > 0 ? item.map((one) => value(one)).join('、') : '无';
    if (typeof item === 'object')
      return Object.entries(item)
        .map(([key, inner]) => `${WORDS[key] ?? key} ${value(inner, key)}`)
        .join('，');
    const text = String(item);
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return format.time(text);
    return (
      directory.department(text)?.name ??
      directory.bureau(text)?.shortName ??
      directory.user(text)?.name ??
      directory.post(text)?.name ??
      CLOCKS[text] ??
      CODES[text] ??
      roleName(text)
    );
  };
  const change =
    payload.from !== undefined && payload.to !== undefined
      ? `${value(payload.from)} → ${value(payload.to)}`
      : payload.from !== undefined
        ? `原 ${value(payload.from)}`
        : '';
  const rest = Object.entries(payload)
    .filter(([key, item]) => !QUIET.has(key) && item !== null && !(Array.isArray(item) && item.length === 0))
    .map(([key, item]) => `${WORDS[key] ?? key}：${value(item, key)}`)
    .join('；');
  return { change, rest };
}
