import { shanghaiDate } from '../../../kernel/clock.ts';
import { illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { judgeRoute } from './judge-route.ts';
import { keepLegalAnswers, type LegalAnswers, legalAnswersOf, openLegalQuestions } from './reconsideration.ts';

const BEFORE_HANDLING = ['REGISTERED', 'AWAITING_DISPATCH', 'AWAITING_HANDLING', 'HANDLING'];

/** The officer or the desk answers the questions about a legal remedy that the text gave rise to (救济意愿, R20). */
export async function answerLegalQuestions(work: Work, demandId: string, answers: LegalAnswers): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (!BEFORE_HANDLING.includes(demand.status))
    throw illegalTransition(`诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，不用再回答救济问题。`);
  const problems = openLegalQuestions(answers, shanghaiDate(work.clock.now()));
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有保存`, problems);
  keepLegalAnswers(demand, answers);
  demand.revision += 1;
  await record(work, demand, 'legal.questions-answered', {
    legalIntent: answers.legalIntent ?? null,
    taxDispute: answers.taxDispute === true,
  });
  return demand;
}

/** Whether the rules find signs of a legal remedy nobody has asked about, or an intent that belongs to a statutory route. */
export async function legalHindrance(work: Work, demand: Demand): Promise<string | null> {
  const advice = await judgeRoute(work, demand);
  if (advice.questionsOpen)
    return '正文里有法律救济的迹象，还没有问诉求人的救济意愿。请先“回答救济问题”（只是咨询、口头提出复议、已交书面申请，还是其他），再派单。';
  if (!advice.needed || advice.route === 'SERVICE_COMPLAINT') return null;
  const open = openLegalQuestions(legalAnswersOf(demand), shanghaiDate(work.clock.now()));
  if (advice.route === 'RECONSIDERATION')
    return `诉求人已经表示要申请行政复议，不能作为普通件派单。请选“转法定途径”${open.length > 0 ? '，并补齐文书号、作出机关、送达日期等' : ''}。`;
  return '按规则这件诉求属于法定途径，不能作为普通件派单。请选“转法定途径”，由承接岗位确认；确认不是的，会退回派单。';
}
