import type { LocalDate } from '../../../kernel/clock.ts';
import { dayInWords } from '../context.ts';
import type { Delegation, OrgDirectory } from '../directory.ts';
import { type ApprovalSubject, type ApproverStep, isVacant, kindOf } from './ask-posts.ts';

export const nameOf = (directory: OrgDirectory, login: string | null | undefined): string =>
  login ? (directory.user(login)?.name ?? login) : '';

/** Why a post does not approve: `税政二股的分管局领导潘立春是申请人，应当回避`. */
export function passedOver(directory: OrgDirectory, step: ApproverStep, subject: ApprovalSubject): string {
  if (isVacant(step)) return `${step.title}${step.role === 'DEMAND_DESK' ? '没有在岗的人' : '岗位空缺'}`;
  const said = step.seats.flatMap((seat) => {
    const name = nameOf(directory, seat.login);
    if (seat.state === 'SUBJECT') return [`${step.title}${name}是${interest(subject, seat.login)}，应当回避`];
    if (seat.state === 'DELEGATE_IS_SUBJECT')
      return [
        `${step.title}${name || '岗位'}的代理人${nameOf(directory, seat.delegation?.delegate)}是${interest(subject, seat.delegation?.delegate)}，应当回避`,
      ];
    return [];
  });
  return [...new Set(said)].join('，');
}

const interest = (subject: ApprovalSubject, login: string | null | undefined): string =>
  subject.recused.get(login ?? '') ?? '被反映部门的人';

/** Who approves in the end, and in whose place. */
export function chosen(directory: OrgDirectory, step: ApproverStep, subject: ApprovalSubject): string {
  const { title } = kindOf(subject);
  const said = step.seats.flatMap((seat) => {
    if (!seat.signs) return [];
    if (seat.state === 'AVAILABLE') return [nameOf(directory, seat.signs)];
    const { delegation } = seat;
    const away = seat.login
      ? `${nameOf(directory, seat.login)}，${days(delegation!, subject.date)}${reasonOf(delegation!)}，由${nameOf(directory, seat.signs)}代理`
      : `岗位空缺，${days(delegation!, subject.date)}由${nameOf(directory, seat.signs)}主持`;
    return [away];
  });
  return `${step.title}是${said.join('、')}，由其${title}`.replace(/是岗位空缺/, '岗位空缺');
}

const days = (delegation: Delegation, near: LocalDate): string =>
  `${dayInWords(delegation.from, near)}至 ${dayInWords(delegation.to, near)}`;
const reasonOf = (delegation: Delegation): string => (delegation.reason ? `${delegation.reason}` : '不在岗');
