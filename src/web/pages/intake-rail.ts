import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { type LocalDate, shanghaiDate, shanghaiInstant, shanghaiTime } from '../../kernel/clock.ts';
import { isDomainError } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import {
  answerReferences,
  CATEGORIES,
  callerHistory,
  findDuplicates,
  gatewayFacts,
  keywordsIn,
  maskText,
  reconsiderationPeriod,
  routingFacts,
  statusTitle,
} from '../../modules/demands/index.ts';
import type { Values } from '../../modules/forms/index.ts';
import { activeRuleSet, evaluateRuleSet, explainInWords } from '../../modules/rules/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type IntakeDecisions, LEGAL_WISHES } from './intake-decisions.ts';

/**
 * The rail of the registration page: who called before, what may be the same matter, who should host it and why, how like questions were answered,
 * and which dates may be promised. It only gathers and words; every judgement is a module's or a rule's. Long because it is one column in its order.
 */
export async function intakeRail(house: House, unit: Unit, actor: Actor, values: Values, decisions: IntakeDecisions) {
  const asked = Boolean(text(values.contactPhone) || text(values.content) || values.category);
  const [history, duplicates, suggestion, answers] = [
    await historyOf(unit, actor, values),
    await duplicatesOf(house, unit, actor, values, decisions),
    await suggestHost(house, unit, actor, values),
    await answersOf(unit, actor, values),
  ];
  const dates = await promiseDates(house, unit, actor, values);
  const proposal = proposalView(unit, decisions, suggestion);
  return {
    asked,
    history,
    duplicates,
    tags: tagsIn(house, values),
    suggestion,
    proposal,
    departments: unit.directory
      .departmentsOf(actor.orgCode)
      .filter((department) => department.participates)
      .map(({ code, name }) => ({ code, name })),
    answers,
    dates,
    legal: await legalPeriod(house, unit, actor, values),
    wishes: legalSigns(house, values) ? LEGAL_WISHES : [],
    summary: summaryOf(duplicates.length, suggestion),
  };
}
/** The text has words of a legal remedy although the category is another one: then the wish is asked for (救济意愿, R20). */
export const legalSigns = (house: Pick<House, 'dictionary'>, values: Values): boolean =>
  values.category !== 'LEGAL_REMEDY' &&
  gatewayFacts(house.dictionary, {
    category: text(values.category),
    keywords: keywordsIn(house.dictionary, text(values.content)),
  }).legalMatter === true;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const bureauOnly = (actor: Actor) => (actor.bureauLevel === 'CITY' ? {} : { orgCode: actor.orgCode });

async function historyOf(unit: Unit, actor: Actor, values: Values) {
  const history = await callerHistory(sqlOf(unit.em), demandScopeSql(actor, 1), {
    contactPhone: text(values.contactPhone),
    ...bureauOnly(actor),
  });
  return {
    ...history,
    latest: history.latest.map((item) => ({
      ...item,
      statusTitle: statusTitle(item.status),
      when: format.shortDay(shanghaiDate(item.registeredAt)),
    })),
  };
}

async function duplicatesOf(house: House, unit: Unit, actor: Actor, values: Values, decisions: IntakeDecisions) {
  if (!text(values.content) && !text(values.contactPhone) && !text(values.taxpayerName)) return [];
  const parameters = await unit.parameters({ orgCode: actor.orgCode });
  const found = await findDuplicates(sqlOf(unit.em), {
    contactPhone: text(values.contactPhone),
    taxpayerName: text(values.taxpayerName),
    content: text(values.content),
    ...bureauOnly(actor),
    since: new Date(+house.clock.now() - parameters.number('duplicate.days') * 86_400_000),
    scope: demandScopeSql(actor, 1),
  });
  return found.map((item) => ({
    number: item.number,
    short: item.number.slice(-13),
    title: maskText(item.title),
    content: maskText(item.content),
    reasons: item.reasons,
    statusTitle: statusTitle(item.status),
    when: format.short(item.registeredAt),
    due: item.dueAt ? format.short(item.dueAt) : '',
    host: item.hostDepartment ? (unit.directory.department(item.hostDepartment)?.name ?? '') : '',
    visible: item.visible,
    decision:
      decisions.duplicateOf === item.number
        ? 'same'
        : decisions.notDuplicateOf.includes(item.number)
          ? 'different'
          : 'open',
  }));
}

/** The rule's answer for what has been filled in so far. Without a category there is nothing to ask. */
export async function suggestHost(house: House, unit: Unit, actor: Actor, values: Values) {
  const nothing = { host: null as string | null, ruleId: null as string | null, version: 0 };
  const empty = { ...nothing, hostName: '', co: [] as string[], title: '', reasons: [] as string[] };
  const closed = { ...empty, restricted: false, manual: false, own: false, external: '', path: '', legalBody: '' };
  if (typeof values.category !== 'string' || !Object.hasOwn(CATEGORIES, values.category)) return closed;
  const { directory } = unit;
  const facts = routingFacts(directory, house.dictionary, {
    orgCode: actor.orgCode,
    category: values.category,
    tags: listOf(values.tags),
    keywords: keywordsIn(house.dictionary, text(values.content)),
    reportedDepartment: text(values.reportedDepartment) || null,
    legalIntent: text(values.legalIntent) || null,
    actionOrgCode: text(values.actionOrgCode) || null,
    actionByDispatchedOrgan: values.actionByDispatchedOrgan === true,
  });
  const ruleSet = await activeRuleSet(sqlOf(unit.em), 'category-routing', shanghaiDate(house.clock.now()));
  const { outcome, ruleId, explanation } = await evaluateRuleSet(ruleSet, facts);
  const fired = explainInWords(ruleSet, explanation).find((rule) => rule.ruleId === ruleId);
  const name = (code: unknown) => (code ? (directory.department(String(code))?.name ?? String(code)) : '');
  const host = typeof outcome.hostDepartment === 'string' ? outcome.hostDepartment : null;
  return {
    host,
    hostName: host ? placeName(unit, actor, host) : '',
    co: listOf(outcome.coDepartments).map(name),
    ruleId: ruleId ?? null,
    title: fired?.title ?? '',
    reasons: fired?.sentences.filter((sentence) => sentence.holds).map((sentence) => sentence.text) ?? [],
    version: ruleSet.version,
    restricted: outcome.restricted === true,
    manual: outcome.manualDispatch === true,
    own: host === (text(values.registeringDepartment) || actor.departmentCode),
    external: text(outcome.legalRouteTargetName),
    path: text(outcome.path),
    legalBody: outcome.legalRouteTarget ? placeName(unit, actor, String(outcome.legalRouteTarget)) : '',
  };
}
export type HostSuggestion = Awaited<ReturnType<typeof suggestHost>>;

/** A department's name, with its bureau's where it is not the person's own. */
function placeName(unit: Unit, actor: Actor, code: string): string {
  const department = unit.directory.department(code);
  if (!department) return code;
  return department.orgCode === actor.orgCode
    ? department.name
    : `${unit.directory.bureau(department.orgCode)?.shortName ?? ''}${department.name}`;
}

function proposalView(unit: Unit, decisions: IntakeDecisions, suggestion: HostSuggestion) {
  const code = decisions.proposedHost;
  return {
    code: code ?? '',
    name: code ? (unit.directory.department(code)?.name ?? code) : '',
    reason: decisions.proposalReason ?? '',
    adopted: code !== undefined && code === suggestion.host,
    other: code !== undefined && code !== suggestion.host,
  };
}

/** Tags of the dictionary that stand in the text and are not chosen yet. */
function tagsIn(house: House, values: Values): string[] {
  const content = text(values.content);
  const chosen = listOf(values.tags);
  return house.dictionary.tags
    .map((item) => item.tag)
    .filter((tag) => content.includes(tag) && !chosen.includes(tag))
    .slice(0, 6);
}

async function answersOf(unit: Unit, actor: Actor, values: Values) {
  if (typeof values.category !== 'string') return [];
  const answers = await answerReferences(sqlOf(unit.em), demandScopeSql(actor, 1), {
    category: values.category,
    tags: listOf(values.tags),
  });
  return answers.map((item) => ({
    ...item,
    title: maskText(item.title),
    answer: maskText(item.answer),
    when: format.shortDay(shanghaiDate(item.completedAt)),
  }));
}

/** The dates to promise, if it were registered now; an external limit that is shorter goes first. */
export async function promiseDates(
  house: House,
  unit: Unit,
  actor: Pick<Actor, 'orgCode'>,
  values: Values,
  from = house.clock.now(),
) {
  const parameters = await unit.parameters({
    orgCode: actor.orgCode,
    ...(typeof values.category === 'string' ? { category: values.category } : {}),
    ...(typeof values.urgency === 'string' ? { urgency: values.urgency } : {}),
  });
  const due = (days: number) => unit.calendar.addWorkingDays(from, days, actor.orgCode);
  const transfer = due(parameters.number('transfer.days'));
  const handling = due(parameters.number('handle.single.days'));
  const external = externalDue(unit, actor.orgCode, values.externalDueAt);
  const shorter = external && external.at < handling.dueAt ? external : null;
  const promised = shorter?.day ?? handling.dueDate;
  return {
    transfer: format.shortDay(transfer.dueDate),
    handling: `${format.shortDay(handling.dueDate)} ${shanghaiTime(handling.dueAt)}`,
    handlingDays: parameters.number('handle.single.days'),
    provisional: handling.provisional,
    days: handling.days.map((day) => ({ ...day, label: format.shortDay(day.date), weekday: format.weekday(day.date) })),
    external: external ? format.shortDay(external.day) : '',
    externalShorter: shorter !== null,
    promise:
      values.intakeChoice === 'ON_THE_SPOT'
        ? '您反映的事情已经登记并当场答复，还有不清楚的可以拨打 12366，报查询码就能查到。'
        : `您反映的事情已经登记，最晚 ${format.shortDay(promised)}下班前办结，办好后一个工作日内联系您。`,
  };
}

function externalDue(unit: Unit, orgCode: string, value: unknown): { day: LocalDate; at: Date } | null {
  if (value instanceof Date) return { day: shanghaiDate(value), at: value };
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(Date.parse(value))) return null;
  return { day: value, at: shanghaiInstant(value, unit.calendar.closeOfBusiness(value, orgCode)) };
}

/** Until when reconsideration may be applied for, counted before the officer's eyes; the statutory routes themselves are walked later. */
async function legalPeriod(house: House, unit: Unit, actor: Actor, values: Values) {
  if (values.category !== 'LEGAL_REMEDY') return null;
  const dispute = values.taxDispute === true;
  const unsettled = dispute && values.settlement === 'NEITHER';
  const knownAt = text(values.knownAt);
  const view = { dispute, unsettled, known: false as boolean, problem: '' };
  if (!/^\d{4}-\d{2}-\d{2}$/.test(knownAt) || Number.isNaN(Date.parse(knownAt))) return view;
  const parameters = await unit.parameters({ orgCode: actor.orgCode });
  const days = parameters.number('reconsideration.apply.calendar_days');
  try {
    const period = reconsiderationPeriod(unit.calendar, {
      knownAt,
      settledAt: dispute ? text(values.settledAt) || undefined : undefined,
      days,
      today: shanghaiDate(house.clock.now()),
      orgCode: actor.orgCode,
    });
    const day = (date: string) => `${format.shortDay(date)}（${format.weekday(date)}）`;
    return {
      ...view,
      known: true,
      days,
      lastDay: format.day(`${period.lastDay}T12:00:00+08:00`),
      reasoning: `${day(period.from)}${dispute && period.from !== knownAt ? '缴清或担保' : '知道'}，当日不算，数 ${days} 个自然日到 ${day(period.counted)}${period.rolled ? `，不上班，顺延到 ${day(period.lastDay)}` : ''}。`,
      left: period.daysLeft,
      urgent: period.daysLeft >= 0 && period.daysLeft <= parameters.number('reconsideration.apply.warn_days'),
      past: period.daysLeft < 0,
      provisional: period.provisional,
    };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { ...view, problem: error.message };
  }
}

/** One sentence for those who do not see the rail change. */
function summaryOf(duplicates: number, suggestion: HostSuggestion): string {
  const found = duplicates > 0 ? `找到 ${duplicates} 件可能重复` : '没有找到可能重复的诉求';
  return suggestion.hostName ? `${found}，建议主办${suggestion.hostName}。` : `${found}。`;
}
