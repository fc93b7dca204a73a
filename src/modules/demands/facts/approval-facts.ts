import type { OrgDirectory } from '../../org/index.ts';
import type { ParameterReader } from '../context.ts';

export interface ApprovalInput {
  handlingMode: string;
  orgCode: string;
  hostDepartment: string;
  /** Day on which the approver is looked for, `YYYY-MM-DD`. */
  asOf: string;
  currentTotalWorkingDays: number;
  requestedTotalWorkingDays: number;
  extensionsAlreadyApproved: number;
  submittedBeforeDue: boolean;
  taxpayerExplanationRecorded: boolean;
  recusedLogins: readonly string[];
  reasonType?: string | null;
}

const SCOPE = 'EXTENSION_APPROVAL';

interface Leader {
  login: string | null;
  /** AVAILABLE, VACANT, SUBJECT (被反映人), DELEGATED, DELEGATE_IS_SUBJECT. */
  state: string;
  /** Who signs: the holder or the delegate. */
  signs: string | null;
}

function leaderAt(directory: OrgDirectory, post: string | undefined, input: ApprovalInput): Leader {
  const holder = post ? directory.holderOf(post, input.asOf) : undefined;
  if (!holder) return { login: null, state: 'VACANT', signs: null };
  if (input.recusedLogins.includes(holder.login)) return { login: holder.login, state: 'SUBJECT', signs: null };
  const [delegation] = directory.delegationsFrom(holder.login, input.asOf, SCOPE);
  if (!delegation) return { login: holder.login, state: 'AVAILABLE', signs: holder.login };
  if (input.recusedLogins.includes(delegation.delegate) || !directory.activeUser(delegation.delegate))
    return { login: holder.login, state: 'DELEGATE_IS_SUBJECT', signs: null };
  return { login: holder.login, state: 'DELEGATED', signs: delegation.delegate };
}

/**
 * Facts for the rule set `extension-approval`: the leaders that may approve with their state on the day, the limits, and the application.
 * 分管局领导 is the deputy in charge of the host department; a department directly under the chief has the chief (R18, R22).
 */
export function approvalFacts(
  directory: OrgDirectory,
  input: ApprovalInput,
  parameters: ParameterReader,
): Record<string, unknown> {
  const leaders = directory.leaders(input.orgCode);
  const superior = directory.superiorBureau(input.orgCode);
  const inCharge = directory.leaderPostFor(input.hostDepartment);
  const underChief = inCharge !== undefined && inCharge === leaders?.chiefPost;
  const deputy = leaderAt(directory, underChief ? undefined : inCharge, input);
  const chief = leaderAt(directory, leaders?.chiefPost, input);
  const superiorChief = leaderAt(directory, superior ? directory.leaders(superior.code)?.chiefPost : undefined, input);
  const days = parameters.number('handle.single.days');
  const maximum = parameters.number('handle.single.max_total');
  const additional = parameters.text('handle.single.extension.capBasis') === 'ADDITIONAL';
  return {
    handlingMode: input.handlingMode,
    bureauLevel: directory.bureau(input.orgCode)?.level ?? null,
    hostDepartment: input.hostDepartment,
    underChief,
    deputyLogin: deputy.login,
    deputyState: deputy.state,
    deputySigns: deputy.signs,
    chiefLogin: chief.login,
    chiefState: chief.state,
    chiefSigns: chief.signs,
    superiorChiefLogin: superiorChief.login,
    superiorChiefState: superiorChief.state,
    superiorChiefSigns: superiorChief.signs,
    currentTotalWorkingDays: input.currentTotalWorkingDays,
    requestedTotalWorkingDays: input.requestedTotalWorkingDays,
    extensionsAlreadyApproved: input.extensionsAlreadyApproved,
    submittedBeforeDue: input.submittedBeforeDue,
    taxpayerExplanationRecorded: input.taxpayerExplanationRecorded,
    reasonType: input.reasonType ?? null,
    singleCap: additional ? days + maximum : maximum,
    singleMaxExtensions: parameters.number('handle.single.max_extensions'),
    jointSuggestedTotal: parameters.number('handle.joint.suggested_total'),
    jointSoftCap: parameters.number('handle.joint.soft_cap_total'),
  };
}
