import { sqlOf } from '../db/orm.ts';
import { evaluationsOf } from '../modules/rules/index.ts';
import { carryOutRuling, type Ruling } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { whoMayKnow } from './who-may-know.ts';

/** Job `issue-supervision`: does what the rule set `supervision` has just said (提醒、催办、黄牌、红牌、提级). */
export const issueSupervisionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demandId = demandIdOf(job);
    const ruling = job.variables.supervisionRuling as unknown as Ruling;
    const said = (await evaluationsOf(sqlOf(work.em), 'demand', demandId))
      .filter((item) => item.ruleSet === 'supervision')
      .at(-1);
    const trigger = {
      ruleId: said?.ruleId ?? null,
      title: said?.reason ?? '',
      version: said?.version ?? null,
      overdueDays: Number(said?.facts.overdueDays ?? 0),
    };
    await carryOutRuling(work, demandId, ruling, trigger, whoMayKnow);
    return {};
  });
