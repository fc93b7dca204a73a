/** Designs that are tried: what is named here stands in place of what is in force. */
export interface Designs {
  /** XML by process id. */
  processes: ReadonlyMap<string, string>;
  /** File text by rule set. */
  ruleSets: ReadonlyMap<string, string>;
  forms: ReadonlyMap<string, { processId: string; content: string }>;
}

export const NOTHING_NEW: Designs = { processes: new Map(), ruleSets: new Map(), forms: new Map() };

/** Drafts, items of a release or files of a folder as designs; what is neither diagram, rules nor form is left out. */
export function designsFrom(
  items: readonly { kind: string; id: string; content: string; processId?: string | null }[],
): Designs {
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return {
    processes: new Map(of('process').map((item) => [item.id, item.content])),
    ruleSets: new Map(of('rules').map((item) => [item.id, item.content])),
    forms: new Map(of('form').map((item) => [item.id, { processId: item.processId ?? '', content: item.content }])),
  };
}
