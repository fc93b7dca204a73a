import { shanghaiDate } from '../../../kernel/clock.ts';
import { may } from '../../../modules/access/index.ts';
import { readDay } from '../../../modules/calendar/index.ts';
import { pendingExtensionsBy } from '../../../modules/demands/index.ts';
import {
  createDelegation,
  DELEGATION_MODES,
  DELEGATION_SCOPES,
  endDelegation,
  listDelegations,
} from '../../../modules/org/index.ts';
import { formRoutes } from '../../form-page.ts';
import { longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import { type FieldSpec, textsOf } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { colleagueField, text, userOr404 } from './user-fields.ts';

const STATES = { CURRENT: '生效中', COMING: '未开始', EXPIRED: '已结束', REVOKED: '已收回' };

/** P31: one's own delegations; the system administrator sees all and may set them for others. */
export function delegationPages(house: House): Route[] {
  const day = () => shanghaiDate(house.clock.now());
  return [
    {
      method: 'get',
      path: '/delegations',
      permission: 'delegation.read',
      scope: '本人的；系统管理员看全部',
      handle: (ask) => showDelegations(house, ask),
    },
    ...formRoutes({
      path: '/delegations/new',
      permission: 'delegation.set',
      scope: '本人；系统管理员代设',
      async view({ req, actor }) {
        const directory = await house.directory();
        const others = may(actor, 'delegation.edit');
        const chosen = others ? (textOf(req.query.principal) ?? textOf(req.body?.principal)) : actor.login;
        const principal = chosen ? directory.user(chosen) : undefined;
        const fields: FieldSpec[] = others
          ? [
              {
                type: 'select',
                name: 'principal',
                label: '委托人',
                required: true,
                options: directory.data.users
                  .filter(
                    (user) =>
                      user.status === 'ACTIVE' &&
                      !user.roles.every((role) => ['SYSTEM_ADMIN', 'PROCESS_ADMIN', 'AUDITOR'].includes(role)),
                  )
                  .map((user) => ({
                    value: user.login,
                    label: `${directory.bureau(user.orgCode)?.shortName} ${user.name}`,
                  })),
              },
            ]
          : [];
        fields.push(
          principal
            ? colleagueField(directory, principal, 'delegate', '受托人')
            : {
                type: 'textfield',
                name: 'delegate',
                label: '受托人用户名',
                required: true,
                hint: '委托人本单位的在岗人员。',
              },
          {
            type: 'textfield',
            name: 'from',
            label: '开始日期',
            required: true,
            inputMode: 'numeric',
            hint: '最早今天。例如 2026-11-24、11-24。',
          },
          {
            type: 'textfield',
            name: 'to',
            label: '结束日期',
            required: true,
            inputMode: 'numeric',
            hint: '当天也算，到期自动收回。',
          },
          {
            type: 'checklist',
            name: 'scope',
            label: '范围',
            required: true,
            options: Object.entries(DELEGATION_SCOPES).map(([value, label]) => ({ value, label })),
          },
          {
            type: 'radio',
            name: 'mode',
            label: '方式',
            required: true,
            options: Object.entries(DELEGATION_MODES).map(([value, label]) => ({ value, label })),
          },
          { type: 'textfield', name: 'reason', label: '事由', required: true, hint: '例如“公出”。' },
        );
        return {
          title: others ? '代设代理授权' : '设置我的代理人',
          crumbs: [['/delegations', '代理授权']],
          fields,
          initial: { from: day(), mode: 'DELEGATION', principal: chosen ?? '' },
          effect: '点“保存授权”后：期间内由受托人代办所选范围的事，处处显示“受托人（代 委托人）”；到期自动收回。',
          button: '保存授权',
          aside: {
            title: '规则',
            lines: [
              '同一范围、同一期间只能有一位受托人。',
              '受托人不能再转委托；他自己委托出去的期间也不能受托。',
              '受托人是申请人、被反映人或应当回避的件，不代办、不代批，转主要领导或上级。',
              '系统管理员、流程管理员、审计员的权限不能委托。',
            ],
          },
        };
      },
      async submit({ req, res, actor }) {
        const principal = may(actor, 'delegation.edit') ? text(req, 'principal') : actor.login;
        await house.transaction(actor, (unit) =>
          createDelegation(unit, {
            principal,
            delegate: text(req, 'delegate'),
            scope: textsOf(req.body.scope),
            mode: text(req, 'mode'),
            from: readDay(text(req, 'from'), day()),
            to: readDay(text(req, 'to'), day()),
            reason: text(req, 'reason'),
          }),
        );
        res.redirect(303, '/delegations?ok=delegation');
      },
    }),
    {
      method: 'post',
      path: '/delegations/:id/end',
      permission: 'delegation.set',
      scope: '本人；系统管理员全部',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => endDelegation(unit, String(req.params.id)));
        res.redirect(303, '/delegations?ok=delegation-ended');
      },
    },
  ];
}

async function showDelegations(house: House, { req, res, actor }: Ask): Promise<void> {
  const day = shanghaiDate(house.clock.now());
  const directory = await house.directory();
  const all = may(actor, 'delegation.edit');
  const orgCode = all ? directory.bureau(textOf(req.query.org) ?? '')?.code : undefined;
  const login = all ? undefined : userOr404(directory, actor.login).login;
  const rows = await listDelegations(house.sql, {
    date: day,
    ...(login ? { login } : {}),
    ...(orgCode ? { orgCode } : {}),
  });
  const own = await pendingExtensionsBy(
    house.sql,
    rows.map((item) => item.delegate),
  );
  const view = rows.map((item) => ({
    ...item,
    bureau: directory.bureau(directory.user(item.principal)?.orgCode ?? '')?.shortName ?? '',
    modeName: DELEGATION_MODES[item.mode] ?? item.mode,
    scopeName: item.scope.map((scope) => DELEGATION_SCOPES[scope] ?? scope).join('、'),
    days: `${longDay(item.from)}–${longDay(item.to)}`,
    stateName: STATES[item.state],
    open: item.state === 'CURRENT' || item.state === 'COMING',
    // Nobody decides one's own application in somebody's place.
    recused: item.scope.some((scope) => scope === 'ALL' || scope === 'EXTENSION_APPROVAL')
      ? (own.get(item.delegate) ?? 0)
      : 0,
    mayEnd: (item.state === 'CURRENT' || item.state === 'COMING') && (all || item.principal === actor.login),
    direction: all ? '' : item.principal === actor.login ? '我委托' : '委托我',
    by: directory.user(item.createdBy)?.name ?? '随程序',
  }));
  res.render('admin/org/delegations', {
    title: '代理授权',
    all,
    bureaus: directory.bureaus(),
    orgCode: orgCode ?? '',
    open: view.filter((item) => item.open),
    ended: view.filter((item) => !item.open),
    maySet: may(actor, 'delegation.set'),
  });
}
