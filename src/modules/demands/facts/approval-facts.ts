import { type Leader, leaderAt, type OrgDirectory } from '../../org/index.ts';
import type { ParameterReader } from '../context.ts';

/** What a delegation must cover so that the delegate may approve. */
const SCOPES = ['EXTENSION_APPROVAL'];

export interface ApprovalInput {
  /** SINGLE or JOINT; null for what is not handled within the limits (法定途径). */
  handlingMode: string | null;
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
  /** The applicant, who cannot approve. */
  requestedBy?: string | null;
  /** Post the application is addressed to; default: the leader in charge, or the chief of a joint handling. */
  nominalApproverPost?: string | null;
  /** What the application already knows of that post; the directory is asked as well. */
  approverPostVacant?: boolean;
  approverIsSubject?: boolean;
}

/**
 * Facts for the rule set `extension-approval`: the leaders that may approve with their state on the day, the limits, and the application.
 * 分管局领导 is the deputy in charge of the host department; a department directly under the chief has the chief (R18, R22).
 * The approver follows the host: a demand passed to another level is approved there.
 */
export function approvalFacts(
  directory: OrgDirectory,
  input: ApprovalInput,
  parameters: ParameterReader,
): Record<string, unknown> {
  const bureau = directory.bureau(directory.department(input.hostDepartment)?.orgCode ?? input.orgCode);
  const joint = input.handlingMode === 'JOINT';
  const chiefPost = bureau && directory.leaders(bureau.code)?.chiefPost;
  const named =
    input.nominalApproverPost && directory.post(input.nominalApproverPost) ? input.nominalApproverPost : undefined;
  const nominal = named ?? (joint ? chiefPost : directory.leaderPostFor(input.hostDepartment));
  const inCharge = joint ? directory.leaderPostFor(input.hostDepartment) : nominal;
  const underChief = inCharge !== undefined && inCharge === chiefPost;
  const recused = new Set([...input.recusedLogins, ...(input.requestedBy ? [input.requestedBy] : [])]);
  const leader = (post: string | undefined): Leader => {
    const isNominal = post !== undefined && post === nominal;
    return leaderAt(directory, {
      post,
      asOf: input.asOf,
      scopes: SCOPES,
      recused,
      vacant: isNominal && input.approverPostVacant === true,
      holderIsSubject: isNominal && input.approverIsSubject === true,
    });
  };
  const superior = bureau && directory.superiorBureau(bureau.code);
  return {
    handlingMode: input.handlingMode,
    bureauLevel: bureau?.level ?? null,
    hostDepartment: input.hostDepartment,
    underChief,
    ...leaderFacts('deputy', leader(underChief ? undefined : inCharge)),
    ...leaderFacts('chief', leader(chiefPost)),
    ...leaderFacts('superiorChief', leader(superior && directory.leaders(superior.code)?.chiefPost)),
    currentTotalWorkingDays: input.currentTotalWorkingDays,
    requestedTotalWorkingDays: input.requestedTotalWorkingDays,
    extensionsAlreadyApproved: input.extensionsAlreadyApproved,
    submittedBeforeDue: input.submittedBeforeDue,
    taxpayerExplanationRecorded: input.taxpayerExplanationRecorded,
    reasonType: input.reasonType || null,
    ...limitFacts(parameters),
  };
}

const leaderFacts = (name: string, { login, state, signs }: Leader): Record<string, unknown> => ({
  [`${name}Login`]: login,
  [`${name}State`]: state,
  [`${name}Signs`]: signs,
});

/** P4.2.1 “最长不得超过10个工作日”: in total from the start, or (parameter) on top of the handling limit. */
function limitFacts(parameters: ParameterReader): Record<string, unknown> {
  const maximum = parameters.number('handle.single.max_total');
  const additional = parameters.text('handle.single.extension.capBasis') === 'ADDITIONAL';
  return {
    singleCap: additional ? parameters.number('handle.single.days') + maximum : maximum,
    singleMaxExtensions: parameters.number('handle.single.max_extensions'),
    jointSuggestedTotal: parameters.number('handle.joint.suggested_total'),
    jointSoftCap: parameters.number('handle.joint.soft_cap_total'),
  };
}
