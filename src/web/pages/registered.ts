import type { Actor } from '../../kernel/actor.ts';
import { notFound } from '../../kernel/errors.ts';
import { DeadlineEntity } from '../../modules/deadlines/index.ts';
import { CATEGORIES, CHANNELS, type Demand, DemandEntity } from '../../modules/demands/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { promiseDates } from './intake-rail.ts';

/** What follows a registration: the number and code to read out. */
export function registeredPages(house: House): Route[] {
  const page = async ({ req, actor }: Ask) =>
    house.transaction(actor, async (unit) =>
      doneView(house, unit, await ownDemand(unit, actor, String(req.params.number))),
    );
  return [
    {
      method: 'get',
      path: '/demands/:number/registered',
      permission: 'demand.register',
      scope: '本人登记的诉求',
      async handle(ask) {
        ask.res.render('demands/registered', {
          title: '已登记',
          ...(await page(ask)),
          repeat: textOf(ask.req.query.ok) === 'repeat',
        });
      },
    },
  ];
}

/** The tracking code is for the taxpayer: only who registered the demand sees it again. */
async function ownDemand(unit: Unit, actor: Actor, number: string): Promise<Demand> {
  const demand = await unit.em.findOne(DemandEntity, { number, receivingOfficer: actor.login });
  if (!demand)
    throw notFound(
      `没有找到你登记的诉求 ${number.slice(0, 40)}。查询码和受理回执只能由登记人查看；请核对编号，或到台账查找。`,
    );
  return demand;
}

async function doneView(house: House, unit: Unit, demand: Demand) {
  const onTheSpot = demand.intakeChoice === 'ON_THE_SPOT';
  const values = {
    category: demand.category,
    urgency: demand.urgency,
    intakeChoice: demand.intakeChoice,
    externalDueAt: demand.externalDueAt,
  };
  const dates = await promiseDates(house, unit, { orgCode: demand.orgCode }, values, demand.registeredAt);
  const transfer = await unit.em.findOne(DeadlineEntity, {
    subjectType: 'demand',
    subjectId: demand.id,
    kind: 'TRANSFER',
  });
  const bureau = unit.directory.bureau(demand.orgCode);
  const duplicate = demand.duplicateOf ? await unit.em.findOne(DemandEntity, { id: demand.duplicateOf }) : null;
  return {
    demand: {
      number: demand.number,
      trackingCode: demand.trackingCode,
      restricted: demand.restricted,
      registered: format.time(demand.registeredAt),
      received: format.time(demand.receivedAt),
      category: CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? demand.category,
      channel: CHANNELS[demand.channel as keyof typeof CHANNELS] ?? demand.channel,
      registeringDepartment: unit.directory.department(demand.registeringDepartment)?.name ?? '',
      anonymous: demand.anonymous,
    },
    onTheSpot,
    clockOfRegistration: format.clock(demand.registeredAt, { seconds: true }),
    bureau: bureau?.name ?? '',
    bureauShort: bureau?.shortName ?? '',
    taxService: unit.directory.departmentsByFunction(demand.orgCode, 'TAXPAYER_SERVICE')[0]?.name ?? '纳税服务部门',
    transferDue: transfer ? format.short(transfer.dueAt) : '',
    dates,
    duplicate: duplicate?.number ?? null,
    printed: format.time(house.clock.now()),
  };
}
