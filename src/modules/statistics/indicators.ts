import { workingDaysSql } from './day-table.ts';

/**
 * What is counted, as conditions over the ledger. One table serves the number and the list behind it, so that they cannot differ: the number counts the
 * rows of a source for which a condition holds, the list is the demands of the same rows.
 */

/** Numbers of a version of the definitions. */
export interface DefinitionParameters {
  registerWithinDays: number;
  contactWithinDays: number;
  acknowledgeWithinHours: number;
  repeatWithinDays: number;
  /** Below this denominator no rate is shown (件数少，不计算比例). */
  smallDenominator: number;
  /** A bulletin names units below these (percent), where there are demands enough. */
  satisfiedStandardPercent: number;
  completedStandardPercent: number;
}

/** What a condition may ask for, each as the text of a parameter. */
export interface Parts {
  from: string;
  until: string;
  /** Data time: what falls due later is not held against anybody. */
  asOf: string;
  /** Working days and hours (`DayTable`), as jsonb. */
  days: string;
  /** Numbers of working days (`dayNumbers`). */
  workingDays: { first: string; numbers: string };
  number(name: keyof DefinitionParameters): string;
}
type Condition = (parts: Parts) => string;

/** Rows with `d`, the demand, and `org`, the bureau they count for. */
export type SourceName =
  | 'registered'
  | 'dispatched'
  | 'completed'
  | 'fedBack'
  | 'visited'
  | 'rating'
  | 'transferClock'
  | 'handlingClock'
  | 'visitClock'
  | 'extension'
  | 'deferred'
  | 'levelShift';

/** Taken out on recognition (剔除): withdrawn, diverted to a legal route, not our duty, recognised as unreasonable. */
export const EXCLUDED = `(d.withdrawn_at is not null or coalesce(d.path, '') in ('LEGAL_ROUTE', 'RECONSIDERATION', 'NOT_OUR_DUTY')
    or exists (select 1 from unreasonable_review u where u.demand_id = d.id and u.status in ('UPHELD', 'CONFIRMED')))`;

const between =
  (column: string): Condition =>
  ({ from, until }) =>
    `${column} >= ${from} and ${column} < ${until}`;

/** One row per demand and bureau: of several clocks in the period the one that went worst. */
const clock =
  (kind: string): Condition =>
  (parts) =>
    `(select distinct on (c.subject_id, c.org_code) c.subject_id, c.org_code, c.status, c.due_at, c.overdue, c.stop_reason
      from deadline c where c.kind = '${kind}' and ${between('c.due_at')(parts)} and c.subject_type = 'demand'
      order by c.subject_id, c.org_code, c.stop_reason is null desc, (case when c.status = 'STOPPED' then c.overdue else c.due_at <= ${parts.asOf} end) desc, c.round desc) x
    join demand d on d.id = x.subject_id`;

const workingDays =
  (from: string, to: string): Condition =>
  (parts) =>
    workingDaysSql(from, to, parts.workingDays);
const workingSeconds =
  (from: string, to: string): Condition =>
  ({ days }) =>
    `(working_seconds(${days}, ${to}) - working_seconds(${days}, ${from}))`;
const fromDemand = (column: string, org: string) => ({
  rows: (() => 'demand d') as Condition,
  org,
  when: between(`d.${column}`),
});

export const SOURCES: Record<SourceName, { rows: Condition; org: string; when: Condition }> = {
  registered: fromDemand('registered_at', 'd.org_code'),
  dispatched: {
    // First contact: whatever came first after the dispatch. Worked out once per row (`offset 0` keeps the planner from repeating it).
    rows: () => `demand d cross join lateral (select
        (select min(t.acknowledged_at) from task t where t.demand_id = d.id and t.acknowledged_at is not null) as acknowledged_at,
        least(case when d.feedback_at >= d.dispatched_at then d.feedback_at end,
          case when d.first_contact_at >= d.dispatched_at then d.first_contact_at end,
          (select min(a.attempted_at) from contact_attempt a where a.demand_id = d.id and a.attempted_at >= d.dispatched_at),
          (select min(e.explained_at) from extension e where e.demand_id = d.id and e.explained_at >= d.dispatched_at)) as contacted_at
        offset 0) x`,
    org: 'd.org_code',
    when: between('d.dispatched_at'),
  },
  completed: {
    rows: (parts) =>
      `demand d cross join lateral (select ${workingDays('d.delivered_at', 'd.completed_at')(parts)} as worked offset 0) x`,
    org: 'd.host_org_code',
    when: between('d.completed_at'),
  },
  fedBack: fromDemand('feedback_at', 'd.host_org_code'),
  visited: fromDemand('visited_at', 'd.host_org_code'),
  // By telephone or by the link of a short message; of several answers in the period the last one counts.
  rating: {
    rows: (parts) =>
      `(select distinct on (v.demand_id) v.demand_id, v.round, v.resolved, v.satisfaction from return_visit v
          where v.reached and v.satisfaction is not null and ${between('v.visited_at')(parts)} order by v.demand_id, v.visited_at desc, v.attempt desc) x
        join demand d on d.id = x.demand_id`,
    org: 'd.host_org_code',
    when: () => 'true',
  },
  transferClock: { rows: clock('TRANSFER'), org: 'x.org_code', when: () => 'true' },
  handlingClock: { rows: clock('HANDLING'), org: 'x.org_code', when: () => 'true' },
  visitClock: { rows: clock('RETURN_VISIT'), org: 'x.org_code', when: () => 'true' },
  extension: {
    rows: (parts) =>
      `(select e.demand_id, bool_or(e.status = 'APPROVED') as approved,
            bool_or(e.submitted_before_due) as in_time, bool_or(e.submitted_before_due and e.decided_at > e.current_due_at) as late from extension e
          where ${between('e.decided_at')(parts)} and e.status in ('APPROVED', 'REJECTED', 'REFUSED') group by e.demand_id) x
        join demand d on d.id = x.demand_id`,
    org: 'd.host_org_code',
    when: () => 'true',
  },
  // A balance: whatever is deferred at the data time, whenever it came in.
  deferred: {
    rows: () => `deferral f join demand d on d.id = f.demand_id and f.status = 'ACTIVE'`,
    org: 'f.org_code',
    when: () => 'true',
  },
  levelShift: {
    rows: (parts) =>
      `(select distinct on (l.demand_id) l.demand_id, l.from_org_code, l.used_days from level_shift l
          where l.status = 'APPLIED' and ${between('l.applied_at')(parts)} order by l.demand_id, l.sequence desc) x
        join demand d on d.id = x.demand_id`,
    org: 'x.from_org_code',
    when: () => 'true',
  },
};

/** A clock that stopped because the demand went another way (退单、改派、挂账、并单…) is out of the account; a withdrawal is in it until it is taken out. */
const inAccount = `(x.stop_reason is null or d.withdrawn_at is not null)`;
const decided: Condition = ({ asOf }) => `(${inAccount} and (x.status = 'STOPPED' or x.due_at <= ${asOf}))`;
const inTime: Condition = () => `(x.status = 'STOPPED' and x.stop_reason is null and not x.overdue)`;
const everywhere: Condition = () => 'true';
/** The clock that began with this completion, not with one before a rework. */
const feedbackClock = (condition: string) =>
  `exists (select 1 from deadline f where f.subject_type = 'demand' and f.subject_id = d.id and f.kind = 'FEEDBACK' and f.starts_at = d.completed_at and ${condition})`;
/** Nobody is ranked by what people say of a reconsideration. */
const rated = `coalesce(d.path, '') <> 'RECONSIDERATION'`;
const CONTENT = `x.satisfaction in ('VERY_SATISFIED', 'SATISFIED', 'BASICALLY_SATISFIED')`;
const DIVERTED = `exists (select 1 from legal_follow_up l where l.demand_id = d.id and l.status in ('HANDED_OVER', 'ACKNOWLEDGED', 'CLOSED'))`;
const returned = (kind: string) =>
  `exists (select 1 from demand_return r where r.demand_id = d.id and r.status = 'AGREED' and ${kind})`;

export type IndicatorSql =
  | { kind: 'RATE'; source: SourceName; among: Condition; counted: Condition }
  | { kind: 'COUNT'; source: SourceName; counted: Condition }
  | { kind: 'DAYS'; source: SourceName; among: Condition; days: Condition; quantile: number };

const rate = (
  source: SourceName,
  counted: Condition | string,
  among: Condition | string = everywhere,
): IndicatorSql => ({
  kind: 'RATE',
  source,
  counted: typeof counted === 'string' ? () => counted : counted,
  among: typeof among === 'string' ? () => among : among,
});
/** Longer ago than any holiday lasts: no need to count hours. */
const LONG_AGO: Condition = ({ asOf }) => `d.dispatched_at < ${asOf} - interval '20 days'`;
/** Never in the account of what was done in time: postponed until conditions are met (挂账). */
const notDeferred = `d.status not in ('DEFERRED')`;
const due: Condition = (parts) => `(${decided(parts)} and ${notDeferred})`;
const handled = `(d.delivered_at is not null and coalesce(d.path, '') <> 'ON_THE_SPOT')`;

const INDICATORS = {
  'register-on-time': rate(
    'registered',
    (parts) =>
      `(d.registered_at - d.received_at < interval '8 hours' or ${workingDays('d.received_at', 'd.registered_at')(parts)} <= ${parts.number('registerWithinDays')})`,
  ),
  'transfer-on-time': rate('transferClock', inTime, decided),
  'on-the-spot': rate('registered', `d.path = 'ON_THE_SPOT'`),
  repeated: rate(
    'registered',
    (parts) => `(d.duplicate_of is not null or d.contact_phone is not null and exists (select 1 from demand e
      where e.contact_phone = d.contact_phone and e.id <> d.id and e.category = d.category and e.tags && d.tags and e.voided_at is null
        and e.registered_at < d.registered_at and e.registered_at >= d.registered_at - make_interval(days => ${parts.number('repeatWithinDays')}::int)))`,
  ),
  'acknowledged-on-time': rate(
    'dispatched',
    (parts) =>
      `x.acknowledged_at is not null and ${workingSeconds('d.dispatched_at', 'x.acknowledged_at')(parts)} <= ${parts.number('acknowledgeWithinHours')} * 3600`,
    (parts) =>
      `(x.acknowledged_at is not null or ${LONG_AGO(parts)} or ${workingSeconds('d.dispatched_at', parts.asOf)(parts)} > ${parts.number('acknowledgeWithinHours')} * 3600)`,
  ),
  'contacted-on-time': rate(
    'dispatched',
    (parts) =>
      `x.contacted_at is not null and ${workingDays('d.dispatched_at', 'x.contacted_at')(parts)} <= ${parts.number('contactWithinDays')}`,
    (parts) =>
      `(x.contacted_at is not null or ${workingDays('d.dispatched_at', parts.asOf)(parts)} > ${parts.number('contactWithinDays')})`,
  ),
  'completed-on-time': rate('handlingClock', inTime, due),
  overdue: {
    kind: 'COUNT',
    source: 'handlingClock',
    counted: (parts) =>
      `(${notDeferred} and x.stop_reason is null and (x.status = 'STOPPED' and x.overdue or x.status = 'OPEN' and x.due_at <= ${parts.asOf}))`,
  },
  extended: rate(
    'completed',
    `exists (select 1 from deadline c where c.subject_type = 'demand' and c.subject_id = d.id and c.kind = 'HANDLING' and c.extensions > 0)`,
  ),
  'extension-approved': rate('extension', 'x.approved'),
  'approval-late': rate('extension', 'x.late', 'x.in_time'),
  'handling-days-median': {
    kind: 'DAYS',
    source: 'completed',
    among: () => handled,
    days: () => 'x.worked',
    quantile: 0.5,
  },
  'handling-days-p90': {
    kind: 'DAYS',
    source: 'completed',
    among: () => handled,
    days: () => 'x.worked',
    quantile: 0.9,
  },
  'fed-back-on-time': rate(
    'completed',
    `(d.path = 'ON_THE_SPOT' or ${feedbackClock(`f.status = 'STOPPED' and not f.overdue`)} and d.feedback_at is not null)`,
    ({ asOf }) => `(d.feedback_at >= d.completed_at or ${feedbackClock(`f.due_at <= ${asOf}`)})`,
  ),
  pushed: rate('fedBack', 'd.pushed_at is not null'),
  visited: rate('visitClock', 'd.visited_at is not null', decided),
  'visit-valid': rate('visited', 'd.satisfaction is not null'),
  resolved: rate('rating', `x.resolved in ('RESOLVED', 'BASICALLY_RESOLVED')`, `(${rated} and x.resolved is not null)`),
  satisfied: rate('rating', CONTENT, rated),
  reworked: rate('completed', 'd.rework_count > 0'),
  returned: rate('dispatched', returned(`r.kind = 'RETURN'`)),
  misdirected: rate('dispatched', returned('true')),
  'level-shifted': rate(
    'registered',
    `exists (select 1 from level_shift l where l.demand_id = d.id and l.status = 'APPLIED' and l.direction in ('UP', 'DOWN'))`,
  ),
  'level-shift-days': {
    kind: 'DAYS',
    source: 'levelShift',
    among: everywhere,
    days: () => 'x.used_days',
    quantile: 0.5,
  },
  deferred: { kind: 'COUNT', source: 'deferred', counted: everywhere },
  'deferral-review-missed': {
    kind: 'COUNT',
    source: 'deferred',
    counted: ({ asOf }) => `(f.review_date < (${asOf} at time zone 'Asia/Shanghai')::date)`,
  },
  diverted: { kind: 'COUNT', source: 'registered', counted: () => DIVERTED },
  'dissatisfied-again': rate('rating', `not ${CONTENT}`, `(x.round > 1 and ${rated})`),
} as const satisfies Record<string, IndicatorSql>;

export type IndicatorId = keyof typeof INDICATORS;

export const isIndicator = (id: string): id is IndicatorId => Object.hasOwn(INDICATORS, id);
export const indicatorSql = (id: string): IndicatorSql => {
  if (!isIndicator(id)) throw new Error(`no indicator ${id}`);
  return INDICATORS[id];
};

/** Which of the demands behind an indicator: all it looks at, those it counts, those it does not. */
export type IndicatorPart = 'among' | 'counted' | 'missed';
export const isPart = (part: string): part is IndicatorPart => ['among', 'counted', 'missed'].includes(part);

/** The condition for a part, over the rows of the indicator's source. */
export function partCondition(sql: IndicatorSql, part: IndicatorPart, parts: Parts): string {
  if (sql.kind === 'COUNT') return sql.counted(parts);
  if (sql.kind === 'DAYS') return sql.among(parts);
  if (part === 'among') return sql.among(parts);
  const counted = `coalesce(${sql.counted(parts)}, false)`;
  return `(${sql.among(parts)} and ${part === 'counted' ? counted : `not ${counted}`})`;
}
