import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { AccessWork } from './context.ts';

const KEPT_MS = 30 * 60_000;
const LARGEST = 400_000;
const ALGORITHM = 'aes-256-gcm';
/** Never kept, however a form calls them: secrets, and the token of a session that is over. */
const SECRET_FIELDS = new Set(['_csrf', 'password', 'current', 'next', 'again']);

export type ParkedFields = Record<string, string | string[]>;

export interface ParkedForm {
  id: string;
  /** Where the form was going. */
  action: string;
  /** Why it was not submitted. */
  reason: 'session-ended' | 'page-expired';
  fields: ParkedFields;
  parkedAt: Date;
}

/**
 * Keeps what somebody had typed when it could not be submitted, for half an hour and for that person alone; the database sees it
 * encrypted under a key of the program. Answers its id; undefined when there is nothing to keep.
 */
export async function parkForm(
  work: AccessWork & { secret: string },
  login: string,
  form: { action: string; reason: ParkedForm['reason']; fields: Record<string, unknown> },
): Promise<string | undefined> {
  const fields = keepable(form.fields);
  const text = JSON.stringify(fields);
  if (Object.keys(fields).length === 0 || text.length > LARGEST) return undefined;
  const id = work.ids.token(18);
  const now = work.clock.now();
  await work.sql.query('delete from parked_form where expires_at < $1::timestamptz', [now.toISOString()]);
  await work.sql.query(
    `insert into parked_form (id, login, action, reason, sealed, parked_at, expires_at)
     values ($1, $2, $3, $4, $5, $6::timestamptz, $7::timestamptz)`,
    [
      id,
      login,
      form.action,
      form.reason,
      seal(work.secret, `${id} ${login}`, text),
      now.toISOString(),
      new Date(+now + KEPT_MS).toISOString(),
    ],
  );
  return id;
}

/** What was parked, for the one who typed it; undefined for everybody else and when the half hour is over. */
export async function parkedForm(
  work: Pick<AccessWork, 'sql' | 'clock'> & { secret: string },
  login: string,
  id: string,
): Promise<ParkedForm | undefined> {
  const [row] = await work.sql.query<{
    action: string;
    reason: ParkedForm['reason'];
    sealed: string;
    parked_at: string;
  }>(
    `select action, reason, sealed, parked_at from parked_form where id = $1 and login = $2 and expires_at > $3::timestamptz`,
    [id, login, work.clock.now().toISOString()],
  );
  const text = row && unseal(work.secret, `${id} ${login}`, row.sealed);
  if (!row || text === undefined) return undefined;
  return { id, action: row.action, reason: row.reason, fields: JSON.parse(text), parkedAt: new Date(row.parked_at) };
}

function keepable(fields: Record<string, unknown>): ParkedFields {
  const kept: ParkedFields = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SECRET_FIELDS.has(name)) continue;
    if (typeof value === 'string') kept[name] = value;
    else if (Array.isArray(value) && value.every((item) => typeof item === 'string')) kept[name] = value;
  }
  return Object.entries(kept).some(([name, value]) => !name.startsWith('_') && value !== '') ? kept : {};
}

// The key is derived, so that the secret of the session cookies is not itself a key of encryption. Its owner and id are bound in:
// a row copied to somebody else does not open.
const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'suying parked forms', 32));

function seal(secret: string, about: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, keyOf(secret), nonce).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Undefined when the secret has changed since, or the row was tampered with. */
function unseal(secret: string, about: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv(ALGORITHM, keyOf(secret), bytes.subarray(0, 12))
      .setAAD(Buffer.from(about))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
