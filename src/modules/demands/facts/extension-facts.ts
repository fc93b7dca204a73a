import { shanghaiDate } from '../../../kernel/clock.ts';
import type { Work } from '../context.ts';
import { type Demand, ExtensionEntity } from '../entities.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { approvalFacts } from './approval-facts.ts';

/** An application to extend, made or only thought of. */
export interface Application {
  currentTotalWorkingDays: number;
  requestedTotalWorkingDays: number;
  submittedBeforeDue: boolean;
  explained: boolean;
  requestedBy: string;
  reasonType?: string | null;
}

/** Facts for the rule set `extension-approval` about one application on one demand, as things stand now. */
export async function extensionFacts(
  work: Work,
  demand: Demand,
  application: Application,
): Promise<Record<string, unknown>> {
  const parameters = await work.parameters(parameterFacts(demand));
  const approved = await work.em.count(ExtensionEntity, { demandId: demand.id, status: 'APPROVED' });
  return approvalFacts(
    work.directory,
    {
      handlingMode: demand.handlingMode ?? 'SINGLE',
      orgCode: demand.hostOrgCode,
      hostDepartment: demand.hostDepartment ?? '',
      asOf: shanghaiDate(work.clock.now()),
      currentTotalWorkingDays: application.currentTotalWorkingDays,
      requestedTotalWorkingDays: application.requestedTotalWorkingDays,
      extensionsAlreadyApproved: approved,
      submittedBeforeDue: application.submittedBeforeDue,
      taxpayerExplanationRecorded: application.explained,
      // Nobody decides on an application of their own.
      recusedLogins: [...demand.recusedLogins, application.requestedBy],
      reasonType: application.reasonType ?? null,
    },
    parameters,
  );
}
