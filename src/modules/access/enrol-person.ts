import { createUser, type NewUser, type OrgWork } from '../org/index.ts';
import { resetPassword } from './change-password.ts';
import type { AccessWork } from './context.ts';

/** Enters a person and gives the one-time password for the first sign-in. In the caller's transaction. */
export async function enrolPerson(org: OrgWork, access: AccessWork, input: NewUser): Promise<string> {
  await createUser(org, input);
  return resetPassword(access, org.actor, input.login);
}
