import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type OpenDatabase, sqlOf } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { AdjustableClock } from '../../../src/kernel/clock.ts';
import { randomIds } from '../../../src/kernel/ids.ts';
import { type Calendar, loadCalendar, seedCalendar, type YearFile } from '../../../src/modules/calendar/index.ts';
import {
  type ClockWork,
  closeForDay,
  entities,
  findDeadline,
  openDeadline,
  publishCalendarYear,
  type RecomputeWork,
  rehearseYear,
  reopenDay,
  setHours,
  stopDeadline,
  takeWarnings,
  withdrawHours,
} from '../../../src/modules/deadlines/index.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import { yearFiles } from '../../support/calendar.ts';
import { testDatabase } from '../../support/database.ts';

const NEW_2027: YearFile = {
  year: 2027,
  status: 'PUBLISHED',
  source: '测试通知',
  days: [
    { date: '2027-01-01', kind: 'HOLIDAY', name: '元旦' },
    { date: '2027-01-04', kind: 'HOLIDAY', name: '元旦' },
    { date: '2027-01-09', kind: 'MAKEUP_WORKDAY', name: '元旦调休上班' },
  ],
};

describe('changes of the calendar move open clocks', () => {
  let db: OpenDatabase;
  const clock = new AdjustableClock('2026-12-28T02:00:00Z');
  beforeAll(async () => {
    db = await testDatabase(entities);
    await db.database.transaction((tx) => seedCalendar(tx, yearFiles));
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    clock.set('2026-12-28T02:00:00Z');
    await db.database.query('delete from deadline');
  });

  const work = <T>(effect: (work: ClockWork & RecomputeWork) => Promise<T>): Promise<T> =>
    db.em().transactional(async (em) => {
      const sql = sqlOf(em as never);
      return effect({
        em: em as never,
        sql,
        actor: SYSTEM_ACTOR,
        clock,
        ids: randomIds(),
        calendar: await loadCalendar(sql),
      });
    });
  const open = (subjectId: string, days = 5, orgCode = '341500', startsAt = '2026-12-28T02:00:00Z') =>
    work((w) =>
      openDeadline(w, {
        subjectType: 'demand',
        subjectId,
        kind: 'HANDLING',
        orgCode,
        departmentCode: null,
        startsAt: new Date(startsAt),
        days,
      }),
    );
  const clockOf = (subjectId: string) => work(async (w) => (await findDeadline(w, 'demand', subjectId, 'HANDLING'))!);
  const eventsOf = (subjectId: string) => readTimeline(db.database, 'demand', subjectId);

  class Undo extends Error {}
  /** The rehearsal as pages do it: done and rolled back. */
  async function rehearse(file: YearFile) {
    let preview: Awaited<ReturnType<typeof rehearseYear>> | undefined;
    await work(async (w) => {
      preview = await rehearseYear(w, file);
      throw new Undo();
    }).catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
    return preview!;
  }

  test('a rehearsal names days and clocks and changes nothing; publishing does exactly that', async () => {
    await open('over-new-year');
    await open('before');
    await work(async (w) =>
      stopDeadline(w, (await findDeadline(w, 'demand', 'before', 'HANDLING'))!, new Date('2026-12-29T02:00:00Z')),
    );
    await open('short', 1);
    expect((await clockOf('over-new-year')).dueDate).toBe('2027-01-05');
    const preview = await rehearse(NEW_2027);
    expect(preview.difference.added.map((day) => day.date)).toEqual(['2027-01-04', '2027-01-09']);
    expect(preview.difference.removed).toHaveLength(12);
    expect(
      preview.moved.map((item) => [
        item.subjectId,
        item.oldDueDate,
        item.newDueDate,
        item.wasProvisional,
        item.provisional,
      ]),
    ).toEqual([['over-new-year', '2027-01-05', '2027-01-06', true, false]]);
    expect((await clockOf('over-new-year')).dueDate).toBe('2027-01-05');

    await expect(
      work((w) => publishCalendarYear(w, NEW_2027, { reason: '国办通知', seenVersion: preview.version + 1 })),
    ).rejects.toMatchObject({ code: 'Conflict', reason: 'calendar-changed' });
    await expect(work((w) => publishCalendarYear(w, NEW_2027, { reason: ' ' }))).rejects.toThrow('1 处需要修改');
    const done = await work((w) =>
      publishCalendarYear(w, NEW_2027, { reason: '国办通知', seenVersion: preview.version }),
    );
    expect(done).toEqual({ version: preview.version + 1, moved: 1 });
    expect(await clockOf('over-new-year')).toMatchObject({
      dueDate: '2027-01-06',
      provisional: false,
      calendarVersion: done.version,
    });
    expect((await eventsOf('over-new-year')).at(-1)).toMatchObject({
      type: 'deadline.recomputed',
      payload: {
        from: '2027-01-05T09:30:00.000Z',
        to: '2027-01-06T09:30:00.000Z',
        reason: '国办通知',
        calendarVersion: done.version,
        provisional: false,
      },
    });
    expect((await eventsOf('before')).map((event) => event.type)).not.toContain('deadline.recomputed');
    expect((await readTimeline(db.database, 'calendar', 'working-days')).at(-1)).toMatchObject({
      type: 'calendar.published',
      payload: { year: 2027, moved: 1, version: done.version, reason: '国办通知' },
    });
  });

  test('a closure moves the clocks of its bureau, and taking it back moves them back', async () => {
    await open('here', 2, '341525');
    await open('elsewhere', 2, '341500');
    expect(
      await work((w) => closeForDay(w, { date: '2026-12-29', name: '暴雪停班', orgCode: '341525' })),
    ).toMatchObject({ moved: 1 });
    expect((await clockOf('here')).dueDate).toBe('2026-12-31');
    expect((await clockOf('elsewhere')).dueDate).toBe('2026-12-30');
    const again = await work((w) => closeForDay(w, { date: '2026-12-29', name: '再停', orgCode: '341525' })).catch(
      (error) => error,
    );
    expect(again.problems[0].message).toContain('本来就不上班（暴雪停班）');
    expect(await work((w) => reopenDay(w, { date: '2026-12-29', orgCode: '341525' }))).toMatchObject({ moved: 1 });
    expect((await clockOf('here')).dueDate).toBe('2026-12-30');
    expect(
      (await eventsOf('here'))
        .filter((event) => event.type === 'deadline.recomputed')
        .map((event) => event.payload.reason),
    ).toEqual(['2026-12-29 暴雪停班', '撤销 2026-12-29 暴雪停班']);
  });

  test('a closure over a make-up workday gives the workday back', async () => {
    const closure = { date: '2026-10-10', name: '台风停班', orgCode: null };
    clock.set('2026-10-08T02:00:00Z');
    const works = () => work(async (w) => (w.calendar as Calendar).isWorkday('2026-10-10', '341500'));
    await work((w) => closeForDay(w, closure));
    expect(await works()).toBe(false);
    await work((w) => reopenDay(w, closure));
    expect(await works()).toBe(true);
  });

  test.each([
    [{ date: '2026-12-27', name: '停班', orgCode: null }, '2026-12-27 本来就不上班（周末），不用停班。'],
    [{ date: '2027-02-30', name: '停班', orgCode: null }, '“2027-02-30”不是有效日期'],
    [{ date: '2026-12-30', name: ' ', orgCode: null }, '“停班原因”还没有填写'],
  ])('a closure that cannot be is refused: %j', async (closure, message) => {
    const refused = await work((w) => closeForDay(w, closure)).catch((error: unknown) => error);
    expect(JSON.stringify((refused as { problems: unknown }).problems)).toContain(message);
  });

  test('a verdict that has fallen is never rewritten: the past due day stays, stopped or not', async () => {
    await open('late', 1);
    clock.set('2026-12-30T02:00:00Z');
    await expect(work((w) => reopenDay(w, { date: '2026-12-29', orgCode: null }))).rejects.toThrow('已经过去');
    await work((w) => closeForDay(w, { date: '2026-12-31', name: '停班', orgCode: null }));
    expect(await clockOf('late')).toMatchObject({ dueDate: '2026-12-29' });
    expect((await eventsOf('late')).map((event) => event.type)).toEqual(['deadline.opened']);
    clock.set('2026-12-30T03:00:00Z');
    await work((w) => reopenDay(w, { date: '2026-12-31', orgCode: null }));
  });

  test('hours of a bureau from a day on move its due moments; a clock with more time is warned about anew', async () => {
    await open('seasonal', 3, '341524');
    await db.database.transaction((tx) => takeWarnings(tx, clock.now(), new Date('2026-12-31T15:00:00Z'), 10));
    expect((await clockOf('seasonal')).warnedAt).not.toBeNull();
    const winter = {
      orgCode: '341524',
      from: '2026-12-31',
      name: '冬季作息',
      opens: '08:30',
      lunchFrom: '12:00',
      lunchTo: '14:30',
      close: '18:00',
    };
    await expect(work((w) => setHours(w, { ...winter, from: '2026-12-28' }))).rejects.toThrow('1 处需要修改');
    await expect(work((w) => setHours(w, { ...winter, close: '25:00', name: '' }))).rejects.toThrow('2 处需要修改');
    await expect(work((w) => setHours(w, { ...winter, lunchTo: '11:00' }))).rejects.toThrow('1 处需要修改');
    expect(await work((w) => setHours(w, winter))).toMatchObject({ moved: 1 });
    const moved = await clockOf('seasonal');
    expect(moved.dueAt.toISOString()).toBe('2026-12-31T10:00:00.000Z');
    expect(moved.warnedAt).toBeNull();
    await expect(work((w) => setHours(w, winter))).rejects.toThrow('1 处需要修改');
    const [row] = await db.database.query<{ id: string }>(
      `select id::text as id from work_hours where org_code = '341524'`,
    );
    expect(await work((w) => withdrawHours(w, row!.id))).toMatchObject({ moved: 1 });
    expect((await clockOf('seasonal')).dueAt.toISOString()).toBe('2026-12-31T09:30:00.000Z');
  });

  test('thousands of clocks are moved in bounded batches, each with its event', async () => {
    await db.database.query(
      `insert into deadline (id, subject_type, subject_id, kind, org_code, starts_at, base_days, total_days, due_at, due_date, calendar_version, provisional, status)
       select 'bulk-' || lpad(n::text, 6, '0'), 'demand', 'bulk-' || n, 'HANDLING', '341500', '2026-12-28T02:00:00Z', 2, 2, '2026-12-30T09:30:00Z', '2026-12-30', 1, false, 'OPEN'
       from generate_series(1, 2500) n`,
    );
    expect(await work((w) => closeForDay(w, { date: '2026-12-29', name: '停班', orgCode: null }))).toMatchObject({
      moved: 2500,
    });
    const [row] = await db.database.query<{ n: number }>(
      `select count(*)::int as n from deadline d join history_event e on e.subject_id = d.subject_id and e.type = 'deadline.recomputed' where d.due_date = '2026-12-31'`,
    );
    expect(row!.n).toBe(2500);
  });
});
