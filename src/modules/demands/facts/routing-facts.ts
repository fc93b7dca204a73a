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
 * the rules' business. The department reported on is never among the hosts and co-handlers (回避); where it would have been the only one, the level above is asked.
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
  /** The department for a matter only one can take; when it is the one reported on, its counterpart above. */
  const specialist = (name: string) => {
    const own = find(input.orgCode, name);
    return own !== null && own !== reported ? own : superior ? find(superior.code, name) : null;
  };
  const all = departmentsOf(functions, [input.orgCode], find);
  const own = all.filter((code) => code !== reported);
  const up = superior ? departmentsOf(functions, [superior.code], find).filter((code) => code !== reported) : [];
  const taxService = find(input.orgCode, 'TAXPAYER_SERVICE');
  const from = all[0] ?? find(input.orgCode, 'IT_LIAISON') ?? taxService;
  return {
    bureauLevel: directory.bureau(input.orgCode)?.level ?? null,
    ...gatewayFacts(dictionary, input),
    tags: [...input.tags],
    keywords: [...input.keywords],
    reportedDepartment: reported,
    recusedDepartments: reported ? [reported] : [],
    /** The department reported on would have taken part in the handling. */
    hostsRecused: all.length > own.length,
    lacksFunction: superior !== undefined && functions.some((name) => find(input.orgCode, name) === null),
    ownHost: own[0] ?? null,
    ownCoDepartments: own.slice(1),
    ownCount: own.length,
    upHost: up[0] ?? null,
    upCoDepartments: up.slice(1),
    upCount: up.length,
    upShift: { direction: 'UP', fromDepartment: from },
    ...responsibilityFacts(directory, input, { functions, find, from, taxService, reported }),
    taxService,
    taxServiceReported: reported !== null && reported === taxService,
    superiorTaxService: superior ? find(superior.code, 'TAXPAYER_SERVICE') : null,
    taxServiceUpShift: { direction: 'UP', fromDepartment: taxService },
    legalDepartment: specialist('LEGAL_AFFAIRS'),
    reconsiderationTarget: reconsiderationBody(directory, input),
    disciplineDepartment: specialist('DISCIPLINE'),
    violationReportDepartment: specialist('VIOLATION_REPORT'),
  };
}

type Find = (orgCode: string, name: string) => string | null;

/** Who is responsible by place (属地管理, R4): bureaus below, bureaus beside, or the one above. */
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
  return {
    beyondAuthority: input.beyondAuthority === true || (superior !== undefined && named.includes(superior.code)),
    responsibleBelow: below.length,
    responsibleBeside:
      superior !== undefined &&
      named.some((code) => code !== input.orgCode && directory.bureau(code)!.parent === superior.code),
    downHost: down[0] ?? null,
    downCoDepartments: down.slice(1),
    downCount: down.length,
    downTaxService: below[0] ? known.find(below[0], 'TAXPAYER_SERVICE') : null,
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
