import { type LocalDate, shanghaiDate, shanghaiTime } from '../../kernel/clock.ts';
import type { Deadline } from '../deadlines/index.ts';
import type { Advice, Work } from './context.ts';
import type { Demand } from './entities.ts';
import { extensionFacts } from './facts/extension-facts.ts';
import { currentClock } from './trace.ts';

/** A working day that may be asked for, and the total it makes. */
export interface LegalDate {
  date: LocalDate;
  totalDays: number;
  provisional: boolean;
}

export interface ExtensionOutlook {
  clock: Deadline;
  /** The days that may be asked for, nearest first; empty when nothing may. */
  dates: LegalDate[];
  /** The last of them. */
  latest: LegalDate | null;
  cap: number | null;
  /** Why nothing may be asked for; null when something may. */
  refusal: string | null;
  approverRole: string | null;
  approverLogin: string | null;
  ruleVersion: number;
}

/** A joint handling has no fixed cap: that many days ahead are offered, later ones are asked for by date. */
const MOST_OFFERED = 10;

/** How far the handling clock may still be extended (还能延到), as the rule set `extension-approval` sees it today. Null when no handling clock runs. */
export async function extensionOutlook(work: Work, demand: Demand): Promise<ExtensionOutlook | null> {
  const clock = await currentClock(work, demand, 'HANDLING');
  if (!clock) return null;
  const first = await judge(work, demand, clock, { totalDays: clock.totalDays + 1 });
  const cap = typeof first.outcome.cap === 'number' ? first.outcome.cap : null;
  const allowed = first.outcome.allowed === true;
  const most = allowed ? Math.min(cap ?? clock.totalDays + MOST_OFFERED, clock.totalDays + MOST_OFFERED) : 0;
  const dates: LegalDate[] = [];
  for (let total = clock.totalDays + 1; total <= most; total += 1) dates.push(legalDate(work, clock, total));
  return {
    clock,
    dates,
    latest: allowed && cap ? legalDate(work, clock, cap) : (dates[dates.length - 1] ?? null),
    cap,
    refusal: allowed ? null : refusalOf(String(first.outcome.reasonCode), { work, clock, cap, totalDays: null }),
    approverRole: typeof first.outcome.approverRole === 'string' ? first.outcome.approverRole : null,
    approverLogin: typeof first.outcome.approverLogin === 'string' ? first.outcome.approverLogin : null,
    ruleVersion: first.version,
  };
}

/** What the rules would say to an application for `totalDays` made now. */
export async function judge(
  work: Work,
  demand: Demand,
  clock: Deadline,
  application: { totalDays: number; explained?: boolean; reasonType?: string | null },
): Promise<Advice> {
  const facts = await extensionFacts(work, demand, {
    currentTotalWorkingDays: clock.totalDays,
    requestedTotalWorkingDays: application.totalDays,
    submittedBeforeDue: work.clock.now() <= clock.dueAt,
    explained: application.explained ?? true,
    requestedBy: work.actor.login,
    reasonType: application.reasonType ?? 'OTHER',
  });
  return work.advise('extension-approval', facts, shanghaiDate(demand.registeredAt));
}

function legalDate(work: Work, clock: Deadline, totalDays: number): LegalDate {
  const due = work.calendar.addWorkingDays(clock.startsAt, totalDays + clock.pausedDays, clock.orgCode);
  return { date: due.dueDate, totalDays, provisional: due.provisional };
}

/** The field of the form a refusal concerns. */
export const REFUSED_FIELD: Record<string, string> = {
  EXPLANATION_REQUIRED: '/noticeContent',
  REASON_TYPE_REQUIRED: '/reasonType',
};

/** A refusal of the rules in words: what is the matter and what to do instead. */
export function refusalOf(
  reasonCode: string,
  about: { work: Work; clock: Deadline; cap: number | null; totalDays: number | null; date?: LocalDate },
): string {
  const { work, clock, cap } = about;
  const dueIn = (total: number) => moment(work.calendar.addWorkingDays(clock.startsAt, total, clock.orgCode).dueAt);
  switch (reasonCode) {
    case 'CAP_EXCEEDED':
    case 'SOFT_CAP_EXCEEDED': {
      const whose = reasonCode === 'CAP_EXCEEDED' ? '单部门上限' : '联合办理首次申请的上限';
      const asked =
        about.date && about.totalDays
          ? `申请到 ${Number(about.date.slice(5, 7))}月${Number(about.date.slice(8))}日，合计 ${about.totalDays} 个工作日，超过${whose} ${cap} 个工作日。`
          : `已合计 ${clock.totalDays} 个工作日，到了${whose} ${cap} 个工作日，不能再延期。`;
      return cap && cap > clock.totalDays ? `${asked}最晚可申请到 ${dueIn(cap)}。` : asked;
    }
    case 'SUBMITTED_AFTER_DUE':
      return `此件已在 ${moment(clock.dueAt)} 到期，现在延期不能消除逾期记录。请先办理；需要说明情况的，在办理措施里写明逾期原因。`;
    case 'EXTENSION_LIMIT_REACHED':
      return '单部门办理的延期次数已经用完，不能再次申请。请在现有期限内办结；确有困难的，请与纳税服务部门商量。';
    case 'EXPLANATION_REQUIRED':
      return '还没有登记“已向诉求人说明原因”。联合办理的延期，登记告知后新期限才生效。';
    case 'REASON_TYPE_REQUIRED':
      return '申请的时长超过联合办理的建议时长，请选原因类型。';
    case 'NOT_LONGER_THAN_CURRENT':
      return `申请的日期不晚于现在的到期日 ${moment(clock.dueAt)}，不用延期。请选更晚的工作日。`;
    case 'NO_APPROVER':
      return '现在没有可以审批延期的领导（岗位空缺或应当回避）。请联系系统管理员先指定审批人。';
    default:
      return '此件不按办结期限办理，不能申请延期。';
  }
}

const moment = (at: Date): string => {
  const day = shanghaiDate(at);
  return `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8))}日 ${shanghaiTime(at)}`;
};
