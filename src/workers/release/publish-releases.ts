import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import type { Work } from '../../modules/demands/index.ts';
import { deliveryMoment, notify } from '../../modules/notifications/index.ts';
import {
  dueReleases,
  findRelease,
  type PublishWork,
  publishRelease,
  type Release,
} from '../../modules/processes/index.ts';
import type { RunWork } from '../once.ts';

/** Puts one release into force and tells those who had a part in it how it came out. */
export async function publishAndTell(work: PublishWork, run: RunWork, id: string): Promise<Release['state']> {
  const before = await findRelease(work.database, id);
  const state = await publishRelease(work, id);
  if (state !== before.state && (state === 'PUBLISHED' || state === 'FAILED'))
    await run(async (unit) => tellOutcome(sqlOf(unit.em), unit, await findRelease(sqlOf(unit.em), id)));
  return state;
}

/** The sweep: releases that are signed and whose time has come. One that fails does not hold up the next. */
export async function publishDueReleases(work: PublishWork, run: RunWork): Promise<number> {
  const due = await dueReleases(work.database, work.now());
  for (const id of due) await publishAndTell(work, run, id);
  return due.length;
}

async function tellOutcome(sql: Sql, unit: Work, release: Release): Promise<void> {
  const people = [...release.items.flatMap((item) => item.authors), release.submittedBy ?? release.createdBy];
  const published = release.state === 'PUBLISHED';
  const now = unit.clock.now();
  const parameters = await unit.parameters({ orgCode: unit.actor.orgCode });
  await notify(
    sql,
    [...new Set(people)].filter((login) => unit.directory.user(login)),
    {
      cause: `release:${release.id}:${release.revision}`,
      kind: 'release',
      title: published ? `${release.title} 已发布` : `${release.title} 没有发布成`,
      body: published ? `发布单 ${release.id} 已生效。` : (release.failure ?? ''),
      link: `/releases/${release.id}`,
      at: now,
      visibleAt: deliveryMoment(now, {
        window: parameters.text('sms.window'),
        // A year that is missing holds up no message.
        isWorkday: (day) => !unit.calendar.year(Number(day.slice(0, 4))) || unit.calendar.isWorkday(day),
      }),
    },
  );
}
