import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { invalid, isDomainError, notFound } from '../../kernel/errors.ts';
import { roleName } from '../../modules/access/index.ts';
import { appendEvent } from '../../modules/history/index.ts';
import { raiseOrgVersion } from '../../modules/org/index.ts';
import { diagramOf, listProcessVersions, renderSvg } from '../../modules/processes/index.ts';
import { activeRuleSet, type RuleSet } from '../../modules/rules/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { type Route, textOf } from '../route.ts';

const RULE_SETS = ['category-routing', 'on-the-spot', 'extension-approval', 'deadlines', 'return-visit-sampling'];
const SCOPES: Record<string, string> = { ALL: '全部', TASKS: '办理任务', EXTENSION_APPROVAL: '延期审批' };

/** Processes, rules, calendar, organisation, operations. */
export function adminPages(house: House): Route[] {
  const day = () => shanghaiDate(house.clock.now());
  return [
    {
      method: 'get',
      path: '/processes',
      permission: 'process.read',
      scope: '全部（不含个人信息）',
      async handle({ res }) {
        const versions = await listProcessVersions(house.sql);
        const running = await house.sql.query<any>(
          `select process_id, count(*) filter (where state = 'ACTIVE')::int as active from process_instance group by process_id`,
        );
        const incidents = await house.sql.query<any>(
          `select p.process_id, count(*)::int as n from incident_view i join process_instance p on p.key = i.process_instance_key where i.resolved_at is null group by p.process_id`,
        );
        const ids = [...new Set(versions.map((item) => item.processId))];
        const rows = await Promise.all(
          ids.map(async (id) => {
            const newest = versions.find((item) => item.processId === id)!;
            return {
              id,
              name: (await diagramOf(house.sql, id)).processes[0]?.name ?? id,
              version: newest.version,
              deployed: format.time(newest.deployedAt),
              active: running.find((row) => row.process_id === id)?.active ?? 0,
              incidents: incidents.find((row) => row.process_id === id)?.n ?? 0,
            };
          }),
        );
        res.render('admin/processes', { title: '流程', rows });
      },
    },
    {
      method: 'get',
      path: '/processes/:id',
      permission: 'process.read',
      scope: '全部（不含个人信息）',
      async handle({ req, res }) {
        const id = String(req.params.id);
        const diagram = await diagramOf(house.sql, id, Number(textOf(req.query.version)) || undefined);
        const people: Record<string, string> = {
          'tax-service': '纳服专岗',
          'host-department': '主办部门处理人员',
          'host-department-head': '主办部门负责人',
          'registering-department': '首次受理部门',
          'extension-approver': '规则指定的领导',
        };
        res.render('admin/process', {
          title: diagram.processes[0]?.name ?? id,
          id,
          svg: renderSvg(diagram),
          elements: diagram.elements
            .filter((element) => element.named)
            .map((element) => ({
              ...element,
              who: element.candidateGroups.map((group) => people[group] ?? group).join('、'),
            })),
          versions: (await listProcessVersions(house.sql))
            .filter((item) => item.processId === id)
            .map((item) => ({ ...item, at: format.time(item.deployedAt) })),
        });
      },
    },
    {
      method: 'get',
      path: '/rules',
      permission: 'rules.read',
      scope: '全部（不含个人信息）',
      async handle({ res }) {
        res.render('admin/rules', {
          title: '规则',
          sets: await Promise.all(RULE_SETS.map((id) => activeRuleSet(house.sql, id, day()))),
        });
      },
    },
    {
      method: 'get',
      path: '/rules/:id',
      permission: 'rules.read',
      scope: '全部（不含个人信息）',
      async handle({ req, res }) {
        const ruleSet: RuleSet = await activeRuleSet(house.sql, String(req.params.id), day());
        res.render('admin/rule-set', { title: ruleSet.title, ruleSet });
      },
    },
    {
      method: 'get',
      path: '/calendar',
      permission: 'calendar.read',
      scope: '全部',
      async handle({ req, res, actor }) {
        const calendar = await house.calendar();
        const year = Number(textOf(req.query.year)) || Number(day().slice(0, 4));
        if (!Number.isInteger(year) || year < 2000 || year > 2100) throw notFound('没有这一年的日历。');
        const [status] = await house.sql.query<any>('select status, source from calendar_year where year = $1', [year]);
        const days = await house.sql.query<any>(
          `select date::text as date, kind, name from calendar_day where date >= make_date($1::int, 1, 1) and date <= make_date($1::int, 12, 31) order by date`,
          [year],
        );
        const special = new Map(days.map((item) => [item.date as string, item]));
        const months = Array.from({ length: 12 }, (_, month) => {
          const first = new Date(Date.UTC(year, month, 1));
          const blanks = (first.getUTCDay() + 6) % 7;
          const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
          return {
            title: `${month + 1}月`,
            blanks,
            days: Array.from({ length: count }, (_, index) => {
              const date = `${year}-${String(month + 1).padStart(2, '0')}-${String(index + 1).padStart(2, '0')}`;
              const item = special.get(date);
              return {
                date,
                number: index + 1,
                work: calendar.isWorkday(date, actor.orgCode),
                name: item?.name ?? '',
                kind: item?.kind ?? '',
                today: date === day(),
              };
            }),
          };
        });
        res.render('admin/calendar', {
          title: `${year} 年工作日历`,
          year,
          status: status?.status ?? null,
          source: status?.source ?? '',
          version: calendar.version,
          months,
        });
      },
    },
    {
      method: 'get',
      path: '/org',
      permission: 'org.read',
      scope: '市局看全市，县局看本单位',
      async handle({ req, res, actor }) {
        const directory = await house.directory();
        const bureaus =
          actor.bureauLevel === 'CITY'
            ? directory.bureaus()
            : directory.bureaus().filter((bureau) => bureau.code === actor.orgCode);
        const code = bureaus.some((bureau) => bureau.code === textOf(req.query.org))
          ? textOf(req.query.org)!
          : actor.orgCode;
        const delegations = await house.sql.query<any>(
          `select d.id, d.principal, d.delegate, d.scope, d.from_date::text as from_date, d.to_date::text as to_date, d.reason, d.revoked_at from delegation d join app_user u on u.login = d.principal where u.org_code = $1 order by d.from_date desc`,
          [code],
        );
        res.render('admin/org', {
          title: '组织与人员',
          bureaus,
          code,
          bureau: directory.bureau(code),
          departments: directory.departmentsOf(code).map((department) => ({
            ...department,
            leader: directory.holderOf(directory.leaderPostFor(department.code) ?? '', day())?.name ?? '空缺',
            people: directory
              .usersInDepartment(department.code)
              .map((user) => ({ ...user, roles: user.roles.map(roleName).join('、') })),
          })),
          delegations: delegations.map((item) => ({
            ...item,
            principalName: directory.user(item.principal)?.name,
            delegateName: directory.user(item.delegate)?.name,
            scopeName: item.scope.map((scope: string) => SCOPES[scope] ?? scope).join('、'),
            active: !item.revoked_at && item.from_date <= day() && day() <= item.to_date,
            mine: item.principal === actor.login && !item.revoked_at,
          })),
          colleagues: directory.data.users.filter(
            (user) => user.orgCode === actor.orgCode && user.login !== actor.login && user.status === 'ACTIVE',
          ),
          scopes: SCOPES,
          problems: [],
          values: {},
        });
      },
    },
    {
      method: 'post',
      path: '/delegations',
      permission: 'delegation.own',
      scope: '本人',
      async handle({ req, res, actor }) {
        const input = {
          delegate: textOf(req.body.delegate) ?? '',
          scope: textOf(req.body.scope) ?? 'ALL',
          from: textOf(req.body.from) ?? '',
          to: textOf(req.body.to) ?? '',
          reason: textOf(req.body.reason) ?? '',
        };
        const problems = [];
        const directory = await house.directory();
        const isDay = (text: string) =>
          /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
        if (directory.activeUser(input.delegate)?.orgCode !== actor.orgCode)
          problems.push({ pointer: '/delegate', message: '请从本单位选一位在岗的代理人。' });
        if (input.delegate === actor.login) problems.push({ pointer: '/delegate', message: '代理人不能是自己。' });
        if (!SCOPES[input.scope]) problems.push({ pointer: '/scope', message: '请选代理范围。' });
        if (!isDay(input.from) || !isDay(input.to))
          problems.push({ pointer: '/from', message: '请填起止日期，例如 2026-11-24。' });
        else if (input.from > input.to)
          problems.push({ pointer: '/to', message: '结束日期早于开始日期，请对调或改一个。' });
        else if (input.to < day()) problems.push({ pointer: '/to', message: '结束日期已经过去。' });
        if (!input.reason) problems.push({ pointer: '/reason', message: '请写明原因，例如“公出”。' });
        if (problems.length > 0)
          throw invalid(`代理没有设置：${problems.map((item) => item.message).join(' ')}`, problems);
        await house.transaction(actor, async (unit) => {
          const sql = sqlOf(unit.em);
          const id = house.ids.uuid();
          await sql.query(
            `insert into delegation (id, principal, delegate, mode, scope, from_date, to_date, reason, created_by) values ($1, $2, $3, 'DELEGATION', $4, $5::date, $6::date, $7, $2)`,
            [id, actor.login, input.delegate, [input.scope], input.from, input.to, input.reason],
          );
          await raiseOrgVersion(sql);
          await appendEvent(sql, {
            subjectType: 'org',
            subjectId: actor.orgCode,
            type: 'delegation.created',
            occurredAt: house.clock.now(),
            actor,
            payload: { id, ...input },
          });
        });
        res.redirect(303, '/org?ok=delegation');
      },
    },
    {
      method: 'post',
      path: '/delegations/:id/end',
      permission: 'delegation.own',
      scope: '本人',
      async handle({ req, res, actor }) {
        await house.transaction(actor, async (unit) => {
          const sql = sqlOf(unit.em);
          const ended = await sql.query(
            'update delegation set revoked_at = $3, revoked_by = $2 where id = $1 and principal = $2 and revoked_at is null returning id',
            [String(req.params.id), actor.login, house.clock.now().toISOString()],
          );
          if (ended.length === 0) throw notFound('没有找到这项代理，或者已经收回。');
          await raiseOrgVersion(sql);
          await appendEvent(sql, {
            subjectType: 'org',
            subjectId: actor.orgCode,
            type: 'delegation.revoked',
            occurredAt: house.clock.now(),
            actor,
            payload: { id: String(req.params.id) },
          });
        });
        res.redirect(303, '/org?ok=delegation-ended');
      },
    },
    {
      method: 'get',
      path: '/operations',
      permission: 'operations.read',
      scope: '运行状态（不含个人信息）',
      async handle({ res, actor }) {
        const incidents = await house.sql.query<any>(
          `select i.key, i.element_id, i.error_type, i.error_message, i.created_at, i.job_key, p.process_id, d.number from incident_view i join process_instance p on p.key = i.process_instance_key left join demand d on d.id = i.demand_id where i.resolved_at is null order by i.created_at limit 200`,
        );
        res.render('admin/operations', {
          title: '运行',
          incidents: incidents.map((item) => ({ ...item, at: format.time(new Date(Number(item.created_at))) })),
          outbox: await house.outboxState(),
          instances: await house.sql.query<any>(
            `select process_id, state, count(*)::int as n from process_instance group by process_id, state order by process_id, state`,
          ),
          repair: actor.roles.includes('PROCESS_ADMIN'),
        });
      },
    },
    {
      method: 'post',
      path: '/operations/incidents/:key/resolve',
      permission: 'operations.repair',
      scope: '运行状态',
      async handle({ req, res }) {
        const [incident] = await house.sql.query<{ key: string; job_key: string | null }>(
          'select key, job_key from incident_view where key = $1 and resolved_at is null',
          [String(req.params.key)],
        );
        if (!incident) throw notFound('这个异常已经处理过了。');
        try {
          if (incident.job_key && incident.job_key !== '-1')
            await house.submitEngine(`retries:${incident.key}:${house.ids.uuid()}`, {
              type: 'updateRetries',
              jobKey: incident.job_key,
              retries: 3,
            });
          await house.submitEngine(`resolve:${incident.key}:${house.ids.uuid()}`, {
            type: 'resolveIncident',
            incidentKey: incident.key,
          });
        } catch (error) {
          if (isDomainError(error)) throw error;
          throw notFound(`没有处理成功：${(error as Error).message}`);
        }
        await house.settle();
        res.redirect(303, '/operations?ok=resolved');
      },
    },
  ];
}
