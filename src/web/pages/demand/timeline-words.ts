import {
  CONTACT_RESULTS,
  DEFERRAL_CATEGORIES,
  legalRouteTitle,
  METHODS,
  maskText,
  RAISE_REASONS,
  REVEAL_FIELDS,
  REVEAL_REASONS,
  SUPPLEMENT_WAYS,
} from '../../../modules/demands/index.ts';
import type { StoredEvent } from '../../../modules/history/index.ts';
import { paperTitle } from '../../../modules/papers/index.ts';
import { LEVELS } from '../../../modules/supervision/index.ts';
import { format } from '../../format.ts';
import { CLOCKS } from '../clock-names.ts';
import { COMPLAINT_KINDS, EXAMINATIONS, RESULT_KINDS, SOURCES } from '../legal/words.ts';
import type { Names } from './names.ts';
import { DISPATCH_BASES, EXTENSION_DECISIONS, FEEDBACK_RESULTS, REASON_TYPES, SATISFACTIONS, word } from './words.ts';

type Payload = Record<string, any>;
type Sentence = (payload: Payload, names: Names) => (string | false | null | undefined)[];

const time = (value: unknown) => (value ? format.short(String(value)) : '');
const day = (value: unknown) => (value ? format.shortDay(String(value)) : '');
const clock = (payload: Payload) =>
  `${CLOCKS[payload.kind] ?? '期限'}${Number(payload.round) > 1 ? `（第 ${payload.round} 轮）` : ''}`;
const listed = (label: string, items: unknown): string | false =>
  Array.isArray(items) && items.length > 0 && `${label} ${items.join('、')}`;
const because = (reason: unknown): string => (reason ? `理由：${maskText(String(reason))}` : '');

const SUPERVISION_WORDS: Record<string, string> = {
  ...LEVELS,
  URGING: '催办',
  REMINDER: '提醒',
};
const MESSAGE_WORDS: Record<string, string> = { SMS: '短信', MAIL: '邮件', IM: '即时消息' };

const SHIFTS: Record<string, string> = { UP: '上报上级', DOWN: '转交下级', BACK: '退回下级' };

/** One sentence per type of event, in parts that may be absent. Ids, hashes and codes stay out: the auditor's page has them. */
const SENTENCES: Record<string, Sentence> = {
  'demand.registered': (p, names) => [
    `${word(p.channel)}，${word(p.category)}`,
    `首接 ${names.department(p.registeringDepartment)}`,
    Array.isArray(p.tags) && p.tags.length > 0 && `标签 ${p.tags.join('、')}`,
    word(p.intakeChoice),
  ],
  'demand.answered-on-the-spot': (p) => [p.basis && `依据 ${p.basis}`],
  'demand.transferred': (p, names) => [`${names.department(p.from)} 转交 ${names.bureau(p.toOrg)}纳服`],
  'demand.dispatched': (p, names) => [
    `主办 ${names.department(p.hostDepartment)}`,
    word(p.basis, DISPATCH_BASES),
    because(p.reason),
  ],
  'demand.self-handled': (p, names) => [`主办 ${names.department(p.hostDepartment)}`],
  'demand.delivered': (p, names) => [`送达 ${names.department(p.hostDepartment)}`, `办结钟从 ${time(p.startsAt)} 起算`],
  'demand.completion-submitted': (p) => [p.conclusion && `结论：${word(p.conclusion)}`],
  'demand.reviewed': (p) => [
    p.decision === 'RETURNED' ? '退回修改' : '审核通过',
    p.opinion && `意见：${maskText(String(p.opinion))}`,
  ],
  'demand.completed': (p) => [p.conclusion && `结论：${word(p.conclusion)}`, `办结时间 ${time(p.completedAt)}`],
  'demand.feedback-given': (p) => [
    word(p.method, METHODS),
    word(p.result, FEEDBACK_RESULTS),
    p.at && `反馈时间 ${time(p.at)}`,
  ],
  'demand.pushed': (p, names) => [`推送 ${names.bureau(p.toOrg)}纳服`],
  'demand.visited': (p) => [p.satisfaction ? word(p.satisfaction, SATISFACTIONS) : '没有取得评价'],
  'demand.rework-started': (p) => [`第 ${p.round} 次重办`, because(p.reason)],
  'demand.level-shifted': (p, names) => [
    `${SHIFTS[p.direction] ?? '移交'}：${names.department(p.from)} → ${names.department(p.hostDepartment)}`,
    `原来一级实际用时 ${p.usedDays} 个工作日`,
    Array.isArray(p.coDepartments) &&
      p.coDepartments.length > 0 &&
      `协办 ${p.coDepartments.map((code: string) => names.department(code)).join('、')}`,
  ],
  'level.shift-requested': (p, names) => [
    `${SHIFTS[p.direction] ?? '移交'} ${names.department(p.to)}`,
    p.late && '超过决定期限',
  ],
  'joint.started': (p, names) => [
    Array.isArray(p.coDepartments) &&
      `协办 ${p.coDepartments.map((code: string) => names.department(code)).join('、')}`,
  ],
  'joint.progress-told': (p) => [word(p.method, METHODS), `告知时间 ${time(p.toldAt)}`],
  'co-handling.delivered': (p, names) => [names.department(p.department), `协办期限 ${time(p.dueAt)}`],
  'co-handling.added': (p, names) => [names.department(p.department), because(p.reason)],
  'co-handling.released': (p, names) => [names.department(p.department), because(p.reason)],
  'co-handling.closed': (p, names) => [
    Array.isArray(p.departments) && p.departments.map((code: string) => names.department(code)).join('、'),
    because(p.reason),
  ],
  'co-handling.opinion-given': (p, names) => [names.department(p.department), '供主办汇总，不对外'],
  'co-handling.asked': (p, names) => [names.department(p.department), `${day(p.replyBy)} 前答复`],
  'co-handling.answered': (p, names) => [names.department(p.department)],
  'external.sent': (p) => [
    maskText(String(p.unit)),
    `文号 ${p.documentNumber}`,
    `跟办日 ${day(p.followUpOn)}`,
    p.paused && '等待期间停钟',
  ],
  'external.followed-up': (p) => [maskText(String(p.unit)), `下次跟办日 ${day(p.followUpOn)}`],
  'external.answered': (p) => [maskText(String(p.unit)), p.documentNumber && `文号 ${p.documentNumber}`],
  'external.closed': (p) => [maskText(String(p.unit)), because(p.reason)],
  'extension.copied': (p, names) => [p.toOrg && `抄送 ${names.bureau(p.toOrg)}纳服`],
  'demand.withdrawal-requested': (p) => [word(p.method, METHODS), because(p.reason)],
  'demand.withdrawn': (p) => [because(p.reason)],
  'demand.return-requested': (p, names) => [
    `原主办 ${names.department(p.department)}`,
    `建议 ${names.department(p.proposedDepartment)}`,
    p.basis && `依据：${maskText(String(p.basis))}`,
  ],
  'demand.return-agreed': (p) => [p.opinion && `意见：${maskText(String(p.opinion))}`],
  'demand.return-rejected': (p, names) => [
    `由 ${names.department(p.department)} 继续办理`,
    p.opinion && `意见：${maskText(String(p.opinion))}`,
  ],
  'demand.redirected': (p, names) => [
    `${names.department(p.from)} 改为 ${names.department(p.hostDepartment)}`,
    because(p.reason),
  ],
  'demand.recategorised': (p) => [
    p.before?.category !== p.category && `${word(p.before?.category)} 改为 ${word(p.category)}`,
    listed(
      '副类',
      p.otherCategories?.map((code: string) => word(code)),
    ),
    listed('标签', p.tags),
    because(p.reason),
  ],
  'demand.raised': (p) => [RAISE_REASONS[p.reason as keyof typeof RAISE_REASONS], `自登记起 ${p.totalAge} 个工作日`],
  'demand.deferral-requested': (p) => [
    DEFERRAL_CATEGORIES[p.category as keyof typeof DEFERRAL_CATEGORIES],
    `复核日 ${day(p.reviewDate)}`,
    because(p.reason),
  ],
  'demand.interim-answered': (p) => [word(p.method, METHODS), p.answer && maskText(String(p.answer))],
  'demand.deferral-decided': (p) => [
    p.decision === 'APPROVED' ? '同意挂账' : '不同意',
    p.opinion && `意见：${maskText(String(p.opinion))}`,
  ],
  'demand.deferred': (p) => [`复核日 ${day(p.reviewDate)}`, p.responsible && `责任人 ${p.responsible}`],
  'demand.deferral-refused': () => ['原办结期限继续有效'],
  'demand.deferral-reviewed': (p) => [
    { RESUME: '恢复办理', REPORT: `已上报 ${p.reportedTo ?? ''}，继续挂账` }[String(p.decision)] ?? '继续挂账',
    p.reviewDate && `下次复核 ${day(p.reviewDate)}`,
    p.progress && maskText(String(p.progress)),
  ],
  'demand.deferral-reported': (p) => [p.reportedTo, p.reportedNumber, p.content && maskText(String(p.content))],
  'demand.deferral-confirmed': (p) => [
    p.confirmed ? '确认继续挂账' : '不再挂账',
    p.opinion && `意见：${maskText(String(p.opinion))}`,
  ],
  'demand.deferral-resumed': (p) => [p.reason && maskText(String(p.reason))],
  'demand.merged': (p) => [`并入 ${p.main}`],
  'demand.absorbed': (p) => [`${p.merged} 并入此件，期限不变`],
  'demand.split': (p) => [Array.isArray(p.into) && `拆成 ${p.into.join('、')}`],
  'demand.anonymised': (p) => [p.why === 'REQUEST' ? '按本人请求删除' : '保存期限已满'],
  'demand.redone': (p, names) => [p.hostDepartment && `由 ${names.department(p.hostDepartment)} 重新办理`, '期限另计'],
  'demand.reopened': (p, names) => [
    `第 ${p.times} 次`,
    `主办 ${names.department(p.hostDepartment)}`,
    because(p.reason),
    p.requirement && `要求：${maskText(String(p.requirement))}`,
  ],
  'demand.write-off-revoked': (p) => [because(p.reason)],
  'demand.supplement-asked': (p) => [
    p.what && maskText(String(p.what)),
    p.purpose && `用途：${maskText(String(p.purpose))}`,
    p.pausesClock ? '停钟' : '不停钟',
  ],
  'demand.supplemented': (p) => [SUPPLEMENT_WAYS[p.via as keyof typeof SUPPLEMENT_WAYS]],
  'demand.contacted': (p) => [
    word(p.method, METHODS),
    CONTACT_RESULTS[p.result as keyof typeof CONTACT_RESULTS],
    p.at && `联系时间 ${time(p.at)}`,
    p.note && maskText(String(p.note)),
  ],
  'legal.requested': (p) => [legalRouteTitle(p.route), SOURCES[p.source], because(p.reason)],
  'legal.opened': (p) => [legalRouteTitle(p.route), SOURCES[p.source]],
  'legal.route-changed': (p) => [`${legalRouteTitle(p.from)} 改为 ${legalRouteTitle(p.to)}`, because(p.reason)],
  'legal.confirmed': (p, names) => [
    legalRouteTitle(p.route),
    `去向 ${p.receivingDepartment ? names.department(p.receivingDepartment) : p.receivingName}`,
    p.applyLastDay && `申请复议到 ${day(p.applyLastDay)}`,
  ],
  'legal.dismissed': (p) => [legalRouteTitle(p.route), because(p.reason)],
  'legal.handed-over': (p, names) => [
    legalRouteTitle(p.route),
    `转 ${p.receivingDepartment ? names.department(p.receivingDepartment) : p.receivingName}`,
  ],
  'legal.acknowledged': (p, names) => [names.department(p.department), p.receiptNumber && `收文号 ${p.receiptNumber}`],
  'legal.complaint-decided': (p) => [
    p.accepted ? '受理' : '不予受理',
    COMPLAINT_KINDS[p.kind],
    p.reason && because(p.reason),
  ],
  'legal.examined': (p) => [EXAMINATIONS[p.examination], because(p.reason)],
  'legal.supplemented': (p) => [p.received ? '已收到补正材料' : '逾期没有补正', p.note && maskText(String(p.note))],
  'legal.decision-extended': (p) => [`延长 ${p.days} 日`, because(p.reason)],
  'legal.result-recorded': (p) => [RESULT_KINDS[p.resultKind], p.resultNumber && `编号 ${p.resultNumber}`],
  'legal.returned': (p) => [legalRouteTitle(p.route), because(p.reason)],
  'unreasonable.proposed': (p) => [p.basis && `依据 ${maskText(String(p.basis))}`, because(p.explanation)],
  'unreasonable.decided': (p) => [p.decision === 'UPHELD' ? '认定不合理' : '不予认定', because(p.opinion)],
  'unreasonable.appealed': (p) => [because(p.reason)],
  'unreasonable.appeal-decided': (p) => [
    p.decision === 'CONFIRMED' ? '维持认定' : '撤销认定，恢复办理',
    because(p.opinion),
  ],
  'demand.written-off': (p) => [p.withdrawn && '按撤回销号', p.remark && maskText(String(p.remark))],
  'demand.voided': (p) => [because(p.reason)],
  'demand.revealed': (p) => [
    REVEAL_FIELDS[p.field as keyof typeof REVEAL_FIELDS] ?? '联系方式',
    `事由：${REVEAL_REASONS[p.reason as keyof typeof REVEAL_REASONS] ?? '未注明'}`,
  ],
  'paper.printed': (p) => [paperTitle(String(p.paper)), p.numbered, p.fullNames && '含完整姓名或号码'],
  'extension.requested': (p) => [
    `申请到 ${day(p.requestedDueDate)}，合计 ${p.requestedTotalWorkingDays} 个工作日`,
    p.reasonType && `原因：${word(p.reasonType, REASON_TYPES)}`,
  ],
  'extension.decided': (p, names) => [
    word(p.decision, EXTENSION_DECISIONS),
    p.opinion && `意见：${maskText(String(p.opinion))}`,
    p.onBehalfOf && `代 ${names.user(p.onBehalfOf)} 审批`,
    p.lateBy !== undefined && `审批滞后${p.lateBy > 0 ? ` ${p.lateBy} 个工作日` : ''}，不计主办逾期`,
  ],
  'extension.applied': (p) => [`到期改为 ${day(p.requestedDueDate)}`],
  'extension.closed': (p) => [word(p.status, EXTENSION_DECISIONS), '原期限不变'],
  'deadline.opened': (p) => [
    clock(p),
    `${p.days} 个工作日，${time(p.dueAt)} 到期${p.provisional ? '（暂定）' : ''}`,
    `从 ${time(p.startsAt)} 起算`,
  ],
  'deadline.extended': (p) => [
    clock(p),
    `${time(p.from)} 改为 ${time(p.to)}，合计 ${p.totalDays} 个工作日`,
    p.reason && maskText(String(p.reason)),
  ],
  'deadline.stopped': (p) => [
    clock(p),
    p.overdue ? (p.overdueDays ? `逾期 ${p.overdueDays} 个工作日` : '逾期，不足 1 个工作日') : '没有逾期',
  ],
  'deadline.paused': (p) => [clock(p), because(p.reason)],
  'deadline.resumed': (p) => [clock(p), `停了 ${p.pausedDays} 个工作日，到期 ${time(p.from)} 改为 ${time(p.to)}`],
  'deadline.recomputed': (p) => [
    clock(p),
    `${time(p.from)} 改为 ${time(p.to)}${p.provisional ? '（暂定）' : ''}`,
    because(p.reason),
  ],
  'deadline.warned': (p) => [clock(p), `通知 ${p.notified} 人`],
  'deadline.overdue': (p) => [clock(p), `通知 ${p.notified} 人`],
  'rules.evaluated': (p) => [RULE_SETS[p.ruleSet] ?? '规则判断', `规则第 ${p.version} 版`],
  'visit.attempted': (p) => [
    `第 ${p.attempt} 次`,
    p.reached ? '接通' : '未接通',
    p.satisfaction && word(p.satisfaction, SATISFACTIONS),
  ],
  'visit.answered': (p) => [p.satisfaction && word(p.satisfaction, SATISFACTIONS), p.changed && '修改过的评价'],
  'demand.rated': (p) => [p.satisfaction && word(p.satisfaction, SATISFACTIONS)],
  'visit.judged': (p) => [p.judgement === 'REWORK' ? '重办' : '解释'],
  'notice.sent': (p) => [
    p.newDueDate && `新期限 ${day(p.newDueDate)}`,
    p.recorded ? '已登记告知诉求人' : '已请主办部门告知诉求人',
  ],
  'message.sent': (p) => [MESSAGE_WORDS[p.channel] ?? '消息', p.what],
  'message.not-sent': (p) => [p.what, p.reason],
  'message.failed': (p) => [p.what, `第 ${p.attempt} 次`, p.reason, p.nextAt && `${time(p.nextAt)} 再发`],
  'message.given-up': (p, names) => [
    p.what,
    p.to && `给 ${names.user(p.to)}`,
    p.reason,
    p.to ? '请当面告诉本人' : '请打电话联系诉求人',
  ],
  'supervision.issued': (p) => [SUPERVISION_WORDS[p.level], p.number, p.rule, because(p.reason)],
  'supervision.raised': (p) => [`改为${SUPERVISION_WORDS[p.level] ?? ''}`, p.number, p.rule, because(p.reason)],
  'supervision.urged': (p) => [SUPERVISION_WORDS[p.level], p.rule],
  'supervision.acknowledged': (p) => [p.number],
  'supervision.accounted': (p) => [p.number, p.finishDay && `完成日 ${day(p.finishDay)}`],
  'supervision.returned': (p) => [p.number, p.evasive && '仍在推诿', because(p.opinion)],
  'supervision.ended': (p) => [p.number, p.reason && `诉求${p.reason}`],
  'supervision.lifted': (p) => [p.number, p.opinion && `意见：${maskText(String(p.opinion))}`],
  'task.acknowledged': (p) => [p.task && `“${p.task}”`],
  'task.urged': (p, names) => [
    p.task && `“${p.task}”`,
    Array.isArray(p.toLogins) && `催 ${p.toLogins.map(names.user).join('、')}`,
  ],
  'feedback.attempted': (p) => [
    word(p.method, METHODS),
    word(p.result, FEEDBACK_RESULTS),
    p.at && `联系时间 ${time(p.at)}`,
  ],
  'demand.restricted': () => ['只有指定岗位可以查看内容'],
};

const RULE_SETS: Record<string, string> = {
  'category-routing': '建议主办部门',
  'on-the-spot': '能否当场办结',
  'extension-approval': '延期由谁审批、可否批准',
  'return-visit-sampling': '要不要电话回访',
};

/** What happened, in a Chinese sentence without codes. Empty where the title says it all. */
export function sentenceOf(event: Pick<StoredEvent, 'type' | 'payload'>, names: Names): string {
  const parts = SENTENCES[event.type]?.(event.payload as Payload, names) ?? [];
  return parts.filter(Boolean).join('；');
}
