import { shanghaiDate } from '../../../kernel/clock.ts';
import type { Deadline } from '../../../modules/deadlines/index.ts';
import { CHANNELS, type Demand, type Extension, isDiverted, legalRouteTitle } from '../../../modules/demands/index.ts';
import { format, shortDay } from '../../format.ts';
import { mainClock } from './clocks.ts';
import type { Names } from './names.ts';
import { SATISFACTIONS, word } from './words.ts';

export interface Story {
  soFar: string;
  next: string;
}

interface Told {
  demand: Demand;
  clocks: readonly Deadline[];
  extensions: readonly Extension[];
  /** How often the taxpayer could not be reached. */
  contacts: number;
  names: Names;
  now: Date;
}

/** “到现在为止…下一步”: two sentences that tell a newcomer where the demand stands. */
export const storyOf = (told: Told): Story => ({ soFar: soFar(told), next: nextStep(told) });

/** Says a day once: what happens on the same day follows with “当日”. */
function daySayer() {
  let last = '';
  return (at: Date): string => {
    const day = shanghaiDate(at);
    const said = day === last ? '当日' : shortDay(day);
    last = day;
    return said;
  };
}

function soFar({ demand, extensions, contacts, names }: Told): string {
  const day = daySayer();
  const channel = (CHANNELS[demand.channel as keyof typeof CHANNELS] ?? '').replace(/(纳税服务)?(热线)?(平台)?$/, '');
  const said = [`${day(demand.receivedAt)} ${channel || '其他渠道'}来件，${day(demand.registeredAt)}登记`];
  if (demand.path === 'ON_THE_SPOT' && demand.completedAt) said.push('当场答复并办结');
  else if (demand.dispatchedAt) said.push(`${day(demand.dispatchedAt)}派给${names.department(demand.hostDepartment)}`);
  else if (demand.dispatchBasis === 'SELF') said.push(`由${names.department(demand.hostDepartment)}直接办理`);
  else if (demand.transferredAt) said.push(`${day(demand.transferredAt)}转交纳服汇总`);
  if (contacts > 0) said.push(`联系诉求人未接通 ${contacts} 次`);
  for (const extension of extensions) {
    const to = shortDay(extension.requestedDueDate);
    if (extension.status === 'PENDING') said.push(`${day(extension.requestedAt)}申请延期到 ${to}，等待审批`);
    else if (extension.status === 'APPROVED')
      said.push(`${day(extension.decidedAt ?? extension.requestedAt)}批准延期到 ${to}`);
    else said.push(`${day(extension.decidedAt ?? extension.requestedAt)}延期到 ${to} 的申请没有批准`);
  }
  if (demand.returnCount > 0) said.push(`退单或改派 ${demand.returnCount} 次`);
  if (demand.reopenCount > 0) said.push(`重新打开 ${demand.reopenCount} 次`);
  if (demand.mergedAt) said.push(`${day(demand.mergedAt)}并单`);
  if (demand.splitAt) said.push(`${day(demand.splitAt)}拆单`);
  if (demand.reworkCount > 0) said.push(`诉求人不满意，重办 ${demand.reworkCount} 次`);
  if (demand.completedAt && demand.path !== 'ON_THE_SPOT')
    said.push(
      demand.status === 'AWAITING_REVIEW'
        ? `${day(demand.completedAt)}提交办结，等待审核`
        : `${day(demand.completedAt)}办结${demand.conclusion ? `（${word(demand.conclusion)}）` : ''}`,
    );
  if (demand.feedbackAt && demand.path !== 'ON_THE_SPOT') said.push(`${day(demand.feedbackAt)}向诉求人反馈`);
  if (demand.visitedAt)
    said.push(
      `${day(demand.visitedAt)}回访${demand.satisfaction ? `，${SATISFACTIONS[demand.satisfaction] ?? ''}` : '结束'}`,
    );
  if (demand.withdrawnAt) said.push(`${day(demand.withdrawnAt)}诉求人撤回`);
  if (demand.writtenOffAt) said.push(`${day(demand.writtenOffAt)}对账销号`);
  if (demand.voidedAt) said.push(`${day(demand.voidedAt)}作废`);
  return `${said.join('；')}。`;
}

function nextStep({ demand, clocks, names, now }: Told): string {
  const clock = mainClock(clocks);
  const host = names.department(demand.hostDepartment) || '主办部门';
  const by = clock ? limit(clock, now) : '';
  switch (demand.status) {
    case 'DIVERTED':
      return `${host} 送达告知书${by}；承接单位另行答复。`;
    case 'NOT_OUR_DUTY':
      return `${host} 把去向告知诉求人${by}。`;
    case 'REGISTERED':
      if (demand.legalRoute && demand.transferredAt)
        return `指定岗位确认“${legalRouteTitle(demand.legalRoute)}”${by}。`;
      return `转交纳税服务部门汇总${by}。`;
    case 'AWAITING_DISPATCH':
      return `纳服派单，确定主办部门${by}。`;
    case 'AWAITING_HANDLING':
      return `送达${host}，办结钟从送达起算。`;
    case 'HANDLING':
    case 'REWORK':
      return `${host} 办结${by}。`;
    case 'RETURN_REVIEW':
      return `纳服审核退单，办结期限照走${by}。`;
    case 'DEFERRAL_REVIEW':
      return `审批挂账，批准以前办结期限照走${by}。`;
    case 'DEFERRED':
      return `条件成熟时恢复办理；到复核日由责任人复核${clock ? `（${format.short(clock.dueAt).split(' ')[0]}）` : ''}。`;
    case 'MERGED':
      return '看主件：此件已并单。';
    case 'SPLIT':
      return '看子件：此件已拆单。';
    case 'AWAITING_REVIEW':
      return `${host} 审核办结内容${by}。`;
    case 'AWAITING_FEEDBACK':
      return `${host} 向诉求人反馈${by}。`;
    case 'FED_BACK':
      if (isDiverted(demand)) return '纳服核对签收或送达后销号。';
      return '按抽样规则决定是否电话回访。';
    case 'AWAITING_VISIT':
      return `纳服回访${by}。`;
    case 'AWAITING_WRITE_OFF':
      return '纳服对账销号。';
    case 'WITHDRAWN':
      return '纳服核对撤回并销号。';
    case 'VOIDED':
      return '没有了：此件已作废，编号和记录保留。';
    default:
      return '没有了：此件已经了结。';
  }
}

const limit = (clock: Deadline, now: Date): string =>
  clock.status === 'PAUSED'
    ? '（现在停钟）'
    : now > clock.dueAt
      ? `，已过 ${format.short(clock.dueAt)} 的期限，请尽快`
      : `（${format.short(clock.dueAt)} 前${clock.provisional ? '，暂定' : ''}）`;
