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

/** Who approves in the end, and in whose place: `由税政二股的分管局领导潘立春审批延期`. */
export function chosen(directory: OrgDirectory, step: ApproverStep, subject: ApprovalSubject): string {
  const { title } = kindOf(subject);
  const acting = step.seats.filter((seat) => seat.signs && !seat.login && seat.delegation);
  const people = step.seats.flatMap((seat) => {
    if (!seat.signs) return [];
    const signer = nameOf(directory, seat.signs);
    if (seat.state === 'AVAILABLE') return [signer];
    const { delegation } = seat;
    const when = days(delegation!, subject.date);
    return seat.login
      ? [`${nameOf(directory, seat.login)}（${when}${reasonOf(delegation!)}，由${signer}代理）`]
      : [`主持工作的${signer}（${when}）`];
  });
  if (acting.length === people.length) return `${step.title}岗位空缺，由${people.join('、')}${title}`;
  // `税源股由主要领导直管，主要领导`: the last part names the post.
  const [post, ...before] = step.title.split('，').reverse();
  return [...before.reverse(), `由${post}${people.join('、')}${title}`].join('，');
}

const days = (delegation: Delegation, near: LocalDate): string =>
  `${dayInWords(delegation.from, near)}至 ${dayInWords(delegation.to, near)}`;
const reasonOf = (delegation: Delegation): string => (delegation.reason ? `${delegation.reason}` : '不在岗');
