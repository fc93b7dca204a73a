import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid, notFound } from '../../kernel/errors.ts';
import { toLocalDate } from './calendar.ts';
import { nextVersion } from './version.ts';

/** Hours of business from a day on (夏季、冬季作息); the latest entry that applies wins, a bureau's own before the general one. */
export interface NewHours {
  orgCode: string | null;
  from: LocalDate;
  name: string;
  opens: string;
  lunchFrom: string;
  lunchTo: string;
  /** Close of business: the moment a due day ends (民法典 203). */
  close: string;
}
export interface Hours extends NewHours {
  id: string;
  createdBy: string;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const TITLES = { opens: '上午上班', lunchFrom: '上午下班', lunchTo: '下午上班', close: '下班' } as const;

export async function listHours(sql: Sql): Promise<Hours[]> {
  return sql.query<Hours>(
    `select id::text as id, org_code as "orgCode", from_date::text as "from", name, opens, lunch_from as "lunchFrom", lunch_to as "lunchTo", close, created_by as "createdBy"
     from work_hours order by org_code nulls first, from_date desc`,
  );
}

/** Enters hours that apply from a day on. Hours of the past are not made up afterwards: due moments have been told. */
export async function addHours(tx: Sql, hours: NewHours, context: { today: LocalDate; by: string }): Promise<number> {
  const problems = problemsOf(hours, context.today);
  if (problems.length === 0) {
    const [known] = await tx.query(
      'select 1 from work_hours where org_code is not distinct from $1 and from_date = $2::date',
      [hours.orgCode, hours.from],
    );
    if (known)
      problems.push({ pointer: '/from', message: `${hours.from} 起已经有一条作息，请改日期，或先撤销那一条。` });
  }
  if (problems.length > 0) throw invalid(`作息没有保存：有 ${problems.length} 处需要修改`, problems);
  await writeHours(tx, hours, context.by);
  return nextVersion(tx);
}

/** Takes hours back that have not begun. */
export async function removeHours(
  tx: Sql,
  id: string,
  today: LocalDate,
): Promise<{ version: number; hours: NewHours }> {
  const [removed] = await tx.query<NewHours>(
    `delete from work_hours where id::text = $1 and from_date > $2::date returning org_code as "orgCode", from_date::text as "from", name, opens, lunch_from as "lunchFrom", lunch_to as "lunchTo", close`,
    [id, today],
  );
  if (!removed) throw notFound('没有找到这条作息，或者它已经开始执行，不能撤销。需要改变的，请另加一条新的作息。');
  return { version: await nextVersion(tx), hours: removed };
}

export async function writeHours(tx: Sql, hours: NewHours, by: string): Promise<void> {
  await tx.query(
    `insert into work_hours (org_code, from_date, name, opens, lunch_from, lunch_to, close, created_by) values ($1, $2::date, $3, $4, $5, $6, $7, $8)`,
    [hours.orgCode, hours.from, hours.name.trim(), hours.opens, hours.lunchFrom, hours.lunchTo, hours.close, by],
  );
}

function problemsOf(hours: NewHours, today: LocalDate): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!hours.name.trim()) wrong('/name', '“名称”还没有填写，例如“夏季作息”。');
  try {
    if (toLocalDate(hours.from) <= today) wrong('/from', '开始日期最早是明天。已经过去的期限不重算。');
  } catch {
    wrong('/from', `“${hours.from}”不是有效日期。请写成 2027-06-01 的样子。`);
  }
  for (const field of ['opens', 'lunchFrom', 'lunchTo', 'close'] as const) {
    if (!TIME.test(hours[field]))
      wrong(`/${field}`, `“${TITLES[field]}”的时间“${hours[field]}”写法不对。请写成 08:30 的样子。`);
  }
  if (problems.length > 0) return problems;
  const order = ['opens', 'lunchFrom', 'lunchTo', 'close'] as const;
  for (const [index, field] of order.entries()) {
    const before = order[index - 1];
    if (before && hours[field] <= hours[before])
      wrong(`/${field}`, `“${TITLES[field]}”要晚于“${TITLES[before]}”（${hours[before]}）。`);
  }
  return problems;
}
