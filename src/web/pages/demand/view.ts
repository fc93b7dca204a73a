import { sqlOf } from '../../../db/orm.ts';
import { may, maySeeSensitive } from '../../../modules/access/index.ts';
import { attachmentsOf, scanWords } from '../../../modules/attachments/index.ts';
import {
  acknowledgedOf,
  type Demand,
  type Extension,
  ExtensionEntity,
  followMerged,
  isClosed,
  judgeRoute,
  noteOpening,
  openWays,
  possibleActions,
  possibleHandling,
  revealsOf,
  shownFields,
  statusTitle,
  unreasonableReviewsOf,
  writeOffChecklist,
} from '../../../modules/demands/index.ts';
import { type ReturnVisit, ReturnVisitEntity } from '../../../modules/feedback/index.ts';
import type { Form } from '../../../modules/forms/index.ts';
import { readTimeline, type StoredEvent, verifyChain } from '../../../modules/history/index.ts';
import { tasksToPassOn } from '../../../modules/supervision/index.ts';
import { type Task, TaskEntity } from '../../../modules/tasks/index.ts';
import { sizeInWords } from '../../form-files.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import { hasTaskOf } from '../../load-demand.ts';
import { legalPanel, unreasonableView } from '../legal/legal-view.ts';
import { SPLIT } from '../split.ts';
import { mergedView, waysOf } from '../ways-view.ts';
import { ACTIONS } from './action-table.ts';
import { clocksOf, clockViews, mainClock, nextStepViews, outlookView, timeHeldView } from './clocks.ts';
import { decisionsOf } from './decisions.ts';
import { handlingPanel } from './handling.ts';
import { type Names, namesOf } from './names.ts';
import { pathOf } from './path.ts';
import { storyOf } from './story.ts';
import { contactsOf, furtherOf, summaryOf } from './summary.ts';
import { othersTasks, takenBy, tasksOf, taskViews } from './tasks.ts';
import { type TimelineView, timelineOf } from './timeline.ts';
import { EXTENSION_DECISIONS, REASON_TYPES, SATISFACTIONS, word } from './words.ts';

export interface PageChoice {
  timeline: TimelineView;
  page: number;
}

/** Everything the page of one demand shows, section by section. */
export async function demandPage(unit: Unit, demand: Demand, choice: PageChoice, forms: ReadonlyMap<string, Form>) {
  const registration = forms.get('register-demand');
  const sql = sqlOf(unit.em);
  const now = unit.clock.now();
  const names = namesOf(unit.directory);
  const clocks = await clocksOf(unit, demand.id);
  const tasks = await tasksOf(unit, demand.id);
  const extensions = await unit.em.find(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } });
  const visits = await unit.em.find(ReturnVisitEntity, { demandId: demand.id }, { orderBy: { visitedAt: 'asc' } });
  const events = await readTimeline(sql, 'demand', demand.id);
  const path = await pathOf(unit, demand.id, tasks, names);
  const views = taskViews(unit, tasks, demand.hostOrgCode, names);
  const main = mainClock(clocks);
  const clockList = clockViews(unit, demand, clocks);
  const looked = await revealsOf(sql, { demandId: demand.id }, 10);
  const openings = await noteOpening(unit, demand.id);
  const shown = await shownFields(sql, demand.id, unit.actor.login, now);
  const files = await attachmentsOf(unit, 'demand', demand.id);
  const worked = await hasTaskOf(unit, unit.actor, demand);
  const openFiles = files.filter((file) => !file.sensitive || maySeeSensitive(unit.actor, demand, file, worked));
  const reviews = await unreasonableReviewsOf(unit, demand.id);
  const extending = extensions.some((extension) => extension.status === 'PENDING');
  const outlook = extending ? null : await outlookView(unit, demand);
  return {
    title: demand.title,
    demand,
    lamp: main ? clockList[clocks.indexOf(main)]!.lamp : (lastLamp(clockList) ?? null),
    story: storyOf({ demand, clocks, extensions, contacts: contactsIn(events), names, now }),
    summary: summaryOf(demand, names, { full: true }),
    further: registration ? furtherOf(demand, registration, names) : [],
    contacts: contactsOf(unit, demand, shown),
    paths: path.roots,
    pictures: path.flat,
    incidents: path.flat.flatMap((instance) => instance.incidents),
    decisions: await decisionsOf(unit, demand.id, names),
    tasks: views,
    myTask: views.find((task) => task.mine) ?? null,
    extensions: extensions.map((extension) => extensionView(extension, names)),
    visits: visits.map(visitView),
    timeline: timelineOf(events, path.steps, names, { view: choice.timeline, page: choice.page }),
    // What still runs stands first.
    clocks: [...clockList.filter((clock) => clock.open), ...clockList.filter((clock) => !clock.open)],
    outlook,
    held: timeHeldView(unit, demand, events, names),
    nextSteps: await nextStepViews(unit, demand, clocks),
    checklist: checklistOf(demand, views, await acknowledgedOf(unit, demand.id)),
    movements: movementsOf(openings, tasks, unit.actor.login, names),
    looked: {
      total: looked.total,
      rows: looked.rows.map((row) => ({ ...row, at: format.short(row.at) })),
      link: may(unit.actor, 'audit.read') ? `/audit/access?number=${demand.number}` : null,
    },
    closedFiles: files.length - openFiles.length,
    attachments: openFiles.map((file) => ({
      id: file.id,
      name: file.name,
      size: sizeInWords(file.size),
      by: file.uploadedByName,
      at: format.short(file.attachedAt ?? file.uploadedAt),
      sensitive: file.sensitive,
      held: scanWords(file.scan),
    })),
    handling: await handlingPanel(unit, demand),
    legal: await legalPanel(unit, demand),
    unreasonable: reviews.map(unreasonableView),
    related: await relatedOf(unit, demand),
    ways: await waysOf(unit, demand),
    merged: await mergedView(unit, demand),
    main: await mainView(unit, demand),
    verified: verifiedView(events),
    actions: await actionsOf(unit, demand, tasks, {
      extensionClosed: extending || Boolean(outlook?.refusal),
      handling: await possibleHandling(unit, demand),
      legalQuestions: !demand.completedAt && (await judgeRoute(unit, demand)).questionsOpen,
      mayAppeal: reviews.some((review) => review.status === 'UPHELD'),
      mayPropose: !reviews.some((review) => ['PENDING', 'UPHELD', 'APPEALED', 'CONFIRMED'].includes(review.status)),
    }),
    cannot: cannotSentence(demand, views, names),
    justRegistered: +now - +demand.registeredAt < 10 * 60_000 && demand.receivingOfficer === unit.actor.login,
    mayPrint: may(unit.actor, 'paper.print'),
    actionsAt: 'actions',
  };
}

const lastLamp = (clocks: readonly { lamp: { colour: string; text: string; provisional: boolean } }[]) =>
  clocks.length > 0 ? (clocks.find((clock) => clock.lamp.text.startsWith('逾期'))?.lamp ?? clocks.at(-1)!.lamp) : null;

/** How often the department tried to reach the taxpayer with the result. */
const contactsIn = (events: readonly StoredEvent[]): number =>
  events.filter((event) => event.type === 'feedback.attempted').length;

async function actionsOf(
  unit: Unit,
  demand: Demand,
  tasks: readonly Task[],
  state: {
    handling: Awaited<ReturnType<typeof possibleHandling>>;
    extensionClosed: boolean;
    legalQuestions: boolean;
    mayAppeal: boolean;
    mayPropose: boolean;
  },
) {
  const possible = possibleActions(demand, unit.actor, {
    ...state,
    othersAtWork: othersTasks(tasks, unit.actor.login).length > 0,
  });
  const open: readonly string[] = [
    ...possible,
    ...(await openWays(unit, demand)),
    ...((await tasksToPassOn(unit, demand.id)).length > 0 ? ['pass-on'] : []),
  ];
  return [...ACTIONS, SPLIT]
    .filter((action) => open.includes(action.name) && may(unit.actor, action.permission))
    .map(({ name, title, danger }) => ({ name, title, danger, href: `/demands/${demand.number}/actions/${name}` }));
}

/** Where a merged demand goes on (并单): its main one, whose progress is this one's. */
async function mainView(unit: Unit, demand: Demand) {
  if (!demand.mergedAt) return null;
  const main = await followMerged(unit, demand);
  return { number: main.number, status: statusTitle(main.status), at: format.time(demand.mergedAt) };
}

/** Said where buttons would be: why there are none. */
function cannotSentence(demand: Demand, tasks: readonly { open: boolean; title: string; who: string }[], names: Names) {
  if (isClosed(demand)) return `此件${statusTitle(demand.status)}，只能查看。`;
  const open = tasks.find((task) => task.open);
  const whose = demand.hostDepartment ? `主办是${names.department(demand.hostDepartment)}` : '还没有派单';
  return `你可以查看，不能办理：${whose}${open ? `，现在的任务是“${open.title}”（${open.who}）` : ''}。`;
}

function extensionView(extension: Extension, names: Names) {
  return {
    statusTitle: EXTENSION_DECISIONS[extension.status] ?? '',
    by: extension.requestedByName,
    requested: format.time(extension.requestedAt),
    due: `${format.shortDay(extension.requestedDueDate)} ${format.weekday(extension.requestedDueDate)}`,
    totalDays: extension.requestedTotalWorkingDays,
    reasonType: word(extension.reasonType, REASON_TYPES),
    reason: extension.reason,
    told: extension.explainedContent,
    approver: names.user(extension.approverLogin),
    decided: extension.decidedAt ? `${extension.decidedByName} 于 ${format.time(extension.decidedAt)} 审批` : '',
    opinion: extension.opinion,
    pending: extension.status === 'PENDING',
  };
}

const visitView = (visit: ReturnVisit) => ({
  at: format.time(visit.visitedAt),
  by: visit.visitedByName,
  what: visit.reached ? `接通，${SATISFACTIONS[visit.satisfaction ?? ''] ?? '没有评价'}` : '未接通',
  reason: visit.dissatisfactionReason,
  judgement: visit.judgement ? (visit.judgement === 'REWORK' ? '判定重办' : '判定解释') : '',
});

/** 还差: what stands between the demand and its write-off; what somebody can do now is a link. */
function checklistOf(
  demand: Demand,
  tasks: readonly { open: boolean; mine: boolean; id: string; title: string }[],
  acknowledged: boolean,
) {
  if (isClosed(demand) || demand.status === 'DEFERRED') return [];
  const mine = tasks.find((task) => task.mine);
  const items = writeOffChecklist(demand, { acknowledged }).map((item) =>
    item.name === 'visited' && demand.visitRequired == null && !demand.visitedAt
      ? { ...item, met: false, detail: '反馈后按抽样规则决定要不要回访' }
      : item,
  );
  const first = items.find((item) => !item.met);
  return items.map((item) => ({ ...item, href: item === first && mine ? `/tasks/${mine.id}` : null }));
}

/** 动静: who else has it before them, and who has taken a task. */
function movementsOf(
  openings: readonly { login: string; name: string; openedAt: Date }[],
  tasks: readonly Task[],
  login: string,
  names: Names,
): string[] {
  const taken = takenBy(tasks, login);
  const busy = new Set(taken.map((task) => task.assignee));
  return [
    ...taken.map(
      (task) => `${names.user(task.assignee)} 正在办理“${task.title}”（${format.short(task.claimedAt)} 领取）`,
    ),
    ...openings
      .filter((opening) => !busy.has(opening.login))
      .map((opening) => `${opening.name} 也打开了此件（${format.short(opening.openedAt).slice(-5)}）`),
  ];
}

async function relatedOf(unit: Unit, demand: Demand) {
  const ids = [demand.parentId, demand.duplicateOf].filter((id): id is string => Boolean(id));
  const sql = sqlOf(unit.em);
  const rows = await sql.query<{ id: string; number: string; parent_id: string | null; duplicate_of: string | null }>(
    'select id, number, parent_id, duplicate_of from demand where id = any($1) or parent_id = $2 or duplicate_of = $2 order by number',
    [ids, demand.id],
  );
  return rows.map((row) => ({
    number: row.number,
    how:
      row.id === demand.parentId
        ? '母件'
        : row.id === demand.duplicateOf
          ? '主件'
          : row.parent_id === demand.id
            ? '子件'
            : '重复件',
  }));
}

function verifiedView(events: readonly StoredEvent[]) {
  const broken = verifyChain(events);
  return {
    ok: !broken,
    count: events.length,
    head: events.at(-1)?.hash.slice(0, 8) ?? '',
    what: broken?.what ?? '',
  };
}

/** The page of whoever keeps the ledger of restricted demands, or learns that one is restricted: nothing of its content. */
export async function restrictedPage(unit: Unit, demand: Demand, view: 'LEDGER' | 'CLOSED') {
  const names = namesOf(unit.directory);
  const clocks = view === 'LEDGER' ? await clocksOf(unit, demand.id) : [];
  const [open] = await unit.em.find(TaskEntity, { demandId: demand.id, status: 'OPEN' }, { limit: 1 });
  return {
    title: '限定可见件',
    number: demand.number,
    org: names.bureau(demand.orgCode),
    ledger:
      view === 'LEDGER'
        ? {
            status: statusTitle(demand.status),
            registered: format.time(demand.registeredAt),
            clocks: clockViews(unit, demand, clocks),
            task: open?.title ?? null,
          }
        : null,
  };
}
