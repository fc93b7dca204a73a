import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { isDomainError, notFound } from '../../../kernel/errors.ts';
import {
  isRevealField,
  parameterFacts,
  REVEAL_FIELDS,
  REVEAL_REASONS,
  type Reveal,
  revealContact,
} from '../../../modules/demands/index.ts';
import { notify } from '../../../modules/notifications/index.ts';
import type { House, Unit } from '../../house.ts';
import { visibleDemand } from '../../load-demand.ts';
import { type Ask, type Route, textOf } from '../../route.ts';

/** Revealing one field of a contact (P06r): a form that asks why, then the page with that field in full for some minutes. */
export function revealRoutes(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/:number/reveal',
      permission: 'demand.reveal',
      scope: '同诉求件',
      handle: (ask) => draw(house, ask, []),
    },
    {
      method: 'post',
      path: '/demands/:number/reveal',
      permission: 'demand.reveal',
      scope: '同诉求件',
      async handle(ask) {
        const { req, res, actor } = ask;
        const number = String(req.params.number);
        try {
          await house.transaction(actor, async (unit) => {
            const demand = await visibleDemand(unit, actor, number);
            const reveal = await revealContact(unit, demand, {
              field: textOf(req.body.field),
              reason: textOf(req.body.reason),
            });
            await tellAuditors(unit, reveal);
          });
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid') throw error;
          return draw(house, ask, error.problems);
        }
        res.redirect(303, `/demands/${number}?ok=revealed#contact`);
      },
    },
  ];
}

/** Once a day and person: somebody looks more often than the threshold (个人信息保护“异常阈值”). */
export async function tellAuditors(unit: Unit, { alarm }: Reveal): Promise<void> {
  if (!alarm) return;
  const { actor, clock, directory } = unit;
  const auditors = directory.data.users.filter((user) => user.status === 'ACTIVE' && user.roles.includes('AUDITOR'));
  await notify(
    sqlOf(unit.em),
    auditors.map((user) => user.login),
    {
      cause: `reveal-alarm:${actor.login}:${shanghaiDate(clock.now())}`,
      kind: 'REVEAL_ALARM',
      title: `${actor.name} 今天查看完整号码超过 ${alarm.threshold} 次`,
      body: '请到“敏感信息访问”查看明细，必要时请其说明。',
      link: '/audit/access',
      at: clock.now(),
    },
  );
}

async function draw(
  house: House,
  { req, res, actor }: Ask,
  problems: readonly { pointer: string; message: string }[],
): Promise<void> {
  const field = textOf(req.body?.field) ?? textOf(req.query.field);
  if (!isRevealField(field)) throw notFound('没有这一项联系方式。请回到诉求件，点要看的那一项。');
  const view = await house.transaction(actor, async (unit) => {
    const demand = await visibleDemand(unit, actor, String(req.params.number));
    const parameters = await unit.parameters(parameterFacts(demand));
    return { demand, minutes: parameters.number('reveal.minutes') };
  });
  res.status(problems.length > 0 ? 422 : 200).render('demands/reveal', {
    title: `查看${REVEAL_FIELDS[field]}`,
    ...view,
    field,
    fieldTitle: REVEAL_FIELDS[field],
    reasons: Object.entries(REVEAL_REASONS),
    chosen: textOf(req.body?.reason) ?? 'CONTACT',
    problems: problems.map((problem) => ({ href: `#f-${problem.pointer.slice(1)}`, message: problem.message })),
  });
}
