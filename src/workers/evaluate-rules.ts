import type { JobHandler, Json } from '../engine/port.ts';
import {
  noteLegalRouting,
  noteRouting,
  noteSampling,
  routeDeferral,
  routeExtension,
  type Work,
} from '../modules/demands/index.ts';
import { sendVisitLink } from '../modules/feedback/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Evaluates a rule set for a demand inside the unit of work: facts are gathered, outcome and explanation stored under the key. */
export type EvaluateRules = (
  work: Work,
  request: { ruleSet: string; demandId: string; extensionId?: string; deadlineId?: string; key: string },
) => Promise<{ outcome: Record<string, Json> }>;

/**
 * Job `evaluate-rules`: header `ruleSet` names the rule set, header `resultVariable` the process variable of its outcome.
 * A missing header is a mistake of the diagram and becomes an incident with a sentence.
 */
export const evaluateRulesJob = (run: RunWork, evaluate: EvaluateRules): JobHandler => {
  const effect = once(run, async (work, job) => {
    const { ruleSet, resultVariable } = job.customHeaders;
    const extensionId = typeof job.variables.extensionId === 'string' ? job.variables.extensionId : undefined;
    const { outcome } = await evaluate(work, {
      ruleSet: ruleSet!,
      demandId: demandIdOf(job),
      ...(extensionId ? { extensionId } : {}),
      ...(typeof job.variables.deadlineId === 'string' ? { deadlineId: job.variables.deadlineId } : {}),
      key: job.key,
    });
    if (ruleSet === 'legal-route') await noteLegalRouting(work, demandIdOf(job), outcome);
    if (ruleSet === 'category-routing') await noteRouting(work, demandIdOf(job), outcome);
    if (ruleSet === 'return-visit-sampling') {
      await noteSampling(work, demandIdOf(job), outcome);
      if (outcome.sms === true) await sendVisitLink(work, demandIdOf(job));
    }
    if (ruleSet === 'extension-approval' && extensionId) await routeExtension(work, extensionId, outcome);
    if (ruleSet === 'deferral') await routeDeferral(work, demandIdOf(job), outcome);
    return { [resultVariable!]: outcome };
  });
  return async (job) => {
    const missing = ['ruleSet', 'resultVariable'].filter((name) => !job.customHeaders[name]);
    if (missing.length > 0) {
      return {
        kind: 'fail',
        retries: 0,
        errorMessage: `节点“${job.elementId}”缺少任务头 ${missing.join('、')}，不知道用哪个规则集。请在流程图中补上后重试。`,
      };
    }
    return effect(job);
  };
};
