import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import type { Work } from '../context.ts';
import { maskPerson } from '../mask.ts';
import { anonymise } from './anonymise.ts';
import { identifiersOf, withoutThem } from './identifiers.ts';

type RetentionWork = Pick<Work, 'em' | 'actor' | 'clock' | 'parameters'>;

/** When a demand came to its end, from which the period counts. */
const ENDED = 'coalesce(d.written_off_at, d.voided_at, d.merged_at, d.split_at)';
const DUE = `d.anonymised_at is null and d.status in ('WRITTEN_OFF', 'VOIDED', 'MERGED', 'SPLIT')`;
/** Nobody takes away what somebody is asking for (查阅、更正的请求还没有答复). */
const NOT_ASKED = `not exists (select 1 from personal_data_request r where r.demand_id = d.id and r.status = 'OPEN')`;

/** The moment before which a demand must have ended for its personal data to have had their time; the period is the parameter `retention.years`. */
export async function retentionCutoff(work: Pick<Work, 'clock' | 'parameters'>, orgCode: string): Promise<Date> {
  const years = (await work.parameters({ orgCode })).number('retention.years');
  const today = shanghaiDate(work.clock.now());
  const [year, rest] = [Number(today.slice(0, 4)) - years, today.slice(4)];
  // 29 February of a year without one is 1 March: a day later, never earlier.
  const day = rest === '-02-29' ? `${year}-03-01` : `${year}${rest}`;
  return shanghaiInstant(day);
}

/**
 * How many demands of a bureau are due now, and which until a later moment: what the next runs will take (预览). Only those within the scope, a condition
 * over `demand d` whose parameters begin at 1: that a restricted one is there is told to nobody else.
 */
export async function retentionOutlook(
  work: Pick<Work, 'em' | 'clock' | 'parameters'>,
  scope: { sql: string; parameters: readonly unknown[] },
  orgCode: string,
  days: number,
): Promise<{ due: number; soon: { number: string; ended: Date }[]; done: number }> {
  const cutoff = await retentionCutoff(work, orgCode);
  const sql = sqlOf(work.em);
  const [org, until] = [`$${scope.parameters.length + 1}`, `$${scope.parameters.length + 2}`];
  const [count] = await sql.query<{ due: number; done: number }>(
    `select (count(*) filter (where ${DUE} and ${ENDED} < ${until}))::int as due, (count(*) filter (where d.anonymised_at is not null))::int as done
     from demand d where d.org_code = ${org} and (d.anonymised_at is not null or ${DUE}) and ${scope.sql}`,
    [...scope.parameters, orgCode, cutoff.toISOString()],
  );
  const soon = await sql.query<{ number: string; ended: string }>(
    `select d.number, ${ENDED} as ended from demand d
     where d.org_code = ${org} and ${DUE} and ${ENDED} < ${until} and ${scope.sql} order by 2, 1 limit 50`,
    [...scope.parameters, orgCode, new Date(+cutoff + days * 86_400_000).toISOString()],
  );
  return { ...count!, soon: soon.map((row) => ({ number: row.number, ended: new Date(row.ended) })) };
}

/**
 * Makes personal data of demands anonymous whose period is over (到期匿名化): who the taxpayer was and how to reach them is gone, everywhere it was
 * written; number, category, departments and times stay for the statistics, and the chain of the history with them. Requests about personal data
 * have the same period, from their answer.
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
  await closeRequests(work, orgCode, cutoff);
  await dropDrafts(work, orgCode, cutoff);
  return rows.length;
}

/** Who asked about personal data, once the answer itself has had its time. */
async function closeRequests(work: RetentionWork, orgCode: string, cutoff: Date): Promise<void> {
  const sql = sqlOf(work.em);
  const rows = await sql.query<{ id: string; requester: string; contact: string; content: string; answer: string }>(
    `select id, requester, contact, content, answer from personal_data_request
     where org_code = $1 and status = 'ANSWERED' and answered_at < $2 and contact <> '' for update skip locked`,
    [orgCode, cutoff.toISOString()],
  );
  for (const { id, requester, contact, content, answer } of rows) {
    const who = identifiersOf({ ...NOBODY, contactPerson: requester, otherContact: contact });
    await sql.query(
      `update personal_data_request set requester = $2, contact = '', content = $3, answer = $4 where id = $1`,
      [id, maskPerson(requester), withoutThem(content, who), withoutThem(answer, who)],
    );
  }
}

const NOBODY = {
  taxpayerName: '',
  taxpayerType: 'NATURAL_PERSON',
  creditCode: null,
  contactPhone: null,
  intake: {},
} as const;

/** Forms that people of the bureau began and never submitted hold personal data of no demand. */
const dropDrafts = (work: RetentionWork, orgCode: string, cutoff: Date): Promise<unknown> =>
  sqlOf(work.em).query(
    'delete from draft d using app_user u where u.login = d.login and u.org_code = $1 and d.saved_at < $2',
    [orgCode, cutoff.toISOString()],
  );
