import { shanghaiDate } from '../../../kernel/clock.ts';
import { type Deadline, lampOf } from '../../../modules/deadlines/index.ts';
import {
  coHandlingsOf,
  coQuestionsOf,
  currentHandlingClock,
  type Demand,
  decideBy,
  externalStepsOf,
  levelShiftsOf,
  METHODS,
  maskText,
  parameterFacts,
  progressNoticesOf,
  SHAREABLE_FIELDS,
  totalAge,
} from '../../../modules/demands/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import { clocksOf } from './clocks.ts';
import { word } from './words.ts';

const STATES: Record<string, string> = { DONE: '已提交意见', RELEASED: '已解除', CLOSED: '已收回' };
const DIRECTIONS: Record<string, string> = { UP: '上报上级', DOWN: '转交下级', BACK: '退回下级' };
const STEP_STATES: Record<string, string> = { WAITING: '等待答复', ANSWERED: '已答复', CLOSED: '不再等候' };
const SHARED: Record<string, string> = SHAREABLE_FIELDS;

/** The co-handlers with their lamps (联合办理), the chain of levels with their times, and the steps at other bodies, as a colleague reads them. */
export async function handlingPanel(unit: Unit, demand: Demand) {
  const { directory } = unit;
  const clocks = await clocksOf(unit, demand.id);
  const full = (code: string) => {
    const found = directory.department(code);
    return found ? `${directory.bureau(found.orgCode)?.shortName ?? ''} ${found.name}` : code;
  };
  const near = (code: string) =>
    directory.department(code)?.orgCode === demand.hostOrgCode
      ? (directory.department(code)?.name ?? code)
      : full(code);
  const lamp = (kind: string, round: number | null | undefined) => {
    const clock = clocks.find((item) => item.kind === kind && item.round === round);
    if (!clock) return null;
    const seen = lampOf(clock, unit.clock.now(), unit.calendar);
    // A co-handler hands in an opinion; only the host completes (办结).
    return { ...seen, text: seen.text.replace('办结', '提交'), due: shortDue(clock) };
  };
  const parts = await coHandlingsOf(unit, demand.id);
  const questions = await coQuestionsOf(unit, demand.id);
  const shifts = await levelShiftsOf(unit, demand.id);
  return {
    co: parts.map((part) => ({
      department: near(part.department),
      lamp: part.status === 'OPEN' || part.status === 'DONE' ? lamp('CO_HANDLING', part.clockRound) : null,
      state: STATES[part.status] ?? (part.deliveredAt ? '办理中' : '送达中'),
      internal: part.deliveredAt
        ? format.shortDay(unit.calendar.addWorkingDays(part.deliveredAt, part.internalDays, demand.hostOrgCode).dueDate)
        : '',
      internalDays: part.internalDays,
      added: part.reason ? `${part.addedByName} 于 ${format.short(part.addedAt)} 增加：${part.reason}` : '',
      opinion: part.opinion ? maskText(part.opinion) : null,
      basis: part.basis,
      given: part.givenAt ? `${part.givenByName} 于 ${format.short(part.givenAt)}` : '',
      ended: part.endReason ? `${part.endedByName ?? ''} ${format.short(part.endedAt)}：${part.endReason}` : '',
      questions: questions
        .filter((question) => question.coHandlingId === part.id)
        .map((question) => ({
          asked: `${question.askedByName} ${format.short(question.askedAt)} 问：${question.question}（${format.shortDay(question.replyBy)} 前）`,
          answer: question.answer ? `${question.answeredByName} 答：${maskText(question.answer)}` : '还没有答复',
        })),
    })),
    notices: (await progressNoticesOf(unit, demand.id)).map((notice) => ({
      at: format.time(notice.toldAt),
      method: word(notice.method, METHODS),
      content: maskText(notice.content),
      by: notice.recordedByName,
    })),
    levels: await levelsOf(unit, demand, { shifts, clocks, full }),
    external: (await externalStepsOf(unit, demand.id)).map((step) => ({
      unit: step.unitName,
      number: step.documentNumber,
      sent: `${format.shortDay(step.sentOn)} 送出，${step.sentByName} 登记`,
      matter: maskText(step.matter),
      shared: step.sharedFields.map((field) => SHARED[field] ?? field).join('、'),
      state: STEP_STATES[step.status] ?? step.status,
      lamp: step.status === 'WAITING' ? lamp('EXTERNAL_STEP', step.clockRound) : null,
      followUp: format.shortDay(step.followUpOn),
      paused: step.paused && step.status === 'WAITING',
      answer: step.answer
        ? `${step.answeredOn ? `${format.shortDay(step.answeredOn)} ` : ''}${step.answerNumber ?? ''} ${maskText(step.answer)}`.trim()
        : null,
      note: step.note,
    })),
  };
}

const shortDue = (clock: Deadline): string => (clock.status === 'STOPPED' ? '' : format.short(clock.dueAt));

type Shift = Awaited<ReturnType<typeof levelShiftsOf>>[number];

/** The chain of levels: who had it how long, who has it now, and how old the demand is altogether (自首次受理累计). */
async function levelsOf(
  unit: Unit,
  demand: Demand,
  { shifts, clocks, full }: { shifts: readonly Shift[]; clocks: readonly Deadline[]; full: (code: string) => string },
) {
  const clock = demand.status === 'HANDLING' ? await currentHandlingClock(unit, demand) : null;
  const decide = clock ? await decideBy(unit, demand, clock) : null;
  const days = (await unit.parameters(parameterFacts(demand))).number('level_shift.decide_within');
  return {
    shifts: shifts.map((shift) => ({
      from: full(shift.fromDepartment),
      to: full(shift.toDepartment),
      co: shift.toCoDepartments.map(full).join('、'),
      what: DIRECTIONS[shift.direction] ?? shift.direction,
      at: format.time(shift.requestedAt),
      by: shift.requestedByName,
      usedDays: shift.usedDays,
      reason: maskText(shift.reason),
      workDone: maskText(shift.workDone),
      guidance: shift.guidance ? maskText(shift.guidance) : null,
      decide: format.shortDay(shift.decideDueDate),
      late: shift.late ? `超过 ${format.shortDay(shift.decideDueDate)} 才移交：${shift.lateReason ?? ''}` : null,
    })),
    clocks: clocks
      .filter((item) => item.kind === 'HANDLING')
      .map((item) => ({
        department: item.departmentCode ? full(item.departmentCode) : '',
        starts: format.short(item.startsAt),
        due: format.short(item.dueAt),
        used: workingDaysUsed(unit, item),
        lamp: { ...lampOf(item, unit.clock.now(), unit.calendar), due: '' },
      })),
    now: demand.hostDepartment ? full(demand.hostDepartment) : '',
    age: totalAge(unit, demand),
    decide: decide ? { day: format.shortDay(decide.dueDate), days, past: unit.clock.now() > decide.dueAt } : null,
  };
}

/** Working days a level has had the demand, its day of receipt not counted; so far, where it still has it. */
function workingDaysUsed(unit: Unit, clock: Deadline): number {
  const until = shanghaiDate(clock.stoppedAt ?? unit.clock.now());
  const from = shanghaiDate(clock.startsAt);
  return until > from ? unit.calendar.countWorkingDays(from, until, clock.orgCode) : 0;
}
