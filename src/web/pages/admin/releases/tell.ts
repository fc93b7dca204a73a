import { sqlOf } from '../../../../db/orm.ts';
import { deliveryMoment, notify } from '../../../../modules/notifications/index.ts';
import { type Release, whyNotSign } from '../../../../modules/processes/index.ts';
import type { Unit } from '../../../house.ts';

/** Those who may sign hear of a release that waits for them; whoever sent it hears when it comes back. In working hours. */
export async function tellRelease(unit: Unit, step: 'submit' | 'return', release: Release): Promise<void> {
  const signers = ['PROCESS_ADMIN', 'CHIEF']
    .flatMap((role) => unit.directory.usersWithRole(unit.actor.orgCode, role))
    .filter((user) => whyNotSign(release, { login: user.login, bureauLevel: 'CITY' }) === undefined)
    .map((user) => user.login);
  const parameters = await unit.parameters({ orgCode: unit.actor.orgCode });
  const now = unit.clock.now();
  const to = step === 'submit' ? signers : [release.submittedBy ?? release.createdBy];
  await notify(sqlOf(unit.em), [...new Set(to)], {
    cause: `release-${step}:${release.id}:${release.revision}`,
    kind: 'release',
    title: step === 'submit' ? '发布待复核' : '发布退回修改',
    body:
      step === 'submit'
        ? `${release.title}，${release.submittedByName}送复核。`
        : `${release.title}：${release.returned?.reason ?? ''}`,
    link: `/releases/${release.id}`,
    at: now,
    visibleAt: deliveryMoment(now, {
      window: parameters.text('sms.window'),
      // The release may be the one that brings the year.
      isWorkday: (day) =>
        !unit.calendar.year(Number(day.slice(0, 4))) || unit.calendar.isWorkday(day, unit.actor.orgCode),
    }),
  });
}
