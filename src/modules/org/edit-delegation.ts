import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { conflict, type FieldProblem, forbidden, invalid, notFound } from '../../kernel/errors.ts';
import { dayInWords, isDay, isOrgAdmin, lockUser, type OrgWork, recordChange, sqlIn, today } from './context.ts';
import type { Delegation, OrgUser } from './directory.ts';

/** What may be delegated, with its title for people. */
export const DELEGATION_SCOPES: Readonly<Record<string, string>> = {
  ALL: '全部',
  TASKS: '办理任务',
  REVIEW: '审核、认定、签发',
  EXTENSION_APPROVAL: '审批延期',
  DEFERRAL_APPROVAL: '审批挂账',
  SUPERVISION_RECEIPT: '接收督办',
};
/** AB 岗 stand-in, acting head (主持工作), or an ordinary delegation for an absence. */
export const DELEGATION_MODES: Readonly<Record<string, string>> = {
  DELEGATION: '委托代理',
  AB_POST: 'AB 岗',
  ACTING: '主持工作',
};
/** Guarding and auditing (三员) are neither lent nor mixed with the work they watch over. */
const GUARDS = ['SYSTEM_ADMIN', 'PROCESS_ADMIN', 'AUDITOR'];
const LONGEST_DAYS = 366;

export interface DelegationInput {
  /** Whose work; the actor when absent. Only an administrator may name somebody else. */
  principal?: string;
  /** The post it is for, when the person holds several. */
  principalPost?: string;
  delegate: string;
  scope: readonly string[];
  mode?: string;
  /** First and last day, both included, `YYYY-MM-DD`. */
  from: LocalDate;
  to: LocalDate;
  reason: string;
}

/** Hands a person's work to a colleague for some days (代理授权); it ends by itself. In the caller's transaction. */
export async function createDelegation(work: OrgWork, input: DelegationInput): Promise<Delegation> {
  const principal = input.principal ?? work.actor.login;
  if (principal !== work.actor.login && !isOrgAdmin(work.actor))
    throw forbidden('只能设置自己的代理；代他人设置的，请联系系统管理员。', { reason: 'permission' });
  const problems = problemsOf(work, principal, input);
  if (problems.length === 0) {
    // Both rows in a fixed order: two delegations of the same people, set at the same moment, see each other.
    for (const login of [principal, input.delegate].sort()) await lockUser(work, login);
    problems.push(...(await collisions(work, principal, input)));
  }
  if (problems.length > 0) throw invalid(`代理没有设置：有 ${problems.length} 处需要改正`, problems);
  const delegation: Delegation = {
    id: work.ids.uuid(),
    principalPost: input.principalPost ?? null,
    principal,
    delegate: input.delegate,
    mode: input.mode ?? 'DELEGATION',
    scope: [...new Set(input.scope)],
    from: input.from,
    to: input.to,
    reason: input.reason.trim(),
  };
  await sqlIn(work).query(
    `insert into delegation (id, principal_post, principal, delegate, mode, scope, from_date, to_date, reason, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6::text[], $7::date, $8::date, $9, $10, $11::timestamptz)`,
    [
      delegation.id,
      delegation.principalPost,
      principal,
      delegation.delegate,
      delegation.mode,
      delegation.scope,
      delegation.from,
      delegation.to,
      delegation.reason,
      work.actor.login,
      work.clock.now().toISOString(),
    ],
  );
  const orgCode = work.directory.user(principal)!.orgCode;
  await recordChange(work, { type: 'org', id: orgCode }, 'delegation.created', { ...delegation });
  return delegation;
}

/** Everything that can be said without looking at other delegations. Long because it is one list of independent checks. */
function problemsOf(work: OrgWork, principalLogin: string, input: DelegationInput): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  const principal = work.directory.activeUser(principalLogin);
  const delegate = work.directory.activeUser(input.delegate);
  if (!principal) wrong('/principal', `“${principalLogin}”不是在岗人员，请重新选委托人。`);
  if (!delegate) wrong('/delegate', '请从本单位选一位在岗的受托人。');
  if (input.delegate === principalLogin) wrong('/delegate', '受托人不能是委托人自己，请另选一位。');
  else if (principal && delegate) problems.push(...unsuitable(principal, delegate));
  if (input.principalPost && principal && !principal.posts.includes(input.principalPost))
    wrong('/principalPost', '委托人不在这个岗位上，请重新选岗位。');
  if (input.scope.length === 0) wrong('/scope', '请选代理范围。');
  for (const [index, scope] of input.scope.entries()) {
    if (!Object.hasOwn(DELEGATION_SCOPES, scope)) wrong(`/scope/${index}`, `没有“${scope}”这个范围，请从列表里选。`);
  }
  if (input.mode !== undefined && !Object.hasOwn(DELEGATION_MODES, input.mode))
    wrong('/mode', '请选代理方式：委托代理、AB 岗或主持工作。');
  problems.push(...wrongDays(input, today(work)));
  if (!input.reason.trim()) wrong('/reason', '请写明原因，例如“公出”。');
  else if ([...input.reason].length > 200) wrong('/reason', '原因最多 200 个字。');
  return problems;
}

function unsuitable(principal: OrgUser, delegate: OrgUser): FieldProblem[] {
  if (delegate.orgCode !== principal.orgCode)
    return [{ pointer: '/delegate', message: `${delegate.name}不是本单位的人。代理只能委托给本单位在岗人员。` }];
  if (delegate.roles.some((role) => GUARDS.includes(role)))
    return [
      {
        pointer: '/delegate',
        message: `${delegate.name}是三员（系统、流程管理员或审计员），不能代办业务，请另选一位。`,
      },
    ];
  if (principal.roles.length > 0 && principal.roles.every((role) => GUARDS.includes(role)))
    return [{ pointer: '/principal', message: `${principal.name}是三员岗位，不能委托他人；请系统管理员另行授权。` }];
  return [];
}

function wrongDays(input: Pick<DelegationInput, 'from' | 'to'>, now: LocalDate): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of ['from', 'to'] as const) {
    if (!isDay(input[field]))
      problems.push({ pointer: `/${field}`, message: `“${input[field]}”不是日期，请写成 ${now} 的样子。` });
  }
  if (problems.length > 0) return problems;
  if (input.to < input.from) return [{ pointer: '/to', message: '结束日期早于开始日期，请对调或改一个。' }];
  // Whoever decided in the past decided without it; a delegation cannot be made up afterwards.
  if (input.from < now)
    problems.push({ pointer: '/from', message: `开始日期已经过去，代理不能补设。最早从今天（${now}）开始。` });
  if ((Date.parse(input.to) - Date.parse(input.from)) / 86_400_000 >= LONGEST_DAYS)
    problems.push({ pointer: '/to', message: '一次最多代理一年；更久的请调整岗位。' });
  return problems;
}

/** Two delegates for the same matter, or a delegate who is away too, would leave nobody or two people responsible. */
async function collisions(work: OrgWork, principal: string, input: DelegationInput): Promise<FieldProblem[]> {
  const rows = await sqlIn(work).query<Pick<Delegation, 'principal' | 'delegate' | 'scope' | 'from' | 'to'>>(
    `select principal, delegate, scope, from_date::text as "from", to_date::text as "to" from delegation
     where revoked_at is null and principal = any($1::text[]) and from_date <= $3::date and to_date >= $2::date order by from_date, id`,
    [[principal, input.delegate], input.from, input.to],
  );
  const near = today(work);
  const meets = (scope: readonly string[]) =>
    scope.includes('ALL') || input.scope.includes('ALL') || scope.some((item) => input.scope.includes(item));
  return rows
    .filter((row) => meets(row.scope))
    .map((row): FieldProblem => {
      const days = `${dayInWords(row.from, near)}–${dayInWords(row.to, near)}`;
      const to = work.directory.user(row.delegate)?.name ?? row.delegate;
      return row.principal === principal
        ? {
            pointer: '/from',
            message: `期间与已有授权 ${days}（受托人 ${to}）重叠。请改期间、改范围，或先收回那一项。`,
          }
        : {
            pointer: '/delegate',
            message: `${work.directory.user(row.principal)?.name ?? row.principal}在 ${days} 已委托给${to}，不能再转委托。请另选一位。`,
          };
    });
}

/** Takes a delegation back before its last day (收回). By the principal or an administrator. In the caller's transaction. */
export async function endDelegation(work: OrgWork, id: string): Promise<void> {
  const [row] = await sqlIn(work).query<{ principal: string; orgCode: string; to: string; ended: boolean }>(
    `select d.principal, u.org_code as "orgCode", d.to_date::text as "to", d.revoked_at is not null as ended
     from delegation d join app_user u on u.login = d.principal where d.id = $1 for update of d`,
    [id],
  );
  const mine = row?.principal === work.actor.login;
  if (!row || (!mine && !isOrgAdmin(work.actor)))
    throw notFound('没有找到这项代理，或者它不是你设置的。请刷新列表查看。');
  if (row.ended) throw conflict('这项代理已经收回。', { reason: 'delegation-ended' });
  if (row.to < today(work)) throw conflict(`这项代理已于 ${row.to} 到期，不用收回。`, { reason: 'delegation-ended' });
  await sqlIn(work).query('update delegation set revoked_at = $2::timestamptz, revoked_by = $3 where id = $1', [
    id,
    work.clock.now().toISOString(),
    work.actor.login,
  ]);
  await recordChange(work, { type: 'org', id: row.orgCode }, 'delegation.revoked', { id, principal: row.principal });
}

export interface ListedDelegation extends Delegation {
  principalName: string;
  delegateName: string;
  /** COMING, CURRENT, EXPIRED or REVOKED on the day asked for. */
  state: 'COMING' | 'CURRENT' | 'EXPIRED' | 'REVOKED';
  createdBy: string;
}

/** Delegations from or to a person, or of a bureau; current ones first, then coming, then ended. */
export async function listDelegations(
  sql: Sql,
  filter: { login?: string; orgCode?: string; date: LocalDate },
): Promise<ListedDelegation[]> {
  const rows = await sql.query<ListedDelegation & { revoked: boolean }>(
    `select d.id, d.principal_post as "principalPost", d.principal, p.name as "principalName", d.delegate, q.name as "delegateName", d.mode, d.scope,
       d.from_date::text as "from", d.to_date::text as "to", d.reason, d.created_by as "createdBy", d.revoked_at is not null as revoked
     from delegation d join app_user p on p.login = d.principal join app_user q on q.login = d.delegate
     where ($1::text is null or d.principal = $1 or d.delegate = $1) and ($2::text is null or p.org_code = $2)
     order by d.from_date desc, d.id desc`,
    [filter.login ?? null, filter.orgCode ?? null],
  );
  const order = ['CURRENT', 'COMING', 'EXPIRED', 'REVOKED'];
  return rows
    .map(({ revoked, ...row }) => ({ ...row, state: stateOf(row, revoked, filter.date) }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}

function stateOf(row: Pick<Delegation, 'from' | 'to'>, revoked: boolean, date: LocalDate): ListedDelegation['state'] {
  if (revoked) return 'REVOKED';
  if (row.to < date) return 'EXPIRED';
  return row.from > date ? 'COMING' : 'CURRENT';
}
