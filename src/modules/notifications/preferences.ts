import type { Sql } from '../../db/sql.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';

/** Ways out of the house, besides the inbox everybody has. */
export const CHANNELS = { MAIL: '邮件', SMS: '短信', IM: '即时消息' } as const;
export type Channel = keyof typeof CHANNELS;

/** How somebody wants to be reminded (提醒时段, 日报). */
export interface Preference {
  email: string;
  phone: string;
  channels: Channel[];
  /** `09:00-12:00`; empty: whenever the house sends. */
  hours: string;
  digest: boolean;
}

const NONE: Preference = { email: '', phone: '', channels: [], hours: '', digest: false };

export async function preferenceOf(sql: Sql, login: string): Promise<Preference> {
  const [row] = await sql.query<any>(
    'select email, phone, channels, hours, digest from notification_preference where login = $1',
    [login],
  );
  return row
    ? {
        email: row.email ?? '',
        phone: row.phone ?? '',
        channels: row.channels,
        hours: row.hours ?? '',
        digest: row.digest,
      }
    : NONE;
}

/** Keeps how somebody wants to be reminded; refuses a way without an address, and hours in which the house never sends. */
export async function savePreference(
  sql: Sql,
  login: string,
  input: Preference,
  context: { window: string; at: Date },
): Promise<void> {
  const problems = preferenceProblems(input, context.window);
  if (problems.length > 0) throw invalid('提醒方式没有保存。', problems);
  await sql.query(
    `insert into notification_preference (login, email, phone, channels, hours, digest, updated_at) values ($1, $2, $3, $4::text[], $5, $6, $7)
     on conflict (login) do update set email = excluded.email, phone = excluded.phone, channels = excluded.channels, hours = excluded.hours,
       digest = excluded.digest, updated_at = excluded.updated_at`,
    [
      login,
      input.email.trim() || null,
      input.phone.replace(/[\s-]/g, '') || null,
      [...new Set(input.channels)],
      input.hours || null,
      input.digest,
      context.at.toISOString(),
    ],
  );
}

function preferenceProblems(input: Preference, window: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const email = input.email.trim();
  const phone = input.phone.replace(/[\s-]/g, '');
  if (email && !/^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+$/.test(email))
    problems.push({ pointer: '/email', message: `邮箱“${email}”不完整。请写成 name@example.gov.cn 的样子。` });
  if (phone && !/^1\d{10}$/.test(phone))
    problems.push({ pointer: '/phone', message: `手机“${phone}”应当是 11 位手机号。` });
  if (input.channels.includes('MAIL') && !email)
    problems.push({ pointer: '/email', message: '选了邮件提醒，还没有填邮箱。' });
  if ((input.channels.includes('SMS') || input.channels.includes('IM')) && !phone)
    problems.push({ pointer: '/phone', message: '选了短信或即时消息提醒，还没有填手机。' });
  if (input.digest && input.channels.length === 0)
    problems.push({ pointer: '/digest', message: '日报要发到邮件、短信或即时消息，请至少选一种。' });
  if (input.hours) {
    const [from, to] = input.hours.split('-');
    const [opens, closes] = window.split(/[-–]/).map((time) => time.trim()) as [string, string];
    if (!/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(input.hours))
      problems.push({ pointer: '/from', message: '提醒时段写成 09:00 到 12:00 的样子，两个时间都要填。' });
    else if (from! >= to!) problems.push({ pointer: '/to', message: `提醒时段的结束 ${to} 应当晚于开始 ${from}。` });
    else if (from! >= closes || to! <= opens)
      problems.push({ pointer: '/from', message: `系统只在 ${opens}–${closes} 发送，提醒时段要和它有重合。` });
  }
  return problems;
}
