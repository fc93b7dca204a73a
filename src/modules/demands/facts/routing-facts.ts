import type { OrgDirectory } from '../../org/index.ts';

/** Shape of `data/routing-dictionary.json`. */
export interface RoutingDictionary {
  tags: { tag: string; function: string; policy: boolean }[];
  gatewayKeywords: { keyword: string; route: string }[];
  policyFunctions: string[];
  nonPolicyPriority: string[];
}

/** What is known of a demand when it is routed. */
export interface RoutingInput {
  orgCode: string;
  category: string;
  tags: readonly string[];
  keywords: readonly string[];
  reportedDepartment?: string | null;
  legalIntent?: string | null;
  /** Bureau that took the action complained of, and whether a dispatched organ (稽查局, 分局) took it. */
  actionOrgCode?: string | null;
  actionByDispatchedOrgan?: boolean | null;
  /** The officer has looked at a clue word: false = it is none. */
  clueConfirmed?: boolean | null;
  beyondAuthority?: boolean | null;
  responsibleOrgCodes?: readonly string[];
}

/** Gateway words of the dictionary that stand in a text. */
export const keywordsIn = (dictionary: RoutingDictionary, text: string): string[] =>
  dictionary.gatewayKeywords.map((item) => item.keyword).filter((keyword) => text.includes(keyword));

/**
 * Facts for the rule set `category-routing`: what the organisation and the dictionary say about a demand. Which of them decides is the rules' business.
 */
export function routingFacts(
  directory: OrgDirectory,
  dictionary: RoutingDictionary,
  input: RoutingInput,
): Record<string, unknown> {
  const bureau = directory.bureau(input.orgCode);
  const superior = directory.superiorBureau(input.orgCode);
  const functions = orderedFunctions(dictionary, input.tags);
  const department = (orgCode: string | undefined, name: string) =>
    orgCode ? (directory.departmentsByFunction(orgCode, name)[0]?.code ?? null) : null;
  const own = departmentsOf(functions, (name) => department(input.orgCode, name));
  const up = departmentsOf(functions, (name) => department(superior?.code, name));
  const lacking = functions.filter((name) => department(input.orgCode, name) === null);
  const responsible = input.responsibleOrgCodes ?? [];
  const down = [
    ...new Set(
      responsible.flatMap((orgCode) =>
        functions.map((name) => department(orgCode, name)).filter((code) => code !== null),
      ),
    ),
  ] as string[];
  const taxService = directory.taxServiceDepartment(input.orgCode)?.code ?? null;
  const liaison = department(input.orgCode, 'IT_LIAISON');
  const reported = input.reportedDepartment ?? null;
  const routes = new Set(
    input.keywords.flatMap((keyword) =>
      dictionary.gatewayKeywords.filter((item) => item.keyword === keyword).map((item) => item.route),
    ),
  );
  const clue =
    input.clueConfirmed === false
      ? null
      : routes.has('DISCIPLINE_CLUE')
        ? 'DISCIPLINE_CLUE'
        : routes.has('TAX_VIOLATION_REPORT')
          ? 'TAX_VIOLATION_REPORT'
          : null;
  const from = own[0] ?? liaison ?? taxService;
  return {
    bureauLevel: bureau?.level ?? null,
    category: input.category,
    tags: [...input.tags],
    keywords: [...input.keywords],
    clue,
    legalMatter: input.category === 'LEGAL_REMEDY' || routes.has('LEGAL_REMEDY'),
    legalIntent: input.legalIntent ?? null,
    reportedDepartment: reported,
    recusedDepartments: reported ? [reported] : [],
    functionCount: functions.length,
    lacksFunction: lacking.length > 0 && superior !== undefined,
    beyondAuthority: input.beyondAuthority === true,
    responsibleCount: responsible.length,
    ownHost: own[0] ?? null,
    ownCoDepartments: own.slice(1),
    ownCount: own.length,
    ownHostReported: reported !== null && own[0] === reported,
    upHost: up[0] ?? null,
    upCoDepartments: up.slice(1),
    upCount: up.length,
    upShift: { direction: 'UP', fromDepartment: from },
    downHost: down[0] ?? null,
    downCoDepartments: down.slice(1),
    downCount: down.length,
    // Several counties: the city's tax service names host and co-handlers.
    downShift: { direction: 'DOWN', fromDepartment: responsible.length > 1 ? taxService : from },
    taxService,
    taxServiceReported: reported !== null && reported === taxService,
    superiorTaxService: superior ? (directory.taxServiceDepartment(superior.code)?.code ?? null) : null,
    taxServiceUpShift: { direction: 'UP', fromDepartment: taxService },
    legalDepartment: department(input.orgCode, 'LEGAL_AFFAIRS'),
    reconsiderationTarget: reconsiderationBody(directory, input),
    disciplineDepartment: department(input.orgCode, 'DISCIPLINE'),
    violationReportDepartment:
      department(input.orgCode, 'VIOLATION_REPORT') ?? department(superior?.code, 'VIOLATION_REPORT'),
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

const departmentsOf = (functions: string[], find: (name: string) => string | null): string[] => [
  ...new Set(functions.map(find).filter((code) => code !== null)),
];

/** Who decides a reconsideration (行政复议): of an action of a dispatched organ the bureau it belongs to, else the bureau above. */
function reconsiderationBody(directory: OrgDirectory, input: RoutingInput): string | null {
  const actor = input.actionOrgCode ?? input.orgCode;
  const body = input.actionByDispatchedOrgan ? directory.bureau(actor) : directory.superiorBureau(actor);
  return body ? (directory.departmentsByFunction(body.code, 'RECONSIDERATION')[0]?.code ?? null) : null;
}
