/** Bureaus, departments, people, posts, who is in charge of what, and delegation. */
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
  type CandidateContext,
  type ResolvedCandidate,
  type ResolvedGroup,
  resolveCandidates,
} from './resolve-candidates.ts';
export { loadDirectory, orgVersion, raiseOrgVersion, seedOrg } from './store-directory.ts';
