import { sqlOf } from '../../../../db/orm.ts';
import { notFound } from '../../../../kernel/errors.ts';
import { may } from '../../../../modules/access/index.ts';
import type { YearFile } from '../../../../modules/calendar/index.ts';
import { rehearseYear } from '../../../../modules/deadlines/index.ts';
import {
  changesOf,
  diffLines,
  findRelease,
  newestVersion,
  noteLook,
  RELEASE_KINDS,
  type Release,
  type ReleaseItem,
  whyNotSign,
} from '../../../../modules/processes/index.ts';
import type { House } from '../../../house.ts';
import { rehearse } from '../../../rehearse.ts';
import type { Ask } from '../../../route.ts';
import { calendarEffects } from '../calendar-effects.ts';
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
  const showsDays = item.kind === 'calendar' && !release.publishedAt;
  res.render('admin/releases/item', {
    title: `${RELEASE_KINDS[item.kind]}：${item.title}`,
    release,
    item,
    kindTitle: RELEASE_KINDS[item.kind],
    before: showsDays ? '现在的日历' : before ? `第 ${before.version} 版` : null,
    reviews,
    effects: await effectsOf(house, ask, release, item),
    changes: await changesOf(item, before, await house.designWords()),
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
