import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import { readDay } from '../../../modules/calendar/index.ts';
import { exposureOf, listReveals, revealAlarms } from '../../../modules/demands/index.ts';
import { activeRuleSet } from '../../../modules/rules/index.ts';
import { format, longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { leaveTrail, requireCity } from './trail.ts';

const LIMIT = 200;
/** How far back unusual days are listed. */
const LOOK_BACK_DAYS = 90;

/** P37: who saw personal data in full, what is unusual about it, and everybody who has seen one demand. */
export function accessPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/audit/access',
      permission: 'audit.read',
      scope: '全市（只读，查询留痕）',
      handle: (ask) => show(house, ask),
    },
  ];
}

async function show(house: House, { req, res, actor }: Ask): Promise<void> {
  requireCity(actor);
  const now = house.clock.now();
  const today = shanghaiDate(now);
  const asked = (name: string) => textOf(req.query[name]) ?? '';
  const filter = {
    who: asked('who'),
    number: asked('number').toUpperCase(),
    from: dayOr(asked('from'), today),
    to: dayOr(asked('to'), today),
  };
  const parameters = (await activeRuleSet(house.sql, 'deadlines', today)).default.outcome;
  const threshold = Number(parameters['reveal.daily_alarm']);
  const [rows, alarms, directory] = await Promise.all([
    listReveals(house.sql, {
      ...(filter.who ? { who: filter.who } : {}),
      ...(filter.number ? { number: filter.number } : {}),
      ...(filter.from ? { from: filter.from } : {}),
      ...(filter.to ? { to: filter.to } : {}),
      limit: LIMIT,
    }),
    revealAlarms(house.sql, threshold, new Date(+shanghaiInstant(today) - LOOK_BACK_DAYS * 86_400_000)),
    house.directory(),
  ]);
  const scopeNumber = asked('scope').toUpperCase();
  const exposure = scopeNumber ? await exposureFor(house, scopeNumber) : null;
  const trail = Object.fromEntries(Object.entries({ ...filter, scope: scopeNumber }).filter(([, value]) => value));
  await leaveTrail(house, actor, 'audit.access-read', { filter: trail, count: rows.length });
  res.render('audit/access', {
    title: '敏感信息访问',
    filter,
    threshold,
    rows: rows.map((row) => ({
      ...row,
      when: format.time(row.at),
      bureau: directory.bureau(row.orgCode)?.shortName ?? '',
    })),
    full: rows.length === LIMIT,
    alarms: alarms.map((alarm) => ({ ...alarm, dayText: longDay(alarm.day) })),
    lookBack: LOOK_BACK_DAYS,
    scopeNumber,
    exposure,
  });
}

const dayOr = (text: string, today: string): string => {
  const day = text ? readDay(text, today) : '';
  return /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : '';
};

async function exposureFor(house: House, number: string) {
  const [demand] = await house.sql.query<{ id: string }>('select id from demand where number = $1', [number]);
  if (!demand) return { unknown: true, rows: [] };
  const rows = await exposureOf(house.sql, demand.id);
  return {
    unknown: false,
    rows: rows.map((row) => ({ ...row, first: format.time(row.at), latest: format.time(row.last) })),
  };
}
