import { shanghaiTime } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/errors.ts';
import type { AccessWork } from './context.ts';
import { digest, passwordMatches } from './passwords.ts';
import { openSession } from './sessions.ts';

const TRIES = 5;
const LOCKED_MS = 15 * 60_000;
/** Failures are forgotten after a day; until then only a right password clears them. */
const REMEMBERED_MS = 24 * 3600_000;

export interface SignedIn {
  /** Token of the session, for the cookie. */
  token: string;
  login: string;
  mustChangePassword: boolean;
  /** The sign-in before this one, for the person to recognise. */
  lastSignInAt: Date | null;
  lastSignInIp: string | null;
}

/** The answer to a refused sign-in; a `DomainError` like any other, of a class of its own so that the page can stay where it is. */
export class SignInRefused extends DomainError {
  get answer(): DomainError {
    return this;
  }
}

interface Person {
  login: string;
  status: string;
  password_hash: string | null;
  must_change_password: boolean;
  last_sign_in_at: string | null;
  last_sign_in_ip: string | null;
}

/** How a typed user name is compared: logins are lower case. */
const normalLogin = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase().slice(0, 64);

/**
 * Checks name and password and opens a session; five failures lock for a quarter of an hour. Unknown users are counted and
 * cost the same work as known ones, so neither answer nor time tells who has an account.
 *
 * Call it with the pool, not inside a transaction: the try is counted *before* the password is looked at (so that guesses sent at
 * the same time cannot pass the count), and a refusal must not roll that back. Throws `SignInRefused`.
 */
export async function signIn(
  work: AccessWork,
  input: { login: string; password: string; ip: string; userAgent: string },
): Promise<SignedIn> {
  const login = normalLogin(input.login);
  const failures = await countTry(work, login);
  const [person] = await work.sql.query<Person>(
    `select login, status, password_hash, must_change_password, last_sign_in_at, last_sign_in_ip from app_user where login = $1`,
    [login],
  );
  const matches = await passwordMatches(person?.password_hash, input.password);
  if (!person || !matches) throw await refusal(work, login, failures);
  await forgetTries(work, login);
  if (person.status !== 'ACTIVE')
    throw new SignInRefused('Forbidden', '这个账号已停用，不能登录。需要恢复的，请联系本单位系统管理员。', {
      reason: 'disabled',
    });
  return {
    token: await openSession(work, person.login, input),
    login: person.login,
    mustChangePassword: person.must_change_password,
    lastSignInAt: person.last_sign_in_at ? new Date(person.last_sign_in_at) : null,
    lastSignInIp: person.last_sign_in_ip,
  };
}

/** Takes one try, atomically; refuses when none is left. What was typed as a name may be a password, so only its hash is kept. */
async function countTry(work: AccessWork, login: string): Promise<number> {
  const now = work.clock.now();
  const [row] = await work.sql.query<{ failures: number; locked_until: string | null }>(
    `insert into sign_in_failure as f (login_hash, failures, last_at) values ($1, 1, $2::timestamptz)
     on conflict (login_hash) do update set
       failures = case when f.locked_until > $2::timestamptz then f.failures
                       when f.locked_until is not null or f.last_at < $3::timestamptz then 1
                       else f.failures + 1 end,
       locked_until = case when f.locked_until > $2::timestamptz then f.locked_until
                           when f.locked_until is null and f.last_at >= $3::timestamptz and f.failures >= $5::int then $4::timestamptz end,
       last_at = case when f.locked_until > $2::timestamptz then f.last_at else $2::timestamptz end
     returning failures, locked_until`,
    [
      digest(login),
      now.toISOString(),
      new Date(+now - REMEMBERED_MS).toISOString(),
      new Date(+now + LOCKED_MS).toISOString(),
      TRIES,
    ],
  );
  if (row!.locked_until) throw locked(new Date(row!.locked_until));
  return row!.failures;
}

async function refusal(work: AccessWork, login: string, failures: number): Promise<SignInRefused> {
  const now = work.clock.now();
  await work.sql.query('delete from sign_in_failure where last_at < $1::timestamptz', [
    new Date(+now - REMEMBERED_MS).toISOString(),
  ]);
  if (failures >= TRIES) {
    const until = new Date(+now + LOCKED_MS);
    await work.sql.query('update sign_in_failure set locked_until = $2::timestamptz where login_hash = $1', [
      digest(login),
      until.toISOString(),
    ]);
    return locked(until);
  }
  const message = `用户名或密码不对，还可以再试 ${TRIES - failures} 次。`;
  return new SignInRefused('Invalid', message, { reason: 'sign-in', problems: [{ pointer: '/password', message }] });
}

/** Clears the failures of a login: after a right password, or when an administrator unlocks it. */
export async function forgetTries(work: Pick<AccessWork, 'sql'>, login: string): Promise<void> {
  await work.sql.query('delete from sign_in_failure where login_hash = $1', [digest(login)]);
}

const locked = (until: Date): SignInRefused =>
  new SignInRefused(
    'TooManyRequests',
    `密码连续输错 ${TRIES} 次，账号已锁定，请在 ${shanghaiTime(until)} 以后再试，或请系统管理员解锁。`,
    { reason: 'locked', details: { until: until.toISOString() } },
  );
