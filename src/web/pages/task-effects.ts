import type { Deadline } from '../../modules/deadlines/index.ts';
import { type Demand, type Extension, parameterFacts, roundOf } from '../../modules/demands/index.ts';
import { countedAttempts, visitsOf } from '../../modules/feedback/index.ts';
import type { Task } from '../../modules/tasks/index.ts';
import { format } from '../format.ts';
import type { Unit } from '../house.ts';

export interface Effect {
  button: string;
  sentence: string;
}

interface Known {
  demand: Demand | null;
  clock: Deadline | undefined;
  extension: Extension | null;
}

/** `11月30日 周一 17:30` */
export const dueText = (due: { dueAt: Date; dueDate: string; provisional: boolean }): string =>
  `${format.shortDay(due.dueDate)} ${format.weekday(due.dueDate)} ${format.short(due.dueAt).split(' ')[1]}${due.provisional ? '（暂定）' : ''}`;

/** What the button does, with the real dates, said before it is pressed. */
export async function effectOf(unit: Unit, task: Task, known: Known): Promise<Effect> {
  const { demand } = known;
  const make = demand ? EFFECTS[task.formId ?? ''] : undefined;
  return make && demand
    ? make(unit, { ...known, demand })
    : { button: '提交', sentence: '点“提交”后：流程走到下一步。' };
}

type Make = (unit: Unit, known: Known & { demand: Demand }) => Promise<Effect> | Effect;

const after = (unit: Unit, from: Date, days: number, demand: Demand) =>
  dueText(unit.calendar.addWorkingDays(from, days, demand.hostOrgCode));

const EFFECTS: Record<string, Make> = {
  async 'dispatch-demand'(unit, { demand }) {
    const days = (await unit.parameters(parameterFacts(demand))).number('handle.single.days');
    return {
      button: '派单',
      sentence: `点“派单”后：主办部门立即收到；办结期限从送达起算 ${days} 个工作日，现在派出的到 ${after(unit, unit.clock.now(), days, demand)}，不从签收起算。`,
    };
  },
  async 'handle-demand'(unit, { demand }) {
    const parameters = await unit.parameters(parameterFacts(demand));
    const feedback = after(unit, unit.clock.now(), parameters.number('feedback.days'), demand);
    return {
      button: '提交办结',
      sentence:
        parameters.number('handle.review') > 0
          ? `点“提交办结”后：交部门负责人审核；审核通过的，办结时间按此刻算，${feedback} 前要向诉求人反馈。`
          : `点“提交办结”后：办结时间记为此刻；${feedback} 前要向诉求人反馈。`,
    };
  },
  async 'review-completion'(unit, { demand, clock }) {
    const submitted = demand.completedAt ?? unit.clock.now();
    const days = (await unit.parameters(parameterFacts(demand))).number('feedback.days');
    return {
      button: '提交审核',
      sentence: `点“审核通过”后：办结时间按提交时刻 ${format.short(submitted)} 算，${after(unit, submitted, days, demand)} 前要向诉求人反馈。点“退回修改”后：继续办理，期限仍是 ${clock ? dueText(clock) : '原期限'}。`,
    };
  },
  'give-feedback'(unit, { demand }) {
    const to = unit.directory.taxServiceDepartment(demand.hostOrgCode)?.name ?? '纳税服务部门';
    return {
      button: '登记反馈',
      sentence: `点“登记反馈”后：反馈钟停在反馈的时间，结果同时推送${to}；符合抽样规则的转回访。`,
    };
  },
  'approve-extension'(_unit, { extension, clock }) {
    if (!extension) return { button: '提交审批', sentence: '这份申请已经办结或收回，不用再审批。' };
    const to = `${format.shortDay(extension.requestedDueDate)} ${format.short(clock?.dueAt ?? extension.currentDueAt).split(' ')[1]}`;
    return {
      button: '同意延期',
      sentence: `点“同意延期”后：到期时间由 ${format.short(extension.currentDueAt)} 改为 ${to}（合计 ${extension.requestedTotalWorkingDays} 个工作日），并由主办部门在工作时间内告知诉求人原因。`,
    };
  },
  async 'conduct-return-visit'(unit, { demand }) {
    const visits = await visitsOf(unit, demand.id, roundOf(demand));
    const most = (await unit.parameters(parameterFacts(demand))).number('visit.max_attempts');
    return {
      button: '保存回访',
      sentence: `点“保存回访”后：满意的转对账销号；不满意的将生成待判定：重办或解释。未接通的记一次，换个半天再联系；已有 ${countedAttempts(visits)}/${most} 次，满 ${most} 次如实记为“联系不上”，不计为满意。`,
    };
  },
  async 'judge-dissatisfaction'(unit, { demand }) {
    const parameters = await unit.parameters(parameterFacts(demand));
    const [days, most] = [parameters.number('rework.days'), parameters.number('rework.max')];
    return {
      button: '提交判定',
      sentence:
        demand.reworkCount >= most
          ? `已经重办 ${demand.reworkCount} 次，达到上限 ${most} 次，不能再选“重办”。选“解释”后：转对账销号。`
          : `选“重办”后：办结钟重新起算 ${days} 个工作日，到 ${after(unit, unit.clock.now(), days, demand)}（第 ${demand.reworkCount + 1} 次重办，最多 ${most} 次）。选“解释”后：转对账销号。`,
    };
  },
  'confirm-legal-route': () => ({
    button: '提交确认',
    sentence:
      '点“提交确认”后：移送的，办结期限到此为止，承接单位当日签收，1 个工作日内送达告知书；不是法定途径的，按普通件办理；改了途径的，由那个途径的岗位再确认。',
  }),
  'decide-unreasonable': () => ({
    button: '提交认定',
    sentence:
      '点“认定不合理”后：主办可以按不合理诉求办结，并告知诉求人可以申诉。点“不予认定”后：主办继续办理，期限不变。',
  }),
  'decide-appeal': () => ({
    button: '提交复核',
    sentence: '点“维持认定”后：意见告知诉求人。点“撤销认定”后：由纳服重新办理。',
  }),
  'decide-complaint': () => ({
    button: '提交决定',
    sentence: '点“提交决定”后：投诉与诉求一并办理，两个期限取较短的；被投诉的部门看不到这一件。',
  }),
  'acknowledge-hand-over': () => ({
    button: '提交',
    sentence: '点“提交”后：签收的记入台账并开始跟踪；退回的，诉求件回到派单，自今天起另计 5 个工作日。',
  }),
  'examine-reconsideration': () => ({
    button: '提交审查',
    sentence: '点“提交审查”后：受理的自收到之日起算决定期限；退回的，诉求件回到派单，自今天起另计 5 个工作日。',
  }),
  'record-supplement': () => ({
    button: '提交',
    sentence: '点“提交”后：收到补正的，审查期限重新起算；没有补正的，跟踪了结。',
  }),
  'record-legal-result': () => ({
    button: '回填结果',
    sentence: '点“回填结果”后：结果编号记入台账，跟踪了结；选延长的，决定期限顺延一次。',
  }),
  async 'review-return'(unit, { demand }) {
    const days = (await unit.parameters(parameterFacts(demand))).number('handle.single.days');
    return {
      button: '提交审核',
      sentence: `点“同意退单”后：回到派单台重新派单，新的主办部门自收到起另计 ${days} 个工作日。点“驳回并审定派单”后：由原主办继续办理，期限一直在走，不能再退。`,
    };
  },
  'approve-deferral': () => ({
    button: '提交审批',
    sentence:
      '点“同意挂账”后：办结期限停止，记入挂账台账，到复核日由责任人复核；不计办结，也不计逾期。点“不同意”后：由主办继续办理，原期限不变。',
  }),
  async 'review-deferral'(unit, { demand }) {
    const parameters = await unit.parameters(parameterFacts(demand));
    return {
      button: '提交复核',
      sentence: `选“继续挂账”后：到下次复核日（最多 ${parameters.number('defer.review.calendar_days')} 个自然日）再复核。选“恢复办理”后：送回主办部门，办结期限自送达重新起算 ${parameters.number('handle.single.days')} 个工作日。`,
    };
  },
  'confirm-deferral': () => ({
    button: '提交',
    sentence: '点“确认继续挂账”后：可以再挂一年，仍按复核日复核。点“不再挂账”后：送回主办部门，办结期限重新起算。',
  }),
  'write-off': () => ({
    button: '销号',
    sentence: '点“销号”后：状态改为“已销号”并归档，不再计时；编号、页面和全部经过保留。',
  }),
  'write-off-withdrawn': () => ({
    button: '销号',
    sentence: '点“销号”后：按诉求人撤回归档，不再计时；编号、页面和全部经过保留。',
  }),
};
