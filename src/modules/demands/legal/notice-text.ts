import { shanghaiDate } from '../../../kernel/clock.ts';
import type { OrgDirectory } from '../../org/index.ts';
import type { Demand } from '../entities.ts';
import type { LegalFollowUp } from './entities.ts';
import { legalAnswersOf } from './reconsideration.ts';
import { LEGAL_ROUTES, type LegalRoute } from './routes.ts';

const day = (date: string) =>
  `${Number(date.slice(0, 4))}年${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日`;

/** `六安市税务局法制科`: what a taxpayer reads. */
export function receiverName(
  directory: OrgDirectory,
  followUp: Pick<LegalFollowUp, 'receivingDepartment' | 'receivingName'>,
): string {
  const department = followUp.receivingDepartment ? directory.department(followUp.receivingDepartment) : undefined;
  if (!department) return followUp.receivingName ?? '';
  return `${(directory.bureau(department.orgCode)?.name ?? '').replace('国家税务总局', '')}${department.name}`;
}

export interface NoticeParts {
  directory: OrgDirectory;
  demand: Demand;
  followUp: Pick<LegalFollowUp, 'route' | 'receivingDepartment' | 'receivingName'>;
  /** Last day for an application; null when not known. */
  lastDay: string | null;
  applyDays: number;
  examineDays: number;
  /** 清税前置 holds by the law in force (parameter). */
  clearance: boolean;
  now: Date;
}

/**
 * What the taxpayer is told (告知书, M40): what the matter is by law, to whom it has gone and when, until when what has to be done, what else is
 * possible. Never a bare “not ours”, never the text of the demand.
 */
export function noticeText(parts: NoticeParts): string {
  const { followUp, directory, now } = parts;
  const to = receiverName(directory, followUp);
  const date = day(shanghaiDate(now));
  const route = followUp.route as LegalRoute;
  const outside = !followUp.receivingDepartment;
  const tail = '如有疑问请拨打 12366。';
  switch (route) {
    case 'RECONSIDERATION':
      return `${reconsiderationText(parts, to, date, outside)}${tail}`;
    case 'HEARING':
      return `您提出的听证申请已于 ${date} 转${to}，您不用重新提交。是否举行、时间和地点会书面通知您；申请听证不会加重处罚。${tail}`;
    case 'LITIGATION':
      return `您反映的事情依法可以向${to}提起行政诉讼，税务机关不能代为受理；一般应当自知道行政行为之日起六个月内提出，纳税争议须先经行政复议，以现行法为准。${tail}`;
    case 'STATE_COMPENSATION':
      return `您提出的国家赔偿申请已于 ${date} 转${to}，您不用重新提交。受理情况会书面通知您。${tail}`;
    case 'TAX_VIOLATION_REPORT':
      return `您检举的事项已于 ${date} 转${to}，按税收违法行为检举的规定办理并为您保密，您不用重新提交。${tail}`;
    case 'DISCIPLINE_CLUE':
      return `您反映的事项已于 ${date} 转${to}，按规定办理并为您保密，被反映的部门和人员不会看到。${tail}`;
    case 'PETITION':
      return `您反映的事情已进入信访程序，已于 ${date} 转${to}，按信访工作的规定答复您，您不用重新提交。${tail}`;
    case 'INFORMATION_DISCLOSURE':
      return `您申请公开政府信息的事情已于 ${date} 转${to}，按政府信息公开的规定答复您，您不用重新提交。${tail}`;
    case 'SERVICE_COMPLAINT':
      return `您的纳税服务投诉已经收到，${date} 起按投诉和诉求两者中较短的期限办理，被投诉的部门不会看到您的信息。${tail}`;
    case 'NOT_OUR_DUTY':
      return `您反映的事情不属于税务机关的职责，已于 ${date} 说明理由退回${to === '原渠道' ? '原来的受理渠道' : to}，由其转有权处理的单位；您也可以拨打 12345 反映。${tail}`;
    default:
      return `您反映的事情依法应通过${LEGAL_ROUTES[route]}办理，已于 ${date} 转${to}。${tail}`;
  }
}

function reconsiderationText(parts: NoticeParts, to: string, date: string, outside: boolean): string {
  const { demand, lastDay, applyDays, examineDays, clearance } = parts;
  const { legalIntent, taxDispute, settlement } = legalAnswersOf(demand);
  const written = legalIntent === 'WRITTEN_RECONSIDERATION';
  const until = lastDay
    ? `申请期限到 ${day(lastDay)}（自知道之日起 ${applyDays} 日，末日不上班的顺延）`
    : `申请期限是自知道之日起 ${applyDays} 日`;
  const how = '书面或者口头都可以提出，不收费用';
  const first = outside
    ? `您反映的事情依法应通过行政复议办理，请向${to}提出；${until}，${how}。`
    : written
      ? `您反映的事情依法应通过行政复议办理，您的申请已于 ${date} 转${to}，您不用重新提交。复议机构收到后 ${examineDays} 个工作日内审查。`
      : `您反映的事情依法应通过行政复议办理，已于 ${date} 转${to}，您不用重新提交。复议机构收到后 ${examineDays} 个工作日内审查；${until}，${how}。`;
  const clear =
    clearance && taxDispute && settlement !== 'PAID' && settlement !== 'SECURED'
      ? '这是纳税争议，须先缴清税款和滞纳金或者提供担保，自缴清或担保确认之日起算，以现行法为准。'
      : '';
  return `${first}${clear}`;
}
