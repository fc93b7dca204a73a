import type { BothWays, Measure } from '../count-indicators.ts';
import type { Definitions } from '../definitions.ts';
import type { Intake } from '../intake.ts';
import type { Period } from '../period.ts';
import type { Report } from '../report.ts';
import type { UnitLine } from '../unit-table.ts';

/** A report as a bulletin freezes it: plain JSON, with the lists that go with it. */
export interface FrozenReport {
  period: Period;
  orgCode: string;
  unitName: string;
  definitionVersion: string;
  parameters: Definitions['parameters'];
  /** By indicator, then bureau; the empty code is the total. */
  indicators: Record<string, Record<string, BothWays>>;
  intake: Intake;
  intakeBefore: Intake;
  intakeYearBefore: Intake;
  channels: Record<string, string>;
  categories: Record<string, string>;
  tags: { tag: string; registered: number; before: number }[];
  routes: Record<string, number>;
  /** Lines of the table, by bureau or, in a county, by department. */
  units: (UnitLine & { name: string })[];
  topics: { title: string; members: number; lead: string; measures: string | null }[];
  /** Cards issued in the period: number, level, department, whether lifted. */
  supervision?: { number: string; level: string; department: string; lifted: boolean }[];
  deferrals: { number: string; category: string; reviewDate: string; missed: boolean }[];
}

export const indicatorsOf = (report: Report): FrozenReport['indicators'] => {
  const found: FrozenReport['indicators'] = {};
  for (const [org, line] of report.indicators) for (const [id, both] of line) found[id] = { ...found[id], [org]: both };
  return found;
};

/** The measure of the whole: everything asked for, without what is taken out on recognition. */
export const wholeOf = (report: FrozenReport, id: string, orgCode = ''): Measure =>
  report.indicators[id]?.[orgCode]?.net ?? { counted: 0, among: 0 };
