/** Shape of `data/routing-dictionary.json`. */
export interface RoutingDictionary {
  tags: { tag: string; function: string; policy: boolean }[];
  gatewayKeywords: { keyword: string; route: string }[];
  policyFunctions: string[];
  nonPolicyPriority: string[];
}
