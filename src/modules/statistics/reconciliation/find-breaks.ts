import type { Sql } from '../../../db/sql.ts';
import { classTable } from './classes.ts';

/** One demand, or one number without a demand, that does not come out even, and why. */
export interface Break {
  orgCode: string;
  demandId: string | null;
  number: string;
  reason: BreakReason;
  detail: string;
}

export const BREAK_REASONS = {
  'number-missing': '编号发出去了，台账里没有这一件',
  'no-class': '状态没有归到任何一类',
  'no-registration': '历史里没有登记记录',
  'history-differs': '台账的状态和历史记录不一致',
  'check-missing': '已销号，但缺销号核对',
  unjudged: '已销号，但不满意没有判定重办或解释',
  'written-off-by-handler': '销号人就是办理人',
  'task-left': '已经了结，却还有任务开着',
  'clock-left': '已经了结，却还有钟在走',
  'nobody-at-work': '在办，却没有任务也没有在走的流程',
} as const;
export type BreakReason = keyof typeof BREAK_REASONS;

/** A demand that has just come in is on its way to its first task. */
const ON_ITS_WAY = `interval '15 minutes'`;

/** Finds every demand that does not come out even, each with the first of its reasons. Facts against state, the ledger against history and against the numbers given out. */
export async function findBreaks(sql: Sql, now: Date): Promise<Break[]> {
  const rows = await sql.query<{
    org_code: string;
    demand_id: string | null;
    number: string;
    reason: BreakReason;
    detail: string;
  }>(
    `with classes as (select key as status, value as class from jsonb_each_text($1::jsonb)),
     known as materialized (
       select d.id, d.number, d.org_code, d.status, d.path, d.withdrawn_at, d.completed_at, d.feedback_at, d.pushed_at, d.visit_required, d.visited_at,
         d.satisfaction, d.rework_count, d.handled_by, d.written_off_by, d.registered_at, c.class,
         c.class in ('WRITTEN_OFF', 'VOIDED', 'MERGED', 'SPLIT') as closed
       from demand d left join classes c on c.status = d.status),
     last_word as (
       select k.id, e.status from known k left join lateral (
         select h.payload ->> 'status' as status from history_event h
         where h.subject_type = 'demand' and h.subject_id = k.id and h.payload ? 'status' order by h.sequence desc limit 1) e on true),
     found as (
       select id, 1 as position, 'no-class' as reason, status as detail from known where class is null
       union all
       select w.id, 2, 'no-registration', '' from last_word w where w.status is null
       union all
       select w.id, 3, 'history-differs', w.status || '≠' || k.status from last_word w join known k on k.id = w.id
         left join classes was on was.status = w.status
         where w.status is not null and was.class is distinct from k.class
       union all
       select id, 4, 'check-missing', concat_ws('、',
           case when completed_at is null then '办结' end, case when feedback_at is null then '反馈' end,
           case when pushed_at is null then '推送' end,
           case when visit_required and (visited_at is null or visited_at < feedback_at) then '回访' end)
         from known where class = 'WRITTEN_OFF' and withdrawn_at is null
           and coalesce(path, '') not in ('LEGAL_ROUTE', 'RECONSIDERATION', 'NOT_OUR_DUTY')
           and (completed_at is null or feedback_at is null or pushed_at is null
             or visit_required and (visited_at is null or visited_at < feedback_at))
       union all
       select k.id, 5, 'unjudged', '' from known k where k.class = 'WRITTEN_OFF' and k.satisfaction in ('DISSATISFIED', 'VERY_DISSATISFIED')
         and k.withdrawn_at is null and exists (select 1 from return_visit v where v.demand_id = k.id and v.reached and v.round = k.rework_count + 1
           and v.satisfaction in ('DISSATISFIED', 'VERY_DISSATISFIED'))
         and not exists (select 1 from return_visit v where v.demand_id = k.id and v.round = k.rework_count + 1 and v.judgement is not null)
       union all
       select id, 6, 'written-off-by-handler', coalesce(written_off_by, '') from known
         where class = 'WRITTEN_OFF' and written_off_by = handled_by and coalesce(path, '') <> 'ON_THE_SPOT' and withdrawn_at is null
       union all
       select k.id, 7, 'task-left', t.title from known k join task t on t.demand_id = k.id and t.status = 'OPEN' and t.process_id <> 'supervision' where k.closed
       union all
       select k.id, 8, 'clock-left', c.kind from known k join deadline c on c.subject_type = 'demand' and c.subject_id = k.id and c.status = 'OPEN' where k.closed
       union all
       select k.id, 9, 'nobody-at-work', '' from known k where k.class in ('OPEN', 'WITHDRAWN') and k.registered_at < $2::timestamptz - ${ON_ITS_WAY}
         and not exists (select 1 from task t where t.demand_id = k.id and t.status = 'OPEN')
         and not exists (select 1 from process_instance p where p.demand_id = k.id and p.ended_at is null))
     select k.org_code, k.id as demand_id, k.number, f.reason, f.detail
       from (select distinct on (id) id, reason, detail from found order by id, position) f join known k on k.id = f.id
     union all
     select n.org_code, null, 'LASQ-' || n.org_code || '-' || to_char(n.day, 'YYYYMMDD') || '-' || lpad(s::text, greatest(4, length(s::text)), '0'), 'number-missing', ''
       from demand_number n cross join lateral generate_series(1, n.last) s
       where not exists (select 1 from demand d
         where d.number = 'LASQ-' || n.org_code || '-' || to_char(n.day, 'YYYYMMDD') || '-' || lpad(s::text, greatest(4, length(s::text)), '0'))
     order by 1, 3`,
    [JSON.stringify(classTable()), now.toISOString()],
  );
  return rows.map((row) => ({
    orgCode: row.org_code,
    demandId: row.demand_id,
    number: row.number,
    reason: row.reason,
    detail: row.detail,
  }));
}
