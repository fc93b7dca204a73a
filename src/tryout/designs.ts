/** Designs that are tried: what is named here stands in place of what is in force. */
export interface Designs {
  /** XML by process id. */
  processes: ReadonlyMap<string, string>;
  /** File text by rule set. */
  ruleSets: ReadonlyMap<string, string>;
  forms: ReadonlyMap<string, { processId: string; content: string }>;
}

export const NOTHING_NEW: Designs = { processes: new Map(), ruleSets: new Map(), forms: new Map() };
