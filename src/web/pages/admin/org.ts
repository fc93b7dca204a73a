import { shanghaiDate } from '../../../kernel/clock.ts';
import { may, roleName } from '../../../modules/access/index.ts';
import { readDay } from '../../../modules/calendar/index.ts';
import {
  assignLeader,
  listLeaderAssignments,
  type OrgDirectory,
  type OrgUser,
  orgGaps,
} from '../../../modules/org/index.ts';
import { countUnassignable } from '../../../modules/tasks/index.ts';
import { formRoutes } from '../../form-page.ts';
import { longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { calendarBar } from './frame.ts';

const SCOPE = '市局看全市，县局看本单位';

/** P30: the organisation as a tree, what is missing first; leaders in charge; people. */
export function orgPages(house: House): Route[] {
  const day = () => shanghaiDate(house.clock.now());
  return [
    { method: 'get', path: '/org', permission: 'org.read', scope: SCOPE, handle: (ask) => showOrg(house, ask) },
    ...formRoutes({
      path: '/org/leaders/:department',
      permission: 'org.edit',
      scope: '全部',
      async view({ req }) {
        const directory = await house.directory();
        const department = directory.department(String(req.params.department));
        const orgCode = department?.orgCode ?? '';
        const post = department ? directory.leaderPostFor(department.code) : undefined;
        const coming = (await listLeaderAssignments(house.sql, orgCode, day())).filter(
          (item) => item.departmentCode === department?.code && item.from > day(),
        );
        return {
          title: `分管领导：${department?.name ?? ''}`,
          crumbs: [[`/org?org=${orgCode}`, '组织与岗位']],
          fields: [
            {
              type: 'radio',
              name: 'postCode',
              label: '由谁分管',
              required: true,
              options: directory.data.posts
                .filter((item) => item.orgCode === orgCode && ['CHIEF', 'DEPUTY'].includes(item.type))
                .map((item) => ({
                  value: item.code,
                  label: `${item.name} ${directory.holderOf(item.code, day())?.name ?? '（空缺）'}`,
                })),
            },
            {
              type: 'textfield',
              name: 'from',
              label: '开始日期',
              required: true,
              hint: '最早今天。例如 2026-12-01 或 12-1。',
            },
            {
              type: 'textfield',
              name: 'reason',
              label: '原因',
              required: true,
              hint: '例如“班子分工调整”，有文号的写上。',
            },
          ],
          initial: { postCode: post ?? '', from: day() },
          effect: '点“保存分管”后：从开始日期起，这个部门的延期申请送新的分管领导审批；已经送出的不改。',
          button: '保存分管',
          ...(coming.length > 0
            ? {
                aside: {
                  title: '将要生效',
                  lines: coming.map(
                    (item) =>
                      `${longDay(item.from)} 起：${directory.post(item.postCode)?.name ?? ''} ${directory.holderOf(item.postCode, item.from)?.name ?? ''}`,
                  ),
                },
              }
            : {}),
        };
      },
      async submit({ req, res, actor }) {
        const departmentCode = String(req.params.department);
        await house.transaction(actor, (unit) =>
          assignLeader(unit, {
            departmentCode,
            postCode: textOf(req.body.postCode) ?? '',
            from: readDay(textOf(req.body.from) ?? '', day()),
            reason: textOf(req.body.reason) ?? '',
          }),
        );
        const orgCode = (await house.directory()).department(departmentCode)?.orgCode ?? '';
        res.redirect(303, `/org?org=${orgCode}&ok=leader#leaders`);
      },
    }),
  ];
}

async function showOrg(house: House, { req, res, actor }: Ask): Promise<void> {
  const day = shanghaiDate(house.clock.now());
  const directory = await house.directory();
  const reach =
    actor.bureauLevel === 'CITY'
      ? directory.bureaus()
      : directory.bureaus().filter((item) => item.code === actor.orgCode);
  const code = reach.find((bureau) => bureau.code === textOf(req.query.org))?.code ?? actor.orgCode;
  const gaps = orgGaps(directory, code, day);
  const unassignable = await countUnassignable(house.sql);
  const elsewhere = reach
    .filter((bureau) => bureau.code !== code)
    .map((bureau) => ({ ...bureau, gaps: weightOf(orgGaps(directory, bureau.code, day)) }));
  res.render('admin/org/org', {
    title: `组织与岗位：${directory.bureau(code)?.shortName}`,
    bureaus: reach.map((bureau) => ({
      ...bureau,
      gaps: bureau.code === code ? weightOf(gaps) : (elsewhere.find((item) => item.code === bureau.code)?.gaps ?? 0),
    })),
    code,
    bureau: directory.bureau(code),
    gaps: {
      ...gaps,
      vacantPosts: gaps.vacantPosts.map(({ post, since, coveredBy }) => ({
        name: post.name,
        department: directory.department(post.departmentCode)?.name ?? '',
        since: since ? longDay(since) : '',
        covered: coveredBy === 'CHIEF' ? '主要领导代行' : '',
      })),
    },
    unassignable: unassignable.get(code) ?? 0,
    departments: treeOf(directory, code, day),
    leaders: leaderTable(directory, code, day),
    edit: may(actor, 'org.edit'),
    bar: await calendarBar(house),
  });
}

const weightOf = (gaps: ReturnType<typeof orgGaps>): number =>
  gaps.vacantPosts.length +
  gaps.emptyDepartments.length +
  gaps.departmentsWithoutLeader.length +
  (gaps.withoutDesk ? 1 : 0);

/** Departments with their posts, and the people who hold none. */
function treeOf(directory: OrgDirectory, orgCode: string, day: string) {
  return directory.departmentsOf(orgCode).map((department) => {
    const posts = directory.data.posts.filter((post) => post.departmentCode === department.code);
    const holders = new Set(posts.flatMap((post) => directory.holderOf(post.code, day)?.login ?? []));
    return {
      ...department,
      posts: posts.map((post) => ({ name: post.name, holder: personOf(directory.holderOf(post.code, day)) })),
      others: directory
        .usersInDepartment(department.code)
        .filter((user) => !holders.has(user.login))
        .map((user) => personOf(user)!),
    };
  });
}

const personOf = (user: OrgUser | undefined) =>
  user ? { login: user.login, name: user.name, roles: user.roles.map(roleName).join('、') } : null;

/** 分管: every department that handles demands and who is in charge of it. */
function leaderTable(directory: OrgDirectory, orgCode: string, day: string) {
  const leaders = directory.leaders(orgCode);
  return directory
    .departmentsOf(orgCode)
    .filter((department) => department.participates)
    .map((department) => {
      const assigned =
        leaders?.deputies.find((item) => item.departments.includes(department.code))?.post ??
        (leaders?.chiefDirect.includes(department.code) ? leaders.chiefPost : undefined);
      const post = assigned ? directory.post(assigned) : undefined;
      return {
        code: department.code,
        name: department.name,
        post: post?.name ?? '',
        person: post ? (directory.holderOf(post.code, day)?.name ?? '') : '',
        gap: !post
          ? '没有指定，暂由主要领导审批'
          : !directory.holderOf(post.code, day)
            ? '岗位空缺，暂由主要领导审批'
            : '',
      };
    });
}
