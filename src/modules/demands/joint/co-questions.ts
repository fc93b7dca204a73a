import { FOR_UPDATE } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, forbidden, illegalTransition, invalid, notFound } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { coHandlingsOf } from './co-handlings.ts';
import { type CoQuestion, CoQuestionEntity } from './entities.ts';

export const coQuestionsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<CoQuestion[]> =>
  work.em.find(CoQuestionEntity, { demandId }, { orderBy: { askedAt: 'asc' } });

/** The last day a co-handling department may be given for an answer: the internal target, counted from today. */
async function latestReply(work: Work, demandId: string): Promise<string> {
  const demand = await lockDemand(work, demandId);
  const days = (await work.parameters(parameterFacts(demand))).number('handle.joint.codept_internal');
  return work.calendar.addWorkingDays(work.clock.now(), days, demand.hostOrgCode).dueDate;
}

/** The host asks a co-handling department something (征询协办); the answer is for the host. */
export async function askCoDepartment(
  work: Work,
  demandId: string,
  input: { department: string; question: string; replyBy: string },
): Promise<CoQuestion> {
  const demand = await lockDemand(work, demandId);
  if (demand.status !== 'HANDLING')
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以征询协办。`,
    );
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('征询由主办部门提出。', { reason: 'not-host' });
  const part = (await coHandlingsOf(work, demandId))
    .filter((item) => item.department === input.department && ['OPEN', 'DONE'].includes(item.status))
    .at(-1);
  if (!part)
    throw invalid('没有征询。', [
      { pointer: '/department', message: '这个部门不在协办。需要它参加的，请先“增加协办”。' },
    ]);
  const today = shanghaiDate(work.clock.now());
  const latest = await latestReply(work, demandId);
  const problem = !work.calendar.isWorkday(input.replyBy, demand.hostOrgCode)
    ? '答复期限请选工作日。'
    : input.replyBy < today || input.replyBy > latest
      ? `答复期限最早今天，最晚 ${latest}。`
      : null;
  if (problem) throw invalid('答复期限有误，没有征询。', [{ pointer: '/replyBy', message: problem }]);
  const question = work.em.create(CoQuestionEntity, {
    id: work.ids.uuid(),
    coHandlingId: part.id,
    demandId,
    department: part.department,
    question: input.question,
    replyBy: input.replyBy,
    askedBy: work.actor.login,
    askedByName: work.actor.name,
    askedAt: work.clock.now(),
    answer: null,
    answerBasis: null,
    answeredBy: null,
    answeredByName: null,
    answeredAt: null,
  });
  await work.em.flush();
  await record(work, demand, 'co-handling.asked', { department: part.department, replyBy: input.replyBy });
  return question;
}

/** A co-handling department answers what the host has asked (答复征询), once. */
export async function answerCoQuestion(
  work: Work,
  demandId: string,
  input: { questionId: string; answer: string; answerBasis?: string },
): Promise<CoQuestion> {
  const demand = await lockDemand(work, demandId);
  const question = await work.em.findOne(CoQuestionEntity, { id: input.questionId, demandId }, FOR_UPDATE);
  if (!question) throw notFound('没有找到这条征询。');
  if (!work.actor.departments.includes(question.department))
    throw forbidden('这条征询是问别的部门的，不能由你答复。', { reason: 'not-co-department' });
  if (question.answeredAt)
    throw conflict(`这条征询已由 ${question.answeredByName} 答复，没有重复提交。`, { reason: 'already-answered' });
  question.answer = input.answer;
  question.answerBasis = input.answerBasis ?? null;
  question.answeredBy = work.actor.login;
  question.answeredByName = work.actor.name;
  question.answeredAt = work.clock.now();
  await record(work, demand, 'co-handling.answered', { department: question.department });
  return question;
}
