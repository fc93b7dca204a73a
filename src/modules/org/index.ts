/** Bureaus, departments, people, posts, who is in charge of what, and delegation. */
export { APPROVAL_KINDS, type Approval, approvalOf } from './approval/approval-kinds.ts';
export type { ApprovalSubject, ApproverStep } from './approval/ask-posts.ts';
export { type Leader, leaderAt } from './approval/leader-state.ts';
export { type ApproverDecision, resolveApprover } from './approval/resolve-approver.ts';
export { assignLeader, listLeaderAssignments } from './assign-leader.ts';
export { type CandidateGroup, candidateGroups, emptyPlaces } from './candidate-groups.ts';
export { changePosts, type PostsInput } from './change-posts.ts';
export type { OrgWork } from './context.ts';
export {
  type Bureau,
  type Delegation,
  type Department,
  type OrgData,
  OrgDirectory,
  type OrgUser,
  type Post,
} from './directory.ts';
export {
  createDelegation,
  DELEGATION_MODES,
  DELEGATION_SCOPES,
  type DelegationInput,
  endDelegation,
  type ListedDelegation,
  listDelegations,
} from './edit-delegation.ts';
export {
  changeRoles,
  createUser,
  disableUser,
  enableUser,
  listRoleChanges,
  type NewUser,
  type RoleChange,
  renameUser,
  roleProblems,
} from './edit-user.ts';
export { type OrgGaps, orgGaps } from './org-gaps.ts';
export {
  type CandidateContext,
  type ResolvedCandidate,
  type ResolvedGroup,
  resolveCandidates,
} from './resolve-candidates.ts';
export { loadDirectory, orgVersion, raiseOrgVersion, seedOrg } from './store-directory.ts';
