import type { OrgDirectory } from '../../../modules/org/index.ts';
import { format } from '../../format.ts';
import { CLOCKS } from '../clock-names.ts';

/** What an event kept, as a person reads it: old and new value first, then the rest under Chinese words. */
const WORDS: Record<string, string> = {
  reason: '原因',
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
};
const QUIET = new Set(['from', 'to', 'id', 'tokenId', 'processInstanceKey', 'jobKey']);

export function saidOf(payload: Record<string, unknown>, directory: OrgDirectory): { change: string; rest: string } {
  const value = (item: unknown): string => {
    if (item === null || item === undefined) return '空';
    if (typeof item === 'boolean') return item ? '是' : '否';
    if (Array.isArray(item)) return item.length > 0 ? item.map(value).join('、') : '无';
    if (typeof item === 'object')
      return Object.entries(item)
        .map(([key, inner]) => `${WORDS[key] ?? key} ${value(inner)}`)
        .join('，');
    const text = String(item);
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return format.time(text);
    return (
      directory.department(text)?.name ??
      directory.bureau(text)?.shortName ??
      directory.user(text)?.name ??
      directory.post(text)?.name ??
      CLOCKS[text] ??
      text
    );
  };
  const change =
    payload.from !== undefined && payload.to !== undefined
      ? `${value(payload.from)} → ${value(payload.to)}`
      : payload.from !== undefined
        ? `${value(payload.from)} 起`
        : '';
  const rest = Object.entries(payload)
    .filter(([key]) => !QUIET.has(key))
    .map(([key, item]) => `${WORDS[key] ?? key}：${value(item)}`)
    .join('；');
  return { change, rest };
}
