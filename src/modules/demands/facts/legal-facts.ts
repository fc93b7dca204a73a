import type { OrgDirectory } from '../../org/index.ts';
import type { RoutingDictionary } from './dictionary.ts';
import { type RoutingInput, routingFacts } from './routing-facts.ts';

/** What is known of a demand when it is asked which statutory route (法定途径) it belongs to. */
export interface LegalInput extends RoutingInput {
  anonymous: boolean;
  /** A person has asked for this route: while handling or dispatching. */
  requestedRoute?: string | null;
  /** A person has looked and found that it is no statutory route. */
  settledOrdinary?: boolean;
}

/** Tags that name a route themselves; they are no further matter beside it. */
const ROUTE_TAGS = ['非税务职责', '信访', '政府信息公开'];

/** Facts for the rule set `legal-route`: what the organisation and the dictionary say. Which of them decides is the rules' business. */
export function legalFacts(
  directory: OrgDirectory,
  dictionary: RoutingDictionary,
  input: LegalInput,
): Record<string, unknown> {
  const routing = routingFacts(directory, dictionary, input);
  const reported = input.reportedDepartment || null;
  const own = (name: string) =>
    directory
      .departmentsByFunction(input.orgCode, name)
      .find((department) => department.participates && department.code !== reported)?.code ?? null;
  const taxService = own('TAXPAYER_SERVICE');
  const routes = dictionary.gatewayKeywords.filter((item) => input.keywords.includes(item.keyword));
  const functionOf = new Map(dictionary.tags.map((item) => [item.tag, item.function]));
  return {
    category: input.category,
    tags: [...input.tags],
    keywordRoutes: [...new Set(routes.map((item) => item.route))],
    clue: routing.clue,
    legalMatter: routing.legalMatter,
    legalIntent: routing.legalIntent,
    anonymous: input.anonymous,
    requestedRoute: input.requestedRoute ?? null,
    settledOrdinary: input.settledOrdinary === true,
    otherMatter: input.tags.some((tag) => !ROUTE_TAGS.includes(tag) && functionOf.get(tag) !== 'LEGAL_AFFAIRS'),
    reportedDepartment: reported,
    recusedDepartments: routing.recusedDepartments,
    actionBureauLevel: routing.actionBureauLevel,
    legalDepartment: routing.legalDepartment,
    reconsiderationTarget: routing.reconsiderationTarget,
    disciplineDepartment: routing.disciplineDepartment,
    violationReportDepartment: routing.violationReportDepartment,
    // A complaint about the tax service itself goes to the discipline group (本人回避：上一级或纪检).
    complaintDepartment: taxService ?? own('DISCIPLINE'),
    complaintRole: taxService ? 'DEMAND_DESK' : 'DISCIPLINE_OFFICER',
    taxServiceHost: routing.taxServiceHost,
    petitionDepartment: own('PETITION') ?? own('GENERAL_OFFICE'),
    disclosureDepartment: own('INFORMATION_DISCLOSURE') ?? own('GENERAL_OFFICE'),
  };
}
