import { shanghaiDate } from '../../../kernel/clock.ts';
import { countedDays, type Deadline, DeadlineEntity, lampOf, nextSteps } from '../../../modules/deadlines/index.ts';
import {
  type Demand,
  type ExtensionOutlook,
  extensionOutlook,
  parameterFacts,
  timeHeld,
} from '../../../modules/demands/index.ts';
import type { StoredEvent } from '../../../modules/history/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import { CLOCKS } from '../clock-names.ts';
import type { Names } from './names.ts';
import { CLOCK_DONE } from './words.ts';

const ORDER = ['TRANSFER', 'HANDLING', 'CO_HANDLING', 'PROGRESS_NOTICE', 'EXTERNAL_STEP', 'FEEDBACK', 'RETURN_VISIT'];

/** The clocks of a demand in the order they run. */
export const clocksOf = async (unit: Unit, demandId: string): Promise<Deadline[]> =>
  (await unit.em.find(DeadlineEntity, { subjectType: 'demand', subjectId: demandId })).sort(
    (a, b) => a.round - b.round || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || +a.startsAt - +b.startsAt,
  );

/** The clock that matters now: of the running ones the one that ends first. */
export const mainClock = (clocks: readonly Deadline[]): Deadline | undefined =>
  [...clocks].filter((clock) => clock.status !== 'STOPPED').sort((a, b) => +a.dueAt - +b.dueAt)[0];

/** What started a clock, said after its moment. */
function startWord(clock: Deadline, demand: Demand): string {
  if (clock.kind === 'TRANSFER') return '登记';
  if (clock.kind === 'FEEDBACK') return '办结';
  if (clock.kind === 'RETURN_VISIT') return '反馈';
  if (clock.kind.startsWith('DEFERRAL')) return '挂账';
  if (clock.kind === 'PROGRESS_NOTICE') return '上次告知';
  if (clock.kind === 'CO_HANDLING') return '送达协办';
  if (clock.kind === 'EXTERNAL_STEP') return '登记';
  if (clock.round > 1) return demand.reworkCount > 0 ? '重办送达' : '送达';
  return +clock.startsAt === +demand.registeredAt ? '登记' : '送达';
}

/** Every clock of the demand with its lamp, its days one by one, and why it ended. */
export function clockViews(unit: Unit, demand: Demand, clocks: readonly Deadline[]) {
  const now = unit.clock.now();
  return clocks.map((clock) => {
    const days = countedDays(unit.calendar, clock);
    return {
      kind: clock.kind,
      title: `${CLOCKS[clock.kind] ?? clock.kind}${clock.round > 1 ? `（第 ${clock.round} 轮）` : ''}`,
      open: clock.status !== 'STOPPED',
      lamp: lampOfClock(unit, demand, clock, now),
      starts: format.time(clock.startsAt),
      startWord: startWord(clock, demand),
      due: format.time(clock.dueAt),
      dueWeekday: format.weekday(clock.dueDate),
      stopped: clock.stoppedAt ? format.time(clock.stoppedAt) : null,
      provisional: clock.provisional && clock.status !== 'STOPPED',
      dueYear: clock.dueDate.slice(0, 4),
      totalDays: clock.totalDays,
      unit: clock.unit === 'CALENDAR' ? '自然日' : '工作日',
      extended: clock.totalDays > clock.baseDays ? clock.totalDays - clock.baseDays : 0,
      pausedDays: clock.pausedDays,
      how: howCounted(clock, days),
      days: days.map((day) => ({ ...day, label: format.shortDay(day.date) })),
    };
  });
}

function lampOfClock(unit: Unit, demand: Demand, clock: Deadline, now: Date) {
  const lamp = lampOf(clock, now, unit.calendar);
  if (clock.status !== 'STOPPED') return { ...lamp, due: format.short(clock.dueAt) };
  const ended = (at: Date | null | undefined) => at && clock.stoppedAt && +at === +clock.stoppedAt;
  const early = ended(demand.withdrawnAt) ? '撤回' : ended(demand.voidedAt) ? '作废' : null;
  if (early) return { ...lamp, colour: 'grey' as const, text: `停钟 · ${early}`, due: '' };
  return { ...lamp, text: lamp.text.replace('办结', CLOCK_DONE[clock.kind] ?? '办结'), due: '' };
}

/** “11月19日 送达，当日不算；从 11月20日 起数 5 个工作日，11月21日、22日 周末不算；第 5 个是 11月26日，到下班时间 17:30 为止。” */
function howCounted(clock: Deadline, days: readonly { date: string; count: number | null; reason: string }[]): string {
  if (clock.unit === 'CALENDAR')
    return `${format.shortDay(shanghaiDate(clock.startsAt))} 起，第 ${clock.totalDays} 个自然日；末日不上班的顺延到下一个工作日。`;
  const first = days.find((day) => day.count === 1);
  const off = days.filter((day) => day.count === null);
  const reasons = [...new Set(off.map((day) => day.reason))];
  const skipped = reasons
    .map((reason) => {
      const dates = off.filter((day) => day.reason === reason).map((day) => format.shortDay(day.date));
      const shown = dates.length > 4 ? `${dates.slice(0, 3).join('、')} 等 ${dates.length} 天` : dates.join('、');
      return `${shown} ${reason}不算`;
    })
    .join('，');
  const last = days[days.length - 1];
  const total = clock.totalDays + clock.pausedDays;
  return `${format.shortDay(days[0] ? dayBefore(days[0].date) : clock.dueDate)} 起算，当日不算；从 ${format.shortDay(first?.date ?? clock.dueDate)} 起数 ${total} 个工作日${skipped ? `，${skipped}` : ''}；第 ${total} 个是 ${format.shortDay(last?.date ?? clock.dueDate)}，到下班时间 ${format.short(clock.dueAt).slice(-5)} 为止。`;
}

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** “还能延到”: the last day the rules would grant today, or why none. */
export async function outlookView(unit: Unit, demand: Demand) {
  const outlook: ExtensionOutlook | null = demand.status === 'HANDLING' ? await extensionOutlook(unit, demand) : null;
  if (!outlook) return null;
  return {
    refusal: outlook.refusal,
    latest: outlook.latest
      ? {
          day: `${format.shortDay(outlook.latest.date)} ${format.weekday(outlook.latest.date)}`,
          totalDays: outlook.latest.totalDays,
          provisional: outlook.latest.provisional,
        }
      : null,
    cap: outlook.cap,
    version: outlook.ruleVersion,
  };
}

/** “若今天不办”: what the program will do by itself, with times. */
export async function nextStepViews(unit: Unit, demand: Demand, clocks: readonly Deadline[]) {
  const parameters = await unit.parameters(parameterFacts(demand));
  const steps = nextSteps(clocks, {
    calendar: unit.calendar,
    now: unit.clock.now(),
    warnBefore: parameters.number('warn.before'),
  });
  const who = demand.hostDepartment ? '主办部门和纳服' : '纳服';
  return steps.map((step) => ({
    at: step.kind === 'WARNING' ? `${format.short(step.at).split(' ')[0]} 当天` : format.short(step.at),
    what:
      step.kind === 'WARNING'
        ? `提醒${who}：${CLOCK_DONE[step.clock] ?? '办理'}临近到期`
        : `${CLOCK_DONE[step.clock] ?? '办理'}记为逾期，通知${who}`,
  }));
}

/** “用时带”: which department has had the demand how many working days, as shares of a bar. */
export function timeHeldView(unit: Unit, demand: Demand, events: readonly StoredEvent[], names: Names) {
  const taxService = unit.directory.taxServiceDepartment(demand.hostOrgCode)?.code ?? null;
  const held = timeHeld(events, {
    calendar: unit.calendar,
    orgCode: demand.hostOrgCode,
    taxService,
    now: demand.writtenOffAt ?? demand.voidedAt ?? unit.clock.now(),
  });
  // A stretch without a working day is still seen, as a thin slice.
  const widths = held.map((item) => item.workingDays + 0.25);
  const total = widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  return held.map((item, index) => {
    const width = (widths[index]! / total) * 100;
    const view = {
      name: names.department(item.department),
      days: item.workingDays,
      now: item.now,
      x: Math.round(x * 10) / 10,
      width: Math.round(width * 10) / 10,
      shade: index % 4,
    };
    x += width;
    return view;
  });
}
