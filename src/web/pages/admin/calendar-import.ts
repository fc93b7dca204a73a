import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { isDomainError } from '../../../kernel/errors.ts';
import { arrangedDays, missingHolidays, readArrangement, type YearFile } from '../../../modules/calendar/index.ts';
import { type CalendarPreview, publishCalendarYear, rehearseYear } from '../../../modules/deadlines/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, typedIn } from '../../plain-form.ts';
import { rehearse } from '../../rehearse.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { CLOCKS } from '../clock-names.ts';
import { daysInWords, yearOf } from './calendar.ts';
import { calendarBar } from './frame.ts';

const FIELDS: FieldSpec[] = [
  {
    type: 'textarea',
    name: 'text',
    label: '放假安排',
    required: true,
    rows: 14,
    hint: '粘贴国务院办公厅通知的正文；或每行一个日子，例如“2027-02-06,放假,春节”“2027-02-20,补班,春节调休上班”；或粘贴 JSON。',
  },
  {
    type: 'textfield',
    name: 'source',
    label: '来源',
    hint: '通知名称和文号。粘贴的正文里有文号的，可以不填。',
  },
];

/** P29 import: paste, look at what would change, publish. Nothing is kept until it is published. */
export function calendarImportPages(house: House): Route[] {
  const common = { permission: 'calendar.edit', scope: '全部（件号和日期，不含个人信息）' } as const;
  return [
    {
      method: 'get',
      path: '/calendar/import',
      ...common,
      async handle({ req, res }) {
        await drawForm(house, res, yearOf(req.query.year, shanghaiDate(house.clock.now())), {}, []);
      },
    },
    { method: 'post', path: '/calendar/import', ...common, handle: (ask) => preview(house, ask) },
    { method: 'post', path: '/calendar/publish', ...common, handle: (ask) => publish(house, ask) },
  ];
}

async function drawForm(
  house: House,
  res: Ask['res'],
  year: number,
  values: Typed,
  problems: ReturnType<typeof problemViews>,
): Promise<void> {
  const current = await arrangedDays(house.sql, year);
  res.status(problems.length > 0 ? 422 : 200).render('admin/calendar/import', {
    title: `导入 ${year} 年放假安排`,
    year,
    fields: fieldViews(FIELDS, values, problems),
    problems,
    current: daysInWords(
      current.map((day) => ({ ...day, name: `${day.name}（${day.kind === 'HOLIDAY' ? '休' : '班'}）` })),
    ),
    bar: await calendarBar(house),
  });
}

/** Bad input comes back with every wrong line named; everything else is an error page. */
async function readOr(house: House, { req, res }: Ask, year: number): Promise<YearFile | undefined> {
  try {
    return readArrangement(String(req.body.text ?? ''), { year, source: textOf(req.body.source) ?? '' });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await drawForm(house, res, year, typedIn(req.body), problemViews(error.problems));
    return undefined;
  }
}

async function preview(house: House, ask: Ask): Promise<void> {
  const year = yearOf(ask.req.body.year, shanghaiDate(house.clock.now()));
  const file = await readOr(house, ask, year);
  if (!file) return;
  const seen = await rehearse(house, ask.actor, (unit) =>
    rehearseYear({ sql: sqlOf(unit.em), actor: ask.actor, clock: house.clock }, file),
  );
  await drawPreview(house, ask, file, seen, typedIn(ask.req.body), []);
}

async function drawPreview(
  house: House,
  { res, req }: Ask,
  file: YearFile,
  seen: CalendarPreview,
  values: Typed,
  problems: ReturnType<typeof problemViews>,
): Promise<void> {
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
  res.status(problems.length > 0 ? 422 : 200).render('admin/calendar/preview', {
    title: `${file.year} 年放假安排：发布前预览`,
    year: file.year,
    file,
    text: String(req.body.text ?? ''),
    version: seen.version,
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
    fields: fieldViews(
      [
        {
          type: 'textfield',
          name: 'reason',
          label: '发布原因',
          required: true,
          hint: '记入每个重算的期限，例如“国办发布 2027 年放假安排”。',
        },
      ],
      values,
      problems,
    ),
    problems,
    bar: await calendarBar(house),
  });
}

async function publish(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const year = yearOf(req.body.year, shanghaiDate(house.clock.now()));
  const file = await readOr(house, ask, year);
  if (!file) return;
  const reason = textOf(req.body.reason) ?? '';
  try {
    const { moved } = await house.transaction(actor, (unit) =>
      publishCalendarYear({ sql: sqlOf(unit.em), actor, clock: house.clock }, file, {
        reason,
        seenVersion: Number(req.body.version) || 0,
      }),
    );
    res.redirect(303, `/calendar?year=${year}&done=published&moved=${moved}`);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    const seen = await rehearse(house, actor, (unit) =>
      rehearseYear({ sql: sqlOf(unit.em), actor, clock: house.clock }, file),
    );
    await drawPreview(house, ask, file, seen, typedIn(req.body), problemViews(error.problems));
  }
}
