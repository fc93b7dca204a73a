/** Longer than usual: one decision with its two ways out and the checks of a reconsideration, kept together in the order they are made. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, type FieldProblem, forbidden, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { restrict } from '../restrict.ts';
import { record } from '../trace.ts';
import type { LegalFollowUp } from './entities.ts';
import { latestFollowUp, lockFollowUp } from './follow-ups.ts';
import { applyAdvice, judgeRoute, noteDepartments, type RouteAdvice } from './judge-route.ts';
import { applicationPeriod, keepLegalAnswers, type LegalAnswers, openLegalQuestions } from './reconsideration.ts';
import { isLegalRoute, LEGAL_ROUTES, type LegalRoute } from './routes.ts';

export interface ConfirmInput extends LegalAnswers {
  /** TRANSFER: it is a statutory route; ORDINARY: it is not. */
  legalDecision: string;
  legalRoute?: string;
  /** Department code, or `OUTSIDE` with a name. */
  receivingBody?: string;
  receivingName?: string;
  decisionReason?: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
  voucher?: string;
  transcript?: string;
  originalReceivedAt?: string;
  /** SHA-256 of the files of a written application. */
  originalHashes?: readonly string[];
}

export type RouteOutcome = 'DIVERTED' | 'NOT_OUR_DUTY' | 'ORDINARY' | 'CHANGED';

/**
 * A person confirms or refuses the route (转法定途径确认, R20): the legal department for remedies, the discipline or report post for their matters,
 * tax service for the rest. Another route than the suggested one goes to whoever confirms that one.
 */
export async function confirmLegalRoute(
  work: Work,
  demandId: string,
  input: ConfirmInput,
): Promise<{ legalRouteOutcome: RouteOutcome; legalRoute: string }> {
  const demand = await lockDemand(work, demandId);
  const found = await latestFollowUp(work, demandId, ['AWAITING_CONFIRMATION']);
  if (!found) throw conflict('这件诉求的法定途径已经确认过了，请刷新页面看结果。', { reason: 'legal-route-confirmed' });
  const followUp = await lockFollowUp(work, found.id);
  refuseConcerned(work, demand);
  if (input.legalDecision === 'ORDINARY') return dismiss(work, demand, followUp, input);
  if (!isLegalRoute(input.legalRoute))
    throw invalid('请选择途径', [{ pointer: '/legalRoute', message: '“途径”还没有选。请从列表中选一个。' }]);
  if (input.legalRoute !== followUp.route) return change(work, demand, followUp, input, input.legalRoute);
  await confirm(work, demand, followUp, input);
  return {
    legalRouteOutcome: followUp.route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'DIVERTED',
    legalRoute: followUp.route,
  };
}

/** 回避: the department of the act and whoever is named never decides (作出原行为的部门、人员不得成为经办人). */
function refuseConcerned(work: Work, demand: Demand): void {
  const concerned =
    demand.recusedLogins.includes(work.actor.login) ||
    (demand.reportedDepartment != null && work.actor.departments.includes(demand.reportedDepartment));
  if (concerned)
    throw forbidden('这件诉求涉及你或你所在的部门，按回避规则不能由你确认。请联系纳税服务部门指派其他人。', {
      reason: 'recused',
    });
}

const reasonOf = (input: ConfirmInput, why: string): string => {
  const reason = input.decisionReason?.trim();
  if (!reason) throw invalid('请写明理由', [{ pointer: '/decisionReason', message: why }]);
  return reason;
};

/** No statutory route: the demand goes on as an ordinary one, seen again by those who see ordinary ones. */
async function dismiss(work: Work, demand: Demand, followUp: LegalFollowUp, input: ConfirmInput) {
  const reason = reasonOf(input, '不是法定途径的，请写明理由，派单人和审计员会看到。');
  followUp.status = 'DISMISSED';
  noteConfirmer(work, followUp, reason);
  followUp.closedAt = work.clock.now();
  await settleAsOrdinary(work, demand);
  // Somebody was already at work on it: the desk sends it to a department again, the time limit runs on.
  if (demand.status === 'HANDLING') moveStatus(demand, 'AWAITING_DISPATCH');
  await record(work, demand, 'legal.dismissed', { followUpId: followUp.id, route: followUp.route, reason });
  return { legalRouteOutcome: 'ORDINARY' as const, legalRoute: followUp.route };
}

/** From now on nothing but a person's wish makes it a statutory route again. */
export async function settleAsOrdinary(work: Work, demand: Demand): Promise<void> {
  demand.legalRoute = null;
  demand.legalDepartments = [];
  demand.intake = { ...(demand.intake as Record<string, unknown>), legalRouteSettled: 'ORDINARY' };
  demand.revision += 1;
  const advice = await judgeRoute(work, demand);
  if (demand.restricted && !advice.restricted) {
    demand.restricted = false;
    await record(work, demand, 'demand.unrestricted', {});
  }
}

async function change(work: Work, demand: Demand, followUp: LegalFollowUp, input: ConfirmInput, route: LegalRoute) {
  const reason = reasonOf(input, '改为其他途径的，请写明理由，下一位确认人会看到。');
  const advice = await judgeRoute(work, demand, route);
  if (!advice.confirmDepartment)
    throw invalid('不能改为这个途径', [
      { pointer: '/legalRoute', message: `没有能够承接“${LEGAL_ROUTES[route]}”的部门，或者它应当回避。` },
    ]);
  const from = followUp.route;
  followUp.route = route;
  applyAdvice(demand, followUp, advice);
  followUp.requestReason = reason;
  followUp.requestedBy = work.actor.login;
  followUp.requestedByName = work.actor.name;
  followUp.revision += 1;
  demand.legalRoute = route;
  demand.revision += 1;
  await record(work, demand, 'legal.route-changed', { followUpId: followUp.id, from, to: route, reason });
  if (advice.restricted) await restrict(work, demand);
  else if (demand.restricted) {
    demand.restricted = false;
    await record(work, demand, 'demand.unrestricted', {});
  }
  return { legalRouteOutcome: 'CHANGED' as const, legalRoute: route };
}

async function confirm(work: Work, demand: Demand, followUp: LegalFollowUp, input: ConfirmInput): Promise<void> {
  const now = work.clock.now();
  const problems = [...noticeProblems(input, now), ...(await remedyProblems(work, demand, followUp, input, now))];
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，修改后才能提交`, problems);
  const advice = await judgeRoute(work, demand, followUp.route);
  chooseReceiver(work, demand, followUp, input, advice);
  noteConfirmer(work, followUp, input.decisionReason?.trim() || null);
  followUp.noticeMethod = input.noticeMethod!;
  followUp.noticeAt = input.noticeAt ? new Date(input.noticeAt) : now;
  followUp.noticeContent = input.noticeContent!;
  followUp.voucher = input.voucher ?? followUp.voucher ?? null;
  followUp.transcript = input.transcript ?? null;
  if (followUp.route === 'RECONSIDERATION') {
    const period = await applicationPeriod(work, demand);
    followUp.applyFrom = period?.from ?? null;
    followUp.applyCounted = period?.counted ?? null;
    followUp.applyLastDay = period?.lastDay ?? null;
  }
  if (input.originalReceivedAt) keepOriginal(demand, followUp, input);
  followUp.revision += 1;
  await record(work, demand, 'legal.confirmed', {
    followUpId: followUp.id,
    route: followUp.route,
    receivingDepartment: followUp.receivingDepartment,
    receivingName: followUp.receivingName,
    applyLastDay: followUp.applyLastDay,
    ...(followUp.originalHash ? { originalHash: followUp.originalHash } : {}),
  });
}

function noteConfirmer(work: Work, followUp: LegalFollowUp, reason: string | null): void {
  followUp.confirmedBy = work.actor.login;
  followUp.confirmedByName = work.actor.name;
  followUp.confirmedAt = work.clock.now();
  followUp.decisionReason = reason;
}

function noticeProblems(input: ConfirmInput, now: Date): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!input.noticeMethod)
    problems.push({ pointer: '/noticeMethod', message: '“告知方式”还没有选。转出前要告诉诉求人转给谁、怎么办。' });
  if (!input.noticeContent?.trim())
    problems.push({
      pointer: '/noticeContent',
      message: '“告知内容”还没有填写。可以用页面给出的告知书文字，再作修改。',
    });
  if (input.noticeAt && new Date(input.noticeAt) > now)
    problems.push({ pointer: '/noticeAt', message: '告知时间晚于现在。请填已经告知的时间；还没有告知的，先告知。' });
  return problems;
}

/** A reconsideration is not passed on before its questions are answered; a written one with the moment its original came in. */
async function remedyProblems(
  work: Work,
  demand: Demand,
  followUp: LegalFollowUp,
  input: ConfirmInput,
  now: Date,
): Promise<FieldProblem[]> {
  if (followUp.route !== 'RECONSIDERATION') return [];
  const problems = openLegalQuestions(input, shanghaiDate(now));
  const written = input.legalIntent === 'WRITTEN_RECONSIDERATION';
  if (input.legalIntent && !['ORAL_RECONSIDERATION', 'WRITTEN_RECONSIDERATION'].includes(input.legalIntent))
    problems.push({
      pointer: '/legalIntent',
      message: '按行政复议移送的，只能是口头提出或已交书面申请；只是咨询的，请选“不是法定途径”。',
    });
  if (written && !input.originalReceivedAt)
    problems.push({
      pointer: '/originalReceivedAt',
      message: '“收件时间”还没有填写。书面申请自复议机构收到之日即为受理。',
    });
  if (input.originalReceivedAt && new Date(input.originalReceivedAt) > now)
    problems.push({ pointer: '/originalReceivedAt', message: '收件时间晚于现在，请核对。' });
  const actor = input.actionDepartment ? work.directory.department(input.actionDepartment) : undefined;
  if (input.actionDepartment && !actor)
    problems.push({ pointer: '/actionDepartment', message: '没有这个部门，请重新选择。' });
  if (actor && work.actor.departments.includes(actor.code))
    problems.push({
      pointer: '/actionDepartment',
      message: '作出行为的就是你所在的部门，应当回避，不能由你确认。请联系纳税服务部门指派上一级法制部门。',
    });
  if (problems.length === 0) keepLegalAnswers(demand, input);
  return problems;
}

/** 去向: as the rules compute it from the organisation; another one owes a reason, and never goes to whom it is about. */
function chooseReceiver(
  work: Work,
  demand: Demand,
  followUp: LegalFollowUp,
  input: ConfirmInput,
  advice: RouteAdvice,
): void {
  const wrong = (pointer: string, message: string) => invalid('请核对去向', [{ pointer, message }]);
  const computed = advice.receivingDepartment ?? 'OUTSIDE';
  const chosen = input.receivingBody || computed;
  const department = chosen === 'OUTSIDE' ? undefined : work.directory.department(chosen);
  if (chosen !== 'OUTSIDE' && !department) throw wrong('/receivingBody', '没有这个去向，请重新选择。');
  if (department && department.code === demand.reportedDepartment)
    throw wrong('/receivingBody', `${department.name}是被反映或作出行为的部门，应当回避，不能作为去向。`);
  if (chosen !== computed && !input.decisionReason?.trim()) {
    const name =
      computed === 'OUTSIDE' ? (advice.receivingName ?? '本系统以外的机关') : work.directory.department(computed)?.name;
    const bureau =
      computed === 'OUTSIDE' ? '' : work.directory.bureau(work.directory.department(computed)!.orgCode)?.shortName;
    throw wrong('/decisionReason', `按作出机关和级别推算，去向是${bureau ?? ''}${name}。选别的去向，请写明理由。`);
  }
  const name = input.receivingName?.trim() || advice.receivingName || followUp.receivingName;
  if (chosen === 'OUTSIDE' && !name)
    throw wrong('/receivingName', '去向在本系统以外的，请写明机关名称，例如“国家税务总局安徽省税务局”。');
  applyAdvice(demand, followUp, advice);
  noteDepartments(demand, advice.confirmDepartment, department?.code);
  followUp.receivingDepartment = department?.code ?? null;
  followUp.receivingName = department ? null : (name ?? null);
  followUp.receivingRole = department ? roleAt(work, department.code, advice, chosen === computed) : null;
}

const roleAt = (work: Work, code: string, advice: RouteAdvice, computed: boolean): string | null => {
  if (computed) return advice.receivingRole;
  const named = advice.receivingRole;
  return named && work.directory.usersInDepartment(code).some((user) => user.roles.includes(named)) ? named : 'HANDLER';
};

/** 原件和收件时间哈希固定: whoever changes either later is found out. */
function keepOriginal(demand: Demand, followUp: LegalFollowUp, input: ConfirmInput): void {
  followUp.originalReceivedAt = new Date(input.originalReceivedAt!);
  followUp.originalHash = createHash('sha256')
    .update(
      canonicalJson({
        demandId: demand.id,
        receivedAt: followUp.originalReceivedAt.toISOString(),
        files: [...(input.originalHashes ?? [])].sort(),
      }),
    )
    .digest('hex');
}
