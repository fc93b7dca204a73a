/** Shape of `data/routing-dictionary.json`. */
export interface RoutingDictionary {
  tags: { tag: string; function: string; policy: boolean }[];
  gatewayKeywords: { keyword: string; route: string }[];
  /** 子渠道 (R6), kept by the bureau. */
  subChannels?: string[];
  policyFunctions: string[];
  nonPolicyPriority: string[];
}
