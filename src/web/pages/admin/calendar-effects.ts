import { missingHolidays, type YearFile } from '../../../modules/calendar/index.ts';
import type { CalendarPreview } from '../../../modules/deadlines/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { CLOCKS } from '../clock-names.ts';
import { daysInWords } from './calendar.ts';

/** What a year would change, for the one who imports it and for the one who signs it: days, and every clock that moves. */
export async function calendarEffects(house: House, file: YearFile, seen: CalendarPreview) {
  const directory = await house.directory();
  const { difference } = seen;
  const of = (kind: string) => difference.added.filter((day) => day.kind === kind);
  const ids = [...new Set(seen.moved.flatMap((item) => (item.subjectType === 'demand' ? [item.subjectId] : [])))];
  const rows = await house.sql.query<{ id: string; number: string; restricted: boolean }>(
    'select id, number, restricted from demand where id = any($1::text[])',
    [ids],
  );
  const demands = new Map(rows.map((row) => [row.id, row]));
  const soon = house.clock.now();
  const moved = seen.moved.map((item) => ({
    number: demands.get(item.subjectId)?.number ?? '',
    clock: CLOCKS[item.kind] ?? '期限',
    // Who handles a restricted demand says what it is about.
    host: demands.get(item.subjectId)?.restricted
      ? '限定可见'
      : [directory.bureau(item.orgCode)?.shortName, directory.department(item.departmentCode ?? '')?.name]
          .filter(Boolean)
          .join(' '),
    from: `${format.short(item.oldDueAt)} ${format.weekday(item.oldDueDate)}${item.wasProvisional ? '（暂定）' : ''}`,
    to: `${format.short(item.newDueAt)} ${format.weekday(item.newDueDate)}${item.provisional ? '（暂定）' : ''}`,
    change: +item.newDueAt === +item.oldDueAt ? 'same' : item.newDueAt < item.oldDueAt ? 'earlier' : 'later',
    past: item.newDueAt <= soon,
  }));
  const earlier = moved.filter((item) => item.change === 'earlier');
  return {
    year: file.year,
    file,
    missing: missingHolidays(file),
    holidays: daysInWords(of('HOLIDAY')),
    makeups: daysInWords(of('MAKEUP_WORKDAY')),
    removed: daysInWords(difference.removed),
    turned: daysInWords(difference.turned),
    counts: {
      holidays: of('HOLIDAY').length,
      makeups: of('MAKEUP_WORKDAY').length,
      removed: difference.removed.length,
      turned: difference.turned.length,
      unchanged: difference.unchanged,
    },
    moved,
    movedDemands: new Set(moved.map((item) => item.number)).size,
    earlier: earlier.length,
    past: earlier.filter((item) => item.past).length,
    later: moved.filter((item) => item.change === 'later').length,
    settled: moved.filter((item) => item.change === 'same').length,
  };
}
