declare module '*/normal.mjs' {
  export function normalise(records: unknown[], startMs: number): unknown[];
  export function summarise(events: unknown[]): unknown;
}
declare module '*/compare.mjs' {
  export function compare(
    golden: unknown,
    actual: unknown,
    models: string[],
  ): { required: string[]; informative: string[] };
}
