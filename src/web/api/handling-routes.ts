import { invalid } from '../../kernel/errors.ts';
import {
  coHandlingsOf,
  coQuestionsOf,
  externalStepsOf,
  type HandlingAction,
  levelShiftsOf,
  lockDemand,
  progressNoticesOf,
  requirePossible,
} from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { actOnHandling } from '../../modules/supervision/index.ts';
import { HANDLING_ACTIONS, handlingOptions } from '../handling-actions.ts';
import type { House } from '../house.ts';
import type { ApiRoute } from './api-route.ts';
import { day, flag, instant, integer, list, object, orNull, text } from './json-schema.ts';
import { bodyOf, fieldsOf, schemaOfForm } from './read-body.ts';
import { withContent } from './seen-demand.ts';

const PATHS: Record<HandlingAction, { path: string; summary: string; scope: string }> = {
  'add-co-department': { path: 'co-departments', summary: '增加协办', scope: '主办部门、纳服专岗' },
  'release-co-department': { path: 'co-departments/release', summary: '解除协办', scope: '主办部门、纳服专岗' },
  'ask-co-department': { path: 'co-questions', summary: '征询协办', scope: '主办部门' },
  'answer-co-question': { path: 'co-questions/answer', summary: '答复征询', scope: '被征询的协办部门' },
  'tell-progress': { path: 'progress-notices', summary: '登记进展告知', scope: '主办部门' },
  'report-up': { path: 'level-shifts/up', summary: '上报上级', scope: '主办部门' },
  'send-down': { path: 'level-shifts/down', summary: '转交下级', scope: '主办部门' },
  'send-back': { path: 'level-shifts/back', summary: '退回下级', scope: '主办部门' },
  'send-external': { path: 'external-steps', summary: '送外单位', scope: '主办部门' },
};

const HANDLING = object({
  coHandlings: list(
    object({
      id: text,
      department: text,
      status: { ...text, description: 'OPEN 办理中、DONE 意见已交、RELEASED 已解除、CLOSED 随主办转出收回' },
      reason: orNull(text),
      internalDays: integer,
      deliveredAt: orNull(instant),
      opinion: { ...orNull(text), description: '供主办汇总，不对外' },
      basis: orNull(text),
      givenAt: orNull(instant),
      endReason: orNull(text),
    }),
  ),
  coQuestions: list(
    object({
      id: text,
      department: text,
      question: text,
      replyBy: day,
      answer: orNull(text),
      answeredAt: orNull(instant),
    }),
  ),
  progressNotices: list(object({ id: text, method: text, toldAt: instant, content: text })),
  levelShifts: list(
    object({
      id: text,
      direction: { ...text, description: 'UP 上报上级、DOWN 转交下级、BACK 退回下级' },
      status: text,
      fromDepartment: text,
      toDepartment: text,
      toCoDepartments: list(text),
      reason: text,
      guidance: orNull(text),
      requestedAt: instant,
      usedDays: integer,
      decideDueDate: day,
      late: flag,
      lateReason: orNull(text),
    }),
  ),
  externalSteps: list(
    object({
      id: text,
      unitName: text,
      unitKind: text,
      documentNumber: text,
      sentOn: day,
      sharedFields: list(text),
      followUpOn: day,
      status: text,
      paused: flag,
      answeredOn: orNull(day),
      answer: orNull(text),
    }),
  ),
});

/** Joint handling, levels and other bodies over the API: one route per action, and one that shows how things stand. */
export function handlingRoutes(house: House): ApiRoute[] {
  const form = (id: string) => house.forms.get(id)!;
  return [
    {
      method: 'get',
      path: '/demands/:number/handling',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '协办、上报转交、外单位',
      answers: { 200: { description: '先发生的在前；协办意见只给能查看此件的人，不对外', schema: HANDLING } },
      handle: async (ask) =>
        void ask.res.json(
          await withContent(house, ask, async (unit, { id }) => ({
            coHandlings: (await coHandlingsOf(unit, id)).map((part) => ({
              id: part.id,
              department: part.department,
              status: part.status,
              reason: part.reason ?? null,
              internalDays: part.internalDays,
              deliveredAt: part.deliveredAt ?? null,
              opinion: part.opinion ?? null,
              basis: part.basis ?? null,
              givenAt: part.givenAt ?? null,
              endReason: part.endReason ?? null,
            })),
            coQuestions: (await coQuestionsOf(unit, id)).map((item) => ({
              id: item.id,
              department: item.department,
              question: item.question,
              replyBy: item.replyBy,
              answer: item.answer ?? null,
              answeredAt: item.answeredAt ?? null,
            })),
            progressNotices: (await progressNoticesOf(unit, id)).map(({ id: key, method, toldAt, content }) => ({
              id: key,
              method,
              toldAt,
              content,
            })),
            levelShifts: (await levelShiftsOf(unit, id)).map((shift) => ({
              id: shift.id,
              direction: shift.direction,
              status: shift.status,
              fromDepartment: shift.fromDepartment,
              toDepartment: shift.toDepartment,
              toCoDepartments: shift.toCoDepartments,
              reason: shift.reason,
              guidance: shift.guidance ?? null,
              requestedAt: shift.requestedAt,
              usedDays: shift.usedDays,
              decideDueDate: shift.decideDueDate,
              late: shift.late,
              lateReason: shift.lateReason ?? null,
            })),
            externalSteps: (await externalStepsOf(unit, id)).map((step) => ({
              id: step.id,
              unitName: step.unitName,
              unitKind: step.unitKind,
              documentNumber: step.documentNumber,
              sentOn: step.sentOn,
              sharedFields: step.sharedFields,
              followUpOn: step.followUpOn,
              status: step.status,
              paused: step.paused,
              answeredOn: step.answeredOn ?? null,
              answer: step.answer ?? null,
            })),
          })),
        ),
    },
    ...HANDLING_ACTIONS.map((action): ApiRoute => {
      const { path, summary, scope } = PATHS[action.name];
      return {
        method: 'post',
        path: `/demands/:number/${path}`,
        permission: 'demand.handle',
        scope,
        summary,
        body: schemaOfForm(form(action.form)),
        answers: { 201: { description: action.done, schema: object({ id: text, number: text, status: text }) } },
        problems: [409, 422],
        async handle(ask) {
          const fields = fieldsOf(form(action.form), bodyOf(ask));
          const made = await withContent(house, ask, async (unit, seen) => {
            await requirePossible(unit, seen, action);
            const submission = submitForm(form(action.form), fields, await handlingOptions(unit, seen));
            if (!submission.ok) throw invalid(`没有${action.title}。`, submission.problems);
            const demand = await lockDemand(unit, seen.id);
            const { id } = await actOnHandling(unit, demand, action.name, submission.values);
            return { id, demandId: demand.id, number: demand.number, status: demand.status };
          });
          await house.settle(made.demandId);
          ask.res.status(201).json({ id: made.id, number: made.number, status: made.status });
        },
      };
    }),
  ];
}
