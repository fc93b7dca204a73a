import type { LocalDate } from '../../../kernel/clock.ts';
import { dayInWords } from '../context.ts';
import type { OrgDirectory } from '../directory.ts';
import type { ResolvedCandidate } from '../resolve-candidates.ts';
import { type ApprovalSubject, type ApproverStep, askPosts, isVacant, kindOf } from './ask-posts.ts';
import { chosen, nameOf, passedOver } from './explain-approver.ts';

export interface ApproverDecision {
  candidates: ResolvedCandidate[];
  /** 为什么是我: one sentence with every post that was passed over. */
  why: string;
  /** 什么情况下不是我: what would have brought it to somebody else, with the names, found by asking again. */
  whyNot: string[];
  unassignable: boolean;
  steps: ApproverStep[];
}

/**
 * Who approves now: the one resolver behind every approval. The addressee of the kind, or who stands in for them; where the post is vacant
 * or its holder has to stay out (with every delegate: the delegate acts in the holder's name), the next level up, at last the chief of the
 * bureau above.
 */
export function resolveApprover(directory: OrgDirectory, subject: ApprovalSubject): ApproverDecision {
  const { steps, found } = askPosts(directory, subject);
  if (!found)
    return {
      candidates: [],
      why: `${steps.map((step) => passedOver(directory, step, subject)).join('；') || '没有找到可以审批的岗位'}。已交纳税服务部门指派。`,
      whyNot: [],
      unassignable: true,
      steps,
    };
  const passed = steps.slice(0, -1);
  const via = passed.length === 0 ? undefined : passed.every(isVacant) ? 'VACANCY_FALLBACK' : 'RECUSAL_FALLBACK';
  return {
    candidates: candidatesOf(directory, found, via),
    why: `${[...passed.map((step) => passedOver(directory, step, subject)), chosen(directory, found, subject)].join('，')}。`,
    whyNot: otherwise(directory, subject, steps, found),
    unassignable: false,
    steps,
  };
}

/** Who stands in, and who is stood in for: a leader on leave may still decide. */
function candidatesOf(
  directory: OrgDirectory,
  step: ApproverStep,
  via: 'VACANCY_FALLBACK' | 'RECUSAL_FALLBACK' | undefined,
): ResolvedCandidate[] {
  const found = new Map<string, ResolvedCandidate>();
  for (const seat of step.seats) {
    if (!seat.signs) continue;
    const holder = seat.login;
    if (seat.state === 'DELEGATED') {
      const principal = holder ?? seat.delegation?.principal;
      if (!found.has(seat.signs))
        found.set(seat.signs, {
          login: seat.signs,
          via: 'DELEGATE',
          ...(principal && principal !== seat.signs ? { onBehalfOf: principal } : {}),
          because: `代 ${nameOf(directory, principal)}，至 ${seat.delegation!.to}`,
        });
    }
    if (holder && !found.has(holder)) found.set(holder, { login: holder, via: via ?? 'HOLDER' });
  }
  return [...found.values()];
}

/** Asks again with one thing different each time. */
function otherwise(
  directory: OrgDirectory,
  subject: ApprovalSubject,
  steps: readonly ApproverStep[],
  found: ApproverStep,
): string[] {
  const { title } = kindOf(subject);
  const lines: string[] = [];
  const signer = found.seats.find((seat) => seat.signs);
  const who = (decision: { candidates: ResolvedCandidate[] }) =>
    decision.candidates.map((item) => nameOf(directory, item.login)).join('、') || '没有人，由纳税服务部门指派';
  const again = (change: Partial<ApprovalSubject>) => resolve(directory, { ...subject, ...change });
  if (signer?.delegation) {
    const back = nextDay(signer.delegation.to);
    lines.push(`代理期过后（${dayInWords(back, subject.date)}起），由${who(again({ date: back }))}${title}`);
  } else if (found.role !== 'DEMAND_DESK' && signer?.login)
    lines.push(`${nameOf(directory, signer.login)}外出并设了代理的，代理期内也可以由代理人${title}`);
  const present = found.seats.flatMap((seat) => [seat.signs, seat.login].filter((login): login is string => !!login));
  if (present.length > 0)
    lines.push(
      `${[...new Set(present)].map((login) => nameOf(directory, login)).join('、')}是被反映人、申请人的，由${who(again({ recused: new Map([...subject.recused, ...present.map((login) => [login, '被反映人'] as const)]) }))}${title}`,
    );
  for (const step of steps.slice(0, -1))
    lines.push(
      isVacant(step)
        ? `${step.title}岗位有人任职后，由任职的人${title}`
        : `${nameOf(directory, step.seats.find((seat) => seat.login)?.login)}不用回避的，由${who(again({ recused: new Map(), recusedDepartment: null }))}${title}`,
    );
  if (subject.approval === 'extension-approver') {
    const joint = subject.handlingMode === 'JOINT';
    lines.push(
      `若是${joint ? '单部门' : '联合'}办理，由${joint ? '分管局领导' : '主要领导'}${who(again({ handlingMode: joint ? 'SINGLE' : 'JOINT' }))}审批`,
    );
  }
  return lines;
}

/** The candidates alone: what `otherwise` asks, without asking further. */
function resolve(directory: OrgDirectory, subject: ApprovalSubject): { candidates: ResolvedCandidate[] } {
  const { found } = askPosts(directory, subject);
  return { candidates: found ? candidatesOf(directory, found, undefined) : [] };
}

const nextDay = (day: LocalDate): LocalDate =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
