import type { Actor } from '../../kernel/actor.ts';
import { type FieldProblem, invalid, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { AccessWork } from './context.ts';
import { hashPassword, passwordMatches, passwordProblems } from './passwords.ts';
import { revokeSessionsOf } from './sessions.ts';
import { forgetTries } from './sign-in.ts';

interface Person {
  name: string;
  password_hash: string | null;
}

/** Changes one's own password and ends every other session of that person. In the caller's transaction. */
export async function changePassword(
  work: AccessWork,
  login: string,
  input: { current: string; next: string; keepToken?: string },
): Promise<void> {
  const person = await lockPerson(work, login);
  const problems: FieldProblem[] = [];
  if (!(await passwordMatches(person.password_hash, input.current)))
    problems.push({ pointer: '/current', message: '现在的密码不对，请重新输入。' });
  problems.push(...passwordProblems(login, input.next));
  if (input.next === input.current) problems.push({ pointer: '/next', message: '新密码和现在的一样，请换一个。' });
  if (problems.length > 0) throw invalid(`密码没有修改：有 ${problems.length} 处需要改正`, problems);
  await setPassword(work, login, input.next, { mustChange: false });
  const ended = await revokeSessionsOf(work, login, input.keepToken ? { exceptToken: input.keepToken } : {});
  await note(work, { login, name: person.name }, login, 'account.password-changed', { sessionsEnded: ended });
}

/**
 * An administrator gives somebody a new password: a one-time one is made unless given. The person has to change it at the next
 * sign-in; all sessions end, a lock is lifted. In the caller's transaction; answers the password to hand over.
 */
export async function resetPassword(
  work: AccessWork,
  by: Pick<Actor, 'login' | 'name'>,
  login: string,
  password?: string,
): Promise<string> {
  await lockPerson(work, login);
  const next = password ?? work.ids.token(12);
  const problems = password === undefined ? [] : passwordProblems(login, password, '/password');
  if (problems.length > 0) throw invalid('密码没有设置，请换一个', problems);
  await setPassword(work, login, next, { mustChange: true });
  await forgetTries(work, login);
  const ended = await revokeSessionsOf(work, login);
  await note(work, by, login, 'account.password-reset', { sessionsEnded: ended });
  return next;
}

/** An administrator lifts the lock after failed sign-ins. */
export async function unlockAccount(work: AccessWork, by: Pick<Actor, 'login' | 'name'>, login: string): Promise<void> {
  await lockPerson(work, login);
  await forgetTries(work, login);
  await note(work, by, login, 'account.unlocked', {});
}

async function lockPerson(work: AccessWork, login: string): Promise<Person> {
  const [person] = await work.sql.query<Person>(
    'select name, password_hash from app_user where login = $1 for update',
    [login],
  );
  if (!person) throw notFound(`没有用户“${login}”。请核对用户名。`);
  return person;
}

async function setPassword(
  work: AccessWork,
  login: string,
  password: string,
  options: { mustChange: boolean },
): Promise<void> {
  await work.sql.query('update app_user set password_hash = $2, must_change_password = $3 where login = $1', [
    login,
    await hashPassword(password),
    options.mustChange,
  ]);
}

async function note(
  work: AccessWork,
  actor: Pick<Actor, 'login' | 'name'>,
  login: string,
  type: string,
  payload: Record<string, unknown>,
): Promise<void> {
  await appendEvent(work.sql, {
    subjectType: 'user',
    subjectId: login,
    type,
    occurredAt: work.clock.now(),
    actor,
    payload,
  });
}
