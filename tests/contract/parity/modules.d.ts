declare module '*/normal.mjs' {
  export function normalise(records: unknown[], startMs: number): { kind: string; intent: string; step: number }[];
  export function summarise(events: unknown[]): unknown;
}
declare module '*/compare.mjs' {
  export function isRequired(event: unknown): boolean;
  export function compare(
    golden: unknown,
    actual: unknown,
    models: string[],
  ): { required: string[]; informative: string[] };
}
