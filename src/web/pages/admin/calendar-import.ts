import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, invalid, isDomainError } from '../../../kernel/errors.ts';
import {
  type ArrangedDay,
  arrangedDays,
  calendarVersion,
  daysElsewhere,
  readArrangement,
  type YearFile,
} from '../../../modules/calendar/index.ts';
import { type CalendarPreview, rehearseYear } from '../../../modules/deadlines/index.ts';
import {
  beginRelease,
  type Candidate,
  contentOf,
  explainWarnings,
  findRelease,
  keepReport,
  nextReleaseId,
  type Release,
  runChecks,
  submitRelease,
} from '../../../modules/processes/index.ts';
import { longDay } from '../../format.ts';
import type { House, Unit } from '../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, typedIn } from '../../plain-form.ts';
import { rehearse } from '../../rehearse.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { daysInWords, yearOf } from './calendar.ts';
import { calendarEffects } from './calendar-effects.ts';
import { calendarBar } from './frame.ts';
import { tellRelease } from './releases/tell.ts';

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

/** P29 import: paste, look at what would change, send to whoever signs. Nothing is kept until it is sent, nothing in force until it is signed. */
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
    { method: 'post', path: '/calendar/review', ...common, handle: (ask) => sendToReview(house, ask) },
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
  const effects = await calendarEffects(house, file, seen);
  const text = String(req.body.text ?? '');
  res.status(problems.length > 0 ? 422 : 200).render('admin/calendar/preview', {
    title: `${file.year} 年放假安排：发布前预览`,
    ...effects,
    text,
    elsewhere: await notYetThere(house, daysElsewhere(text, file.year)),
    version: seen.version,
    fields: fieldViews(
      [
        {
          type: 'textfield',
          name: 'reason',
          label: '发布原因',
          required: true,
          hint: '记入每个重算的期限，例如“国办发布 2027 年放假安排”。',
        },
        ...(effects.past > 0 || effects.missing.length > 0
          ? [
              {
                type: 'textarea' as const,
                name: 'accept',
                label: '上面的提醒为什么可以接受',
                required: true,
                rows: 2,
              },
            ]
          : []),
      ],
      values,
      problems,
    ),
    problems,
    bar: await calendarBar(house),
  });
}

/** Days of a neighbouring year that its calendar does not have as the notice has them. */
async function notYetThere(house: House, days: readonly ArrangedDay[]): Promise<string[]> {
  const missing: string[] = [];
  for (const day of days) {
    const there = await arrangedDays(house.sql, Number(day.date.slice(0, 4)));
    if (there.some((item) => item.date === day.date && item.kind === day.kind)) continue;
    missing.push(`${longDay(day.date)}${day.kind === 'HOLIDAY' ? `（${day.name}）放假` : '上班'}`);
  }
  return missing;
}

/** The year goes to whoever signs, as a release of its own; nothing is in force, and no clock moves, before that. */
async function sendToReview(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const year = yearOf(req.body.year, shanghaiDate(house.clock.now()));
  const file = await readOr(house, ask, year);
  if (!file) return;
  const by = { actor, now: house.clock.now() };
  const reason = textOf(req.body.reason) ?? '';
  try {
    if (!reason)
      throw invalid('没有送复核', [
        { pointer: '/reason', message: '“发布原因”还没有填写，例如“国办发布 2027 年放假安排”。' },
      ]);
    const item: Candidate = {
      kind: 'calendar',
      id: String(year),
      title: `${year} 年工作日历`,
      content: `${JSON.stringify(file, null, 2)}\n`,
      basedOn: null,
      authors: [actor.login],
    };
    // Checked as it would be, outside the transaction that keeps it.
    const checks = await runChecks(
      house.gate(),
      await rehearse(house, actor, (unit) => begin(unit, item, 'rehearsal')),
    );
    const { id, state } = await house.transaction(actor, async (unit) => {
      const sql = sqlOf(unit.em);
      if ((await calendarVersion(sql)) !== (Number(req.body.version) || 0))
        throw conflict('你预览之后，日历已经由别人改过。请回到导入页重新预览，再送复核。', {
          reason: 'calendar-changed',
        });
      const begun = await begin(unit, item, await nextReleaseId(sql, shanghaiDate(by.now)));
      await keepReport(sql, begun.id, checks, { content: contentOf(begun), revision: begun.revision }, by);
      const accept = textOf(req.body.accept) ?? '';
      const words = Object.fromEntries(checks.map((check) => [check.id, accept]));
      await explainWarnings(sql, begun.id, words, begun.revision + 1, by);
      const required = (await unit.parameters({ orgCode: actor.orgCode })).number('release.signatures');
      const after = await submitRelease(sql, begun.id, { revision: begun.revision + 2, required }, by);
      await tellRelease(unit, 'submit', await findRelease(sql, begun.id));
      return { id: begun.id, state: after };
    });
    const done = state === 'APPROVED' ? await house.publishRelease(id) : state;
    const ok = { PUBLISHED: 'release-published', FAILED: 'release-failed' }[done as string] ?? 'release-submitted';
    res.redirect(303, `/releases/${id}?ok=${ok}`);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    const seen = await rehearse(house, actor, (unit) =>
      rehearseYear({ sql: sqlOf(unit.em), actor, clock: house.clock }, file),
    );
    const problems = error.problems.map((problem) =>
      problem.pointer.startsWith('/explain-')
        ? { pointer: '/accept', message: '请写明上面的提醒为什么可以接受。' }
        : problem,
    );
    await drawPreview(house, ask, file, seen, typedIn(req.body), problemViews(problems));
  }

  function begin(unit: Unit, item: Candidate, id: string): Promise<Release> {
    return beginRelease(sqlOf(unit.em), [item], { ...by, id, reason, basis: file!.source });
  }
}
