import { sqlOf } from '../db/orm.ts';
import type { Sql } from '../db/sql.ts';
import { SYSTEM_ACTOR } from '../kernel/actor.ts';
import { actorOf, demandScopeSql } from '../modules/access/index.ts';
import { mobileOf } from '../modules/demands/index.ts';
import { makeVisitToken } from '../modules/feedback/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import {
  type Channel,
  type ChannelAdapter,
  deliverMessages,
  type QueuedMessage,
  type SettledMessage,
  templateDeclaration,
} from '../modules/notifications/index.ts';
import type { OrgDirectory } from '../modules/org/index.ts';
import type { RunWork } from './once.ts';

export interface MessageParts {
  run: RunWork;
  channels: Readonly<Record<Channel, ChannelAdapter>>;
  publicUrl(): string;
}

/** Delivers the messages that are due, in working hours, and keeps on each demand's timeline what became of those to its taxpayer. */
export async function deliverDueMessages(parts: MessageParts): Promise<number> {
  const { run } = parts;
  const [now, directory, limits] = await run(async (work) => {
    const parameters = await work.parameters({});
    return [
      work.clock.now(),
      work.directory,
      {
        maxAttempts: parameters.number('notify.max_attempts'),
        retryMinutes: parameters.number('notify.retry_minutes'),
      },
    ] as const;
  });
  const windows = new Map<string, string>();
  return deliverMessages({
    now,
    limits,
    channels: parts.channels,
    publicUrl: parts.publicUrl(),
    transaction: (effect) => run((work) => effect(sqlOf(work.em))),
    hoursOf: (orgCode) =>
      run(async (work) => {
        const known =
          windows.get(orgCode ?? '') ?? (await work.parameters(orgCode ? { orgCode } : {})).text('sms.window');
        windows.set(orgCode ?? '', known);
        return { window: known, isWorkday: (date) => work.calendar.isWorkday(date, orgCode ?? undefined) };
      }),
    resolve: (sql, message) =>
      message.audience === 'STAFF' ? staff(sql, message, directory) : taxpayer(sql, message, parts, now),
    closed: (sql, login, demandIds) => closedTo(sql, directory, login, demandIds),
    settled: (sql, settled) => keep(sql, settled, now),
  });
}

/** Of these demands, the restricted ones somebody may not know of: they may have become so after the message was written. */
async function closedTo(
  sql: Sql,
  directory: OrgDirectory,
  login: string,
  demandIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const actor = actorOf(directory, login);
  const scope = actor ? demandScopeSql(actor, 1) : { sql: 'false', parameters: [] };
  const rows = await sql.query<{ id: string }>(
    `select d.id from demand d where d.id = any($${scope.parameters.length + 1}::text[]) and d.restricted and not ${scope.sql}`,
    [...scope.parameters, [...demandIds]],
  );
  return new Set(rows.map((row) => row.id));
}

async function staff(sql: Sql, message: QueuedMessage, directory: OrgDirectory) {
  if (message.demandId && (await closedTo(sql, directory, message.recipient, [message.demandId])).size > 0)
    return { skip: '这件事已限定可见，收件人不在可见的岗位' };
  const [row] = await sql.query<{ email: string | null; phone: string | null }>(
    `select p.email, p.phone from notification_preference p join app_user u on u.login = p.login
     where p.login = $1 and u.status = 'ACTIVE' and $2 = any(p.channels)`,
    [message.recipient, message.channel],
  );
  const to = message.channel === 'MAIL' ? row?.email : row?.phone;
  return to ? { to, secrets: {} } : { skip: '本人已经不用这种提醒，或账号已停用' };
}

async function taxpayer(sql: Sql, message: QueuedMessage, parts: MessageParts, now: Date) {
  const [row] = await sql.query<{ phone: string | null; code: string }>(
    'select contact_phone as phone, tracking_code as code from demand where id = $1',
    [message.recipient],
  );
  const to = mobileOf(row?.phone);
  if (!row || !to) return { skip: '没有可以收短信的手机号' };
  if (message.template !== 'visit-link') return { to, secrets: { trackingCode: row.code } };
  const token = await makeVisitToken(sql, message.id, now, Number(message.values.days));
  return token
    ? { to, secrets: { visitLink: `${parts.publicUrl()}/r/${token}` } }
    : { skip: '这一轮的评价链接已经不在' };
}

const EVENTS: Record<SettledMessage['state'], string> = {
  SENT: 'message.sent',
  LOGGED: 'message.not-sent',
  SKIPPED: 'message.not-sent',
  FAILED: 'message.failed',
  GIVEN_UP: 'message.given-up',
};

/** Taxpayers' messages belong to the story of the demand; those to colleagues only when they could not be delivered at all. */
async function keep(sql: Sql, settled: SettledMessage, now: Date): Promise<void> {
  const { message, state } = settled;
  if (!message.demandId || (message.audience === 'STAFF' && state !== 'GIVEN_UP')) return;
  await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: message.demandId,
    type: EVENTS[state],
    occurredAt: now,
    actor: SYSTEM_ACTOR,
    payload: {
      template: message.template,
      what: templateDeclaration(message.template)?.title ?? message.template,
      channel: message.channel,
      attempt: message.attempts + 1,
      ...(message.audience === 'STAFF' ? { to: message.recipient } : {}),
      ...(state === 'LOGGED' ? { reason: '没有配置短信通道，只写入日志' } : {}),
      ...(settled.reason ? { reason: settled.reason } : {}),
      ...(settled.nextAt ? { nextAt: settled.nextAt.toISOString() } : {}),
    },
  });
}
