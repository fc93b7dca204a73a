/** Drives demands through the running system as its people would: over the API, each with the token of the person whose task it is. */
import { type LocalDate, shanghaiDate } from '../kernel/clock.ts';
import type { ApiClient } from './api-client.ts';

/** One entry of a demands file: what came in, and what the mechanism should make of it. */
export interface DemandCase {
  id: string;
  channel: string;
  subChannel: string | null;
  category: string;
  tags: string[];
  keywords: string[];
  orgCode: string;
  taxpayer: { name: string; type: string; contact: string };
  anonymous: boolean;
  anonymousReason?: string;
  /** Instant, ISO 8601 with offset. */
  receivedAt: string;
  content: string;
  intake?: Record<string, unknown>;
  expected: {
    path: string;
    hostDepartment: string;
    transferDue: LocalDate;
    handleDue: LocalDate;
    extensionCap: LocalDate | null;
    extension?: { approverRole: string };
    handlingMode?: string | null;
    coDepartments?: string[];
    levelShift?: { direction: 'UP' | 'DOWN'; fromDepartment: string };
    externalUnits?: string[];
  } & Record<string, unknown>;
}

export interface OpenTask {
  id: string;
  formId: string;
  title: string;
  candidates: string[];
  assignee: string | null;
  status: string;
  clock: string | null;
}

export interface Clocks {
  clocks: { kind: string; round: number; status: string; dueDate: LocalDate; startsAt: string; provisional: boolean }[];
}

/** What a driver needs of the world. */
export interface Stage {
  api(login: string): Promise<ApiClient>;
  /** Somebody of the bureau who may register, of the department if one is named. */
  registrar(orgCode: string, department?: string): string;
  /** Somebody who may look at every demand and change none. */
  reader(): string;
  /** Resolves when the process has gone on as far as it can without people. */
  quiet(): Promise<void>;
  /** Moves time to an instant; never back. */
  moveTo(instant: Date): Promise<void>;
}

/** The kinds of demand whose whole path the mechanism can walk. */
export const WALKABLE = [
  'RECONSIDERATION',
  'LEGAL_ROUTE',
  'NOT_OUR_DUTY',
  'ON_THE_SPOT',
  'SINGLE',
  'DEFERRAL',
  'MERGED',
  'JOINT',
  'LEVEL_UP',
  'LEVEL_DOWN',
];

const FIELD_OF_INTAKE = ['registeringDepartment', 'reportedDepartment', 'urgency', 'impact'];

/** The registration form as the officer fills it in. */
export function registrationOf(demand: DemandCase): Record<string, unknown> {
  // The form asks for 救济意愿 in one category only; elsewhere it is an answer for the rules.
  const fields = [...FIELD_OF_INTAKE, ...(demand.category === 'LEGAL_REMEDY' ? ['legalIntent'] : [])];
  const intake = Object.entries(demand.intake ?? {});
  const onTheSpot = demand.expected.path === 'ON_THE_SPOT';
  const own = demand.intake?.registeringDepartment === demand.expected.hostDepartment;
  const [, person, phone] = /^(.*?)\s*([\d-]{7,})$/.exec(demand.taxpayer.contact) ?? [];
  return {
    channel: demand.channel,
    ...(demand.subChannel ? { subChannel: SUB_CHANNELS[demand.subChannel] ?? '走访' } : {}),
    receivedAt: demand.receivedAt,
    ...(demand.anonymous || !phone
      ? { anonymous: true, anonymousReason: demand.anonymous ? 'REFUSED' : 'OTHER' }
      : {
          taxpayerName: demand.taxpayer.name,
          taxpayerType: demand.taxpayer.type,
          ...(person ? { contactPerson: person } : {}),
          contactPhone: phone,
        }),
    category: demand.category,
    content: demand.content,
    tags: demand.tags,
    ...Object.fromEntries(intake.filter(([key]) => fields.includes(key))),
    intake: Object.fromEntries(intake.filter(([key]) => !fields.includes(key))),
    ...(onTheSpot
      ? {
          intakeChoice: 'ON_THE_SPOT',
          answerContent: '已当场说明办理入口和更正方法，诉求人表示清楚。',
          answerBasis: '现行政策规定',
        }
      : {
          intakeChoice: own ? 'SELF' : 'OTHER_DEPARTMENT',
          noticeMethod: 'PHONE',
          noticeContent: '已告知诉求人转纳税服务部门分派，五个工作日内办结。',
        }),
  };
}

const SUB_CHANNELS: Record<string, string> = {
  TAX_HALL_WINDOW: '窗口',
  VISIT: '走访',
  ASSOCIATION: '商会',
  INTERACTION_PLATFORM: '征纳互动',
  DIRECTOR_MAILBOX: '局长信箱',
  LETTER: '信函',
  SUPERIOR_ASSIGNED: '上级交办',
};

/** What belongs to another level is dispatched to the department that will pass it on; where that has to stay out (回避), up at once. */
function passedOnBy({ expected }: DemandCase): string | undefined {
  const from = expected.levelShift?.fromDepartment;
  return from && !(expected.recusedDepartments as string[] | undefined)?.includes(from) ? from : undefined;
}

/** What people write into the forms of the mechanism when all goes well. */
export function answersTo(task: OpenTask, demand: DemandCase): Record<string, unknown> {
  switch (task.formId) {
    case 'dispatch-demand':
      return {
        hostDepartment: passedOnBy(demand) ?? demand.expected.hostDepartment,
        ...(demand.expected.handlingMode === 'JOINT' && !passedOnBy(demand)
          ? { coDepartments: demand.expected.coDepartments ?? [] }
          : {}),
        dispatchReason: '按职责分派',
      };
    case 'handle-demand':
      return {
        measures: '核对资料后联系经办岗位办理，并将结果录入系统。',
        conclusion: 'RESOLVED',
        policyBasis: '现行政策规定',
        publicAnswer: '您反映的事项已经核实办理，结果如上。',
      };
    case 'review-return':
      return { returnDecision: 'AGREED', opinion: '同意退单，重新派单。' };
    case 'approve-deferral':
      return { deferralDecision: 'APPROVED', opinion: '同意挂账，到期复核。' };
    case 'review-deferral':
      return { reviewDecision: 'RESUME', progress: '条件已经成熟，可以办理。' };
    case 'confirm-deferral':
      return { confirmation: 'CONFIRMED', opinion: '同意继续挂账。' };
    case 'give-co-opinion':
      return { opinion: '已核对本部门掌握的情况，没有异议，建议由主办一并答复。', basis: '现行政策规定' };
    case 'follow-external-step':
      return {
        externalOutcome: 'ANSWERED',
        answeredOn: demand.expected.extensionCap ?? demand.expected.handleDue,
        answerNumber: '复函〔2026〕8 号',
        answer: '经核对属实，同意按原渠道处理。',
      };
    case 'confirm-legal-route':
      return confirmationOf(demand);
    case 'decide-unreasonable':
      return { unreasonableDecision: 'UPHELD' };
    case 'decide-appeal':
      return { appealDecision: 'CONFIRMED', opinion: '认定有依据，维持。' };
    case 'decide-complaint':
      return {
        complaintDecision: 'ACCEPTED',
        complaintKind: 'CONDUCT',
        noticeMethod: 'PHONE',
        noticeContent: '您的投诉已经受理，五个工作日内办结，被投诉的部门不会看到您的信息。',
      };
    case 'acknowledge-hand-over':
      return { handOverDecision: 'ACKNOWLEDGED', receiptNumber: '法制收〔2026〕12 号' };
    case 'examine-reconsideration':
      return { examination: 'ACCEPTED', receiptNumber: '税复受〔2026〕3 号' };
    case 'record-supplement':
      return { supplementResult: 'RECEIVED' };
    case 'record-legal-result':
      return { resultDecision: 'DONE', resultKind: 'HANDLED', resultNumber: '办结〔2026〕7 号' };
    case 'review-completion':
      return { reviewDecision: 'APPROVED' };
    case 'approve-extension':
      return { extensionDecision: 'APPROVED', opinion: '同意延期，抓紧办理。' };
    case 'give-feedback':
      return { feedbackMethod: 'PHONE', feedbackContent: '已电话告知办理结果。', feedbackResult: 'DELIVERED' };
    case 'conduct-return-visit':
      return {
        visitMethod: 'PHONE',
        visitReached: 'YES',
        feedbackReceived: 'YES',
        resolved: 'RESOLVED',
        satisfaction: 'SATISFIED',
      };
    case 'judge-dissatisfaction':
      return { visitOutcome: 'EXPLAINED', judgementReason: '已向诉求人解释政策依据。' };
    case 'acknowledge-supervision':
      return { seen: true };
    case 'account-for-supervision':
      return {
        cause: '前期核实用时较长，没有按期办结。',
        measures: '指定专人跟办，逐日报进度。',
        responsible: '部门负责人',
        finishDay: '2026-12-31',
      };
    case 'lift-supervision':
      return { liftDecision: 'LIFT', opinion: '说明清楚，同意解除。' };
    case 'write-off':
    case 'write-off-withdrawn':
      return { checked: true };
    default:
      throw new Error(`没有表单“${task.formId}”的答法`);
  }
}

/** How the post that confirms a statutory route fills its form in: as the rules suggest, with the answers the taxpayer gave. */
function confirmationOf(demand: DemandCase): Record<string, unknown> {
  const route = String(demand.expected.legalRoute ?? demand.expected.path);
  const intake = demand.intake ?? {};
  return {
    legalDecision: 'TRANSFER',
    legalRoute: route,
    noticeMethod: demand.anonymous ? 'PLATFORM' : 'PHONE',
    noticeContent: '您反映的事情依法应通过法定途径办理，已经转出，您不用重新提交。',
    voucher: '移送清单 2026-11 第 3 号',
    ...(route === 'RECONSIDERATION'
      ? {
          legalIntent: intake.legalIntent ?? 'ORAL_RECONSIDERATION',
          actionDocument: '税罚〔2026〕18 号',
          ...(intake.legalIntent === 'WRITTEN_RECONSIDERATION' ? { originalReceivedAt: demand.receivedAt } : {}),
          actionOrgCode: intake.actionOrgCode ?? demand.orgCode,
          actionByDispatchedOrgan: intake.actionByDispatchedOrgan === true,
          knownAt: shanghaiDate(new Date(Date.parse(demand.receivedAt) - 5 * DAY)),
          ...(intake.taxDispute === true ? { taxDispute: true, settlement: 'NEITHER', amountRange: 'UNDER_1M' } : {}),
        }
      : {}),
  };
}

/** How the host asks to put a demand aside, with a review day twelve weeks ahead. */
function deferralOf(at: Date, who: string): Record<string, unknown> {
  const ahead = new Date(+at + 86 * DAY);
  const rest = { 0: 2, 6: 1 }[new Date(`${shanghaiDate(ahead)}T00:00:00Z`).getUTCDay()] ?? 0;
  return {
    deferralCategory: 'SYSTEM_OPTIMISATION',
    deferralReason: '系统由省局统建，本局不能修改。',
    condition: '省局统建系统新版上线。',
    reviewDate: shanghaiDate(new Date(+ahead - rest * DAY)),
    responsible: who,
    interimAnswer: '您的建议已经记录并上报，条件成熟时办理，有进展会告知您。',
    interimMethod: 'PHONE',
  };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How long people take, from the task's appearance. */
const TAKES: Record<string, number> = {
  // On the day it came in, however late: the handling limit counts from that day.
  'dispatch-demand': MINUTE,
  'decide-complaint': MINUTE,
  'confirm-legal-route': HOUR,
  'acknowledge-hand-over': HOUR,
  'handle-demand': 2 * DAY,
  'give-feedback': 2 * HOUR,
  'conduct-return-visit': DAY,
  'write-off': HOUR,
};

/** Tasks of others that the host waits for. */
const BEFORE_THE_HOST = ['give-co-opinion', 'follow-external-step'];

interface Step {
  at: number;
  run(): Promise<void>;
}

export interface DrivenDemand {
  case: DemandCase;
  /** 诉求编号, once registered. */
  number?: string;
  done: boolean;
  /** Set when a step was refused; the demand is left where it is. */
  problem?: string;
}

/**
 * Walks all demands in the order of time, side by side, until each is written off.
 * Steps that fall due in the past happen at once: time never moves back.
 */
export async function driveDemands(
  cases: readonly DemandCase[],
  stage: Stage,
  progress: (driven: readonly DrivenDemand[], now: Date) => void = () => {},
): Promise<DrivenDemand[]> {
  const driven = cases.map((item): DrivenDemand => ({ case: item, done: false }));
  const steps: Step[] = driven.map((item) => ({
    at: Date.parse(item.case.receivedAt),
    run: () => guarded(item, () => register(item)),
  }));
  let now = 0;
  while (steps.length > 0) {
    steps.sort((a, b) => a.at - b.at);
    const next = steps.shift()!;
    now = Math.max(now, next.at);
    await stage.moveTo(new Date(now));
    await next.run();
    progress(driven, new Date(now));
  }
  return driven;

  async function guarded(item: DrivenDemand, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      item.problem = error instanceof Error ? error.message : String(error);
    }
  }

  async function register(item: DrivenDemand): Promise<void> {
    const department = item.case.intake?.registeringDepartment as string | undefined;
    const login = stage.registrar(item.case.orgCode, department);
    const api = await stage.api(login);
    const made = await api.post<{ number: string }>('/demands', registrationOf(item.case), {
      'idempotency-key': `drive-${item.case.id}`,
    });
    item.number = made.number;
    await followUp(item);
  }

  async function followUp(item: DrivenDemand): Promise<void> {
    await stage.quiet();
    const api = await stage.api(stage.reader());
    const { items } = await api.get<{ items: OpenTask[] }>(`/demands/${item.number}/tasks`);
    // The host sums up when all opinions and answers are in.
    const waiting = items.filter((task) => task.status === 'OPEN');
    const open = waiting.find((task) => BEFORE_THE_HOST.includes(task.formId)) ?? waiting[0];
    if (!open) {
      item.done = true;
      return;
    }
    const who = open.assignee ?? open.candidates[0];
    if (!who) throw new Error(`任务“${open.title}”没有人可办`);
    const at = now + (TAKES[open.formId] ?? 3 * HOUR);
    const { levelShift, externalUnits = [] } = item.case.expected;
    const { hostDepartment } = await api.get<{ hostDepartment: string | null }>(`/demands/${item.number}`);
    if (open.formId === 'handle-demand' && levelShift && hostDepartment === levelShift.fromDepartment) {
      // On the day it came in: the new level's own days count from then.
      steps.push({ at: now + MINUTE, run: () => guarded(item, () => shift(item, who, levelShift.direction)) });
      return;
    }
    if (open.formId === 'handle-demand' && !items.some((task) => task.formId === 'follow-external-step')) {
      if (externalUnits.length > 0) {
        steps.push({ at: now + HOUR, run: () => guarded(item, () => sendOut(item, who, externalUnits)) });
        return;
      }
    }
    const extension = item.case.expected.extension;
    const asks = open.formId === 'handle-demand' && extension && item.case.expected.extensionCap;
    if (asks && !items.some((task) => task.formId === 'approve-extension')) {
      steps.push({
        at,
        run: () =>
          guarded(item, async () => {
            await (await stage.api(who)).post(`/demands/${item.number}/extensions`, {
              requestedDueDate: item.case.expected.extensionCap,
              reasonType: 'COMPLEX_CASE',
              reason: '需要实地核查，一时办不完。',
              noticeMethod: 'PHONE',
              noticeContent: '已向诉求人说明延期原因。',
            });
            await approve(item);
          }),
      });
      return;
    }
    const other = elsewhere(item, open);
    if (other) {
      steps.push({
        at,
        run: () =>
          guarded(item, async () => {
            await (await stage.api(who)).post(`/demands/${item.number}/${other.path}`, other.body(new Date(now), who));
            await followUp(item);
          }),
      });
      return;
    }
    steps.push({ at, run: () => guarded(item, () => complete(item, open, who)) });
  }

  /** What is done instead of the task where the demand goes another way: put aside by its host (挂账), merged by the desk (并单). */
  function elsewhere(item: DrivenDemand, open: OpenTask) {
    const { path, mergedInto } = item.case.expected;
    if (path === 'DEFERRAL' && open.formId === 'handle-demand') return { path: 'deferrals', body: deferralOf };
    if (path !== 'MERGED' || open.formId !== 'dispatch-demand') return undefined;
    const main = driven.find((other) => other.case.id === mergedInto);
    return { path: 'merge', body: () => ({ mainNumber: main?.number ?? '', sameMatter: true }) };
  }

  async function shift(item: DrivenDemand, who: string, direction: 'UP' | 'DOWN'): Promise<void> {
    const { hostDepartment, coDepartments = [], handlingMode } = item.case.expected;
    await (await stage.api(who)).post(`/demands/${item.number}/level-shifts/${direction.toLowerCase()}`, {
      toDepartment: hostDepartment,
      ...(handlingMode === 'JOINT' ? { coDepartments } : {}),
      reason: direction === 'UP' ? '口径需要全市统一，超出本级职责。' : '主管税务机关在下级，由其核实办理。',
      workDone: '已核对来件和已有资料，附初步意见。',
      noticeMethod: 'PHONE',
      noticeAt: new Date(now).toISOString(),
      noticeContent: '已告知诉求人转由对口部门办理和答复。',
    });
    await followUp(item);
  }

  async function sendOut(item: DrivenDemand, who: string, units: readonly string[]): Promise<void> {
    for (const [index, unit] of units.entries())
      await (await stage.api(who)).post(`/demands/${item.number}/external-steps`, {
        unitKind: 'OUTSIDE',
        unitName: unit,
        documentNumber: `税函〔2026〕${index + 1} 号`,
        sentOn: shanghaiDate(new Date(now)),
        matter: '请核对该笔缴费记录并函复。',
        // What they need to find the record, and nothing else.
        sharedFields: ['taxpayerName', 'title'],
        followUpOn: item.case.expected.handleDue,
      });
    await followUp(item);
  }

  async function approve(item: DrivenDemand): Promise<void> {
    await stage.quiet();
    const { items } = await (await stage.api(stage.reader())).get<{ items: OpenTask[] }>(
      `/demands/${item.number}/tasks`,
    );
    const task = items.find((open) => open.status === 'OPEN' && open.formId === 'approve-extension');
    if (!task) throw new Error('延期申请没有到审批人');
    await complete(item, task, task.assignee ?? task.candidates[0]!);
  }

  async function complete(item: DrivenDemand, task: OpenTask, who: string): Promise<void> {
    await (await stage.api(who)).post(`/tasks/${task.id}/complete`, answersTo(task, item.case));
    await followUp(item);
  }
}
