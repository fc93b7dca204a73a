import { shanghaiDate } from '../../../kernel/clock.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { legalInput } from '../facts/demand-input.ts';
import { legalFacts } from '../facts/legal-facts.ts';
import type { LegalFollowUp } from './entities.ts';
import { isLegalRoute, type LegalRoute } from './routes.ts';

/** What the rule set `legal-route` says: whether a person has to look, which route it may be, who confirms and who receives. */
export interface RouteAdvice {
  needed: boolean;
  route: LegalRoute | null;
  restricted: boolean;
  confirmDepartment: string | null;
  confirmRole: string | null;
  receivingDepartment: string | null;
  receivingRole: string | null;
  receivingName: string | null;
  /** Signs of a legal remedy whose questions are not answered. */
  questionsOpen: boolean;
  possibleRoute: LegalRoute | null;
  splitSuggested: boolean;
  ruleId: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The outcome of the rules, as the ledger reads it. */
export const adviceFrom = (outcome: Record<string, unknown>): RouteAdvice => ({
  needed: outcome.needed === true,
  route: isLegalRoute(outcome.route) ? outcome.route : null,
  restricted: outcome.restricted === true,
  confirmDepartment: text(outcome.confirmDepartment),
  confirmRole: text(outcome.confirmRole),
  receivingDepartment: text(outcome.receivingDepartment),
  receivingRole: text(outcome.receivingRole),
  receivingName: text(outcome.receivingName),
  questionsOpen: outcome.questionsOpen === true,
  possibleRoute: isLegalRoute(outcome.possibleRoute) ? outcome.possibleRoute : null,
  splitSuggested: outcome.splitSuggested === true,
  ruleId: text(outcome.ruleId),
});

/** Asks the rules about a demand as it stands now, or for a route a person wants; nothing is stored. */
export async function judgeRoute(work: Work, demand: Demand, route: string | null = null): Promise<RouteAdvice> {
  const facts = legalFacts(work.directory, work.dictionary, legalInput(demand, work.dictionary, route));
  const { outcome } = await work.advise('legal-route', facts, shanghaiDate(demand.registeredAt));
  return adviceFrom(outcome);
}

/** Puts the rules' answer on the follow-up: who confirms, and where it would go. */
export function applyAdvice(demand: Demand, followUp: LegalFollowUp, advice: RouteAdvice): void {
  noteDepartments(demand, advice.confirmDepartment, advice.receivingDepartment);
  followUp.ruleId = advice.ruleId;
  followUp.splitSuggested = advice.splitSuggested;
  followUp.confirmDepartment = advice.confirmDepartment;
  followUp.confirmRole = advice.confirmRole;
  followUp.receivingDepartment = advice.receivingDepartment;
  followUp.receivingRole = advice.receivingRole;
  followUp.receivingName = advice.receivingName;
}

/** The departments on the way have the demand in their ledger. */
export function noteDepartments(demand: Demand, ...departments: (string | null | undefined)[]): void {
  demand.legalDepartments = [...new Set(departments.filter((code): code is string => Boolean(code)))];
}
