import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, type FieldProblem, forbidden, invalid, notFound } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import type { Work } from '../context.ts';
import { DemandEntity } from '../entities.ts';
import { isClosed } from '../vocabulary.ts';
import { anonymise } from './anonymise.ts';

export const PRIVACY_KINDS = {
  ACCESS: '查阅、复制',
  CORRECT: '更正、补充',
  DELETE: '删除',
  EXPLAIN: '解释说明',
} as const;
export const PRIVACY_RESULTS = { GRANTED: '已按请求办理', PARTLY: '部分办理', REFUSED: '不予办理' } as const;
export const PRIVACY_VIA = { WINDOW: '窗口', PHONE: '电话', LETTER: '来信', ONLINE: '网上' } as const;

/** A person asks about their own data (个人信息请求, 个人信息保护法 44–50). */
export interface PrivacyRequest {
  id: string;
  number: string;
  orgCode: string;
  kind: keyof typeof PRIVACY_KINDS;
  requester: string;
  contact: string;
  demandId: string | null;
  receivedVia: keyof typeof PRIVACY_VIA;
  content: string;
  status: 'OPEN' | 'ANSWERED';
  receivedAt: Date;
  replyBy: string;
  registeredByName: string;
  result: keyof typeof PRIVACY_RESULTS | null;
  answer: string | null;
  answeredAt: Date | null;
  answeredByName: string | null;
}

const read = (row: any): PrivacyRequest => ({
  id: row.id,
  number: row.number,
  orgCode: row.org_code,
  kind: row.kind,
  requester: row.requester,
  contact: row.contact,
  demandId: row.demand_id,
  receivedVia: row.received_via,
  content: row.content,
  status: row.status,
  receivedAt: new Date(row.received_at),
  replyBy: row.reply_day,
  registeredByName: row.registered_by_name,
  result: row.result,
  answer: row.answer,
  answeredAt: row.answered_at ? new Date(row.answered_at) : null,
  answeredByName: row.answered_by_name,
});
const COLUMNS = 'r.*, r.reply_by::text as reply_day';
const MOST = 300;

/** The register of bureaus in reach (undefined: all): open ones by their date, then the answered, newest first. */
export async function privacyRequests(work: Pick<Work, 'em'>, orgCode: string | undefined): Promise<PrivacyRequest[]> {
  const rows = await sqlOf(work.em).query<any>(
    `select ${COLUMNS} from personal_data_request r where $1::text is null or r.org_code = $1
     order by r.status = 'ANSWERED', case when r.status = 'OPEN' then r.reply_by end, r.received_at desc limit ${MOST}`,
    [orgCode ?? null],
  );
  return rows.map(read);
}

/** One request of the actor's own bureau. */
export async function privacyRequest(work: Pick<Work, 'em' | 'actor'>, id: string): Promise<PrivacyRequest> {
  const [row] = await sqlOf(work.em).query<any>(
    `select ${COLUMNS} from personal_data_request r where r.id = $1 and r.org_code = $2`,
    [id, work.actor.orgCode],
  );
  if (!row) throw notFound('没有找到这条个人信息请求，或者它不归本单位办理。');
  return read(row);
}

export interface NewPrivacyRequest {
  kind: string;
  requester: string;
  contact: string;
  /** The demand it is about, already looked up; null: none. */
  demandId: string | null;
  receivedVia: string;
  content: string;
}

const within = (text: string, pointer: string, label: string, most: number): FieldProblem[] => {
  const length = [...text.trim()].length;
  if (length === 0) return [{ pointer, message: `“${label}”还没有填写。` }];
  return length > most ? [{ pointer, message: `“${label}”最多 ${most} 个字，现在 ${length} 个。请写短一些。` }] : [];
};

/** Registers a request; the day to answer by counts from now (`privacy.reply.days`). */
export async function registerPrivacyRequest(work: Work, input: NewPrivacyRequest): Promise<PrivacyRequest> {
  const problems: FieldProblem[] = [
    ...(Object.hasOwn(PRIVACY_KINDS, input.kind) ? [] : [{ pointer: '/kind', message: '还没有选“请求事项”。' }]),
    ...within(input.requester, '/requester', '请求人', 50),
    ...within(input.contact, '/contact', '联系方式', 100),
    ...(Object.hasOwn(PRIVACY_VIA, input.receivedVia)
      ? []
      : [{ pointer: '/receivedVia', message: '还没有选“怎么收到的”。' }]),
    ...within(input.content, '/content', '请求内容', 500),
  ];
  if (problems.length > 0) throw invalid('个人信息请求没有登记。', problems);
  const { actor } = work;
  const now = work.clock.now();
  const today = shanghaiDate(now);
  const days = (await work.parameters({ orgCode: actor.orgCode })).number('privacy.reply.days');
  const sql = sqlOf(work.em);
  const year = Number(today.slice(0, 4));
  const [count] = await sql.query<{ last: number }>(
    `insert into personal_data_number (org_code, year, last) values ($1, $2, 1)
     on conflict (org_code, year) do update set last = personal_data_number.last + 1 returning last`,
    [actor.orgCode, year],
  );
  const [row] = await sql.query<any>(
    `insert into personal_data_request as r (id, number, org_code, kind, requester, contact, demand_id, received_via, content, status, received_at, reply_by,
       registered_by, registered_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'OPEN', $10, $11, $12, $13) returning ${COLUMNS}`,
    [
      work.ids.uuid(),
      `GRXX-${actor.orgCode}-${year}-${String(count!.last).padStart(4, '0')}`,
      actor.orgCode,
      input.kind,
      input.requester.trim(),
      input.contact.trim(),
      input.demandId,
      input.receivedVia,
      input.content.trim(),
      now.toISOString(),
      work.calendar.addWorkingDays(today, days, actor.orgCode).dueDate,
      actor.login,
      actor.name,
    ],
  );
  const made = read(row);
  await note(work, made, 'privacy.requested', { number: made.number, kind: made.kind, replyBy: made.replyBy });
  return made;
}

/** Answers a request once. Deleting takes the data out of the demand it names, which must have ended. */
export async function answerPrivacyRequest(
  work: Work,
  id: string,
  input: { result: string; answer: string },
): Promise<PrivacyRequest> {
  const problems: FieldProblem[] = [
    ...(Object.hasOwn(PRIVACY_RESULTS, input.result) ? [] : [{ pointer: '/result', message: '还没有选“办理结果”。' }]),
    ...within(input.answer, '/answer', '答复内容', 500),
  ];
  if (problems.length > 0) throw invalid('没有答复。', problems);
  const sql = sqlOf(work.em);
  const [row] = await sql.query<any>(`select ${COLUMNS} from personal_data_request r where id = $1 for update`, [id]);
  if (!row) throw notFound('没有找到这条个人信息请求。');
  const request = read(row);
  if (request.orgCode !== work.actor.orgCode)
    throw forbidden('个人信息请求由收到的单位答复。', { reason: 'not-own-bureau' });
  if (request.status !== 'OPEN')
    throw conflict(`这条请求已由 ${request.answeredByName} 答复，不用再答。`, { reason: 'privacy-answered' });
  if (request.kind === 'DELETE' && input.result === 'GRANTED' && request.demandId) {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: request.demandId });
    if (!isClosed(demand))
      throw invalid('没有答复。', [
        {
          pointer: '/result',
          message: `诉求 ${demand.number} 还没有销号，办理还要用联系方式，不能删除。请选“不予办理”并说明，或销号后再答复。`,
        },
      ]);
    await anonymise(work, [demand.id], 'REQUEST');
  }
  const now = work.clock.now();
  const [after] = await sql.query<any>(
    `update personal_data_request as r set status = 'ANSWERED', result = $2, answer = $3, answered_at = $4, answered_by = $5, answered_by_name = $6
     where id = $1 returning ${COLUMNS}`,
    [id, input.result, input.answer.trim(), now.toISOString(), work.actor.login, work.actor.name],
  );
  await note(work, request, 'privacy.answered', { number: request.number, result: input.result });
  return read(after);
}

const note = (work: Work, request: PrivacyRequest, type: string, payload: Record<string, unknown>) =>
  appendEvent(sqlOf(work.em), {
    subjectType: 'personal-data-request',
    subjectId: request.id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload,
  });
