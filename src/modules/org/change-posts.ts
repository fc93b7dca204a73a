import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { isDay, lockUser, type OrgWork, recordChange, requireOrgAdmin, sqlIn, today, type UserRow } from './context.ts';

export interface PostsInput {
  /** All posts the person holds from that day on. */
  posts: readonly string[];
  /** Home department; unchanged when absent. */
  departmentCode?: string;
  /** First day, `YYYY-MM-DD`; today when absent. */
  from?: LocalDate;
  reason: string;
}

interface Holding {
  post: string;
  login: string;
  name: string;
  status: string;
  from: LocalDate;
}

/**
 * Changes which posts a person holds from a day on (岗位变动). What was held before stays on record with its last day.
 * A post somebody else holds is refused: that person leaves it first. In the caller's transaction.
 */
export async function changePosts(work: OrgWork, login: string, input: PostsInput): Promise<void> {
  requireOrgAdmin(work);
  const user = await lockUser(work, login);
  const from = input.from ?? today(work);
  const posts = [...new Set(input.posts)];
  const problems = await problemsOf(work, user, { ...input, posts, from });
  if (problems.length > 0) throw invalid(`岗位没有变动：有 ${problems.length} 处需要改正`, problems);
  const held = await holdingsOf(work, login, from);
  const left = held.filter((post) => !posts.includes(post));
  const entered = posts.filter((post) => !held.includes(post));
  const department = input.departmentCode ?? user.departmentCode;
  if (left.length === 0 && entered.length === 0 && department === user.departmentCode) return;
  await leave(work, login, left, from);
  await enter(work, login, entered, from);
  await sqlIn(work).query('update app_user set department_code = $2 where login = $1', [login, department]);
  await recordChange(work, { type: 'user', id: login }, 'user.posts-changed', {
    left,
    entered,
    from,
    departmentCode: department,
    reason: input.reason.trim(),
  });
}

async function problemsOf(
  work: OrgWork,
  user: UserRow,
  input: PostsInput & { from: LocalDate },
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!input.reason.trim()) wrong('/reason', '请写明原因，例如“轮岗”。');
  if (!isDay(input.from)) wrong('/from', `“${input.from}”不是日期，请写成 ${today(work)} 的样子。`);
  else if (input.from < today(work)) wrong('/from', '起始日期已经过去。岗位变动最早从今天开始，过去的记录不改。');
  const department = input.departmentCode ? work.directory.department(input.departmentCode) : undefined;
  if (input.departmentCode && department?.orgCode !== user.orgCode)
    wrong('/departmentCode', '这个部门不属于本人所在单位，请重新选择。');
  for (const [index, code] of input.posts.entries()) {
    const post = work.directory.post(code);
    if (!post) wrong(`/posts/${index}`, `没有“${code}”这个岗位，请从列表里选。`);
    else if (post.orgCode !== user.orgCode) wrong(`/posts/${index}`, `“${post.name}”是其他单位的岗位，请重新选择。`);
  }
  if (problems.length > 0) return problems;
  for (const holding of await othersIn(work, user.login, input.posts, input.from)) {
    const name = work.directory.post(holding.post)?.name ?? holding.post;
    wrong(
      `/posts/${input.posts.indexOf(holding.post)}`,
      `“${name}”现由${holding.name}担任。请先变动${holding.name}的岗位，再安排${user.name}。`,
    );
  }
  return problems;
}

async function holdingsOf(work: OrgWork, login: string, from: LocalDate): Promise<string[]> {
  const rows = await sqlIn(work).query<{ post: string }>(
    'select distinct post_code as post from post_holding where login = $1 and (to_date is null or to_date >= $2::date) order by 1',
    [login, from],
  );
  return rows.map((row) => row.post);
}

/** Active people who hold one of the posts on or after the day. The posts are locked, so that two arrangements cannot both succeed. */
async function othersIn(work: OrgWork, login: string, posts: readonly string[], from: LocalDate): Promise<Holding[]> {
  const sql = sqlIn(work);
  await sql.query('select code from post where code = any($1::text[]) order by code for update', [[...posts]]);
  return sql.query<Holding>(
    `select h.post_code as post, h.login, u.name, u.status, h.from_date::text as "from" from post_holding h join app_user u on u.login = h.login
     where h.post_code = any($1::text[]) and h.login <> $2 and u.status = 'ACTIVE' and (h.to_date is null or h.to_date >= $3::date) order by h.post_code`,
    [[...posts], login, from],
  );
}

async function leave(work: OrgWork, login: string, posts: readonly string[], from: LocalDate): Promise<void> {
  const parameters = [login, [...posts], from];
  // A holding that has not begun never was one.
  await sqlIn(work).query(
    'delete from post_holding where login = $1 and post_code = any($2::text[]) and from_date >= $3::date',
    parameters,
  );
  await sqlIn(work).query(
    `update post_holding set to_date = $3::date - 1
     where login = $1 and post_code = any($2::text[]) and (to_date is null or to_date >= $3::date)`,
    parameters,
  );
}

async function enter(work: OrgWork, login: string, posts: readonly string[], from: LocalDate): Promise<void> {
  const sql = sqlIn(work);
  // Somebody disabled may still be on record in the post: it ends the day before.
  await sql.query(
    `update post_holding set to_date = $3::date - 1 where post_code = any($2::text[]) and login <> $1 and (to_date is null or to_date >= $3::date)`,
    [login, [...posts], from],
  );
  await sql.query(
    'insert into post_holding (post_code, login, from_date) select code, $1, $3::date from unnest($2::text[]) as r(code)',
    [login, [...posts], from],
  );
  await sql.query('delete from post_vacancy where post_code = any($1::text[])', [[...posts]]);
}
