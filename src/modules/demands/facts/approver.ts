import type { LocalDate } from '../../../kernel/clock.ts';
import type { Delegation, OrgDirectory } from '../../org/index.ts';

/** What a delegation must cover; `ALL` covers it too. */
export type ApprovalScope = 'EXTENSION_APPROVAL' | 'DEFERRAL_APPROVAL';

/** What is asked of a post: may its holder, or who stands in, approve on that day? */
export interface LeaderQuery {
  post: string | undefined;
  asOf: LocalDate;
  /** People who must stay out: those reported on, and the applicant. */
  recused: ReadonlySet<string>;
  /** The post is known to be vacant, or its holder to be the one reported on, whatever the directory says. */
  vacant?: boolean;
  holderIsSubject?: boolean;
  /** EXTENSION_APPROVAL unless something else is approved. */
  scope?: ApprovalScope;
}

export interface Leader {
  /** Holder of the post. */
  login: string | null;
  /** AVAILABLE, VACANT, SUBJECT (被反映人), DELEGATED, DELEGATE_IS_SUBJECT. */
  state: 'AVAILABLE' | 'VACANT' | 'SUBJECT' | 'DELEGATED' | 'DELEGATE_IS_SUBJECT';
  /** Who signs: the holder or the delegate. */
  signs: string | null;
}

/**
 * State of a leader on a day. A holder who must stay out cannot sign through a delegate either, since the delegate acts in the holder's name.
 * A vacant post may have somebody acting in it (主持工作): a delegation made out to the post.
 */
export function leaderAt(directory: OrgDirectory, query: LeaderQuery): Leader {
  const { post, asOf, recused } = query;
  const scope = query.scope ?? 'EXTENSION_APPROVAL';
  const holder = post && !query.vacant ? directory.holderOf(post, asOf) : undefined;
  if (holder && (query.holderIsSubject || recused.has(holder.login)))
    return { login: holder.login, state: 'SUBJECT', signs: null };
  const delegations = holder
    ? directory.delegationsFrom(holder.login, asOf, scope).filter((item) => appliesTo(item, post))
    : directory.data.delegations.filter((item) => post && item.principalPost === post && inForce(item, asOf, scope));
  const delegates = delegations
    .map((item) => directory.activeUser(item.delegate)?.login)
    .filter((login) => login !== undefined);
  const signs = delegates.find((login) => !recused.has(login));
  const login = holder?.login ?? null;
  if (signs) return { login, state: 'DELEGATED', signs };
  if (delegates.length > 0) return { login, state: 'DELEGATE_IS_SUBJECT', signs: null };
  return holder ? { login, state: 'AVAILABLE', signs: login } : { login: null, state: 'VACANT', signs: null };
}

/** A delegation without a post covers all posts of the person. */
const appliesTo = (item: Delegation, post: string | undefined) => !item.principalPost || item.principalPost === post;

const inForce = (item: Delegation, day: LocalDate, scope: ApprovalScope) =>
  item.from <= day && day <= item.to && (item.scope.includes('ALL') || item.scope.includes(scope));
