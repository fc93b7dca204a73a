import { rehearseIn } from '../../db/rehearse.ts';
import type { Sql } from '../../db/sql.ts';
import { type Actor, SYSTEM_ACTOR } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { arrangedDays, missingHolidays, type YearFile, yearRecord } from '../../modules/calendar/index.ts';
import { type CalendarPreview, publishCalendarYear, rehearseYear } from '../../modules/deadlines/index.ts';
import { type Check, checkOf, type Release } from '../../modules/processes/index.ts';

type Transaction = <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;

/** What the year of a release would change now: done and undone. */
const rehearsed = (transaction: Transaction, clock: Clock, file: YearFile): Promise<CalendarPreview> =>
  rehearseIn(transaction, (sql: Sql) => rehearseYear({ sql, actor: SYSTEM_ACTOR, clock }, file));

/** The check of a year of the calendar: days that are wrong, clocks that move, and those that would be overdue at once. */
export const calendarCheck =
  (transaction: Transaction, clock: Clock) =>
  async (release: Release): Promise<Check | undefined> => {
    const item = release.items.find((one) => one.kind === 'calendar');
    if (!item) return undefined;
    const file = JSON.parse(item.content) as YearFile;
    const href = `/releases/${release.id}/calendar/${item.id}`;
    try {
      const { difference, moved } = await rehearsed(transaction, clock, file);
      const demands = new Set(moved.map((one) => one.subjectId)).size;
      const past = moved.filter((one) => +one.newDueAt < +one.oldDueAt && one.newDueAt <= clock.now()).length;
      const missing = missingHolidays(file);
      return checkOf(
        'calendar',
        '日历的影响',
        `增加 ${difference.added.length} 天，减少 ${difference.removed.length} 天，改变 ${difference.turned.length} 天；在办 ${demands} 件到期日会变`,
        [
          ...(past > 0
            ? [
                {
                  severity: 'warning' as const,
                  where: `${file.year} 年`,
                  what: `${past} 个期限发布后即为逾期`,
                  mend: '先与主办部门沟通',
                  href,
                },
              ]
            : []),
          ...(missing.length > 0
            ? [
                {
                  severity: 'warning' as const,
                  where: `${file.year} 年`,
                  what: `没有${missing.join('、')}`,
                  mend: '请确认通知已经完整粘贴',
                },
              ]
            : []),
        ],
        href,
      );
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'Invalid') throw error;
      return checkOf(
        'calendar',
        '日历的影响',
        '放假安排有问题',
        error.problems.map((problem: FieldProblem) => ({
          severity: 'error' as const,
          where: `${file.year} 年`,
          what: problem.message,
        })),
      );
    }
  };

/** Publishes the year of a release in the transaction and keeps what stood there before, so that it can be put back. */
export const calendarPublisher =
  (clock: Clock) => async (sql: Sql, content: string, by: { actor: Actor; reason: string }) => {
    const file = JSON.parse(content) as YearFile;
    const days = await arrangedDays(sql, file.year);
    const record = await yearRecord(sql, file.year);
    const previous =
      record && days.length > 0
        ? JSON.stringify({ year: file.year, status: record.status, source: record.source, days }, null, 2)
        : null;
    const { version } = await publishCalendarYear({ sql, actor: by.actor, clock }, file, { reason: by.reason });
    return { version, previous };
  };
