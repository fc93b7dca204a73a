import { sqlOf } from '../../../db/orm.ts';
import { deliveryMoment, notify } from '../../../modules/notifications/index.ts';
import type { Bulletin } from '../../../modules/statistics/index.ts';
import type { Unit } from '../../house.ts';

/** Who hears of a step: leaders of what waits for their signature, the author of what came back, the bureaus of what was published. In working hours. */
export async function tellBulletin(unit: Unit, step: string, bulletin: Bulletin): Promise<void> {
  const people = (orgCode: string, ...roles: string[]) =>
    roles.flatMap((role) => unit.directory.usersWithRole(orgCode, role).map((user) => user.login));
  const messages: Record<string, { to: string[]; title: string; body: string }> = {
    submit: {
      to: people(bulletin.orgCode, 'CHIEF', 'DEPUTY_IN_CHARGE').filter((login) => login !== bulletin.author),
      title: '通报待签发',
      body: `${bulletin.title}，${bulletin.authorName}送审。`,
    },
    return: { to: [bulletin.author], title: '通报退回修改', body: bulletin.opinion ?? '' },
    sign: { to: [bulletin.author], title: '通报已签发', body: `${bulletin.signerName ?? ''}已签发，可以发布。` },
    publish: {
      to: bulletin.publishedTo.flatMap((orgCode) =>
        people(orgCode, 'CHIEF', 'DEPUTY_IN_CHARGE', 'DEMAND_DESK', 'DEPARTMENT_HEAD'),
      ),
      title: '新的通报',
      body: bulletin.title,
    },
  };
  const message = messages[step];
  if (!message) return;
  const parameters = await unit.parameters({ orgCode: bulletin.orgCode });
  const now = unit.clock.now();
  await notify(sqlOf(unit.em), message.to, {
    cause: `bulletin-${step}:${bulletin.id}:${bulletin.revision}`,
    kind: 'bulletin',
    title: message.title,
    body: message.body,
    link: `/bulletins/${bulletin.id}`,
    at: now,
    visibleAt: deliveryMoment(now, {
      window: parameters.text('sms.window'),
      isWorkday: (day) => unit.calendar.isWorkday(day, bulletin.orgCode),
    }),
  });
}
