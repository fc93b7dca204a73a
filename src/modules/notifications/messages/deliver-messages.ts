import type { Sql } from '../../../db/sql.ts';
import type { ChannelAdapter, Delivery } from '../channels/channel.ts';
import { deliveryMoment, type TellingHours } from '../delivery-moment.ts';
import type { Channel } from '../preferences.ts';
import { templateDeclaration } from '../templates/catalogue.ts';
import { renderTemplate } from '../templates/check-template.ts';
import { currentTemplates, type TemplateVersion } from '../templates/store-templates.ts';
import { composeDigests } from './digest.ts';

/** A row of the queue. */
export interface QueuedMessage {
  id: string;
  channel: Channel;
  audience: 'STAFF' | 'TAXPAYER';
  recipient: string;
  demandId: string | null;
  orgCode: string | null;
  kind: string;
  template: string;
  values: Record<string, string>;
  attempts: number;
}

/** What became of a message, for whoever keeps the story of the demand. */
export interface SettledMessage {
  message: QueuedMessage;
  state: 'SENT' | 'LOGGED' | 'SKIPPED' | 'FAILED' | 'GIVEN_UP';
  reason?: string;
  /** When a failed one is tried again. */
  nextAt?: Date;
}

export interface DeliveryParts {
  now: Date;
  channels: Readonly<Record<Channel, ChannelAdapter>>;
  /** Runs in a transaction of its own. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** When a bureau may be written to. */
  hoursOf(orgCode: string | null): Promise<TellingHours>;
  limits: { maxAttempts: number; retryMinutes: number };
  /** Where a message goes, and the secrets of its text, at this moment; a sentence when it cannot go anywhere. */
  resolve(
    sql: Sql,
    message: QueuedMessage,
  ): Promise<{ to: string; secrets: Record<string, string> } | { skip: string }>;
  /** Of these demands, those the person may not know of (限定可见): nothing of them stands in a digest. */
  closed(sql: Sql, login: string, demandIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Written in the transaction that settles the message. */
  settled(sql: Sql, settled: SettledMessage): Promise<void>;
  /** The house's own address, for links. */
  publicUrl: string;
}

const AT_ONCE = 50;
const SIDE_BY_SIDE = 10;
/** Longer than any channel waits: what a stopped program had in hand is taken up again afterwards. */
const IN_HAND_MS = 120_000;
/** Enough for a minute of the sweep; the rest waits for the next one. */
const MOST_BATCHES = 40;

/**
 * Delivers what is due: each message is claimed by one node, sent outside any transaction and settled with its story. Outside working
 * hours, or the hours a person has chosen, it is put off without counting as an attempt. Answers how many were settled.
 */
export async function deliverMessages(parts: DeliveryParts): Promise<number> {
  await composeDigests(parts);
  const templates = new Map<string, TemplateVersion>();
  for (const text of await parts.transaction(currentTemplates)) templates.set(text.template, text);
  let settled = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const claimed = await parts.transaction((sql) => claim(sql, parts.now));
    if (claimed.length === 0) break;
    for (let index = 0; index < claimed.length; index += SIDE_BY_SIDE) {
      const results = await Promise.all(
        claimed.slice(index, index + SIDE_BY_SIDE).map((row) => deliverOne(parts, templates, row)),
      );
      settled += results.filter(Boolean).length;
    }
  }
  return settled;
}

type Claimed = QueuedMessage & { hours: string | null };

async function claim(sql: Sql, now: Date): Promise<Claimed[]> {
  return sql.query<Claimed>(
    `with due as (select m.id from message m where m.status = 'WAITING' and m.next_at <= $1 and (m.claimed_until is null or m.claimed_until <= $1)
                  order by m.next_at, m.id limit ${AT_ONCE} for update skip locked)
     update message m set claimed_until = $2 from due left join message own on own.id = due.id
       left join notification_preference p on p.login = own.recipient and own.audience = 'STAFF'
     where m.id = due.id
     returning m.id, m.channel, m.audience, m.recipient, m.demand_id as "demandId", m.org_code as "orgCode", m.kind, m.template, m.values,
       m.attempts, p.hours`,
    [now.toISOString(), new Date(+now + IN_HAND_MS).toISOString()],
  );
}

async function deliverOne(
  parts: DeliveryParts,
  templates: ReadonlyMap<string, TemplateVersion>,
  row: Claimed,
): Promise<boolean> {
  const { hours, ...message } = row;
  const when = await sendingMoment(parts, message.orgCode, hours);
  if (when > parts.now) {
    await parts.transaction((sql) =>
      sql.query('update message set next_at = $2, claimed_until = null where id = $1', [row.id, when.toISOString()]),
    );
    return false;
  }
  const adapter = parts.channels[message.channel];
  if (adapter.kind === 'none') return settle(parts, message, { state: 'SKIPPED', reason: '没有配置这条通道' });
  // Secrets are made and kept before the message leaves: a link that arrives must be known.
  const target = await parts.transaction((sql) => parts.resolve(sql, message));
  if ('skip' in target) return settle(parts, message, { state: 'SKIPPED', reason: target.skip });
  const declaration = templateDeclaration(message.template);
  const text = templates.get(message.template);
  if (!declaration || !text) return settle(parts, message, { state: 'SKIPPED', reason: '没有这个通知模板' });
  const filled = renderTemplate(declaration, text, {
    progressUrl: `${parts.publicUrl}/public/progress`,
    ...message.values,
    ...(message.values.link ? { link: `${parts.publicUrl}${message.values.link}` } : {}),
    ...target.secrets,
  });
  const delivery = await adapter.send({ id: message.id, to: target.to, subject: filled.subject, text: filled.body });
  return settle(parts, message, await verdictOf(parts, row, delivery), {
    to: target.to,
    version: text.version,
    reference: delivery.result === 'SENT' ? delivery.reference : null,
  });
}

type Verdict = Omit<SettledMessage, 'message'>;

/** Growing intervals: each wait is twice the one before; after the last attempt a person has to decide. */
async function verdictOf(parts: DeliveryParts, row: Claimed, delivery: Delivery): Promise<Verdict> {
  if (delivery.result === 'SENT' || delivery.result === 'LOGGED') return { state: delivery.result };
  const attempts = row.attempts + 1;
  if (delivery.result === 'REFUSED' || attempts >= parts.limits.maxAttempts)
    return { state: 'GIVEN_UP', reason: delivery.reason };
  const wait = parts.limits.retryMinutes * 2 ** row.attempts * 60_000;
  const nextAt = await sendingMoment({ ...parts, now: new Date(+parts.now + wait) }, row.orgCode, row.hours);
  return { state: 'FAILED', reason: delivery.reason, nextAt };
}

async function settle(
  parts: DeliveryParts,
  message: QueuedMessage,
  verdict: Verdict,
  sent?: { to: string; version: number; reference: string | null },
): Promise<boolean> {
  await parts.transaction(async (sql) => {
    const tried = sent ? 1 : 0;
    const over = verdict.state !== 'FAILED';
    const changed = await sql.query(
      `update message set status = $2, attempts = attempts + $3, next_at = coalesce($4, next_at), claimed_until = null, settled_at = $5,
         sent_to = coalesce($6, sent_to), template_version = coalesce($7, template_version), last_error = $8, reference = coalesce($9, reference)
       where id = $1 and status = 'WAITING' returning id`,
      [
        message.id,
        over ? verdict.state : 'WAITING',
        tried,
        verdict.nextAt?.toISOString() ?? null,
        over ? parts.now.toISOString() : null,
        sent ? maskAddress(sent.to) : null,
        sent?.version ?? null,
        verdict.reason ?? null,
        sent?.reference ?? null,
      ],
    );
    if (changed.length > 0) await parts.settled(sql, { message, ...verdict });
  });
  return verdict.state !== 'FAILED';
}

/** Both the bureau's hours and the person's own. */
async function sendingMoment(
  parts: Pick<DeliveryParts, 'now' | 'hoursOf'>,
  orgCode: string | null,
  own: string | null,
): Promise<Date> {
  const hours = await parts.hoursOf(orgCode);
  return deliveryMoment(parts.now, own ? { ...hours, window: overlap(hours.window, own) } : hours);
}

/** The part of the day both agree on; the house's hours where a later change of them left nothing in common. */
export function overlap(house: string, own: string): string {
  const [a, b] = [house, own].map((window) => window.split(/[-–]/).map((time) => time.trim()));
  const from = a![0]! > b![0]! ? a![0]! : b![0]!;
  const to = a![1]! < b![1]! ? a![1]! : b![1]!;
  return from < to ? `${from}-${to}` : house;
}

/** Enough to recognise, not enough to use. */
export const maskAddress = (to: string): string =>
  to.includes('@') ? to.replace(/^(.).*(@.*)$/, '$1***$2') : to.replace(/^(\d{3})\d+(\d{4})$/, '$1****$2');
