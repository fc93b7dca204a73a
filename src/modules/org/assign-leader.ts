import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { isDay, type OrgWork, recordChange, requireOrgAdmin, sqlIn, today } from './context.ts';

/**
 * Says which leader is in charge of a department from a day on (分管): the post of a deputy, or of the chief. Extensions of the
 * department's demands go to that post. The assignment before ends the day before. In the caller's transaction.
 */
export async function assignLeader(
  work: OrgWork,
  input: { departmentCode: string; postCode: string; from?: LocalDate; reason: string },
): Promise<void> {
  requireOrgAdmin(work);
  const from = input.from ?? today(work);
  const department = work.directory.department(input.departmentCode);
  const post = work.directory.post(input.postCode);
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!department) wrong('/departmentCode', '没有这个部门，请重新选择。');
  if (!post || post.orgCode !== department?.orgCode || !['CHIEF', 'DEPUTY'].includes(post.type))
    wrong('/postCode', '还没选分管领导。请从本单位的局领导岗位里选一个。');
  if (!isDay(from)) wrong('/from', `“${from}”不是日期，请写成 ${today(work)} 的样子。`);
  else if (from < today(work)) wrong('/from', '开始日期已经过去。分管变动最早从今天开始，过去的审批不改。');
  if (!input.reason.trim()) wrong('/reason', '请写明原因，例如“班子分工调整”和文号。');
  if (problems.length > 0) throw invalid(`分管没有变动：有 ${problems.length} 处需要改正`, problems);
  const sql = sqlIn(work);
  await sql.query('select code from department where code = $1 for update', [input.departmentCode]);
  await sql.query('delete from leader_assignment where department_code = $1 and from_date >= $2::date', [
    input.departmentCode,
    from,
  ]);
  await sql.query(
    'update leader_assignment set to_date = $2::date - 1 where department_code = $1 and (to_date is null or to_date >= $2::date)',
    [input.departmentCode, from],
  );
  await sql.query(
    'insert into leader_assignment (org_code, post_code, department_code, role, from_date) values ($1, $2, $3, $4, $5::date)',
    [department!.orgCode, post!.code, department!.code, post!.type === 'CHIEF' ? 'CHIEF' : 'DEPUTY', from],
  );
  await recordChange(work, { type: 'org', id: department!.orgCode }, 'leader.assigned', {
    departmentCode: department!.code,
    postCode: post!.code,
    from,
    reason: input.reason.trim(),
  });
}

/** Assignments of a bureau that are in force or still to come. */
export function listLeaderAssignments(
  sql: Sql,
  orgCode: string,
  date: LocalDate,
): Promise<{ departmentCode: string; postCode: string; from: LocalDate; to: LocalDate | null }[]> {
  return sql.query(
    `select department_code as "departmentCode", post_code as "postCode", from_date::text as "from", to_date::text as "to"
     from leader_assignment where org_code = $1 and (to_date is null or to_date >= $2::date) order by department_code, from_date`,
    [orgCode, date],
  );
}
