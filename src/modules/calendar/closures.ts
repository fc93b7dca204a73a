import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { conflict, type FieldProblem, invalid, notFound } from '../../kernel/errors.ts';
import { type Calendar, toLocalDate } from './calendar.ts';
import { nextVersion } from './version.ts';

export interface Closure {
  date: LocalDate;
  name: string;
  /** The bureau that stays shut; null for all. */
  orgCode: string | null;
}

/** A day off by surprise (台风、雪灾停班), for one bureau or all. A day nobody works anyway, or one already closed, is refused. */
export async function addClosure(tx: Sql, calendar: Calendar, closure: Closure): Promise<number> {
  const problems: FieldProblem[] = [];
  let date = closure.date;
  try {
    date = toLocalDate(closure.date);
    if (!calendar.isWorkday(date, closure.orgCode ?? undefined))
      problems.push({
        pointer: '/date',
        message: `${date} 本来就不上班（${calendar.exception(date, closure.orgCode ?? undefined)?.name ?? '周末'}），不用停班。`,
      });
  } catch {
    problems.push({
      pointer: '/date',
      message: `“${closure.date}”不是有效日期，或日历里没有这一年。请写成 2026-11-25 的样子。`,
    });
  }
  if (!closure.name.trim()) problems.push({ pointer: '/name', message: '“停班原因”还没有填写，例如“暴雪停班”。' });
  else if ([...closure.name].length > 60) problems.push({ pointer: '/name', message: '停班原因最多 60 个字。' });
  if (problems.length > 0) throw invalid(`临时停班没有登记：有 ${problems.length} 处需要修改`, problems);
  const added = await tx.query(
    `insert into calendar_day (date, kind, name, org_code) values ($1::date, 'TEMP_CLOSURE', $2, $3) on conflict do nothing returning date`,
    [date, closure.name.trim(), closure.orgCode],
  );
  if (added.length === 0) throw conflict('这一天已经登记了停班，没有重复登记。', { reason: 'closure-exists' });
  return nextVersion(tx);
}

/** Takes a closure back before the day has come. */
export async function removeClosure(
  tx: Sql,
  closure: { date: LocalDate; orgCode: string | null; today: LocalDate },
): Promise<{ version: number; name: string }> {
  if (closure.date < closure.today) throw conflict('这一天已经过去，停班记录不能撤销。', { reason: 'closure-past' });
  const [removed] = await tx.query<{ name: string }>(
    `delete from calendar_day where date = $1::date and org_code is not distinct from $2 and kind = 'TEMP_CLOSURE' returning name`,
    [toLocalDate(closure.date), closure.orgCode],
  );
  if (!removed) throw notFound('没有找到这项停班，可能已经撤销。请刷新日历查看。');
  return { version: await nextVersion(tx), name: removed.name };
}

/** Closures of a year, by day. */
export function listClosures(sql: Sql, year: number): Promise<Closure[]> {
  return sql.query<Closure>(
    `select date::text as date, name, org_code as "orgCode" from calendar_day
     where kind = 'TEMP_CLOSURE' and date >= make_date($1::int, 1, 1) and date <= make_date($1::int, 12, 31) order by date, org_code`,
    [year],
  );
}
