/** Sign-in, sessions, tokens, roles and data scope; makes the Actor. */
export { may, PERMISSIONS, type Permission, requirePermission, roleName } from './permissions.ts';
export { canSeeDemand, demandScopeSql, type ScopedDemand } from './scope.ts';
export {
  type AccessToken,
  type AccessWork,
  actorOf,
  changePassword,
  createToken,
  hashPassword,
  listTokens,
  revokeToken,
  SignInRefused,
  seedPassword,
  sessionIdOf,
  sessionLogin,
  signIn,
  signOut,
  tokenLogin,
} from './sign-in.ts';
