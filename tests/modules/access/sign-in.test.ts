import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { AdjustableClock } from '../../../src/kernel/clock.ts';
import { isDomainError } from '../../../src/kernel/errors.ts';
import { randomIds } from '../../../src/kernel/ids.ts';
import {
  changePassword,
  createToken,
  currentSession,
  listAccounts,
  listSessions,
  listTokens,
  resetPassword,
  revokeSession,
  revokeSessionsOf,
  revokeToken,
  SignInRefused,
  seedPassword,
  seedPasswords,
  sessionIdOf,
  sessionLogin,
  signIn,
  signOut,
  tokenGrant,
  tokenLogin,
  unlockAccount,
} from '../../../src/modules/access/index.ts';
import { readTimeline, verifyAll } from '../../../src/modules/history/index.ts';
import { seedOrg } from '../../../src/modules/org/index.ts';
import { testDatabase } from '../../support/database.ts';
import { seededOrg } from '../../support/organisation.ts';

const START = '2026-11-23T01:00:00Z';
const MINUTE = 60_000;
const RIGHT = '晴天登高望远十个字';
const PASSWORD = `${RIGHT}2026`;

describe('accounts', () => {
  let db: OpenDatabase;
  const clock = new AdjustableClock(START);
  const ids = randomIds(() => clock.now().getTime());
  const work = () => ({ sql: db.database, clock, ids });
  const inTransaction = <T>(run: (w: ReturnType<typeof work>) => Promise<T>) =>
    db.database.transaction((sql) => run({ ...work(), sql: sql as never }));
  const attempt = (login: string, password: string, ip = '10.1.2.3') =>
    signIn(work(), { login, password, ip, userAgent: 'test' });
  const refusal = async (login: string, password: string): Promise<string> => {
    try {
      await attempt(login, password);
    } catch (error) {
      expect(error).toBeInstanceOf(SignInRefused);
      expect(isDomainError(error)).toBe(true);
      return `${(error as SignInRefused).code} ${(error as Error).message}`;
    }
    return 'signed in';
  };
  const admin = { login: 'huadongzhi', name: '华冬至' };

  beforeAll(async () => {
    db = await testDatabase();
    await db.database.transaction((tx) => seedOrg(tx, seededOrg(), { passwordHash: null }));
    await seedPasswords(db.database, [{ login: 'lulidong', password: PASSWORD }]);
    await seedPassword(db.database, PASSWORD);
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    clock.set(START);
    for (const table of ['session', 'access_token', 'sign_in_failure']) await db.database.query(`delete from ${table}`);
  });

  describe('sign-in', () => {
    test('a right password opens a session and tells when the person was last here', async () => {
      const first = await attempt('lulidong', PASSWORD, '10.1.2.3');
      expect(first).toMatchObject({ login: 'lulidong', mustChangePassword: false });
      clock.advance(3 * 3600_000);
      const second = await attempt(' LuLiDong ', PASSWORD, '10.9.9.9');
      expect(second.lastSignInAt?.toISOString()).toBe('2026-11-23T01:00:00.000Z');
      expect(second.lastSignInIp).toBe('10.1.2.3');
    });

    test('what is stored cannot be used to sign in', async () => {
      const { token } = await attempt('lulidong', PASSWORD);
      const stored = JSON.stringify([
        await db.database.query('select * from session'),
        await db.database.query(`select password_hash from app_user where login = 'lulidong'`),
        await db.database.query('select * from sign_in_failure'),
      ]);
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(PASSWORD);
      expect(stored).toContain('$argon2id$');
    });

    test.each([
      ['a person', 'lulidong'],
      ['nobody', 'there-is-no-such-user'],
    ])('tries are counted down and lock alike for %s', async (_, login) => {
      const answers: string[] = [];
      for (let n = 0; n < 6; n += 1) answers.push(await refusal(login, 'wrong password'));
      expect(answers).toEqual([
        'Invalid 用户名或密码不对，还可以再试 4 次。',
        'Invalid 用户名或密码不对，还可以再试 3 次。',
        'Invalid 用户名或密码不对，还可以再试 2 次。',
        'Invalid 用户名或密码不对，还可以再试 1 次。',
        'TooManyRequests 密码连续输错 5 次，账号已锁定，请在 09:15 以后再试，或请系统管理员解锁。',
        'TooManyRequests 密码连续输错 5 次，账号已锁定，请在 09:15 以后再试，或请系统管理员解锁。',
      ]);
    });

    test('while locked even the right password is refused; after a quarter of an hour it works and the count begins anew', async () => {
      for (let n = 0; n < 5; n += 1) await refusal('lulidong', 'wrong password');
      clock.advance(14 * MINUTE);
      expect(await refusal('lulidong', PASSWORD)).toContain('账号已锁定，请在 09:15 以后');
      clock.advance(2 * MINUTE);
      expect(await refusal('lulidong', 'wrong password')).toContain('还可以再试 4 次');
      expect(await refusal('lulidong', PASSWORD)).toBe('signed in');
      expect(await refusal('lulidong', 'wrong password')).toContain('还可以再试 4 次');
    });

    test('guesses sent at the same time do not get past the count', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => refusal('lulidong', 'wrong password')));
      expect(answers.filter((answer) => answer.startsWith('Invalid'))).toHaveLength(4);
      expect(await refusal('lulidong', PASSWORD)).toContain('账号已锁定');
    });

    test('failures are forgotten after a day', async () => {
      for (let n = 0; n < 4; n += 1) await refusal('lulidong', 'wrong password');
      clock.advance(25 * 60 * MINUTE);
      expect(await refusal('lulidong', 'wrong password')).toContain('还可以再试 4 次');
    });

    test('an administrator unlocks, and it is on record', async () => {
      for (let n = 0; n < 5; n += 1) await refusal('lulidong', 'wrong password');
      const locked = (await listAccounts(work(), { orgCode: '341523' })).find((item) => item.login === 'lulidong');
      expect(locked?.lockedUntil?.toISOString()).toBe('2026-11-23T01:15:00.000Z');
      await inTransaction((w) => unlockAccount(w, admin, 'lulidong'));
      expect(await refusal('lulidong', PASSWORD)).toBe('signed in');
      const events = await readTimeline(db.database, 'user', 'lulidong');
      expect(events.at(-1)).toMatchObject({ type: 'account.unlocked', actor: 'huadongzhi' });
    });

    test('a disabled account is told so only with the right password', async () => {
      await db.database.query(`update app_user set status = 'DISABLED' where login = 'panlichun'`);
      expect(await refusal('panlichun', 'wrong password')).toContain('用户名或密码不对');
      expect(await refusal('panlichun', PASSWORD)).toBe(
        'Forbidden 这个账号已停用，不能登录。需要恢复的，请联系本单位系统管理员。',
      );
    });

    test.each(['', 'x'.repeat(100_000), '\u0000', `${PASSWORD}x`])(
      'a strange password is just wrong',
      async (password) => {
        expect(await refusal('lulidong', password)).toContain('用户名或密码不对');
      },
    );

    test('a person without a password cannot sign in', async () => {
      await db.database.query(`update app_user set password_hash = null where login = 'fandongzhi'`);
      expect(await refusal('fandongzhi', '')).toContain('用户名或密码不对');
      expect(await refusal('fandongzhi', 'nobody has this password')).toContain('用户名或密码不对');
    });
  });

  describe('sessions', () => {
    test('a session ends after half an hour without a request', async () => {
      const { token } = await attempt('lulidong', PASSWORD);
      for (let n = 0; n < 5; n += 1) {
        clock.advance(29 * MINUTE);
        expect(await sessionLogin(work(), token)).toBe('lulidong');
      }
      clock.advance(31 * MINUTE);
      expect(await sessionLogin(work(), token)).toBeUndefined();
    });

    test('a session ends after twelve hours whatever is done', async () => {
      const { token } = await attempt('lulidong', PASSWORD);
      for (let n = 0; n < 35; n += 1) {
        clock.advance(20 * MINUTE);
        expect(await sessionLogin(work(), token)).toBe('lulidong');
      }
      clock.advance(20 * MINUTE);
      expect(await sessionLogin(work(), token)).toBeUndefined();
    });

    test('being seen is written at most once a minute', async () => {
      const { token } = await attempt('lulidong', PASSWORD);
      const seen = async () => (await listSessions(work(), 'lulidong'))[0]!.seenAt.toISOString();
      clock.advance(59_000);
      await sessionLogin(work(), token);
      expect(await seen()).toBe('2026-11-23T01:00:00.000Z');
      clock.advance(1_000);
      await sessionLogin(work(), token);
      expect(await seen()).toBe('2026-11-23T01:01:00.000Z');
    });

    test('sessions are listed, and ended one by one or all but the own', async () => {
      const tokens = [];
      for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
        clock.advance(1000);
        tokens.push((await attempt('lulidong', PASSWORD, ip)).token);
      }
      const [first, second, third] = tokens as [string, string, string];
      expect((await listSessions(work(), 'lulidong')).map((session) => session.ip)).toEqual([
        '10.0.0.3',
        '10.0.0.2',
        '10.0.0.1',
      ]);
      await revokeSession(work(), 'lulidong', sessionIdOf(first));
      expect(await sessionLogin(work(), first)).toBeUndefined();
      await expect(revokeSession(work(), 'lulidong', sessionIdOf(first))).rejects.toThrow('没有找到这个登录');
      await expect(revokeSession(work(), 'zhaolichun', sessionIdOf(second))).rejects.toThrow('没有找到这个登录');
      expect(await revokeSessionsOf(work(), 'lulidong', { exceptToken: third })).toBe(1);
      expect(await sessionLogin(work(), second)).toBeUndefined();
      expect(await sessionLogin(work(), third)).toBe('lulidong');
      await signOut(work(), third);
      expect(await sessionLogin(work(), third)).toBeUndefined();
      expect(await listSessions(work(), 'lulidong')).toEqual([]);
    });

    test('disabling somebody ends what that person may do at once', async () => {
      const { token } = await attempt('zhaolichun', PASSWORD);
      await db.database.query(`update app_user set status = 'DISABLED' where login = 'zhaolichun'`);
      expect(await sessionLogin(work(), token)).toBeUndefined();
      await db.database.query(`update app_user set status = 'ACTIVE' where login = 'zhaolichun'`);
    });

    test('a token that is none opens nothing', async () => {
      for (const token of ['', 'x', 'sy_x', '\u0000'.repeat(3)]) {
        expect(await sessionLogin(work(), token)).toBeUndefined();
        expect(await tokenLogin(work(), token)).toBeUndefined();
      }
    });
  });

  describe('passwords', () => {
    const change = (input: { current: string; next: string; keepToken?: string }) =>
      inTransaction((w) => changePassword(w, 'lulidong', input));

    test.each([
      ['too short', '九个字符的密码呀啊', '新密码至少 10 个字符，现在是 9 个。'],
      ['too long', 'ab1$'.repeat(40), '最多 128 个字符'],
      ['the user name in it', 'My-LuLiDong-2026', '不能含用户名'],
      ['common', 'Password123', '太常见'],
      ['one letter again and again', 'aaaaaaaaaaaaaaa', '太常见'],
      ['the same as before', PASSWORD, '和现在的一样'],
    ])('a new password is refused when %s', async (_, next, message) => {
      await expect(change({ current: PASSWORD, next })).rejects.toMatchObject({
        problems: [{ pointer: '/next', message: expect.stringContaining(message) }],
      });
    });

    test('everything wrong is said at once', async () => {
      await expect(change({ current: 'wrong', next: 'short' })).rejects.toMatchObject({
        problems: [{ pointer: '/current' }, { pointer: '/next' }],
      });
    });

    test('changing it ends the other sessions, keeps this one, and is on record without the password', async () => {
      const other = await attempt('lulidong', PASSWORD);
      const own = await attempt('lulidong', PASSWORD);
      const next = '新的一句话 够长了吧';
      await change({ current: PASSWORD, next, keepToken: own.token });
      expect(await sessionLogin(work(), other.token)).toBeUndefined();
      expect(await sessionLogin(work(), own.token)).toBe('lulidong');
      expect(await refusal('lulidong', PASSWORD)).toContain('用户名或密码不对');
      expect(await refusal('lulidong', next)).toBe('signed in');
      const events = await readTimeline(db.database, 'user', 'lulidong');
      expect(events.at(-1)).toMatchObject({ type: 'account.password-changed', payload: { sessionsEnded: 1 } });
      await change({ current: next, next: PASSWORD });
    });

    test('a reset gives a one-time password that has to be changed, ends sessions and lifts a lock', async () => {
      const before = await attempt('lulidong', PASSWORD);
      for (let n = 0; n < 5; n += 1) await refusal('lulidong', 'wrong password');
      const once = await inTransaction((w) => resetPassword(w, admin, 'lulidong'));
      expect(once.length).toBeGreaterThanOrEqual(16);
      expect(await sessionLogin(work(), before.token)).toBeUndefined();
      const { token, mustChangePassword } = await attempt('lulidong', once);
      expect(mustChangePassword).toBe(true);
      expect(await currentSession(work(), token)).toMatchObject({ login: 'lulidong', mustChangePassword: true });
      await change({ current: once, next: PASSWORD, keepToken: token });
      expect(await currentSession(work(), token)).toMatchObject({ mustChangePassword: false });
    });

    test('seeding never overwrites a password', async () => {
      expect(await seedPasswords(db.database, [{ login: 'lulidong', password: 'another password' }])).toEqual([]);
      expect(await refusal('lulidong', PASSWORD)).toBe('signed in');
    });
  });

  describe('access tokens', () => {
    const make = (input: Parameters<typeof createToken>[2], login = 'lulidong') =>
      inTransaction((w) => createToken(w, login, input));

    test('a token stands for its owner until it expires', async () => {
      const { token, id } = await make({ name: '12345 对接', days: 30 });
      expect(token).toMatch(/^sy_[\w-]{40,}$/);
      expect(await tokenLogin(work(), token)).toBe('lulidong');
      expect(await listTokens(db.database, 'lulidong')).toMatchObject([
        { id, name: '12345 对接', scopes: undefined, lastUsedAt: clock.now() },
      ]);
      clock.advance(30 * 24 * 60 * MINUTE);
      expect(await tokenLogin(work(), token)).toBeUndefined();
    });

    test('a narrowed token tells what it is narrowed to, and nothing to whoever does not ask', async () => {
      const { token } = await make({ name: '只读', days: 1, scopes: ['demand.read'] });
      expect(await tokenGrant(work(), token)).toMatchObject({ login: 'lulidong', scopes: ['demand.read'] });
      expect(await tokenLogin(work(), token)).toBeUndefined();
    });

    test('everything wrong is said at once', async () => {
      await expect(make({ name: ' ', days: 367, scopes: ['demand.read', 'org.edit', 'x'] })).rejects.toMatchObject({
        problems: [{ pointer: '/name' }, { pointer: '/days' }, { pointer: '/scopes/1' }, { pointer: '/scopes/2' }],
      });
      await expect(make({ name: 'n', days: 0, scopes: [] })).rejects.toMatchObject({
        problems: [{ pointer: '/days' }, { pointer: '/scopes' }],
      });
    });

    test('a token is taken back by its owner only', async () => {
      const { token, id } = await make({ name: 'n', days: 1 });
      await expect(inTransaction((w) => revokeToken(w, 'zhaolichun', id))).rejects.toThrow('没有找到这个令牌');
      await inTransaction((w) => revokeToken(w, 'lulidong', id));
      expect(await tokenLogin(work(), token)).toBeUndefined();
      expect(await listTokens(db.database, 'lulidong')).toEqual([]);
    });

    test('an account has a bounded number of tokens', async () => {
      for (let n = 0; n < 20; n += 1) await make({ name: `n${n}`, days: 1 });
      await expect(make({ name: 'n', days: 1 })).rejects.toMatchObject({ problems: [{ pointer: '' }] });
    });

    test('a token does not pass a password that has to be changed first', async () => {
      const { token } = await make({ name: 'n', days: 1 }, 'zhaolichun');
      await inTransaction((w) => resetPassword(w, admin, 'zhaolichun'));
      expect(await tokenLogin(work(), token)).toBeUndefined();
    });
  });

  test('all of it left an unbroken history', async () => {
    const report = await verifyAll(db.database);
    expect(report.breaks).toEqual([]);
    expect(report.events).toBeGreaterThan(5);
  });
});
