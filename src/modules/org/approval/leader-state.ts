import type { LocalDate } from '../../../kernel/clock.ts';
import type { Delegation, OrgDirectory } from '../directory.ts';

/** What is asked of a post: may its holder, or who stands in, approve on that day? */
export interface LeaderQuery {
  post: string | undefined;
  asOf: LocalDate;
  /** What a delegation must cover, one of these; `ALL` covers everything. */
  scopes: readonly string[];
  /** People who must stay out: those reported on, and the applicant. */
  recused: ReadonlySet<string>;
  /** The post is known to be vacant, or its holder to be the one reported on, whatever the directory says. */
  vacant?: boolean;
  holderIsSubject?: boolean;
}

export interface Leader {
  /** Holder of the post. */
  login: string | null;
  /** AVAILABLE, VACANT, SUBJECT (被反映人), DELEGATED, DELEGATE_IS_SUBJECT. */
  state: 'AVAILABLE' | 'VACANT' | 'SUBJECT' | 'DELEGATED' | 'DELEGATE_IS_SUBJECT';
  /** Who signs: the holder or the delegate. */
  signs: string | null;
  /** The delegation that lets the delegate sign, or that would if the delegate had no interest. */
  delegation: Delegation | null;
}

/**
 * State of a leader on a day. A holder who must stay out cannot sign through a delegate either, since the delegate acts in the holder's name.
 * A vacant post may have somebody acting in it (主持工作): a delegation made out to the post. What was lent is not lent on: a delegate's own
 * delegate never signs.
 */
export function leaderAt(directory: OrgDirectory, query: LeaderQuery): Leader {
  const { post, asOf, recused } = query;
  const holder = post && !query.vacant ? directory.holderOf(post, asOf) : undefined;
  if (holder && (query.holderIsSubject || recused.has(holder.login)))
    return { login: holder.login, state: 'SUBJECT', signs: null, delegation: null };
  const delegations = (holder ? delegationsOf(holder.login) : delegationsOf(null)).filter((item) =>
    directory.activeUser(item.delegate),
  );
  const inForce = delegations.find((item) => !recused.has(item.delegate));
  const login = holder?.login ?? null;
  if (inForce) return { login, state: 'DELEGATED', signs: inForce.delegate, delegation: inForce };
  if (delegations.length > 0) return { login, state: 'DELEGATE_IS_SUBJECT', signs: null, delegation: delegations[0]! };
  return holder
    ? { login, state: 'AVAILABLE', signs: login, delegation: null }
    : { login: null, state: 'VACANT', signs: null, delegation: null };

  /** Of a person: those for this post or for all posts; of a vacant post: those made out to it. */
  function delegationsOf(principal: string | null): Delegation[] {
    return directory.data.delegations.filter(
      (item) =>
        (principal === null
          ? post !== undefined && item.principalPost === post
          : item.principal === principal && (!item.principalPost || item.principalPost === post)) &&
        item.from <= asOf &&
        asOf <= item.to &&
        (item.scope.includes('ALL') || query.scopes.some((scope) => item.scope.includes(scope))),
    );
  }
}
