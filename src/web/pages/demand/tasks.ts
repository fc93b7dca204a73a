import type { Deadline } from '../../../modules/deadlines/index.ts';
import { awaitsAcknowledgement, type Task, TaskEntity } from '../../../modules/tasks/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import type { Names } from './names.ts';
import { holders } from './path.ts';
import { EXTENSION_DECISIONS, FEEDBACK_RESULTS, SATISFACTIONS, word } from './words.ts';

export const tasksOf = (unit: Unit, demandId: string): Promise<Task[]> =>
  unit.em.find(TaskEntity, { demandId }, { orderBy: { createdAt: 'asc', id: 'asc' } });

export interface TaskView {
  id: string;
  title: string;
  who: string;
  created: string;
  completed: string;
  took: string;
  result: string;
  open: boolean;
  mine: boolean;
  /** Waits to be acknowledged by this person. */
  unseen: boolean;
  why: string;
}

/** 任务: who had what from when to when, and what came of it. */
export function taskViews(unit: Unit, tasks: readonly Task[], orgCode: string, names: Names): TaskView[] {
  return tasks.map((task) => ({
    id: task.id,
    title: task.title,
    who: task.completedBy
      ? `${names.user(task.completedBy)}${task.completedOnBehalfOf ? `（代 ${names.user(task.completedOnBehalfOf)}）` : ''}`
      : holders([task], names),
    created: format.short(task.createdAt),
    completed: format.short(task.completedAt),
    took: tookOf(unit, task, orgCode),
    result: resultOf(task),
    open: task.status === 'OPEN',
    mine:
      task.status === 'OPEN' &&
      task.candidates.includes(unit.actor.login) &&
      (!task.assignee || task.assignee === unit.actor.login),
    unseen: task.candidates.includes(unit.actor.login) && awaitsAcknowledgement(task),
    why: task.why ?? '',
  }));
}

function tookOf(unit: Unit, task: Task, orgCode: string): string {
  const end = task.completedAt ?? unit.clock.now();
  const minutes = Math.max(0, Math.round((+end - +task.createdAt) / 60_000));
  const days = unit.calendar.countWorkingDays(task.createdAt, end, orgCode);
  if (days >= 1) return `${days} 个工作日`;
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} 小时${minutes % 60 ? ` ${minutes % 60} 分` : ''}`
    : `${minutes} 分钟`;
}

/** What came of a task, from what was answered in its form. */
function resultOf(task: Task): string {
  if (task.status === 'OPEN') return task.acknowledgedAt ? '已签收' : awaitsAcknowledgement(task) ? '待签收' : '办理中';
  if (task.status === 'CANCELED') return '已撤回';
  const values = (task.values ?? {}) as Record<string, unknown>;
  const said = [
    word(values.extensionDecision, EXTENSION_DECISIONS),
    word(values.conclusion),
    values.reviewDecision === 'RETURNED' ? '退回修改' : values.reviewDecision ? '审核通过' : '',
    word(values.feedbackResult, FEEDBACK_RESULTS),
    values.visitReached === 'NO' ? '未接通' : word(values.satisfaction, SATISFACTIONS),
    values.visitOutcome === 'REWORK' ? '重办' : values.visitOutcome ? '解释' : '',
  ].filter(Boolean);
  return said.length > 0 ? said.join('，') : '已完成';
}

/** Open tasks that lie with somebody else and that this person could not do: what can be urged. */
export const othersTasks = (tasks: readonly Task[], login: string): Task[] =>
  tasks.filter(
    (task) => task.status === 'OPEN' && (task.assignee ? task.assignee !== login : !task.candidates.includes(login)),
  );

/** “还有谁在办”: open tasks somebody has taken, for 动静. */
export const takenBy = (tasks: readonly Task[], except: string) =>
  tasks.filter((task) => task.status === 'OPEN' && task.assignee && task.assignee !== except && task.claimedAt);

export const runningClock = (clocks: readonly Deadline[], kind: string): Deadline | undefined =>
  clocks.filter((clock) => clock.kind === kind && clock.status !== 'STOPPED').at(-1);
