import { shanghaiDate } from '../../../kernel/clock.ts';
import type { Demand, Work } from '../../demands/index.ts';

export const LEVELS = { YELLOW: '黄牌督办', RED: '红牌督办', ESCALATION: '提级督办' } as const;
export type Level = keyof typeof LEVELS;
export const rankOf = (level: string): number => ['YELLOW', 'RED', 'ESCALATION'].indexOf(level);
export const isLevel = (value: unknown): value is Level => typeof value === 'string' && Object.hasOwn(LEVELS, value);

/** What the rule set `supervision` says. */
export interface Ruling {
  level: string;
  recipients: string;
  copies: string;
  document: string;
  requirement: string;
}

/** Delegates receive what comes for a leader who is away. */
const RECEIPT = 'SUPERVISION_RECEIPT';

/** People behind the codes of a ruling (`HOST`, `DEPARTMENT_HEAD`, `TAX_SERVICE`, `CHIEF`, ...), who stands in for them included, who must stay out left out. */
export function peopleOf(work: Pick<Work, 'directory' | 'clock'>, demand: Demand, codes: string): string[] {
  const { directory } = work;
  const day = shanghaiDate(work.clock.now());
  const org = demand.hostOrgCode;
  const host = demand.hostDepartment ? directory.usersInDepartment(demand.hostDepartment) : [];
  const withRole = (role: string, orgCode = org) => directory.usersWithRole(orgCode, role);
  const head = (code: string | undefined) =>
    code ? directory.usersInDepartment(code).filter((user) => user.roles.includes('DEPARTMENT_HEAD')) : [];
  const groups: Record<string, () => readonly { login: string }[]> = {
    HOST: () => host.filter((user) => user.login === demand.handledBy || user.roles.includes('HANDLER')),
    DEPARTMENT_HEAD: () => head(demand.hostDepartment ?? undefined),
    TAX_SERVICE: () => withRole('DEMAND_DESK'),
    TAX_SERVICE_HEAD: () => head(directory.taxServiceDepartment(org)?.code),
    DEPUTY_IN_CHARGE: () => {
      const deputy = directory.holderOf(directory.leaderPostFor(demand.hostDepartment ?? '') ?? '', day);
      return deputy ? [deputy] : withRole('CHIEF');
    },
    CHIEF: () => withRole('CHIEF'),
    DISCIPLINE: () => withRole('DISCIPLINE_OFFICER'),
    SUPERVISOR: () => withRole('SUPERVISOR'),
    SUPERIOR: () => {
      const superior = directory.superiorBureau(org);
      return superior ? withRole('SUPERVISOR', superior.code) : [];
    },
  };
  // Who is of the department complained of stays out, whatever post they hold (R18, R31).
  const concerned = new Set(
    demand.reportedDepartment ? directory.usersInDepartment(demand.reportedDepartment).map((user) => user.login) : [],
  );
  // 要求保密: told to those who work on it and the desk, not to everybody above.
  const reach = demand.confidential ? ['HOST', 'DEPARTMENT_HEAD', 'TAX_SERVICE'] : Object.keys(groups);
  const named = codes
    .split(',')
    .map((code) => code.trim())
    .filter((code) => reach.includes(code))
    .flatMap((code) => groups[code]?.() ?? []);
  // A delegate of another department does not learn of what is confidential.
  const away = demand.confidential
    ? []
    : named.flatMap((user) => directory.delegationsFrom(user.login, day, RECEIPT).map((item) => item.delegate));
  return [...new Set([...named.map((user) => user.login), ...away])].filter(
    (login) => !demand.recusedLogins.includes(login) && !concerned.has(login),
  );
}
