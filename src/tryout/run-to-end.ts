import { refusalOf } from './run-scenarios.ts';
import type { Trial, TrialTask } from './trial.ts';

const MOST_STEPS = 120;
const HOUR = 3_600_000;

/**
 * Goes on with ready answers until nothing is left to do: completes what is open, or lets time pass to what comes next. Stops, with the
 * reason, at what the house refuses or nobody can do. Answers the reason; empty when it came to an end.
 */
export async function runToEnd(
  trial: Trial,
  answers: (task: TrialTask) => Promise<Record<string, unknown>>,
): Promise<string> {
  for (let turn = 0; turn < MOST_STEPS; turn += 1) {
    const open = await trial.tasks();
    if (open.length === 0) {
      const next = await trial.nextMoment();
      if (!next) return '';
      await trial.do({ do: 'wait', at: next.toISOString() });
      continue;
    }
    const refusal = await oneOf(trial, open, answers);
    if (refusal) return refusal;
  }
  return `已经走了 ${MOST_STEPS} 步还没有结束，先停在这里。`;
}

/** Completes one of the open tasks: the host can sum up only when opinions and answers are in. Answers why none could be, else nothing. */
async function oneOf(
  trial: Trial,
  open: readonly TrialTask[],
  answers: (task: TrialTask) => Promise<Record<string, unknown>>,
): Promise<string> {
  const refusals: string[] = [];
  // What came last is done first: an application is decided before the work goes on.
  for (const task of open.toReversed()) {
    if (!task.who) {
      refusals.push(`“${task.title}”没有人可办${task.why ? `：${task.why}` : ''}。`);
      continue;
    }
    try {
      await trial.do({
        do: 'complete',
        at: new Date(+trial.house.clock.now() + HOUR).toISOString(),
        element: task.elementId,
        ...(task.department ? { department: task.department } : {}),
        values: await answers(task),
      });
      return '';
    } catch (error) {
      refusals.push(`“${task.title}”没有办成：${refusalOf(error)}`);
    }
  }
  return refusals[0] ?? '';
}
