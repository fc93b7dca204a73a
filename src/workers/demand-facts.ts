import { sqlOf } from '../db/orm.ts';
import type { Json } from '../engine/port.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { notFound } from '../kernel/errors.ts';
import { DeadlineEntity } from '../modules/deadlines/index.ts';
import {
  type Demand,
  ExtensionEntity,
  extensionFacts,
  gatewayFacts,
  legalFacts,
  legalInput,
  lockDemand,
  parameterFacts,
  pendingDeferralFacts,
  type RoutingDictionary,
  requestedRouteOf,
  routingFacts,
  routingInput,
  visitFacts,
  type Work,
} from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { activeRuleSet, evaluateRuleSet, storeEvaluation } from '../modules/rules/index.ts';
import { supervisionFacts } from '../modules/supervision/index.ts';
import type { EvaluateRules } from './evaluate-rules.ts';

/**
 * Gathers the facts of a demand for a rule set, evaluates it, and keeps decision and explanation under the job's key.
 * The demand is locked at once: most decisions are noted in it.
 */
export const evaluateForDemand =
  (dictionary: RoutingDictionary, ruleSetOf: typeof activeRuleSet = activeRuleSet): EvaluateRules =>
  async (work, request) => {
    const demand = await lockDemand(work, request.demandId);
    const sql = sqlOf(work.em);
    const ruleSet = await ruleSetOf(sql, request.ruleSet, shanghaiDate(demand.registeredAt));
    const facts = {
      // What a bureau's registration form asks besides, where its rule set declares it.
      ...declaredAnswers(ruleSet, demand),
      ...(await factsFor(work, demand, dictionary, request.ruleSet, request.extensionId, request.deadlineId)),
    };
    const evaluation = await evaluateRuleSet(ruleSet, facts);
    await storeEvaluation(sql, {
      key: request.key,
      ruleSet,
      subjectType: 'demand',
      subjectId: demand.id,
      facts,
      evaluation,
      at: work.clock.now(),
    });
    await appendEvent(sql, {
      subjectType: 'demand',
      subjectId: demand.id,
      type: 'rules.evaluated',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { ruleSet: ruleSet.id, version: ruleSet.version, ruleId: evaluation.ruleId, evaluation: request.key },
    });
    return { outcome: evaluation.outcome as Record<string, Json> };
  };

const declaredAnswers = (ruleSet: { facts: Record<string, unknown> }, demand: Demand): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(demand.intake as Record<string, unknown>).filter(([name]) => Object.hasOwn(ruleSet.facts, name)),
  );

/** Facts by rule set; another rule set gets the plain facts of the ledger. */
export async function factsFor(
  work: Work,
  demand: Demand,
  dictionary: RoutingDictionary,
  ruleSet: string,
  extensionId?: string,
  deadlineId?: string,
): Promise<Record<string, unknown>> {
  const routing = () => routingFacts(work.directory, dictionary, routingInput(demand, dictionary));
  switch (ruleSet) {
    case 'category-routing':
      return routing();
    case 'legal-route':
      return legalFacts(
        work.directory,
        dictionary,
        legalInput(demand, dictionary, await requestedRouteOf(work, demand.id)),
      );
    case 'on-the-spot': {
      const { clue, legalMatter, legalIntent } = gatewayFacts(dictionary, routingInput(demand, dictionary));
      return {
        // Back at the dispatch: the moment for an answer on the spot is over.
        intakeChoice: demand.status === 'AWAITING_DISPATCH' ? 'OTHER_DEPARTMENT' : demand.intakeChoice,
        answered: Boolean(demand.answerContent),
        clue,
        legalMatter,
        legalIntent,
        reportsOwnDepartment: demand.reportedDepartment === demand.registeringDepartment,
      };
    }
    case 'supervision':
      return supervisionFacts(work, demand, deadlineId);
    case 'extension-approval':
      return storedExtensionFacts(work, demand, extensionId);
    case 'deferral':
      return pendingDeferralFacts(work, demand);
    case 'return-visit-sampling': {
      const parameters = await work.parameters(parameterFacts(demand));
      const clocks = await work.em.find(DeadlineEntity, { subjectType: 'demand', subjectId: demand.id });
      return visitFacts(
        {
          ...demand,
          anyClockOverdue: clocks.some((clock) => clock.overdue === true),
          extended: clocks.some((clock) => clock.extensions > 0),
        } as never,
        parameters.number('visit.sample_percent'),
      );
    }
    default:
      return { ...parameterFacts(demand), tags: demand.tags, channel: demand.channel };
  }
}

async function storedExtensionFacts(
  work: Work,
  demand: Demand,
  extensionId: string | undefined,
): Promise<Record<string, unknown>> {
  const extension = extensionId ? await work.em.findOne(ExtensionEntity, { id: extensionId }) : null;
  if (!extension) throw notFound('没有找到这份延期申请，不能判断由谁审批。');
  return extensionFacts(work, demand, { ...extension, explained: Boolean(extension.explainedContent) });
}
