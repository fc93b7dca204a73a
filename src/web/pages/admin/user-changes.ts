import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { invalid } from '../../../kernel/errors.ts';
import { readDay } from '../../../modules/calendar/index.ts';
import { changePosts, changeRoles, disableUser, listRoleChanges, renameUser } from '../../../modules/org/index.ts';
import { handOverTasks, tasksHeldBy } from '../../../modules/tasks/index.ts';
import { formRoutes } from '../../form-page.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { textsOf } from '../../plain-form.ts';
import type { Route } from '../../route.ts';
import {
  colleagueField,
  departmentField,
  fromField,
  loginOf,
  nameField,
  reasonField,
  roleField,
  text,
  userOr404,
} from './user-fields.ts';

/** What changes of a person: posts, roles, the tasks in hand, and whether the account is open. Each a form of its own. */
export function userChangePages(house: House): Route[] {
  const common = { permission: 'org.edit', scope: '全部账号（不含诉求内容）' } as const;
  const day = () => shanghaiDate(house.clock.now());
  const personOf = async (req: Parameters<typeof loginOf>[0]) => {
    const directory = await house.directory();
    const user = userOr404(directory, loginOf(req));
    const crumbs: [string, string][] = [
      ['/users', '用户'],
      [`/users/${user.login}`, user.name],
    ];
    return { directory, user, crumbs };
  };
  return [
    ...formRoutes({
      ...common,
      path: '/users/:login/name',
      async view({ req }) {
        const { user, crumbs } = await personOf(req);
        return {
          title: `更正${user.name}的姓名`,
          crumbs,
          fields: [nameField, reasonField('录入有误')],
          initial: { name: user.name },
          effect: '点“保存姓名”后：以后的页面和打印件用新姓名；从前的历史记录保留当时的姓名。用户名不能改。',
          button: '保存姓名',
        };
      },
      async submit({ req, res, actor }) {
        const change = { name: text(req, 'name'), reason: text(req, 'reason') };
        await house.transaction(actor, (unit) => renameUser(unit, loginOf(req), change));
        res.redirect(303, `/users/${loginOf(req)}?ok=renamed`);
      },
    }),
    ...formRoutes({
      ...common,
      path: '/users/:login/posts',
      async view({ req }) {
        const { directory, user, crumbs } = await personOf(req);
        return {
          title: `变动${user.name}的岗位`,
          crumbs,
          fields: [
            departmentField(directory, user.orgCode),
            {
              type: 'checklist',
              name: 'posts',
              label: '岗位',
              hint: '一个岗位同时只由一人担任；现由别人担任的，先变动那个人的岗位。',
              options: directory.data.posts
                .filter((post) => post.orgCode === user.orgCode)
                .map((post) => ({
                  value: post.code,
                  label: `${post.name}${post.holder && post.holder !== user.login ? `（现 ${directory.user(post.holder)?.name ?? post.holder}）` : ''}`,
                })),
            },
            fromField('岗位变动'),
            reasonField('轮岗'),
          ],
          initial: { departmentCode: user.departmentCode, posts: user.posts, from: day() },
          effect: '点“保存岗位”后：从开始日期起按新岗位派任务、定审批人；原来的起止日期保留。',
          button: '保存岗位',
        };
      },
      async submit({ req, res, actor }) {
        await house.transaction(actor, (unit) =>
          changePosts(unit, loginOf(req), {
            posts: textsOf(req.body.posts),
            departmentCode: text(req, 'departmentCode'),
            from: readDay(text(req, 'from'), day()),
            reason: text(req, 'reason'),
          }),
        );
        res.redirect(303, `/users/${loginOf(req)}?ok=posts`);
      },
    }),
    ...formRoutes({
      ...common,
      path: '/users/:login/roles',
      async view({ req }) {
        const { user, crumbs } = await personOf(req);
        return {
          title: `变更${user.name}的角色`,
          crumbs,
          fields: [roleField, fromField('角色变更'), reasonField('岗位调整')],
          initial: { roles: user.roles, from: day() },
          hidden: { _seen: ((await listRoleChanges(house.sql, user.login))[0]?.roles ?? user.roles).join(',') },
          effect: '点“保存角色”后：从开始日期起按新角色开放权限；变更前后和原因都留在记录里。',
          button: '保存角色',
        };
      },
      async submit({ req, res, actor }) {
        await house.transaction(actor, (unit) =>
          changeRoles(unit, loginOf(req), {
            roles: textsOf(req.body.roles),
            ...(text(req, '_seen') ? { seen: text(req, '_seen').split(',') } : {}),
            from: readDay(text(req, 'from'), day()),
            reason: text(req, 'reason'),
          }),
        );
        res.redirect(303, `/users/${loginOf(req)}?ok=roles`);
      },
    }),
    ...formRoutes({
      ...common,
      path: '/users/:login/hand-over',
      async view({ req }) {
        const { directory, user, crumbs } = await personOf(req);
        const held = await tasksHeldBy(house.sql, user.login);
        return {
          title: `移交${user.name}的在办任务`,
          crumbs,
          fields: [
            {
              type: 'checklist',
              name: 'tasks',
              label: `任务（${held.length} 件）`,
              required: true,
              hint: '只列编号和任务名称，不含诉求内容。',
              options: held.map((task) => ({
                value: task.id,
                label: `${task.number ?? ''} ${task.title}${task.dueAt ? `，${format.short(task.dueAt)} 到期` : ''}`,
              })),
            },
            colleagueField(directory, user, 'to', '移交给'),
            reasonField(`${user.name}调离`),
          ],
          initial: { tasks: held.map((task) => task.id) },
          effect: '点“移交”后：所选任务马上到接手人的待办，期限不变；每件记下移交的前后和原因。',
          button: '移交',
          ...(held.length === 0
            ? {
                blocked: {
                  text: `${user.name}名下没有在办任务，不用移交。`,
                  href: `/users/${user.login}`,
                  link: '返回',
                },
              }
            : {}),
        };
      },
      async submit({ req, res, actor }) {
        const { directory, user } = await personOf(req);
        const to = text(req, 'to');
        const problems = [];
        if (!colleagueField(directory, user, 'to', '').options!.some((option) => option.value === to))
          problems.push({ pointer: '/to', message: '还没选接手人。请从本单位在岗人员里选一位。' });
        if (!text(req, 'reason')) problems.push({ pointer: '/reason', message: '请写明原因，例如“调离”。' });
        if (problems.length > 0) throw invalid('没有移交', problems);
        await house.transaction(actor, (unit) =>
          handOverTasks(unit, {
            from: user.login,
            to,
            taskIds: textsOf(req.body.tasks),
            why: `${user.name}移交：${text(req, 'reason')}`,
            async recused(demandId) {
              const [row] = await sqlOf(unit.em).query<{ recused: string[] }>(
                'select recused_logins as recused from demand where id = $1',
                [demandId],
              );
              return row?.recused ?? [];
            },
          }),
        );
        res.redirect(303, `/users/${user.login}?ok=handed-over`);
      },
    }),
    ...formRoutes({
      ...common,
      path: '/users/:login/disable',
      async view({ req }) {
        const { user, crumbs } = await personOf(req);
        const held = await tasksHeldBy(house.sql, user.login);
        return {
          title: `停用${user.name}的账号`,
          crumbs,
          fields: [reasonField('调离')],
          effect: '点“停用账号”后：马上不能登录，已登录的立即退出，访问令牌失效；历史记录和姓名保留，随时可以恢复。',
          button: '停用账号',
          danger: true,
          ...(held.length > 0
            ? {
                blocked: {
                  text: `不能停用：名下还有 ${held.length} 件在办。`,
                  href: `/users/${user.login}/hand-over`,
                  link: '去移交',
                },
              }
            : {}),
        };
      },
      async submit({ req, res, actor }) {
        await house.transaction(actor, async (unit) =>
          disableUser(unit, loginOf(req), {
            reason: text(req, 'reason'),
            openTasks: (await tasksHeldBy(sqlOf(unit.em), loginOf(req))).length,
          }),
        );
        res.redirect(303, `/users/${loginOf(req)}?ok=disabled`);
      },
    }),
  ];
}
