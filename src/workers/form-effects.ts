import { conflict } from '../kernel/errors.ts';
import { AttachmentEntity } from '../modules/attachments/index.ts';
import {
  acknowledgeHandOver,
  confirmDeferral,
  confirmLegalRoute,
  decideAppeal,
  decideComplaint,
  decideDeferral,
  decideExtension,
  decideReturn,
  decideUnreasonable,
  dispatchDemand,
  ExtensionEntity,
  examineReconsideration,
  followExternalStep,
  giveCoOpinion,
  latestFollowUp,
  lockDemand,
  recordLegalResult,
  recordSupplement,
  requestLegalRoute,
  reviewCompletion,
  reviewDeferral,
  settleCanceled,
  submitCompletion,
  type Work,
  writeOffDemand,
} from '../modules/demands/index.ts';
import { giveFeedback, judgeVisit, recordVisit } from '../modules/feedback/index.ts';
import {
  accountForSupervision,
  acknowledgeSupervision,
  considerSupervision,
  decideLifting,
  tellOpinion,
} from '../modules/supervision/index.ts';
import type { CompletionHandler, Task, TaskWork } from '../modules/tasks/index.ts';
import { whoMayKnow } from './who-may-know.ts';

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
    const decision = values.dispatchDecision ?? 'DISPATCH';
    if (decision !== 'DISPATCH') {
      await divertAtDispatch(work, demandId, values);
      return { dispatchDecision: decision };
    }
    const demand = await dispatchDemand(work, demandId, {
      hostDepartment: values.hostDepartment,
      coDepartments: values.coDepartments ?? [],
      suggested: values.suggested,
      reason: values.dispatchReason,
    });
    return { handlingMode: demand.handlingMode, dispatchDecision: 'DISPATCH' };
  },
  'confirm-legal-route': async (work, demandId, values) => ({
    ...(await confirmLegalRoute(work, demandId, { ...values, originalHashes: await hashesOf(work, values.originals) })),
  }),
  'decide-unreasonable': async (work, demandId, values) => {
    await decideUnreasonable(work, demandId, values);
    return undefined;
  },
  'decide-appeal': async (work, demandId, values) => {
    await decideAppeal(work, demandId, values);
    return undefined;
  },
  'decide-complaint': async (work, demandId, values) => {
    await decideComplaint(work, demandId, values);
    return { legalRouteOutcome: 'ORDINARY' };
  },
  'acknowledge-hand-over': async (work, demandId, values) => {
    await acknowledgeHandOver(work, await followUpOf(work, demandId), values);
    return undefined;
  },
  'examine-reconsideration': async (work, demandId, values) => {
    await examineReconsideration(work, await followUpOf(work, demandId), values);
    return undefined;
  },
  'record-supplement': async (work, demandId, values) => {
    await recordSupplement(work, await followUpOf(work, demandId), values);
    return undefined;
  },
  'record-legal-result': async (work, demandId, values) => {
    await recordLegalResult(work, await followUpOf(work, demandId), values);
    return undefined;
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
  'review-return': async (work, demandId, values) => {
    await decideReturn(work, demandId, values);
    return undefined;
  },
  'approve-deferral': async (work, demandId, values) => {
    await decideDeferral(work, demandId, values);
    return undefined;
  },
  'review-deferral': async (work, demandId, values) => {
    await reviewDeferral(work, demandId, values);
    return undefined;
  },
  'confirm-deferral': async (work, demandId, values) => {
    await confirmDeferral(work, demandId, values);
    return undefined;
  },
  'give-feedback': async (work, demandId, values) => {
    await giveFeedback(work, demandId, values);
    return undefined;
  },
  'conduct-return-visit': (work, demandId, values) => recordVisit(work, demandId, values),
  'judge-dissatisfaction': async (work, demandId, values) => {
    await judgeVisit(work, demandId, values);
    // 重办满次数仍不满意：红牌 (R30).
    await considerSupervision(work, demandId, whoMayKnow);
    return undefined;
  },
  'acknowledge-supervision': async (work, demandId) => {
    await acknowledgeSupervision(work, demandId);
    return undefined;
  },
  'account-for-supervision': async (work, demandId, values) => {
    await accountForSupervision(work, demandId, values);
    return undefined;
  },
  'lift-supervision': (work, demandId, values) => decideLifting(work, demandId, values, whoMayKnow),
  'decide-canceled': async (work, demandId, values) => {
    await settleCanceled(work, demandId, values);
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

/** 转法定途径、退回原渠道 from the dispatch: asked for here, confirmed by the post that is to. */
async function divertAtDispatch(work: Unit, demandId: string, values: any): Promise<void> {
  const outside = values.dispatchDecision === 'RETURN_TO_CHANNEL';
  await requestLegalRoute(
    work,
    demandId,
    {
      legalRoute: outside ? 'NOT_OUR_DUTY' : values.divertRoute,
      reason: String(values.dispatchReason ?? (outside ? '不属税务职责' : '')),
    },
    'DISPATCH',
  );
}

/** The follow-up somebody at the receiving body works on. */
async function followUpOf(work: Unit, demandId: string): Promise<string> {
  const item = await latestFollowUp(work, demandId, ['HANDED_OVER', 'ACKNOWLEDGED']);
  if (!item) throw conflict('这条法定途径记录已经了结，请刷新页面看结果。', { reason: 'legal-follow-up-closed' });
  return item.id;
}

/** Fingerprints of the files of a written application. */
async function hashesOf(work: Unit, ids: unknown): Promise<string[]> {
  const named = Array.isArray(ids) ? ids.map(String) : [];
  const files = named.length > 0 ? await work.em.find(AttachmentEntity, { id: { $in: named } }) : [];
  return files.map((file) => file.sha256);
}

export const formEffect = (formId: string | null): CompletionHandler | undefined => {
  const effect = formId ? EFFECTS[formId] : undefined;
  if (!effect) return undefined;
  return async (work, { task, values, onBehalfOf }) => {
    if (!task.demandId) return {};
    const variables = await effect(work as Unit, task.demandId, values, onBehalfOf, task);
    return variables ? { variables } : {};
  };
};
