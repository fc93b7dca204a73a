import type { JobHandler } from '../engine/port.ts';
import { applyExtensionJob } from './apply-extension.ts';
import { applyLevelShiftJob } from './apply-level-shift.ts';
import { assignHostJob } from './assign-host.ts';
import { closeExtensionJob } from './close-extension.ts';
import { closeJointHandlingJob } from './close-joint-handling.ts';
import { deemAcceptedJob } from './deem-accepted.ts';
import { endSupervisionJob } from './end-supervision.ts';
import { type EvaluateRules, evaluateRulesJob } from './evaluate-rules.ts';
import { handOverLegalRouteJob } from './hand-over-legal-route.ts';
import { issueSupervisionJob } from './issue-supervision.ts';
import { notifyDeadlineJob } from './notify-deadline.ts';
import { notifyTaxpayerJob } from './notify-taxpayer.ts';
import type { RunWork } from './once.ts';
import { openCoHandlingJob } from './open-co-handling.ts';
import { openExaminationJob } from './open-examination.ts';
import { openExternalStepJob } from './open-external-step.ts';
import { openHandlingJob } from './open-handling.ts';
import { openJointHandlingJob } from './open-joint-handling.ts';
import { openLegalRouteJob } from './open-legal-route.ts';
import { openReturnVisitJob } from './open-return-visit.ts';
import { pushToTaxServiceJob } from './push-to-tax-service.ts';
import { recordCompletionJob } from './record-completion.ts';
import { recordOnTheSpotJob } from './record-on-the-spot.ts';
import { recordWithdrawalJob } from './record-withdrawal.ts';
import { redoDemandJob } from './redo-demand.ts';
import { refuseDeferralJob } from './refuse-deferral.ts';
import { renewConfirmationJob } from './renew-confirmation.ts';
import { renewDeferralJob } from './renew-deferral.ts';
import { resumeHandlingJob } from './resume-handling.ts';
import { resumeInstanceJob } from './resume-instance.ts';
import { revokeDeferralJob } from './revoke-deferral.ts';
import { startDeferralJob } from './start-deferral.ts';
import { startReworkJob } from './start-rework.ts';
import { tellDeferralJob } from './tell-deferral.ts';
import { tellMergedJob } from './tell-merged.ts';
import { tellSplitJob } from './tell-split.ts';
import { tellSupplementJob } from './tell-supplement.ts';
import { transferDemandJob } from './transfer-demand.ts';

/** The table of job types: what a diagram may name. */
export const jobHandlers = (run: RunWork, evaluate: EvaluateRules): Record<string, JobHandler> => ({
  'apply-extension': applyExtensionJob(run),
  'apply-level-shift': applyLevelShiftJob(run),
  'assign-host': assignHostJob(run),
  'close-extension': closeExtensionJob(run),
  'close-joint-handling': closeJointHandlingJob(run),
  'deem-accepted': deemAcceptedJob(run),
  'end-supervision': endSupervisionJob(run),
  'evaluate-rules': evaluateRulesJob(run, evaluate),
  'hand-over-legal-route': handOverLegalRouteJob(run),
  'issue-supervision': issueSupervisionJob(run),
  'notify-deadline': notifyDeadlineJob(run),
  'notify-taxpayer': notifyTaxpayerJob(run),
  'open-co-handling': openCoHandlingJob(run),
  'open-examination': openExaminationJob(run),
  'open-external-step': openExternalStepJob(run),
  'open-handling': openHandlingJob(run),
  'open-joint-handling': openJointHandlingJob(run),
  'open-legal-route': openLegalRouteJob(run),
  'open-return-visit': openReturnVisitJob(run),
  'push-to-tax-service': pushToTaxServiceJob(run),
  'record-completion': recordCompletionJob(run),
  'record-on-the-spot': recordOnTheSpotJob(run),
  'record-withdrawal': recordWithdrawalJob(run),
  'redo-demand': redoDemandJob(run),
  'start-rework': startReworkJob(run),
  'start-deferral': startDeferralJob(run),
  'refuse-deferral': refuseDeferralJob(run),
  'renew-deferral': renewDeferralJob(run),
  'resume-handling': resumeHandlingJob(run),
  'resume-instance': resumeInstanceJob(run),
  'renew-confirmation': renewConfirmationJob(run),
  'revoke-deferral': revokeDeferralJob(run),
  'tell-deferral': tellDeferralJob(run),
  'tell-merged': tellMergedJob(run),
  'tell-split': tellSplitJob(run),
  'tell-supplement': tellSupplementJob(run),
  'transfer-demand': transferDemandJob(run),
});

export { ANCHOR_FILE, dailyAnchor } from './daily-anchor.ts';
export { anonymiseDaily } from './daily-retention.ts';
export { dailyStatistics } from './daily-statistics.ts';
export { sweepDeadlines } from './deadline-sweep.ts';
export { deliverDueMessages } from './deliver-messages.ts';
export { evaluateForDemand } from './demand-facts.ts';
export { JOB_WORDS, type JobWords } from './design/job-words.ts';
export { MESSAGE_WORDS, type MessageWords } from './design/message-words.ts';
export { surroundingsOf } from './design/surroundings.ts';
export { designWordsOf } from './design/words-of.ts';
export { formEffect } from './form-effects.ts';
export { instanceOfDemand } from './instance-of-demand.ts';
export { sendLedgerDigests } from './ledger-digests.ts';
export { sweepLevels } from './level-sweep.ts';
export { migrateInstances } from './migrate-instances.ts';
export { NextStep } from './next-step.ts';
export type { Before, RunWork } from './once.ts';
export { type Discrepancy, type ReconcileReport, reconcileEngine } from './reconcile-engine.ts';
export { openTaskOf, recordProjector } from './record-projector.ts';
export { refreshOpenTasks } from './refresh-open-tasks.ts';
export { calendarCheck, calendarPublisher } from './release/calendar-gate.ts';
export { publishAndTell, publishDueReleases } from './release/publish-releases.ts';
export { taskCandidates } from './task-candidates.ts';
