import { shanghaiDate } from '../../../kernel/clock.ts';
import type { FieldProblem } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { type ReconsiderationPeriod, reconsiderationPeriod } from '../reconsideration-period.ts';

/** The questions about a legal remedy (救济意愿及其要件), as registration, dispatch and confirmation ask them. */
export interface LegalAnswers {
  legalIntent?: string;
  actionDocument?: string;
  actionOrgCode?: string;
  actionByDispatchedOrgan?: boolean;
  /** Department that took the action; it must stay out (回避). */
  actionDepartment?: string;
  knownAt?: string;
  taxDispute?: boolean;
  settlement?: string;
  settledAt?: string;
  amountRange?: string;
}

const RECONSIDERATION_INTENTS = ['ORAL_RECONSIDERATION', 'WRITTEN_RECONSIDERATION'];
/** Answers that stand in `intake`, besides the intent. */
const KEPT = [
  'actionDocument',
  'actionOrgCode',
  'actionByDispatchedOrgan',
  'knownAt',
  'taxDispute',
  'settlement',
  'settledAt',
  'amountRange',
] as const;

/** What is still to be asked before a demand with such an intent may go on; every open question is named at its field. */
export function openLegalQuestions(answers: LegalAnswers, today: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const need = (field: keyof LegalAnswers, message: string) => {
    if (answers[field] === undefined || answers[field] === null || answers[field] === '')
      problems.push({ pointer: `/${field}`, message });
  };
  need('legalIntent', '“诉求人的救济意愿”还没有回答：只是咨询、口头提出复议、已交书面申请，还是其他？');
  if (!RECONSIDERATION_INTENTS.includes(answers.legalIntent ?? '')) return problems;
  need('actionDocument', '“文书号”还没有填写。诉求人说不清的，写“不详”并在告知时提醒其找到文书。');
  need('actionOrgCode', '“作出机关”还没有选。复议机关要按它推算。');
  need('knownAt', '“送达或知道日期”还没有填写。60 日从这一天起算。');
  if (answers.knownAt && answers.knownAt > today)
    problems.push({ pointer: '/knownAt', message: '送达或知道日期晚于今天，请核对。' });
  if (answers.taxDispute) {
    need('settlement', '是纳税争议的，请回答税款和滞纳金是否已经缴清或提供担保。');
    need('amountRange', '是纳税争议的，请选涉及税额。');
    if (answers.settlement === 'PAID' || answers.settlement === 'SECURED')
      need('settledAt', '已经缴清或担保的，请填缴清或担保确认日期；期限可能从这一天起算。');
  }
  return problems;
}

/** What the ledger has of the answers. */
export function legalAnswersOf(demand: Pick<Demand, 'intake' | 'legalIntent'>): LegalAnswers {
  const intake = demand.intake as Record<string, unknown>;
  return {
    ...Object.fromEntries(KEPT.filter((key) => intake[key] !== undefined).map((key) => [key, intake[key]])),
    ...((demand.legalIntent ?? intake.legalIntent)
      ? { legalIntent: String(demand.legalIntent ?? intake.legalIntent) }
      : {}),
  };
}

/** Writes answers into the ledger; what is not given stays as it was. The department of the act is kept out from now on. */
export function keepLegalAnswers(demand: Demand, answers: LegalAnswers): void {
  if (answers.legalIntent) demand.legalIntent = answers.legalIntent;
  const given = Object.fromEntries(KEPT.filter((key) => answers[key] !== undefined).map((key) => [key, answers[key]]));
  demand.intake = { ...(demand.intake as Record<string, unknown>), ...given };
  if (answers.actionDepartment) demand.reportedDepartment = answers.actionDepartment;
}

/** Until when reconsideration may be applied for, with how it was counted; null while the day of service is not known. */
export async function applicationPeriod(
  work: Pick<Work, 'parameters' | 'calendar' | 'clock'>,
  demand: Demand,
): Promise<(ReconsiderationPeriod & { days: number; urgent: boolean }) | null> {
  const { knownAt, taxDispute, settledAt } = legalAnswersOf(demand);
  if (!knownAt) return null;
  const parameters = await work.parameters(parameterFacts(demand));
  const days = parameters.number('reconsideration.apply.calendar_days');
  const period = reconsiderationPeriod(work.calendar, {
    knownAt,
    settledAt: taxDispute ? settledAt : undefined,
    days,
    today: shanghaiDate(work.clock.now()),
    orgCode: demand.orgCode,
  });
  return {
    ...period,
    days,
    urgent: period.daysLeft >= 0 && period.daysLeft <= parameters.number('reconsideration.apply.warn_days'),
  };
}
