import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { AdjustableClock } from '../../../src/kernel/clock.ts';
import { randomIds } from '../../../src/kernel/ids.ts';
import { Calendar } from '../../../src/modules/calendar/index.ts';
import {
  type ClockWork,
  entities,
  extendDeadline,
  findDeadline,
  lampOf,
  openDeadline,
  pauseDeadline,
  resumeDeadline,
  stopDeadline,
  takeOverdue,
  takeWarnings,
} from '../../../src/modules/deadlines/index.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import { seededCalendar, yearFiles } from '../../support/calendar.ts';
import { testDatabase } from '../../support/database.ts';

describe('deadlines', () => {
  let db: OpenDatabase;
  const clock = new AdjustableClock('2026-11-23T02:00:00Z');
  beforeAll(async () => {
    db = await testDatabase(entities);
  });
  afterAll(() => db.close());

  const work = <T>(effect: (work: ClockWork) => Promise<T>, calendar = seededCalendar()): Promise<T> =>
    db.em().transactional((em) => effect({ em: em as never, actor: SYSTEM_ACTOR, clock, ids: randomIds(), calendar }));
  const open = (subjectId: string, days = 5, startsAt = '2026-11-23T02:00:00Z') =>
    work((w) =>
      openDeadline(w, {
        subjectType: 'demand',
        subjectId,
        kind: 'HANDLING',
        orgCode: '341500',
        departmentCode: '341500-GST',
        startsAt: new Date(startsAt),
        days,
      }),
    );
  const clockOf = async (w: ClockWork, subjectId: string) => (await findDeadline(w, 'demand', subjectId, 'HANDLING'))!;

  test('five working days from Monday end on the next Monday at close of business', async () => {
    const deadline = await open('plain');
    expect(deadline.dueAt.toISOString()).toBe('2026-11-30T09:30:00.000Z');
    const again = await open('plain');
    expect(again.id).toBe(deadline.id);
  });

  test('an extension keeps the start and counts the total; old and new are in history', async () => {
    await open('extended');
    const extended = await work(async (w) => extendDeadline(w, await clockOf(w, 'extended'), 10, '需实地核查'));
    expect(extended.dueDate).toBe('2026-12-07');
    const events = await readTimeline(db.database, 'demand', 'extended');
    expect(events[1]).toMatchObject({
      type: 'deadline.extended',
      payload: { from: '2026-11-30T09:30:00.000Z', to: '2026-12-07T09:30:00.000Z', reason: '需实地核查' },
    });
    await expect(work(async (w) => extendDeadline(w, await clockOf(w, 'extended'), 9, '再延'))).rejects.toThrow(
      '无需延期',
    );
  });

  test.each([
    ['on time, at the last second', '2026-11-30T09:30:00Z', false, 0],
    ['late on the same day', '2026-11-30T09:30:01Z', true, 0],
    ['late by two working days over a weekend', '2026-12-02T02:00:00Z', true, 2],
  ])('stopped %s', async (name, at, overdue, days) => {
    await open(name);
    const stopped = await work(async (w) => stopDeadline(w, await clockOf(w, name), new Date(at)));
    expect(stopped).toMatchObject({ status: 'STOPPED', overdue, overdueDays: days });
  });

  test('a pause adds its working days', async () => {
    await open('paused');
    await work(async (w) => pauseDeadline(w, await clockOf(w, 'paused'), '等待外部单位'));
    clock.set('2026-11-26T02:00:00Z');
    const resumed = await work(async (w) => resumeDeadline(w, await clockOf(w, 'paused')));
    expect(resumed).toMatchObject({ pausedDays: 3, dueDate: '2026-12-03', totalDays: 5 });
    clock.set('2026-11-23T02:00:00Z');
  });

  test('R16: each clock keeps its own reminder: by its urgency, on the days of its bureau, moved with its due day', async () => {
    await db.database.query('delete from deadline');
    const local = new Calendar({
      version: 2,
      years: yearFiles,
      days: [
        ...yearFiles.flatMap((year) => year.days),
        { date: '2026-11-27', kind: 'TEMP_CLOSURE', name: '暴雪停班', orgCode: '341525' },
      ],
      hours: [],
    });
    const start = (subjectId: string, warnBefore: number, orgCode = '341500') =>
      work(
        (w) =>
          openDeadline(w, {
            subjectType: 'demand',
            subjectId,
            kind: 'HANDLING',
            orgCode,
            departmentCode: null,
            startsAt: new Date('2026-11-23T02:00:00Z'),
            days: 5,
            warnBefore,
          }),
        local,
      );
    await start('ordinary', 1);
    await start('critical', 2);
    await start('snowed-in', 2, '341525');
    const [extended] = [await start('extended-later', 1)];
    const take = async (now: string) =>
      (await db.database.transaction((tx) => takeWarnings(tx, new Date(now), new Date(now), 100)))
        .map((d) => d.subjectId)
        .sort();
    // Due on Monday the 30th; in the bureau closed on the 27th on Tuesday, so that two working days before is the 26th there too.
    expect(await take('2026-11-25T15:59:59Z')).toEqual([]);
    expect(await take('2026-11-25T16:00:00Z')).toEqual(['critical', 'snowed-in']);
    await work(async (w) => extendDeadline(w, await clockOf(w, 'extended-later'), 8, '延期'), local);
    expect(await take('2026-11-26T16:00:00Z')).toEqual(['ordinary']);
    expect(await take('2026-11-27T16:00:00Z')).toEqual([]);
    expect(extended.warnAt?.toISOString()).toBe('2026-11-26T16:00:00.000Z');
    expect((await work((w) => clockOf(w, 'snowed-in'))).warnAt?.toISOString()).toBe('2026-11-25T16:00:00.000Z');
  });

  test('the sweep takes each clock once', async () => {
    await db.database.query('delete from deadline');
    await open('near');
    await open('far', 9);
    const now = new Date('2026-11-29T16:00:00Z');
    const take = () => db.database.transaction((tx) => takeWarnings(tx, now, new Date('2026-11-30T10:00:00Z'), 100));
    expect((await take()).map((d) => d.subjectId)).toEqual(['near']);
    expect(await take()).toEqual([]);
    const late = () => db.database.transaction((tx) => takeOverdue(tx, new Date('2026-12-01T00:00:00Z'), 100));
    expect((await late()).map((d) => d.subjectId)).toEqual(['near']);
    expect(await late()).toEqual([]);
  });
});

describe('lamp', () => {
  const calendar = seededCalendar();
  const clockDue = (dueDate: string, more = {}) => ({
    status: 'OPEN',
    dueAt: new Date(`${dueDate}T17:30:00+08:00`),
    dueDate,
    provisional: false,
    overdue: null,
    overdueDays: null,
    pauseReason: null,
    orgCode: '341500',
    ...more,
  });
  test.each([
    ['2026-11-26', 'green', '正常 · 剩 3 个工作日'],
    ['2026-11-24', 'yellow', '临期 · 剩 1 个工作日'],
    ['2026-11-23', 'orange', '今日到期 · 17:30 前'],
    ['2026-11-20', 'red', '已逾期 1 个工作日'],
  ])('due %s', (due, colour, text) => {
    expect(lampOf(clockDue(due), new Date('2026-11-23T10:00:00+08:00'), calendar)).toMatchObject({ colour, text });
  });
  test('where the calendar has no data the lamp still says what is sure, and no number', () => {
    expect(lampOf(clockDue('2027-12-31'), new Date('2028-01-04T10:00:00+08:00'), calendar)).toMatchObject({
      colour: 'red',
      text: '已逾期',
    });
    expect(lampOf(clockDue('2028-01-05'), new Date('2027-12-30T10:00:00+08:00'), calendar).text).toBe(
      '未到期 · 剩余天数等日历导入',
    );
  });
  test('past close of business on the same day', () => {
    expect(lampOf(clockDue('2026-11-23'), new Date('2026-11-23T18:00:00+08:00'), calendar).text).toBe(
      '已逾期，不足 1 个工作日',
    );
  });
  test('stopped clocks show the verdict', () => {
    expect(
      lampOf(clockDue('2026-11-23', { status: 'STOPPED', overdue: true, overdueDays: 2 }), new Date(), calendar).text,
    ).toBe('逾期办结 2 个工作日');
  });
});
