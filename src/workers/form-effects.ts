import {
  decideExtension,
  dispatchDemand,
  ExtensionEntity,
  followExternalStep,
  giveCoOpinion,
  lockDemand,
  reviewCompletion,
  submitCompletion,
  type Work,
  writeOffDemand,
} from '../modules/demands/index.ts';
import { giveFeedback, judgeVisit, recordVisit } from '../modules/feedback/index.ts';
import { tellOpinion } from '../modules/supervision/index.ts';
import type { CompletionHandler, Task, TaskWork } from '../modules/tasks/index.ts';

/** What a completed form does to the ledger, by form id. A form that is not here only sends its `results` to the process. */
type Unit = Work & TaskWork;
type Effect = (
  work: Unit,
  demandId: string,
  values: any,
  onBehalfOf: string | undefined,
  task: Task,
) => Promise<Record<string, unknown> | undefined>;

const EFFECTS: Record<string, Effect> = {
  'dispatch-demand': async (work, demandId, values) => {
    const demand = await dispatchDemand(work, demandId, {
      hostDepartment: values.hostDepartment,
      coDepartments: values.coDepartments ?? [],
      suggested: values.suggested,
      reason: values.dispatchReason,
    });
    return { handlingMode: demand.handlingMode };
  },
  'handle-demand': async (work, demandId, values) => {
    await submitCompletion(work, demandId, values);
    return undefined;
  },
  'give-co-opinion': async (work, _demandId, values, _onBehalfOf, task) => {
    const part = await giveCoOpinion(work, task.processInstanceKey, values);
    await tellOpinion(work, await lockDemand(work, part.demandId), part);
    return undefined;
  },
  'follow-external-step': async (work, _demandId, values, _onBehalfOf, task) => {
    await followExternalStep(work, task.processInstanceKey, values);
    return undefined;
  },
  'review-completion': async (work, demandId, values) => {
    await reviewCompletion(work, demandId, values);
    return undefined;
  },
  'approve-extension': async (work, demandId, values, onBehalfOf) => {
    const extension = await work.em.findOneOrFail(ExtensionEntity, { demandId }, { orderBy: { requestedAt: 'desc' } });
    await decideExtension(work, extension.id, { ...values, ...(onBehalfOf ? { onBehalfOf } : {}) });
    return undefined;
  },
  'give-feedback': async (work, demandId, values) => {
    await giveFeedback(work, demandId, values);
    return undefined;
  },
  'conduct-return-visit': (work, demandId, values) => recordVisit(work, demandId, values),
  'judge-dissatisfaction': async (work, demandId, values) => {
    await judgeVisit(work, demandId, values);
    return undefined;
  },
  'write-off': async (work, demandId, values) => {
    await writeOffDemand(work, demandId, values);
    return undefined;
  },
  'write-off-withdrawn': async (work, demandId, values) => {
    await writeOffDemand(work, demandId, values);
    return undefined;
  },
};

export const formEffect = (formId: string | null): CompletionHandler | undefined => {
  const effect = formId ? EFFECTS[formId] : undefined;
  if (!effect) return undefined;
  return async (work, { task, values, onBehalfOf }) => {
    if (!task.demandId) return {};
    const variables = await effect(work as Unit, task.demandId, values, onBehalfOf, task);
    return variables ? { variables } : {};
  };
};
