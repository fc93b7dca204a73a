import { timingSafeEqual } from 'node:crypto';
import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { EXTENSION_REASONS, isClosed, legalRouteTitle, SECRET_ROUTES, STATUSES, type Work } from '../demands/index.ts';

/** What somebody with code and digits may see: an outside word, dates, who handles it. Never names, content or internal states. */
export interface Progress {
  demandId: string;
  /** One of the outside words. */
  state: string;
  receivedAt: Date;
  steps: { word: string; at: Date | null; here: boolean; done: boolean }[];
  due: { at: Date; remaining: number | null; provisional: boolean } | null;
  extension: { until: string; reason: string } | null;
  bureau: string;
  /** Where it went when it is not ours to decide. */
  redirected: { route: string | null; to: string | null; at: Date | null } | null;
  /** Can still be supplemented. */
  open: boolean;
}

const LETTERS = /[^0-9A-Z]/g;

/** `k7mx 9p4r2whd` as it was printed. */
const plainCode = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(LETTERS, '')
    .replace(/(.{4})(?=.)/g, '$1-');

/**
 * Looks a demand up by tracking code and the last four digits of the telephone (查进度). A wrong code, wrong digits and a demand nobody may
 * know of are answered alike and take the same way: one look, one comparison of equal length.
 */
export async function trackProgress(
  work: Pick<Work, 'em' | 'clock' | 'calendar' | 'directory'>,
  typed: { code: string; digits: string },
): Promise<Progress | undefined> {
  const sql = sqlOf(work.em);
  const [row] = await sql.query<any>(
    `select d.id, d.status, d.received_at, d.registered_at, d.feedback_at, d.written_off_at, d.contact_phone, d.host_org_code, d.withdrawal_reason,
       c.due_at, c.due_date::text as due_date, c.provisional, e.requested_due_date::text as until, e.reason_type,
       l.route, l.receiving_name, l.receiving_department, l.handed_over_at
     from demand d
     left join lateral (select due_at, due_date, provisional from deadline where subject_type = 'demand' and subject_id = d.id and kind = 'HANDLING'
       and status = 'OPEN' order by round desc limit 1) c on true
     left join lateral (select requested_due_date, reason_type from extension where demand_id = d.id and status = 'APPROVED'
       order by decided_at desc limit 1) e on true
     left join lateral (select route, receiving_name, receiving_department, handed_over_at from legal_follow_up
       where demand_id = d.id and handed_over_at is not null order by opened_at desc limit 1) l on true
     where d.tracking_code = $1`,
    [plainCode(typed.code)],
  );
  // Who gave no number is asked for none; whatever is typed then does not matter.
  const known = String(row?.contact_phone ?? '').replace(/\D/g, '');
  const wanted = known.length >= 4 ? known.slice(-4) : typed.digits;
  if (!sameDigits(typed.digits, row ? wanted : '----') || !row) return undefined;
  const now = work.clock.now();
  const outside = STATUSES[row.status as keyof typeof STATUSES].outside;
  const redirected = outside === '已转法定途径';
  return {
    demandId: row.id,
    state: outside,
    receivedAt: new Date(row.received_at),
    steps: stepsOf(row, outside),
    due: row.due_at && outside === '办理中' ? dueOf(work, row, now) : null,
    extension: row.until && outside === '办理中' ? { until: row.until, reason: reasonWord(row.reason_type) } : null,
    bureau: work.directory.bureau(row.host_org_code)?.name ?? '',
    redirected: redirected ? redirectionOf(work, row) : null,
    open: !isClosed(row) && !redirected && !row.withdrawal_reason,
  };
}

function sameDigits(typed: string, wanted: string): boolean {
  const [a, b] = [typed, wanted].map((text) => Buffer.from(text.normalize('NFKC').padEnd(16).slice(0, 16)));
  return a!.length === b!.length && timingSafeEqual(a!, b!);
}

const reasonWord = (type: string | null): string =>
  type && type !== 'OTHER' && Object.hasOwn(EXTENSION_REASONS, type)
    ? EXTENSION_REASONS[type as keyof typeof EXTENSION_REASONS]
    : '办理需要更多时间';

/** 已受理 → 办理中 → 已答复 → 已办结, or the branch it has taken. */
function stepsOf(row: any, outside: string): Progress['steps'] {
  const at = (value: unknown) => (value ? new Date(String(value)) : null);
  const branch = outside === '已转法定途径' || outside === '已记录，待条件成熟' ? [{ word: outside, at: null }] : null;
  const line = branch
    ? [{ word: '已受理', at: at(row.registered_at) }, ...branch]
    : [
        { word: '已受理', at: at(row.registered_at) },
        { word: '办理中', at: null },
        { word: '已答复', at: outside === '已答复' || outside === '已办结' ? at(row.feedback_at) : null },
        { word: '已办结', at: outside === '已办结' ? at(row.written_off_at) : null },
      ];
  const here = line.findIndex((step) => step.word === outside);
  return line.map((step, index) => ({ ...step, here: index === here, done: index < here }));
}

function dueOf(work: Pick<Work, 'calendar'>, row: any, now: Date): Progress['due'] {
  const at = new Date(row.due_at);
  const today = shanghaiDate(now);
  const years = [Number(today.slice(0, 4)), Number(row.due_date.slice(0, 4))];
  const counted = at > now && years.every((year) => work.calendar.year(year));
  return {
    at,
    remaining: counted ? work.calendar.countWorkingDays(today, row.due_date, row.host_org_code) : null,
    provisional: row.provisional,
  };
}

/** Reports and clues go without a name: whoever finds the slip of paper must not learn what it was about. */
function redirectionOf(work: Pick<Work, 'directory'>, row: any): Progress['redirected'] {
  if (!row.route || SECRET_ROUTES.includes(row.route)) return { route: null, to: null, at: null };
  const department = row.receiving_department ? work.directory.department(row.receiving_department) : undefined;
  const to =
    row.receiving_name ??
    (department ? `${work.directory.bureau(department.orgCode)?.name ?? ''}${department.name}` : null);
  return { route: legalRouteTitle(row.route), to, at: row.handed_over_at ? new Date(row.handed_over_at) : null };
}
