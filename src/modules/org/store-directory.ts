import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { type OrgData, OrgDirectory } from './directory.ts';

/** Reads the organisation as of a day into a snapshot. */
export async function loadDirectory(sql: Sql, date: LocalDate): Promise<OrgDirectory> {
  const bureaus = await sql.query<any>(
    'select code, name, short_name as "shortName", level, parent from bureau order by sort',
  );
  const functions = await sql.query<any>('select code, name from org_function');
  const departments = await sql.query<any>(
    'select code, org_code as "orgCode", name, kind, functions, parent, participates from department order by sort',
  );
  const posts = await sql.query<any>(
    `select p.code, p.org_code as "orgCode", p.department_code as "departmentCode", p.type, p.name,
       (select h.login from post_holding h where h.post_code = p.code and h.from_date <= $1::date and (h.to_date is null or h.to_date >= $1::date)
        order by h.from_date desc limit 1) as holder
     from post p order by p.sort`,
    [date],
  );
  const users = await sql.query<any>(
    `select u.login, u.name, u.org_code as "orgCode", u.department_code as "departmentCode", u.status,
       coalesce((select r.roles from role_change r where r.login = u.login and r.from_date <= $1::date order by r.from_date desc limit 1), u.roles) as roles
     from app_user u order by u.sort`,
    [date],
  );
  const held = new Map<string, string[]>();
  for (const post of posts) if (post.holder) held.set(post.holder, [...(held.get(post.holder) ?? []), post.code]);
  const data: OrgData = {
    bureaus,
    functions,
    departments,
    posts,
    users: users.map((user) => ({ ...user, posts: held.get(user.login) ?? [] })),
    leaders: await loadLeaders(sql, date),
    delegations: await sql.query<any>(
      `select id, principal_post as "principalPost", principal, delegate, mode, scope, from_date::text as "from", to_date::text as "to", reason
       from delegation where revoked_at is null order by id`,
    ),
    vacantPosts: await sql.query<any>(
      'select post_code as post, since::text as since, covered_by as "coveredBy" from post_vacancy',
    ),
  };
  return new OrgDirectory(data);
}

async function loadLeaders(sql: Sql, date: LocalDate): Promise<OrgData['leaders']> {
  const chiefs = await sql.query<{ org_code: string; post_code: string }>(
    'select org_code, post_code from chief_post order by org_code',
  );
  const assigned = await sql.query<{ org_code: string; post_code: string; department_code: string; role: string }>(
    `select org_code, post_code, department_code, role from leader_assignment
     where from_date <= $1::date and (to_date is null or to_date >= $1::date) order by id`,
    [date],
  );
  return chiefs.map((chief) => {
    const own = assigned.filter((row) => row.org_code === chief.org_code);
    const deputies = new Map<string, string[]>();
    for (const row of own.filter((item) => item.role === 'DEPUTY'))
      deputies.set(row.post_code, [...(deputies.get(row.post_code) ?? []), row.department_code]);
    return {
      orgCode: chief.org_code,
      chiefPost: chief.post_code,
      chiefDirect: own.filter((row) => row.role === 'CHIEF').map((row) => row.department_code),
      deputies: [...deputies].map(([post, departments]) => ({ post, departments })),
    };
  });
}

/** How often the organisation has changed; a cached snapshot is good as long as this stands still. */
export async function orgVersion(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ version: number }>('select version from org_version where one');
  return row?.version ?? 0;
}

/** Every change of the organisation raises the version in its own transaction. */
export async function raiseOrgVersion(tx: Sql): Promise<void> {
  await tx.query(
    'insert into org_version (one, version) values (true, 1) on conflict (one) do update set version = org_version.version + 1',
  );
}

/** The first day of everything seeded: before any demand. */
const SEED_DATE = '2020-01-01';

/** Fills an empty organisation from the seed file; a filled one is left alone. `passwordHash` is for demo accounts only. */
export async function seedOrg(tx: Sql, data: OrgData, options: { passwordHash: string | null }): Promise<boolean> {
  const [known] = await tx.query('select 1 from bureau limit 1');
  if (known) return false;
  const insert = (statement: string, rows: unknown[]) => tx.query(statement, [JSON.stringify(rows)]);
  const sorted = <T>(rows: readonly T[]) => rows.map((row, sort) => ({ ...row, sort }));
  await insert(
    `insert into bureau (code, name, short_name, level, parent, sort) select code, name, "shortName", level, parent, sort
     from jsonb_to_recordset($1::jsonb) as r(code text, name text, "shortName" text, level text, parent text, sort int)`,
    sorted(data.bureaus),
  );
  await insert(
    'insert into org_function (code, name) select code, name from jsonb_to_recordset($1::jsonb) as r(code text, name text)',
    data.functions,
  );
  await insert(
    `insert into department (code, org_code, name, kind, functions, parent, participates, sort)
     select code, "orgCode", name, kind, array(select jsonb_array_elements_text(functions)), parent, participates, sort
     from jsonb_to_recordset($1::jsonb) as r(code text, "orgCode" text, name text, kind text, functions jsonb, parent text, participates boolean, sort int)`,
    sorted(data.departments),
  );
  await tx.query(
    `insert into app_user (login, name, org_code, department_code, roles, status, password_hash, sort)
     select login, name, "orgCode", "departmentCode", array(select jsonb_array_elements_text(roles)), status, $2, sort
     from jsonb_to_recordset($1::jsonb) as r(login text, name text, "orgCode" text, "departmentCode" text, roles jsonb, status text, sort int)`,
    [JSON.stringify(sorted(data.users)), options.passwordHash],
  );
  await insert(
    `insert into post (code, org_code, department_code, type, name, sort) select code, "orgCode", "departmentCode", type, name, sort
     from jsonb_to_recordset($1::jsonb) as r(code text, "orgCode" text, "departmentCode" text, type text, name text, sort int)`,
    sorted(data.posts),
  );
  await insert(
    `insert into post_holding (post_code, login, from_date) select post, login, '${SEED_DATE}'::date from jsonb_to_recordset($1::jsonb) as r(post text, login text)`,
    data.posts.filter((post) => post.holder).map((post) => ({ post: post.code, login: post.holder })),
  );
  await insert(
    `insert into post_vacancy (post_code, since, covered_by) select post, since::date, "coveredBy"
     from jsonb_to_recordset($1::jsonb) as r(post text, since text, "coveredBy" text)`,
    data.vacantPosts,
  );
  await insert(
    'insert into chief_post (org_code, post_code) select "orgCode", "chiefPost" from jsonb_to_recordset($1::jsonb) as r("orgCode" text, "chiefPost" text)',
    data.leaders,
  );
  await insert(
    `insert into leader_assignment (org_code, post_code, department_code, role, from_date)
     select org, post, department, role, '${SEED_DATE}'::date from jsonb_to_recordset($1::jsonb) as r(org text, post text, department text, role text)`,
    data.leaders.flatMap((leaders) => [
      ...leaders.chiefDirect.map((department) => ({
        org: leaders.orgCode,
        post: leaders.chiefPost,
        department,
        role: 'CHIEF',
      })),
      ...leaders.deputies.flatMap(({ post, departments }) =>
        departments.map((department) => ({ org: leaders.orgCode, post, department, role: 'DEPUTY' })),
      ),
    ]),
  );
  await insert(
    `insert into delegation (id, principal_post, principal, delegate, mode, scope, from_date, to_date, reason, created_by)
     select id, "principalPost", principal, delegate, mode, array(select jsonb_array_elements_text(scope)), "from"::date, "to"::date, reason, 'seed'
     from jsonb_to_recordset($1::jsonb) as r(id text, "principalPost" text, principal text, delegate text, mode text, scope jsonb, "from" text, "to" text, reason text)`,
    data.delegations,
  );
  await raiseOrgVersion(tx);
  return true;
}
