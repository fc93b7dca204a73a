import { createHash } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { FieldProblem } from '../../kernel/errors.ts';

/** argon2id as OWASP advises: 19 MiB, two passes. Written out so that a new version of the library cannot lower it unseen. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const SHORTEST = 10;
const LONGEST = 128;

/** Passwords people think of first, ten characters and more; shorter ones are refused anyway. */
const COMMON = new Set(
  `1234567890 0123456789 0987654321 12345678910 1234567891 1111111111 0000000000 8888888888 6666666666 1q2w3e4r5t 1qaz2wsx3edc
  qwertyuiop qwerty12345 qwerty123456 asdfghjkl1 asdfghjkl; zxcvbnm123 password12 password123 password1234 passw0rd123 p@ssw0rd123
  p@ssword123 abcdefghij abc1234567 abcd123456 abcd1234567 a123456789 aa123456789 admin12345 admin123456 administrator root123456
  letmein123 welcome123 welcome1234 iloveyou123 iloveyou1314 woaini1314 woaini520 woaini5201314 5201314520 1314520520 woaini1314520
  shuiwuju123 shuiwu12345 changeme123 test123456 user123456 suying12345 suying123456 luan123456 aaaaaaaaaa 1122334455 1231231230
  123123123123 147258369 147258369a 1472583690 q1w2e3r4t5 qazwsxedc123 1234qwerasdf qwer12345678 zaq12wsx3edc`
    .split(/\s+/)
    .filter(Boolean),
);

export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** What is stored of a session or access token: whoever reads the database cannot sign in with it. */
export const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex');

let nobody: Promise<string> | undefined;

/** Whether the password is right. Without a stored hash the same work is done, so that the time does not tell whether the user exists. */
export async function passwordMatches(stored: string | null | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password');
  // A very long text is cut: hashing it must not cost more than a password does.
  const matches = await verify(stored ?? (await nobody), password.slice(0, LONGEST + 1)).catch(() => false);
  return matches && stored != null;
}

/** Everything wrong with a new password, as problems of the field `pointer`. */
export function passwordProblems(login: string, next: string, pointer = '/next'): FieldProblem[] {
  const problem = (message: string) => [{ pointer, message }];
  const letters = [...next];
  if (letters.length < SHORTEST)
    return problem(`新密码至少 ${SHORTEST} 个字符，现在是 ${letters.length} 个。可以用一句自己记得住的话。`);
  if (letters.length > LONGEST) return problem(`新密码最多 ${LONGEST} 个字符。`);
  const plain = next.toLowerCase();
  if (plain.includes(login.toLowerCase())) return problem('新密码里不能含用户名，请换一个。');
  if (COMMON.has(plain) || new Set(letters).size < 4)
    return problem('新密码太常见，别人容易猜到，请换一个；可以用一句自己记得住的话。');
  return [];
}
