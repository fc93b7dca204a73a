import type { Actor } from '../../../kernel/actor.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { countsRestricted, may } from '../../../modules/access/index.ts';
import type { BehindNumber } from '../../../modules/demands/index.ts';
import type { OrgDirectory } from '../../../modules/org/index.ts';
import {
  behindCell,
  behindNumber,
  behindTopic,
  definitionsOn,
  findTopic,
  isIndicator,
  isPart,
  isUnitColumn,
  type Period,
  questionOf,
  readPeriod,
  UNIT_COLUMNS,
  type UnitColumn,
} from '../../../modules/statistics/index.ts';
import type { House } from '../../house.ts';
import { bureauFor } from './asked.ts';

/**
 * The list behind a number: a ledger address names indicator or column, part, period, bureau and way of counting; the condition is made by the
 * statistics from the very words that made the number.
 */
interface Named {
  what: { indicator: string; part: 'among' | 'counted' | 'missed' } | { column: string; departmentCode?: string };
  period: Period;
  orgCode?: string;
  net: boolean;
}

const ALL = '-';

/** The address of the list behind an indicator. */
export const indicatorHref = (
  indicator: string,
  part: 'among' | 'counted' | 'missed',
  at: { period: Period; orgCode?: string; net: boolean },
): string => href(['i', indicator, part, at.period.key, at.orgCode ?? ALL, at.net ? 'net' : 'all']);

/** The address of the list behind a cell of the table of units. */
export const cellHref = (
  column: string,
  at: { period: Period; orgCode?: string; departmentCode?: string; net: boolean },
): string => href(['u', column, at.departmentCode ?? ALL, at.period.key, at.orgCode ?? ALL, at.net ? 'net' : 'all']);

const href = (parts: readonly string[]) => `/demands?behind=${encodeURIComponent(parts.join('~'))}`;

function read(key: string, actor: Actor): Named | undefined {
  const [kind, name, third, periodKey, org, way] = key.split('~');
  const period = readPeriod(periodKey ?? '');
  if (!period || !name || !third || !org) return undefined;
  const orgCode = bureauFor(actor, org === ALL ? undefined : org);
  const rest = { period, ...(orgCode ? { orgCode } : {}), net: way === 'net' };
  if (kind === 'i' && isIndicator(name) && isPart(third)) return { what: { indicator: name, part: third }, ...rest };
  if (kind === 'u' && isUnitColumn(name))
    return { what: { column: name, ...(third === ALL ? {} : { departmentCode: third }) }, ...rest };
  return undefined;
}

export interface Behind extends BehindNumber {
  /** What the list holds, in words. */
  words: string;
}

/** Reads the name of a list; nothing when there is none or the person may not see the numbers. */
export async function behindOf(house: House, actor: Actor, key: string | undefined): Promise<Behind | undefined> {
  if (!key || !may(actor, 'statistics.read')) return undefined;
  if (key.startsWith('t~')) return membersOf(house, actor, key);
  const named = read(key, actor);
  if (!named) return undefined;
  const now = house.clock.now();
  const { what, period, orgCode, net } = named;
  const withRestricted = countsRestricted(actor);
  const directory = await house.directory();
  if ('column' in what)
    return {
      key,
      words: words(directory, named, UNIT_COLUMNS[what.column as UnitColumn] ?? '有效评价'),
      condition: (parameters) =>
        behindCell(
          { ...what, period, net, asOf: now, withRestricted, ...(orgCode ? { orgCode } : {}) },
          what.column,
          parameters,
        ),
    };
  const question = await questionOf(house.sql, await house.calendar(), {
    period,
    now,
    withRestricted,
    ...(orgCode ? { orgCode } : {}),
  });
  const definitions = await definitionsOn(house.sql, shanghaiDate(now));
  const title = definitions.indicators.find(({ id }) => id === what.indicator)?.title ?? what.indicator;
  return {
    key,
    words: words(directory, named, `${title}的${PARTS[what.part]}`),
    condition: (parameters) => behindNumber(question, { ...what, net }, parameters),
  };
}

/** The demands of a group of common demands. */
async function membersOf(house: House, actor: Actor, key: string): Promise<Behind | undefined> {
  const topic = await findTopic(house.sql, key.split('~')[1]!);
  if (!topic || (actor.bureauLevel !== 'CITY' && topic.orgCode !== actor.orgCode)) return undefined;
  return {
    key,
    words: `共性群组“${topic.title}”`,
    condition: (parameters) => behindTopic(topic.id, parameters),
  };
}

const PARTS = { among: '分母', counted: '分子', missed: '未计入分子的件' } as const;

function words(directory: OrgDirectory, { what, period, orgCode, net }: Named, title: string): string {
  const department =
    'departmentCode' in what && what.departmentCode ? directory.department(what.departmentCode)?.name : undefined;
  const unit = department ?? (orgCode ? (directory.bureau(orgCode)?.shortName ?? orgCode) : '全市');
  return `${title}（${period.title}，${unit}，${net ? '不含剔除' : '含剔除'}）`;
}
