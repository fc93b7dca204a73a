import { sqlOf } from '../../../../db/orm.ts';
import { notFound } from '../../../../kernel/errors.ts';
import { may } from '../../../../modules/access/index.ts';
import type { YearFile } from '../../../../modules/calendar/index.ts';
import { rehearseYear } from '../../../../modules/deadlines/index.ts';
import {
  type ChangeInWords,
  changesOf,
  diffLines,
  diffProcess,
  findRelease,
  newestVersion,
  noteLook,
  type Previous,
  RELEASE_KINDS,
  type Release,
  type ReleaseItem,
  whyNotSign,
} from '../../../../modules/processes/index.ts';
import { designsFrom, namesWith } from '../../../../tryout/index.ts';
import type { House } from '../../../house.ts';
import { rehearse } from '../../../rehearse.ts';
import type { Ask } from '../../../route.ts';
import { picturesOf } from '../../design/versions/diff.ts';
import { calendarEffects } from '../calendar-effects.ts';
import { departmentWords } from '../department-words.ts';
import { calendarBar } from '../frame.ts';

/** One changed design of a release against what is in force. Whoever may sign has looked at it by opening it. */
export async function showItem(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const release = await findRelease(house.sql, String(req.params.id));
  const item = release.items.find((one) => one.kind === req.params.kind && one.id === req.params.designId);
  if (!item) throw notFound('这张发布单里没有这一项。请从发布单进入。');
  const reviews = may(actor, 'release.sign') && release.state === 'IN_REVIEW' && !whyNotSign(release, actor);
  if (reviews)
    await house.transaction(actor, (unit) =>
      noteLook(sqlOf(unit.em), release, item, { actor, now: house.clock.now() }),
    );
  const before = await beforeOf(house, release, item);
  const changes = await changesOf(item, before, await namesIn(house, release), await house.designWords());
  const { named } = departmentWords(await house.directory());
  const showsDays = item.kind === 'calendar' && !release.publishedAt;
  res.render('admin/releases/item', {
    title: item.kind === 'scenario' ? item.title : `${RELEASE_KINDS[item.kind]}：${item.title}`,
    stylesheet: 'compare.css',
    release,
    item,
    kindTitle: RELEASE_KINDS[item.kind],
    before: showsDays ? '现在的日历' : before ? `第 ${before.version} 版` : null,
    reviews,
    effects: await effectsOf(house, ask, release, item),
    changes: changes?.map((change) => ({ ...change, text: item.kind === 'rules' ? named(change.text) : change.text })),
    pictures: await picturesIn(item, before, changes),
    diff: diffOf(release, item, before),
    parts: showsDays
      ? []
      : [
          { title: '原文', lines: diffLines(before?.content ?? '', item.content) },
          ...(item.examples !== null && item.examples !== (before?.examples ?? null)
            ? [{ title: '示例', lines: diffLines(before?.examples ?? '', item.examples) }]
            : []),
        ],
    bar: await calendarBar(house),
  });
}

/** Steps that are new with the release have their names. */
const namesIn = (house: House, release: Release) => namesWith(house.sql, designsFrom(release.items));

/** Old and new diagram, coloured; a file that cannot be read is told of by its check. */
async function picturesIn(item: ReleaseItem, before: Previous | null, changes: readonly ChangeInWords[] | undefined) {
  if (item.kind !== 'process' || !before || !changes) return null;
  return picturesOf(before, item, await diffProcess(before.content, item.content));
}

/** The whole comparison of two versions, once both are published. */
function diffOf(release: Release, item: ReleaseItem, before: Previous | null): string | null {
  if (!release.publishedAt || !before || item.publishedVersion === null) return null;
  const home = {
    process: `/processes/${item.id}`,
    rules: `/rules/${item.id}`,
    form: `/processes/${item.processId}/forms/${item.id}`,
    calendar: '',
    scenario: '',
  }[item.kind];
  return home && `${home}/diff?from=${before.version}&to=${item.publishedVersion}`;
}

/** What was in force before: of a published release as it was then. */
const beforeOf = (house: House, release: Release, item: ReleaseItem) =>
  release.publishedAt ? Promise.resolve(item.previous) : newestVersion(house.sql, item);

/** What a year that is not published yet would do now. */
async function effectsOf(house: House, { actor }: Ask, release: Release, item: ReleaseItem) {
  if (item.kind !== 'calendar' || release.publishedAt) return null;
  const file = JSON.parse(item.content) as YearFile;
  const seen = await rehearse(house, actor, (unit) =>
    rehearseYear({ sql: sqlOf(unit.em), actor, clock: house.clock }, file),
  );
  return calendarEffects(house, file, seen);
}
