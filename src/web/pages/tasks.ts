import { sqlOf } from '../../db/orm.ts';
import { isDomainError, notFound } from '../../kernel/errors.ts';
import { canSeeDemand, requirePermission } from '../../modules/access/index.ts';
import { DeadlineEntity, lampOf } from '../../modules/deadlines/index.ts';
import {
  CATEGORIES,
  DemandEntity,
  ExtensionEntity,
  maskName,
  maskText,
  statusTitle,
  writeOffChecklist,
} from '../../modules/demands/index.ts';
import { presentForm, submitForm, type Values } from '../../modules/forms/index.ts';
import { evaluationsOf, explainInWords, ruleSetVersion } from '../../modules/rules/index.ts';
import {
  assignTask,
  claimTask,
  completeTask,
  discardDraft,
  findDraft,
  listTasks,
  releaseTask,
  saveDraft,
  TaskEntity,
  type TaskRow,
} from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import { format, lampView } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';

const GROUPS = [
  { colour: 'red', title: '已逾期' },
  { colour: 'orange', title: '今日到期' },
  { colour: 'yellow', title: '临期' },
  { colour: 'green', title: '正常' },
  { colour: 'grey', title: '不计时' },
] as const;

export async function taskRows(house: House, rows: TaskRow[]) {
  const [directory, calendar, now] = [await house.directory(), await house.calendar(), house.clock.now()];
  return rows.map((row) => ({
    ...row,
    lamp: lampView(row, row.orgCode, now, calendar),
    taxpayer: row.taxpayerName ? maskName(row.taxpayerName, row.taxpayerType ?? '') : '',
    host: row.hostDepartment ? (directory.department(row.hostDepartment)?.name ?? '') : '',
    assigneeName: row.assignee ? (directory.user(row.assignee)?.name ?? row.assignee) : '',
    completed: row.completedAt ? format.time(row.completedAt) : '',
    created: format.short(row.createdAt),
  }));
}

/** What the button does, said before it is pressed. */
const EFFECTS: Record<string, { button: string; effect: string }> = {
  'dispatch-demand': { button: '派单', effect: '点“派单”后：主办部门立即收到，办结期限从送达时起算（不从签收起算）。' },
  'handle-demand': { button: '提交办结', effect: '点“提交办结”后：办结时间记为此刻；一个工作日内要向诉求人反馈。' },
  'review-completion': {
    button: '提交审核',
    effect: '点“提交审核”后：通过则按提交时刻办结；退回则继续办理，期限不停。',
  },
  'give-feedback': { button: '登记反馈', effect: '点“登记反馈”后：反馈期限停止，结果同时推送纳税服务部门。' },
  'conduct-return-visit': {
    button: '保存回访',
    effect: '点“保存回访”后：满意则进入销号；不满意将生成待判定：重办或解释。',
  },
  'judge-dissatisfaction': { button: '提交判定', effect: '点“提交判定”后：重办则重新起算办理期限；解释则进入销号。' },
  'write-off': { button: '销号', effect: '点“销号”后：这件诉求归档，不再计时。' },
  'write-off-withdrawn': { button: '销号', effect: '点“销号”后：这件诉求按撤回归档。' },
  'approve-extension': {
    button: '提交审批',
    effect: '点“提交审批”后：同意则到期时间改为申请的日期，并告知诉求人；不同意则原期限不变。',
  },
};

export function taskPages(house: House): Route[] {
  const list =
    (view: 'mine' | 'done' | 'dept', title: string, path: string, formIds?: readonly string[]) =>
    async ({ res, actor }: Ask) => {
      const rows = await taskRows(
        house,
        await listTasks(house.sql, {
          login: actor.login,
          view,
          departments: actor.departments,
          orgCode: actor.orgCode,
          limit: 200,
          ...(formIds ? { formIds } : {}),
        }),
      );
      const groups = GROUPS.map((group) => ({
        ...group,
        rows: rows.filter((row) => (row.lamp?.colour ?? 'grey') === group.colour),
      })).filter((group) => group.rows.length > 0);
      res.render('tasks/list', {
        title,
        view,
        listPath: path,
        groups: view === 'done' ? [{ colour: 'done', title: '我经办的', rows }] : groups,
        count: rows.length,
      });
    };
  return [
    {
      method: 'get',
      path: '/tasks',
      permission: 'task.work',
      scope: '本人的任务，或本部门的任务',
      handle: (ask) => {
        const view = textOf(ask.req.query.view);
        if (view === 'done') return list('done', '我经办的', '/tasks')(ask);
        if (view === 'dept') return list('dept', '部门待办', '/tasks')(ask);
        return list('mine', '我的待办', '/tasks')(ask);
      },
    },
    {
      method: 'get',
      path: '/approvals',
      permission: 'extension.approve',
      scope: '本人的审批',
      handle: list('mine', '待我审批', '/approvals', ['approve-extension']),
    },
    {
      method: 'get',
      path: '/visits',
      permission: 'visit.conduct',
      scope: '本单位的回访',
      handle: list('mine', '回访', '/visits', ['conduct-return-visit', 'judge-dissatisfaction']),
    },
    {
      method: 'get',
      path: '/tasks/:id',
      permission: 'task.work',
      scope: '本人可办的任务，或看得到的诉求的任务',
      handle: (ask) => drawTask(house, ask, {}),
    },
    {
      method: 'post',
      path: '/tasks/:id',
      permission: 'task.work',
      scope: '本人可办的任务',
      handle: (ask) => submitTask(house, ask),
    },
    {
      method: 'post',
      path: '/tasks/:id/claim',
      permission: 'task.work',
      scope: '本人可办的任务',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => claimTask(unit, String(req.params.id)));
        res.redirect(303, `/tasks/${req.params.id}?ok=claimed`);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/release',
      permission: 'task.work',
      scope: '本人的任务',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => releaseTask(unit, String(req.params.id)));
        res.redirect(303, `/tasks/${req.params.id}?ok=released`);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/assign',
      permission: 'task.assign',
      scope: '本单位的任务',
      async handle({ req, res, actor }) {
        requirePermission(actor, 'task.assign');
        await house.transaction(actor, async (unit) => {
          const task = await unit.em.findOne(TaskEntity, { id: String(req.params.id) });
          const user = unit.directory.activeUser(textOf(req.body.login) ?? '');
          if (!task || (actor.bureauLevel !== 'CITY' && task.orgCode !== actor.orgCode))
            throw notFound('没有找到这项任务。');
          if (!user || (task.orgCode && user.orgCode !== task.orgCode))
            throw notFound('没有找到这个人，或者他不在这个单位。请从列表中选择。');
          await assignTask(unit, task.id, user.login, `${actor.name}指派给你`);
        });
        res.redirect(303, '/dispatch?ok=assigned');
      },
    },
  ];
}

async function taskOf(unit: Unit, id: string) {
  const task = await unit.em.findOne(TaskEntity, { id });
  if (!task) throw notFound('没有找到这项任务。它可能已经撤回；请回到“我的待办”查看。');
  return task;
}

interface TaskPage {
  values?: Values;
  problems?: any[];
  status?: number;
  conflict?: string;
}

/** The page of one task: the demand always in sight, the form, why it came to this person, and what the button will do. */
async function drawTask(house: House, { req, res, actor }: Ask, page: TaskPage): Promise<void> {
  const view = await house.transaction(actor, async (unit) => {
    const task = await taskOf(unit, String(req.params.id));
    const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
    const mine = task.candidates.includes(actor.login);
    if (!mine && task.completedBy !== actor.login && (!demand || !canSeeDemand(actor, demand as never, false)))
      throw notFound('没有找到这项任务，或者它不在你能查看的范围内。');
    const form = task.formId ? house.forms.get(task.formId) : undefined;
    if (!form) throw notFound(`任务“${task.title}”的表单“${task.formId ?? ''}”不存在。请联系流程管理员。`);
    const draft = page.values ? null : await findDraft(unit, draftKey(task.id, form.id));
    const options = formOptions(house, unit.directory, actor, demand?.hostOrgCode ?? actor.orgCode);
    const suggestion = task.formId === 'dispatch-demand' && demand ? await suggestionOf(unit, demand.id) : null;
    const values =
      page.values ??
      draft?.values ??
      (task.status === 'COMPLETED' ? (task.values ?? {}) : suggestion?.host ? { hostDepartment: suggestion.host } : {});
    const clock =
      task.clock && demand
        ? (
            await unit.em.find(
              DeadlineEntity,
              { subjectType: 'demand', subjectId: demand.id, kind: task.clock },
              { orderBy: { round: 'desc' }, limit: 1 },
            )
          )[0]
        : undefined;
    const extension =
      task.formId === 'approve-extension' && demand
        ? await unit.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' })
        : null;
    return {
      title: `${task.title}${demand ? `：${demand.restricted && !mine ? '限定可见件' : demand.title}` : ''}`,
      task,
      mine,
      mayWork: task.status === 'OPEN' && mine && (!task.assignee || task.assignee === actor.login),
      holder: task.assignee ? (unit.directory.user(task.assignee)?.name ?? task.assignee) : null,
      completedBy: task.completedBy ? (unit.directory.user(task.completedBy)?.name ?? task.completedBy) : null,
      completedAt: task.completedAt ? format.time(task.completedAt) : '',
      onBehalfOf: task.via[actor.login]?.onBehalfOf
        ? unit.directory.user(task.via[actor.login]!.onBehalfOf!)?.name
        : null,
      draftAt: draft ? format.short(draft.savedAt) : null,
      form: presentForm(form, { values, problems: page.problems ?? [], options }),
      effect: EFFECTS[form.id] ?? { button: '提交', effect: '' },
      suggestion,
      demand,
      demandView: demand
        ? {
            content: maskText(demand.content),
            taxpayer: maskName(demand.taxpayerName, demand.taxpayerType),
            category: CATEGORIES[demand.category as keyof typeof CATEGORIES] ?? demand.category,
            status: statusTitle(demand.status),
            registered: format.time(demand.registeredAt),
            host: demand.hostDepartment ? unit.directory.department(demand.hostDepartment)?.name : '',
            publicAnswer: demand.publicAnswer,
            measures: demand.measures,
            policyBasis: demand.policyBasis,
            feedbackContent: demand.feedbackContent,
          }
        : null,
      checklist: demand && form.id.startsWith('write-off') ? writeOffChecklist(demand) : null,
      extension: extension
        ? {
            ...extension,
            from: format.time(extension.currentDueAt),
            to: `${format.shortDay(extension.requestedDueDate)} ${format.weekday(extension.requestedDueDate)} 17:30`,
            requested: format.time(extension.requestedAt),
            before: await unit.em.count(ExtensionEntity, { demandId: extension.demandId, status: 'APPROVED' }),
          }
        : null,
      lamp: clock ? { ...lampOf(clock, house.clock.now(), unit.calendar), due: format.short(clock.dueAt) } : null,
      days: clock
        ? unit.calendar
            .addWorkingDays(clock.startsAt, clock.totalDays + clock.pausedDays, clock.orgCode)
            .days.map((day) => ({ ...day, weekday: format.weekday(day.date), label: format.shortDay(day.date) }))
        : [],
    };
  });
  res
    .status(page.status ?? 200)
    .render('tasks/show', { ...view, conflict: page.conflict ?? null, once: house.ids.uuid() });
}

const draftKey = (taskId: string, formKey: string) => ({ formKey, subject: taskId, draftId: '1' });

/** The department the rules suggest for a demand, with the reason. */
export async function suggestionOf(unit: Unit, demandId: string) {
  const sql = sqlOf(unit.em);
  const [evaluation] = (await evaluationsOf(sql, 'demand', demandId))
    .filter((item) => item.ruleSet === 'category-routing')
    .slice(-1);
  if (!evaluation) return null;
  const ruleSet = await ruleSetVersion(sql, evaluation.ruleSet, evaluation.version);
  const fired = explainInWords(ruleSet, evaluation.explanation).find((rule) => rule.ruleId === evaluation.ruleId);
  const host = evaluation.outcome.hostDepartment as string | null;
  return {
    host,
    hostName: host ? (unit.directory.department(host)?.name ?? host) : null,
    manual: evaluation.outcome.manualDispatch === true,
    reason: evaluation.reason,
    version: evaluation.version,
    sentences: fired?.sentences.filter((sentence) => sentence.holds).map((sentence) => sentence.text) ?? [],
  };
}

async function submitTask(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const found = await house.transaction(actor, async (unit) => {
    const task = await taskOf(unit, id);
    const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
    return {
      formId: task.formId,
      title: task.title,
      orgCode: demand?.hostOrgCode ?? actor.orgCode,
      suggested: task.formId === 'dispatch-demand' && demand ? (await suggestionOf(unit, demand.id))?.host : undefined,
    };
  });
  const form = house.forms.get(found.formId ?? '');
  if (!form) throw notFound('这项任务的表单不存在。请联系流程管理员。');
  const submission = submitForm(form, req.body, formOptions(house, await house.directory(), actor, found.orgCode));
  const action = textOf(req.body._action);
  if (action === 'draft') {
    await house.transaction(actor, (unit) =>
      saveDraft(unit, draftKey(id, form.id), { title: found.title, values: submission.values }),
    );
    return res.redirect(303, `/tasks/${id}?ok=draft`);
  }
  if (action === 'discard') {
    await house.transaction(actor, (unit) => discardDraft(unit, draftKey(id, form.id)));
    return res.redirect(303, `/tasks/${id}?ok=discarded`);
  }
  if (!submission.ok)
    return drawTask(house, ask, { values: submission.values, problems: submission.problems, status: 422 });
  const token = textOf(req.body._once);
  const location = '/tasks?ok=completed';
  try {
    await house.transaction(actor, async (unit) => {
      if (await alreadySubmitted(unit, token)) return;
      const values = found.suggested ? { ...submission.values, suggested: found.suggested } : submission.values;
      await completeTask(
        unit,
        { taskId: id, values, revision: Number(req.body._revision) || 0 },
        house.formEffect(form.id),
      );
      await noteSubmission(unit, token, location);
    });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Invalid' || error.code === 'Conflict') {
      return drawTask(house, ask, {
        values: submission.values,
        problems: [...error.problems],
        status: error.code === 'Conflict' ? 409 : 422,
        ...(error.problems.length === 0 ? { conflict: error.message } : {}),
      });
    }
    throw error;
  }
  await house.settle();
  res.redirect(303, location);
}
