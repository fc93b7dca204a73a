import { invalid } from '../../kernel/errors.ts';
import { type Demand, type FeedbackInput, lockDemand, recordFeedback, roundOf, type Work } from '../demands/index.ts';
import { evidenceOf, timeProblems } from './record-attempt.ts';
import { tellTaxpayer } from './tell-taxpayer.ts';

/**
 * The host department tells the taxpayer the result (登记反馈, R24, P4.3.p1). “联系不上” is accepted only with its evidence:
 * enough attempts in different half-days and a short message.
 */
export async function giveFeedback(work: Work, demandId: string, input: FeedbackInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (input.feedbackAt) {
    const problems = timeProblems(
      '/feedbackAt',
      '时间',
      new Date(input.feedbackAt),
      work.clock.now(),
      demand.completedAt,
    );
    if (problems.length > 0) throw invalid('反馈没有登记。', problems);
  }
  if (input.feedbackResult === 'UNREACHED') {
    const evidence = await evidenceOf(work, demand);
    if (!evidence.enough) {
      const missing = [
        ...(evidence.halfDays < evidence.needed
          ? [`不同半天的未接通记录 ${evidence.halfDays} 次，还差 ${evidence.needed - evidence.halfDays} 次`]
          : []),
        ...(evidence.smsSent ? [] : ['还没有发过短信']),
      ];
      throw invalid('反馈没有登记。', [
        {
          pointer: '/feedbackResult',
          message: `还不能选“多次联系不上”：${missing.join('；')}。请先在“联系记录”里登记，接通后再填反馈。`,
        },
      ]);
    }
  }
  const told = await recordFeedback(work, demandId, input);
  await tellTaxpayer(work, told, {
    cause: `feedback:${told.id}:${roundOf(told)}`,
    template: 'feedback-given',
    values: { method: METHOD_WORDS[input.feedbackMethod] ?? '约定的方式' },
  });
  return told;
}

const METHOD_WORDS: Record<string, string> = {
  PHONE: '电话',
  SMS: '短信',
  IN_PERSON: '当面',
  PLATFORM: '原渠道平台',
  LETTER: '书面',
};
