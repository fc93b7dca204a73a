import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import { appendEvents } from '../../history/index.ts';
import type { Work } from '../context.ts';
import { maskText } from '../mask.ts';

type RetentionWork = Pick<Work, 'em' | 'actor' | 'clock' | 'parameters'>;

/** When a demand came to its end, from which the period counts. */
const ENDED = 'coalesce(d.written_off_at, d.voided_at, d.merged_at, d.split_at)';
const DUE = `d.anonymised_at is null and d.status in ('WRITTEN_OFF', 'VOIDED', 'MERGED', 'SPLIT')`;
/** Nobody takes away what somebody is asking for (查阅、更正的请求还没有答复). */
const NOT_ASKED = `not exists (select 1 from personal_data_request r where r.demand_id = d.id and r.status = 'OPEN')`;

const TEXTS = [
  'title',
  'content',
  'answer_content',
  'notice_content',
  'measures',
  'public_answer',
  'feedback_content',
  'withdrawal_reason',
] as const;

/** The moment before which a demand must have ended for its personal data to have had their time; the period is the parameter `retention.years`. */
export async function retentionCutoff(work: Pick<Work, 'clock' | 'parameters'>, orgCode: string): Promise<Date> {
  const years = (await work.parameters({ orgCode })).number('retention.years');
  const today = shanghaiDate(work.clock.now());
  const [year, rest] = [Number(today.slice(0, 4)) - years, today.slice(4)];
  // 29 February of a year without one is 1 March: a day later, never earlier.
  const day = rest === '-02-29' ? `${year}-03-01` : `${year}${rest}`;
  return shanghaiInstant(day);
}

/** How many demands of a bureau are due now, and until a later moment: what the next runs will take (预览). */
export async function retentionOutlook(
  work: Pick<Work, 'em' | 'clock' | 'parameters'>,
  orgCode: string,
  days: number,
): Promise<{ due: number; soon: { number: string; ended: Date }[]; done: number }> {
  const cutoff = await retentionCutoff(work, orgCode);
  const sql = sqlOf(work.em);
  const [count] = await sql.query<{ due: number; done: number }>(
    `select (count(*) filter (where ${DUE} and ${ENDED} < $2))::int as due, (count(*) filter (where d.anonymised_at is not null))::int as done
     from demand d where d.org_code = $1 and (d.anonymised_at is not null or ${DUE})`,
    [orgCode, cutoff.toISOString()],
  );
  const soon = await sql.query<{ number: string; ended: string }>(
    `select d.number, ${ENDED} as ended from demand d where d.org_code = $1 and ${DUE} and ${ENDED} < $2 order by 2, 1 limit 50`,
    [orgCode, new Date(+cutoff + days * 86_400_000).toISOString()],
  );
  return { ...count!, soon: soon.map((row) => ({ number: row.number, ended: new Date(row.ended) })) };
}

/**
 * Makes personal data of demands anonymous whose period is over (到期匿名化): who the taxpayer was and how to reach them is gone, numbers in texts are
 * masked; number, category, departments and times stay for the statistics, and the chain of the history with them - it never held personal data.
 */
export async function anonymiseExpired(work: RetentionWork, orgCode: string, limit: number): Promise<number> {
  const cutoff = await retentionCutoff(work, orgCode);
  const rows = await sqlOf(work.em).query<{ id: string }>(
    `select d.id from demand d where d.org_code = $1 and ${DUE} and ${ENDED} < $2 and ${NOT_ASKED} order by ${ENDED} limit $3 for update skip locked`,
    [orgCode, cutoff.toISOString(), limit],
  );
  await anonymise(
    work,
    rows.map((row) => row.id),
    'RETENTION',
  );
  return rows.length;
}

/** Takes the personal data out of demands that have ended, because their time is over or their owner has asked for it. */
export async function anonymise(
  work: Pick<Work, 'em' | 'actor' | 'clock'>,
  ids: readonly string[],
  why: 'RETENTION' | 'REQUEST',
): Promise<void> {
  if (ids.length === 0) return;
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const rows = await sql.query<Record<string, string | null>>(
    `select id, ${TEXTS.join(', ')} from demand where id = any($1::text[])`,
    [[...ids]],
  );
  const masked = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, text]) => [key, key === 'id' || !text ? text : maskText(text)])),
  );
  await sql.query(
    `update demand d set ${TEXTS.map((name) => `${name} = t.${name}`).join(', ')}, contact_person = null, contact_phone = null, other_contact = null,
       preferred_contact_time = null, credit_code = case when d.taxpayer_type in ('ENTERPRISE', 'ASSOCIATION') then d.credit_code end,
       taxpayer_name = case when d.taxpayer_type in ('ENTERPRISE', 'ASSOCIATION') then d.taxpayer_name else '匿名化' end,
       anonymised_at = $2, revision = revision + 1
     from jsonb_to_recordset($1::jsonb) as t(id text, ${TEXTS.map((name) => `${name} text`).join(', ')}) where d.id = t.id`,
    [JSON.stringify(masked), now.toISOString()],
  );
  await sql.query('update message set sent_to = null where demand_id = any($1::text[]) and audience = $2', [
    [...ids],
    'TAXPAYER',
  ]);
  await appendEvents(
    sql,
    ids.map((subjectId) => ({
      subjectType: 'demand',
      subjectId,
      type: 'demand.anonymised',
      occurredAt: now,
      actor: work.actor,
      payload: { why },
    })),
  );
}
