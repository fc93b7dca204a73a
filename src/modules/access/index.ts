/** Sign-in, sessions, tokens, roles and data scope; makes the Actor. */
export { type ActorOptions, actorOf } from './actor-of.ts';
export { changePassword, resetPassword, unlockAccount } from './change-password.ts';
export type { AccessWork } from './context.ts';
export { enrolPerson } from './enrol-person.ts';
export { type Account, listAccounts } from './list-accounts.ts';
export { type ParkedForm, parkedForm, parkForm } from './park-form.ts';
export { hashPassword, passwordProblems } from './passwords.ts';
export {
  may,
  PERMISSIONS,
  type Permission,
  permissionsOfRoles,
  permissionTitle,
  requirePermission,
  roleName,
} from './permissions.ts';
export {
  canSeeDemand,
  countsRestricted,
  type DemandScope,
  type DemandView,
  demandScopeSql,
  demandView,
  hasOpeningTask,
  type OpeningTask,
  type ScopedDemand,
  scopeOf,
} from './scope.ts';
export { seedPassword, seedPasswords } from './seed-passwords.ts';
export { maySeeSensitive } from './sensitive-files.ts';
export {
  type CurrentSession,
  carrySessions,
  currentSession,
  endedSession,
  listSessions,
  revokeSession,
  revokeSessionsOf,
  type SessionView,
  sessionIdOf,
  sessionLogin,
  signInBefore,
  signOut,
} from './sessions.ts';
export { type SignedIn, SignInRefused, signIn } from './sign-in.ts';
export {
  type AccessToken,
  createToken,
  listTokens,
  revokeToken,
  type TokenGrant,
  tokenGrant,
  tokenLogin,
} from './tokens.ts';
