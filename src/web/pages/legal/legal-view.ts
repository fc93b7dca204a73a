import { shanghaiDate } from '../../../kernel/clock.ts';
import { type Deadline, DeadlineEntity, lampOf } from '../../../modules/deadlines/index.ts';
import {
  applicationPeriod,
  type Demand,
  FOLLOW_UP,
  followUpsOf,
  judgeRoute,
  type LegalFollowUp,
  latestFollowUp,
  legalAnswersOf,
  legalRouteTitle,
  METHODS,
  maskText,
  noticeText,
  parameterFacts,
  receiverName,
  type UnreasonableReview,
} from '../../../modules/demands/index.ts';
import type { Values } from '../../../modules/forms/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import { word } from '../demand/words.ts';
import { COMPLAINT_KINDS, EXAMINATIONS, FOLLOW_UP_CLOCKS, FOLLOW_UP_STATUSES, RESULT_KINDS, SOURCES } from './words.ts';

const day = (date: string) => `${format.shortDay(date)}（${format.weekday(date)}）`;

/** “从 11月10日（周二）知道，当日不算，数 60 个自然日到 …，不上班，顺延到 …” with the days left; null while the day is not known. */
export async function periodView(unit: Unit, demand: Demand) {
  const period = await applicationPeriod(unit, demand);
  if (!period) return null;
  const { knownAt, taxDispute } = legalAnswersOf(demand);
  const from = taxDispute && period.from !== knownAt ? '缴清或担保' : '知道';
  return {
    lastDay: format.day(`${period.lastDay}T12:00:00+08:00`),
    left: period.daysLeft,
    past: period.daysLeft < 0,
    urgent: period.urgent,
    provisional: period.provisional,
    reasoning: `${day(period.from)}${from}，当日不算，数 ${period.days} 个自然日到 ${day(period.counted)}${period.rolled ? `，不上班，顺延到 ${day(period.lastDay)}` : ''}。`,
  };
}

/** 法定途径 on the page of a demand: what has become of it on each route, with the clocks of the follow-up. */
export async function legalPanel(unit: Unit, demand: Demand) {
  const items = await followUpsOf(unit, demand.id);
  if (items.length === 0) return null;
  const rows = [];
  for (const item of items) rows.push(await followUpView(unit, demand, item));
  const reconsiders = items.some((item) => item.route === 'RECONSIDERATION');
  return { items: rows, period: reconsiders ? await periodView(unit, demand) : null };
}

async function followUpView(unit: Unit, demand: Demand, item: LegalFollowUp) {
  const clocks = await unit.em.find(
    DeadlineEntity,
    { subjectType: FOLLOW_UP, subjectId: item.id },
    { orderBy: { startsAt: 'asc', round: 'asc' } },
  );
  const name = (code: string | null | undefined) => (code ? (unit.directory.department(code)?.name ?? code) : '');
  const fact = (title: string, text: string | null | undefined) => (text ? [{ title, text }] : []);
  return {
    id: item.id,
    title: legalRouteTitle(item.route),
    status: FOLLOW_UP_STATUSES[item.status] ?? item.status,
    open: !['CLOSED', 'RETURNED', 'DISMISSED'].includes(item.status),
    splitSuggested: item.splitSuggested && !demand.parentId,
    facts: [
      ...fact(
        '来源',
        `${SOURCES[item.source] ?? ''}${item.requestedByName ? `，${item.requestedByName} 要求` : '，按规则建议'}`,
      ),
      ...fact('要求转出的理由', maskText(item.requestReason ?? '')),
      ...fact(
        '由谁确认',
        `${name(item.confirmDepartment)}${item.confirmedByName ? ` ${item.confirmedByName} ${format.short(item.confirmedAt)}` : ''}`,
      ),
      ...fact('理由', maskText(item.decisionReason ?? '')),
      ...fact('去向', receiverName(unit.directory, item)),
      ...fact('移送', item.handedOverAt ? format.time(item.handedOverAt) : null),
      ...fact('交接凭证', item.voucher),
      ...fact(
        '签收',
        item.acknowledgedAt
          ? `${format.time(item.acknowledgedAt)} ${item.acknowledgedByName ?? ''}${item.receiptNumber ? `，收文号 ${item.receiptNumber}` : ''}`
          : null,
      ),
      ...fact('收件时间', item.originalReceivedAt ? format.time(item.originalReceivedAt) : null),
      ...fact('原件指纹', item.originalHash ? `${item.originalHash.slice(0, 16)}…` : null),
      ...fact('投诉种类', COMPLAINT_KINDS[item.kind ?? '']),
      ...fact('审查', EXAMINATIONS[item.examination ?? '']),
      ...fact(
        '结果',
        item.resultKind
          ? `${RESULT_KINDS[item.resultKind] ?? item.resultKind}${item.resultNumber ? `，编号 ${item.resultNumber}` : ''}${item.resultAt ? `，${format.shortDay(item.resultAt)}` : ''}`
          : null,
      ),
      ...fact('退回理由', maskText(item.returnReason ?? '')),
    ],
    notice: item.noticeContent
      ? `${[format.time(item.noticeAt), word(item.noticeMethod, METHODS)].filter(Boolean).join(' ')}：${maskText(item.noticeContent)}`
      : '',
    clocks: clocks.map((clock) => ({
      title: `${FOLLOW_UP_CLOCKS[clock.kind] ?? clock.kind}${clock.round > 1 ? `（第 ${clock.round} 轮）` : ''}`,
      lamp: followUpLamp(unit, clock),
      due: format.time(clock.dueAt),
      days: `${clock.totalDays} 个${clock.unit === 'CALENDAR' ? '自然日' : '工作日'}，起 ${format.short(clock.startsAt)}`,
    })),
  };
}

function followUpLamp(unit: Unit, clock: Deadline) {
  const lamp = lampOf(clock, unit.clock.now(), unit.calendar);
  return { ...lamp, text: lamp.text.replace('办结', FOLLOW_UP_CLOCKS[clock.kind] ?? '办结'), due: '' };
}

/** What the confirmation begins with: the suggested route and body, the answers the ledger has, and the wording of the notice. */
export async function confirmDefaults(unit: Unit, demand: Demand): Promise<Values> {
  const item = await latestFollowUp(unit, demand.id, ['AWAITING_CONFIRMATION']);
  if (!item) return {};
  const outside = !item.receivingDepartment;
  return {
    legalRoute: item.route,
    receivingBody: item.receivingDepartment ?? 'OUTSIDE',
    ...(outside && item.receivingName ? { receivingName: item.receivingName } : {}),
    ...legalAnswersOf(demand),
    ...(demand.reportedDepartment ? { actionDepartment: demand.reportedDepartment } : {}),
    ...(item.noticeMethod ? { noticeMethod: item.noticeMethod } : {}),
    noticeContent: item.noticeContent ?? (await suggestedNotice(unit, demand, item)),
    ...(item.voucher ? { voucher: item.voucher } : {}),
  };
}

/** The notice of a route (告知书, M40) with the dates of this demand. */
export async function suggestedNotice(unit: Unit, demand: Demand, item: LegalFollowUp): Promise<string> {
  const parameters = await unit.parameters(parameterFacts(demand));
  return noticeText({
    directory: unit.directory,
    demand,
    followUp: item,
    lastDay: item.applyLastDay ?? (await applicationPeriod(unit, demand))?.lastDay ?? null,
    applyDays: parameters.number('reconsideration.apply.calendar_days'),
    examineDays: parameters.number('legal.examine.days'),
    clearance: parameters.number('legal.tax_clearance') > 0,
    now: unit.clock.now(),
  });
}

/** Beside a task of a statutory route: what the rules suggest and why, until when, and what must never be done. */
export async function legalBeside(unit: Unit, demand: Demand) {
  const item = await latestFollowUp(unit, demand.id, ['AWAITING_CONFIRMATION', 'HANDED_OVER', 'ACKNOWLEDGED']);
  if (!item) return null;
  const advice = await judgeRoute(unit, demand, item.status === 'AWAITING_CONFIRMATION' ? item.route : null);
  const parameters = await unit.parameters(parameterFacts(demand));
  const { taxDispute, settlement } = legalAnswersOf(demand);
  const unsettled = taxDispute === true && settlement !== 'PAID' && settlement !== 'SECURED';
  const reconsiders = item.route === 'RECONSIDERATION';
  return {
    title: legalRouteTitle(item.route),
    to: receiverName(unit.directory, item),
    requested: item.requestReason ? `${item.requestedByName ?? ''}：${maskText(item.requestReason)}` : '',
    source: SOURCES[item.source] ?? '',
    period: reconsiders ? await periodView(unit, demand) : null,
    clearance: reconsiders && unsettled && parameters.number('legal.tax_clearance') > 0,
    recused: demand.reportedDepartment ? (unit.directory.department(demand.reportedDepartment)?.name ?? '') : '',
    split: (item.splitSuggested || advice.splitSuggested) && !demand.parentId,
    forbidden: reconsiders
      ? ['不以“办理中”拖过申请期限', '不要求以撤回复议换取办结', '不并单，不做满意度评价', '作出原行为的部门和人员回避']
      : [],
    reconsiders,
  };
}

const REVIEW_STATUSES: Record<string, string> = {
  PENDING: '等分管局领导认定',
  UPHELD: '认定不合理',
  REFUSED: '不予认定，继续办理',
  APPEALED: '诉求人申诉，等复核',
  CONFIRMED: '复核维持认定',
  OVERTURNED: '复核撤销认定',
};

/** 不合理诉求认定: who proposed it and why, who decided, whether the taxpayer was told, and what came of an appeal. */
export function unreasonableView(review: UnreasonableReview) {
  const fact = (title: string, text: string | null | undefined) => (text ? [{ title, text }] : []);
  return {
    status: REVIEW_STATUSES[review.status] ?? review.status,
    facts: [
      ...fact('提出', `${review.proposedByName} ${format.short(review.proposedAt)}`),
      ...fact('依据', maskText(review.basis)),
      ...fact('说明', maskText(review.explanation)),
      ...fact(
        '认定',
        review.decidedAt ? `${review.decidedByName} ${format.short(review.decidedAt)}` : '等分管局领导决定',
      ),
      ...fact('意见', maskText(review.opinion ?? '')),
      ...fact(
        '告知诉求人',
        review.toldAt ? `${format.short(review.toldAt)} ${word(review.toldMethod, METHODS)}` : null,
      ),
      ...fact(
        '申诉',
        review.appealedAt ? `${format.short(review.appealedAt)}：${maskText(review.appealReason ?? '')}` : null,
      ),
      ...fact(
        '复核',
        review.appealDecidedAt
          ? `${review.appealDecidedByName} ${format.short(review.appealDecidedAt)}：${maskText(review.appealOpinion ?? '')}`
          : null,
      ),
    ],
  };
}

/** Whether the desk is to look once more before it dispatches: signs of a remedy, or of another body's duty. */
export async function dispatchHints(unit: Unit, demand: Demand) {
  const advice = await judgeRoute(unit, demand);
  return {
    questionsOpen: advice.questionsOpen,
    /** 按规则应转法定途径. */
    divert: advice.needed && advice.route !== 'SERVICE_COMPLAINT' ? legalRouteTitle(advice.route) : '',
    notOurs: advice.possibleRoute === 'NOT_OUR_DUTY',
    today: shanghaiDate(unit.clock.now()),
  };
}
