import {
  type Period,
  UNIT_COLUMNS,
  UNIT_RATES,
  type UnitColumn,
  type UnitLine,
} from '../../../modules/statistics/index.ts';
import { cellHref } from './behind.ts';
import { percent } from './shown.ts';

export interface UnitCell {
  column: UnitColumn;
  text: string;
  /** For a file: a number where it is one. */
  value: string | number | null;
  href: string | null;
}
export interface UnitRow {
  name: string;
  cells: UnitCell[];
}

const COLUMNS = Object.keys(UNIT_COLUMNS) as UnitColumn[];

/** Lines of the table of units as people read them; every count opens its list. */
export function unitRows(
  lines: readonly UnitLine[],
  at: { period: Period; net: boolean; small: number; orgCode?: string },
  nameOf: (line: UnitLine) => string,
): UnitRow[] {
  const rows = lines.map((line) => ({
    name: nameOf(line),
    cells: cellsOf(line, at.small, (column) =>
      cellHref(column, {
        period: at.period,
        net: at.net,
        orgCode: line.orgCode,
        ...(line.departmentCode ? { departmentCode: line.departmentCode } : {}),
      }),
    ),
  }));
  if (lines.length < 2) return rows;
  const total = sumOf(lines);
  return [
    ...rows,
    {
      name: '合计',
      cells: cellsOf(total, at.small, (column) =>
        cellHref(column, { period: at.period, net: at.net, ...(at.orgCode ? { orgCode: at.orgCode } : {}) }),
      ),
    },
  ];
}

function cellsOf(line: UnitLine, small: number, href: (column: UnitColumn) => string): UnitCell[] {
  const numbers = line as unknown as Record<string, number>;
  return COLUMNS.map((column): UnitCell => {
    if (column === 'averageDays')
      return {
        column,
        text: line.averageDays === null ? '—' : line.averageDays.toFixed(1),
        value: line.averageDays,
        href: null,
      };
    const rate = UNIT_RATES[column];
    if (!rate) {
      const count = numbers[column]!;
      return { column, text: count.toLocaleString('en'), value: count, href: count > 0 ? href(column) : null };
    }
    const over = rate.over === 'completed' ? line.onTime + line.late : numbers[rate.over]!;
    const of = rate.of.reduce((sum, name) => sum + numbers[name]!, 0);
    const text = over === 0 ? '—' : over < small ? `${of}/${over}` : percent(of / over);
    return { column, text, value: text, href: null };
  });
}

function sumOf(lines: readonly UnitLine[]): UnitLine {
  const total: Record<string, number> = {};
  for (const line of lines)
    for (const [key, value] of Object.entries(line))
      if (typeof value === 'number') total[key] = (total[key] ?? 0) + value;
  // An average of averages would say something else than it seems to.
  const done = lines.filter((line) => line.averageDays !== null);
  const days = done.reduce((sum, line) => sum + line.averageDays! * (line.onTime + line.late), 0);
  const over = done.reduce((sum, line) => sum + line.onTime + line.late, 0);
  return {
    ...(total as unknown as UnitLine),
    orgCode: '',
    averageDays: over > 0 ? Math.round((days / over) * 10) / 10 : null,
  };
}

export const UNIT_HEAD = COLUMNS.map((column) => ({ column, title: UNIT_COLUMNS[column] }));
