import type { OrgDirectory } from '../../org/index.ts';
import type { RoutingDictionary } from './dictionary.ts';
import { type GatewayInput, gatewayFacts } from './gateway-facts.ts';

export type { RoutingDictionary } from './dictionary.ts';
export { keywordsIn } from './gateway-facts.ts';

/** What is known of a demand when it is routed. */
export interface RoutingInput extends GatewayInput {
  orgCode: string;
  tags: readonly string[];
  reportedDepartment?: string | null;
  /** Bureau that took the action complained of, and whether a dispatched organ (稽查局, 分局) took it. */
  actionOrgCode?: string | null;
  actionByDispatchedOrgan?: boolean | null;
  beyondAuthority?: boolean | null;
  responsibleOrgCodes?: readonly string[];
}

/**
 * Facts for the rule set `category-routing`: what the organisation and the dictionary say about a demand. Which of them decides is
 * the rules' business. The department reported on is never among the hosts and co-handlers (回避); where it would have been the only one,
 * the level above is asked, and at the top the discipline group (本人回避：上一级或纪检).
 */
export function routingFacts(
  directory: OrgDirectory,
  dictionary: RoutingDictionary,
  input: RoutingInput,
): Record<string, unknown> {
  const superior = directory.superiorBureau(input.orgCode);
  const functions = orderedFunctions(dictionary, input.tags);
  const reported = input.reportedDepartment || null;
  const find: Find = (orgCode, name) =>
    directory.departmentsByFunction(orgCode, name).find((department) => department.participates)?.code ?? null;
  const specialist: Specialist = (names, orgCodes) =>
    orgCodes
      .flatMap((orgCode) => names.map((name) => find(orgCode, name)))
      .find((code) => code !== null && code !== reported) ?? null;
  const own = [input.orgCode];
  const ownAndUp = superior ? [input.orgCode, superior.code] : own;
  const all = departmentsOf(functions, own, find);
  const mine = all.filter((code) => code !== reported);
  const up = superior ? departmentsOf(functions, [superior.code], find).filter((code) => code !== reported) : [];
  const taxService = find(input.orgCode, 'TAXPAYER_SERVICE');
  const legal = find(input.orgCode, 'LEGAL_AFFAIRS');
  const from = all[0] ?? find(input.orgCode, 'IT_LIAISON') ?? taxService;
  return {
    bureauLevel: directory.bureau(input.orgCode)?.level ?? null,
    ...gatewayFacts(dictionary, input),
    tags: [...input.tags],
    keywords: [...input.keywords],
    reportedDepartment: reported,
    recusedDepartments: reported ? [reported] : [],
    /** The department reported on would have taken part in the handling. */
    hostsRecused: all.length > mine.length,
    lacksFunction: superior !== undefined && functions.some((name) => find(input.orgCode, name) === null),
    ownHost: mine[0] ?? null,
    ownCoDepartments: mine.slice(1),
    ownCount: mine.length,
    upHost: up[0] ?? null,
    upCoDepartments: up.slice(1),
    upCount: up.length,
    upShift: { direction: 'UP', fromDepartment: from },
    ...responsibilityFacts(directory, input, { functions, find, from, taxService, reported }),
    taxService,
    taxServiceReported: reported !== null && reported === taxService,
    taxServiceHost: specialist(['TAXPAYER_SERVICE', 'DISCIPLINE'], own),
    superiorTaxService: superior ? specialist(['TAXPAYER_SERVICE', 'DISCIPLINE'], [superior.code]) : null,
    taxServiceUpShift: { direction: 'UP', fromDepartment: taxService },
    legalDepartment: specialist(['LEGAL_AFFAIRS'], ownAndUp) ?? specialist(['TAXPAYER_SERVICE'], own),
    legalAbove: superior !== undefined && legal !== null && legal === reported,
    legalUpShift: { direction: 'UP', fromDepartment: legal },
    actionBureauLevel: directory.bureau(input.actionOrgCode || input.orgCode)?.level ?? null,
    reconsiderationTarget: reconsiderationBody(directory, input),
    disciplineDepartment: specialist(['DISCIPLINE'], ownAndUp) ?? specialist(['INTERNAL_AUDIT'], ownAndUp),
    violationReportDepartment: specialist(['VIOLATION_REPORT'], ownAndUp) ?? specialist(['DISCIPLINE'], ownAndUp),
  };
}

type Find = (orgCode: string, name: string) => string | null;
/** The first department of the functions, bureau by bureau, that is not the one reported on. */
type Specialist = (names: readonly string[], orgCodes: readonly string[]) => string | null;

/** Who is responsible by place (属地管理, R4): bureaus below, bureaus beside, or the one above. A department reported on above is the bureau above's matter. */
function responsibilityFacts(
  directory: OrgDirectory,
  input: RoutingInput,
  known: {
    functions: string[];
    find: Find;
    from: string | null;
    taxService: string | null;
    reported: string | null;
  },
): Record<string, unknown> {
  const named = [...new Set(input.responsibleOrgCodes ?? [])].filter((code) => directory.bureau(code));
  const below = named.filter((code) => directory.bureau(code)!.parent === input.orgCode);
  const superior = directory.superiorBureau(input.orgCode);
  const down = departmentsOf(known.functions, below, known.find).filter((code) => code !== known.reported);
  const reportedAbove =
    superior !== undefined &&
    known.reported !== null &&
    directory.department(known.reported)?.orgCode === superior.code;
  // Where it is the tax service below that is reported on, the discipline group there.
  const tellTaxService = (orgCode: string | undefined) =>
    (orgCode ? ['TAXPAYER_SERVICE', 'DISCIPLINE'] : [])
      .map((name) => known.find(orgCode!, name))
      .find((code) => code !== null && code !== known.reported) ?? null;
  return {
    beyondAuthority:
      input.beyondAuthority === true || reportedAbove || (superior !== undefined && named.includes(superior.code)),
    reportedAbove,
    responsibleBelow: below.length,
    lacksFunctionBelow: below.some((code) => known.functions.some((name) => known.find(code, name) === null)),
    responsibleBeside:
      superior !== undefined &&
      named.some((code) => code !== input.orgCode && directory.bureau(code)!.parent === superior.code),
    downHost: down[0] ?? null,
    downCoDepartments: down.slice(1),
    downCount: down.length,
    downTaxService: tellTaxService(below[0]),
    // Several counties: the city's tax service names host and co-handlers.
    downShift: { direction: 'DOWN', fromDepartment: below.length > 1 ? known.taxService : known.from },
  };
}

/** Functions of the tags: policy first in the order of the tags, then the others by the dictionary's priority. */
function orderedFunctions(dictionary: RoutingDictionary, tags: readonly string[]): string[] {
  const found = tags.flatMap((tag) => dictionary.tags.filter((item) => item.tag === tag).map((item) => item.function));
  const policy = found.filter((name) => dictionary.policyFunctions.includes(name));
  const rank = (name: string) => {
    const index = dictionary.nonPolicyPriority.indexOf(name);
    return index < 0 ? dictionary.nonPolicyPriority.length : index;
  };
  const others = found.filter((name) => !policy.includes(name)).sort((a, b) => rank(a) - rank(b));
  return [...new Set([...policy, ...others])];
}

/** Departments for the functions, bureau by bureau, each once. */
const departmentsOf = (functions: string[], orgCodes: readonly string[], find: Find): string[] => [
  ...new Set(orgCodes.flatMap((code) => functions.map((name) => find(code, name))).filter((code) => code !== null)),
];

/** Who decides a reconsideration (行政复议): of an action of a dispatched organ the bureau it belongs to, else the bureau above. */
function reconsiderationBody(directory: OrgDirectory, input: RoutingInput): string | null {
  const actor = input.actionOrgCode || input.orgCode;
  const body = input.actionByDispatchedOrgan ? directory.bureau(actor) : directory.superiorBureau(actor);
  return body ? (directory.departmentsByFunction(body.code, 'RECONSIDERATION')[0]?.code ?? null) : null;
}
