import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { isDomainError } from '../../kernel/errors.ts';
import { may, requirePermission } from '../../modules/access/index.ts';
import { DeadlineEntity, lampOf } from '../../modules/deadlines/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  type Demand,
  ExtensionEntity,
  lockDemand,
  maskCreditCode,
  maskName,
  maskPerson,
  maskPhone,
  maskText,
  REVEAL_REASONS,
  requestExtension,
  revealContact,
  statusTitle,
  TAXPAYER_TYPES,
  voidDemand,
  withdrawDemand,
  writeOffChecklist,
} from '../../modules/demands/index.ts';
import { ReturnVisitEntity } from '../../modules/feedback/index.ts';
import { presentForm, submitForm, type Values } from '../../modules/forms/index.ts';
import { EVENT_TYPES, eventTitle, readTimeline, verifyChain } from '../../modules/history/index.ts';
import { diagramOf, type Mark, pathInWords, renderSvg, type Visit } from '../../modules/processes/index.ts';
import { evaluationsOf, explainInWords, nearestChange, ruleSetVersion } from '../../modules/rules/index.ts';
import { TaskEntity } from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { CLOCKS } from './clock-names.ts';

const SATISFACTIONS: Record<string, string> = {
  VERY_SATISFIED: '非常满意',
  SATISFIED: '满意',
  BASICALLY_SATISFIED: '基本满意',
  DISSATISFIED: '不满意',
  VERY_DISSATISFIED: '非常不满意',
};

export function demandPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/:number',
      permission: 'demand.read',
      scope: '本人经办、本部门、本单位，市局看全市；限定件只给指定岗位',
      async handle({ req, res, actor }) {
        const view = await house.transaction(actor, async (unit) =>
          demandView(house, unit, actor, await visibleDemand(unit, actor, String(req.params.number))),
        );
        res.render('demands/show', view);
      },
    },
    {
      method: 'post',
      path: '/demands/:number/reveal',
      permission: 'demand.reveal',
      scope: '同诉求件',
      async handle({ req, res, actor }) {
        const view = await house.transaction(actor, async (unit) => {
          const demand = await visibleDemand(unit, actor, String(req.params.number));
          const revealed = await revealContact(unit, demand, textOf(req.body.reason) ?? '');
          return { ...(await demandView(house, unit, actor, demand)), revealed };
        });
        res.render('demands/show', view);
      },
    },
    ...actionRoutes(house),
  ];
}

/** Everything the page of one demand shows. Long because the page is one story told in sections. */
async function demandView(house: House, unit: Unit, actor: Actor, demand: Demand) {
  const sql = sqlOf(unit.em);
  const now = house.clock.now();
  const { directory, calendar } = unit;
  const departmentName = (code: string | null | undefined) => (code ? (directory.department(code)?.name ?? code) : '');
  const userName = (login: string | null | undefined) => (login ? (directory.user(login)?.name ?? login) : '');
  const clocks = (
    await unit.em.find(
      DeadlineEntity,
      { subjectType: 'demand', subjectId: demand.id },
      { orderBy: { startsAt: 'asc' } },
    )
  ).map((clock) => ({
    kind: CLOCKS[clock.kind] ?? clock.kind,
    round: clock.round,
    lamp: { ...lampOf(clock, now, calendar), due: format.short(clock.dueAt) },
    starts: format.time(clock.startsAt),
    due: format.time(clock.dueAt),
    stopped: clock.stoppedAt ? format.time(clock.stoppedAt) : null,
    provisional: clock.provisional,
    days: calendar
      .addWorkingDays(clock.startsAt, clock.totalDays + clock.pausedDays, clock.orgCode)
      .days.map((day) => ({ ...day, weekday: format.weekday(day.date), label: format.shortDay(day.date) })),
    totalDays: clock.totalDays,
    open: clock.status === 'OPEN',
  }));
  const tasks = (await unit.em.find(TaskEntity, { demandId: demand.id }, { orderBy: { createdAt: 'asc' } })).map(
    (task) => ({
      id: task.id,
      title: task.title,
      status: { OPEN: '待办', COMPLETED: '已完成', CANCELED: '已撤回' }[task.status] ?? task.status,
      open: task.status === 'OPEN',
      mine: task.status === 'OPEN' && task.candidates.includes(actor.login),
      who: task.completedBy
        ? userName(task.completedBy)
        : task.assignee
          ? userName(task.assignee)
          : task.unassignable
            ? '待纳服指派'
            : `${task.candidates.map(userName).slice(0, 4).join('、')}${task.candidates.length > 4 ? ` 等 ${task.candidates.length} 人` : ''}`,
      onBehalfOf: userName(task.completedOnBehalfOf),
      created: format.short(task.createdAt),
      completed: task.completedAt ? format.short(task.completedAt) : '',
      why: task.why,
    }),
  );
  const evaluations = await Promise.all(
    (await evaluationsOf(sql, 'demand', demand.id)).map(async (item) => {
      const ruleSet = await ruleSetVersion(sql, item.ruleSet, item.version);
      return {
        title: ruleSet.title,
        version: item.version,
        at: format.time(item.evaluatedAt),
        reason: item.reason,
        ruleId: item.ruleId,
        outcome: Object.entries(item.outcome)
          .filter(
            ([key, value]) =>
              value !== null && typeof value !== 'object' && ruleSet.outcomeSchema[key] && key !== 'ruleId',
          )
          .map(([key, value]) => ({
            title: ruleSet.outcomeSchema[key]!.title,
            value:
              typeof value === 'boolean'
                ? value
                  ? '是'
                  : '否'
                : (ruleSet.outcomeSchema[key]!.enum?.[String(value)] ??
                  (directory.department(String(value))?.name || directory.user(String(value))?.name) ??
                  String(value)),
          })),
        rules: explainInWords(ruleSet, item.explanation),
        nearest: nearestChange(ruleSet, item.explanation),
      };
    }),
  );
  const events = await readTimeline(sql, 'demand', demand.id);
  const chain = verifyChain(events);
  const instances = await sql.query<{
    key: string;
    process_id: string;
    process_version: number;
    parent_key: string | null;
    state: string;
  }>(
    'select key, process_id, process_version, parent_key, state from process_instance where demand_id = $1 order by started_at, key',
    [demand.id],
  );
  const diagrams = await Promise.all(instances.map((instance) => instanceView(unit, instance)));
  const extensions = (
    await unit.em.find(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } })
  ).map((extension) => ({
    ...extension,
    statusTitle:
      { PENDING: '审批中', APPROVED: '已批准', REJECTED: '不同意', RETURNED: '退回补充', REFUSED: '按规则不予延期' }[
        extension.status
      ] ?? extension.status,
    requested: format.time(extension.requestedAt),
    due: format.shortDay(extension.requestedDueDate),
    decided: extension.decidedAt ? format.time(extension.decidedAt) : '',
    approver: userName(extension.approverLogin),
  }));
  const visits = (
    await unit.em.find(ReturnVisitEntity, { demandId: demand.id }, { orderBy: { visitedAt: 'asc' } })
  ).map((visit) => ({
    ...visit,
    at: format.time(visit.visitedAt),
    satisfactionTitle: visit.satisfaction ? (SATISFACTIONS[visit.satisfaction] ?? visit.satisfaction) : '',
  }));
  const mainClock = clocks.filter((clock) => clock.open)[0];
  const isHost =
    demand.hostDepartment !== null &&
    demand.hostDepartment !== undefined &&
    actor.departments.includes(demand.hostDepartment);
  const closed = ['WRITTEN_OFF', 'VOIDED'].includes(demand.status);
  return {
    title: demand.title,
    demand,
    shown: {
      content: maskText(demand.content),
      taxpayer: maskName(demand.taxpayerName, demand.taxpayerType),
      taxpayerType: TAXPAYER_TYPES[demand.taxpayerType as keyof typeof TAXPAYER_TYPES] ?? demand.taxpayerType,
      contactPerson: maskPerson(demand.contactPerson),
      contactPhone: maskPhone(demand.contactPhone),
      creditCode: maskCreditCode(demand.creditCode),
      status: statusTitle(demand.status),
      category: CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? demand.category,
      channel: CHANNELS[demand.channel as keyof typeof CHANNELS] ?? demand.channel,
      registeringDepartment: departmentName(demand.registeringDepartment),
      hostDepartment: departmentName(demand.hostDepartment),
      org: directory.bureau(demand.orgCode)?.shortName ?? '',
      received: format.time(demand.receivedAt),
      registered: format.time(demand.registeredAt),
      handledBy: userName(demand.handledBy),
      reportedDepartment: departmentName(demand.reportedDepartment),
    },
    lamp: mainClock?.lamp ?? null,
    clocks,
    tasks,
    myTask: tasks.find((task) => task.mine),
    evaluations,
    extensions,
    visits,
    diagrams,
    checklist: writeOffChecklist(demand),
    timeline: events.map((event) => ({
      at: format.time(event.occurredAt),
      title: eventTitle(event.type),
      who: event.onBehalfOf ? `${event.actorName}（代 ${userName(event.onBehalfOf)}）` : event.actorName,
      milestone: EVENT_TYPES[event.type]?.milestone ?? false,
      outside: EVENT_TYPES[event.type]?.outside ?? false,
      detail: detailOf(event.type, event.payload, departmentName),
      sequence: event.sequence,
    })),
    chainOk: !chain,
    chainWhat: chain?.what ?? '',
    lookedAt: await sql
      .query<any>('select name, reason, at from pii_access_log where demand_id = $1 order by at desc limit 20', [
        demand.id,
      ])
      .then((rows) =>
        rows.map((row) => ({
          name: row.name,
          reason: REVEAL_REASONS[row.reason as keyof typeof REVEAL_REASONS] ?? row.reason,
          at: format.time(row.at),
        })),
      ),
    revealReasons: REVEAL_REASONS,
    revealed: null,
    mayReveal: may(actor, 'demand.reveal') && !demand.anonymous,
    actions: {
      extend: demand.status === 'HANDLING' && isHost && may(actor, 'demand.request-extension'),
      withdraw: !closed && demand.status !== 'WITHDRAWN' && may(actor, 'demand.withdraw'),
      void: !closed && may(actor, 'demand.void'),
    },
    justRegistered: +now - +demand.registeredAt < 10 * 60_000 && demand.receivingOfficer === actor.login,
  };
}

/** The picture and the words of one process instance. */
async function instanceView(
  unit: Unit,
  instance: { key: string; process_id: string; process_version: number; state: string },
) {
  const sql = sqlOf(unit.em);
  const diagram = await diagramOf(sql, instance.process_id, instance.process_version);
  const visits = (
    await sql.query<any>(
      'select element_id, state, entered_at, left_at from element_visit where process_instance_key = $1 order by entered_at, key',
      [instance.key],
    )
  ).map(
    (row): Visit => ({
      elementId: row.element_id,
      state: row.state,
      enteredAt: Number(row.entered_at),
      leftAt: row.left_at === null ? null : Number(row.left_at),
    }),
  );
  const incidents = new Set(
    (
      await sql.query<{ element_id: string }>(
        'select element_id from incident_view where process_instance_key = $1 and resolved_at is null',
        [instance.key],
      )
    ).map((row) => row.element_id),
  );
  const flows = new Set(
    (
      await sql.query<{ flow_id: string }>('select flow_id from flow_visit where process_instance_key = $1', [
        instance.key,
      ])
    ).map((row) => row.flow_id),
  );
  const marks = new Map<string, Mark>();
  for (const visit of visits) {
    if (visit.state === 'ACTIVE') marks.set(visit.elementId, 'here');
    else if (marks.get(visit.elementId) !== 'here')
      marks.set(visit.elementId, visit.state === 'COMPLETED' ? 'done' : 'skipped');
  }
  for (const id of incidents) marks.set(id, 'incident');
  return {
    key: instance.key,
    name: diagram.processes[0]?.name ?? instance.process_id,
    version: instance.process_version,
    over: instance.state !== 'ACTIVE',
    svg: renderSvg(diagram, marks, flows),
    steps: pathInWords(diagram, instance.process_id, visits).map((step) => ({
      ...step,
      entered: step.enteredAt ? format.short(new Date(step.enteredAt)) : '',
      incident: incidents.has(step.elementId),
    })),
  };
}

const WORDS: Record<string, string> = {
  hostDepartment: '主办',
  reason: '理由',
  basis: '依据',
  dueAt: '到期',
  to: '新到期',
  from: '原到期',
  days: '工作日',
  totalDays: '合计工作日',
  decision: '结论',
  opinion: '意见',
  conclusion: '结论',
  requestedDueDate: '申请到',
  requestedTotalWorkingDays: '合计工作日',
  satisfaction: '满意度',
  attempt: '第几次',
  method: '方式',
  result: '结果',
  overdueDays: '逾期工作日',
  ruleId: '规则',
  ruleSet: '规则集',
  version: '版本',
  round: '轮次',
  number: '编号',
  channel: '渠道',
  category: '类别',
};
const VALUES: Record<string, string> = {
  APPROVED: '同意',
  REJECTED: '不同意',
  RETURNED: '退回',
  RESOLVED: '解决',
  EXPLAINED: '解释',
  PARTIALLY_RESOLVED: '部分解决',
  RULE: '规则建议',
  MANUAL: '人工选择',
  SELF: '直接办理',
  DELIVERED: '已送达',
  PHONE: '电话',
  SMS: '短信',
  IN_PERSON: '当面',
  ...CATEGORIES,
  ...CHANNELS,
  ...SATISFACTIONS,
};

function detailOf(_type: string, payload: Record<string, unknown>, departmentName: (code: string) => string): string {
  return Object.entries(payload)
    .filter(([key, value]) => WORDS[key] && value !== null && value !== undefined && typeof value !== 'object')
    .map(([key, value]) => {
      const text = String(value);
      const shown = /^\d{4}-\d{2}-\d{2}T/.test(text) ? format.time(text) : (VALUES[text] ?? departmentName(text));
      return `${WORDS[key]} ${shown}`;
    })
    .join('，');
}

const ACTIONS = {
  extend: {
    form: 'request-extension',
    title: '申请延期',
    button: '提交申请',
    permission: 'demand.request-extension',
    ok: 'extension',
    effect: '点“提交申请”后：由规则判断谁来审批；批准前，原期限不变。',
  },
  withdraw: {
    form: 'withdraw-demand',
    title: '诉求人撤回',
    button: '登记撤回',
    permission: 'demand.withdraw',
    ok: 'withdrawn',
    effect: '点“登记撤回”后：未办的任务收回，由纳服核对后销号，记录保留。',
  },
  void: {
    form: 'void-demand',
    title: '作废',
    button: '作废',
    permission: 'demand.void',
    ok: 'voided',
    effect: '点“作废”后：编号和记录保留，流程停止。只用于登记有误的诉求。',
  },
} as const;

const VOID_FORM = {
  id: 'void-demand',
  processId: 'fast-response',
  title: '作废',
  components: [
    { type: 'textarea', key: 'reason', label: '作废理由', validate: { required: true, minLength: 4, maxLength: 500 } },
  ],
};

function actionRoutes(house: House): Route[] {
  return Object.entries(ACTIONS).flatMap(([name, action]): Route[] => {
    const form = () => house.forms.get(action.form) ?? VOID_FORM;
    const draw = async ({ req, res, actor }: Ask, values: Values, problems: any[], status: number) => {
      const view = await house.transaction(actor, async (unit) => {
        const demand = await visibleDemand(unit, actor, String(req.params.number));
        const clock = (
          await unit.em.find(
            DeadlineEntity,
            { subjectType: 'demand', subjectId: demand.id, kind: 'HANDLING' },
            { orderBy: { round: 'desc' } },
          )
        )[0];
        return {
          demand,
          dates: name === 'extend' && clock ? legalDates(unit, clock) : [],
          clock: clock ? format.time(clock.dueAt) : '',
        };
      });
      res.status(status).render('demands/action', {
        title: action.title,
        action,
        ...view,
        masked: maskText(view.demand.content),
        form: presentForm(form(), { values, problems, options: formOptions(house, await house.directory(), actor) }),
        once: house.ids.uuid(),
      });
    };
    return [
      {
        method: 'get',
        path: `/demands/:number/actions/${name}`,
        permission: action.permission,
        scope: '同诉求件',
        handle: (ask) => draw(ask, {}, [], 200),
      },
      {
        method: 'post',
        path: `/demands/:number/actions/${name}`,
        permission: action.permission,
        scope: '同诉求件',
        async handle(ask) {
          const { req, res, actor } = ask;
          requirePermission(actor, action.permission);
          const submission = submitForm(form(), req.body, formOptions(house, await house.directory(), actor));
          if (!submission.ok) return draw(ask, submission.values, submission.problems, 422);
          const token = textOf(req.body._once);
          const location = `/demands/${req.params.number}?ok=${action.ok}`;
          try {
            await house.transaction(actor, async (unit) => {
              if (await alreadySubmitted(unit, token)) return;
              const seen = await visibleDemand(unit, actor, String(req.params.number));
              const demand = await lockDemand(unit, seen.id);
              if (name === 'extend') await requestExtension(unit, demand.id, submission.values as never);
              if (name === 'withdraw') await withdrawDemand(unit, demand.id, submission.values as never);
              if (name === 'void') await voidDemand(unit, demand.id, String(submission.values.reason));
              await noteSubmission(unit, token, location);
            });
          } catch (error) {
            if (!isDomainError(error) || error.code !== 'Invalid' || error.problems.length === 0) throw error;
            return draw(ask, submission.values, [...error.problems], 422);
          }
          await house.settle();
          res.redirect(303, location);
        },
      },
    ];
  });
}

/** The working days to choose from, with the total they make. */
function legalDates(unit: Unit, clock: { startsAt: Date; totalDays: number; orgCode: string }) {
  return Array.from({ length: 5 }, (_, index) => clock.totalDays + index + 1).map((days) => {
    const due = unit.calendar.addWorkingDays(clock.startsAt, days, clock.orgCode);
    return {
      date: due.dueDate,
      label: `${format.shortDay(due.dueDate)} ${format.weekday(due.dueDate)}`,
      days,
      provisional: due.provisional,
    };
  });
}
