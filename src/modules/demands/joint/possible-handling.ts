import { conflict } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { levelTargets } from '../levels/level-targets.ts';
import { cameFromBelow } from '../levels/shift-level.ts';
import { currentClock } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { mayChangeCoDepartments } from './change-co-departments.ts';
import { coDepartmentChoices } from './co-departments.ts';
import { coHandlingsOf } from './co-handlings.ts';
import { coQuestionsOf } from './co-questions.ts';

export type HandlingAction =
  | 'add-co-department'
  | 'release-co-department'
  | 'ask-co-department'
  | 'answer-co-question'
  | 'tell-progress'
  | 'report-up'
  | 'send-down'
  | 'send-back'
  | 'send-external';

/** What the person may do to a demand in hand besides its tasks: with other departments, other levels, other bodies. */
export async function possibleHandling(work: Work, demand: Demand): Promise<HandlingAction[]> {
  const { actor, directory } = work;
  const parts = await coHandlingsOf(work, demand.id);
  const questions = (await coQuestionsOf(work, demand.id)).filter(
    (question) => !question.answeredAt && actor.departments.includes(question.department),
  );
  const answers: HandlingAction[] = questions.length > 0 ? ['answer-co-question'] : [];
  if (demand.status !== 'HANDLING') return answers;
  const host = demand.hostDepartment != null && actor.departments.includes(demand.hostDepartment);
  const changes = mayChangeCoDepartments(demand, actor);
  const open = parts.some((part) => part.status === 'OPEN');
  const present = parts.some((part) => ['OPEN', 'DONE'].includes(part.status));
  const back = host && (await cameFromBelow(work, demand)) !== null;
  const clock = host ? await currentClock(work, demand, 'HANDLING') : null;
  const owes = host ? await currentClock(work, demand, 'PROGRESS_NOTICE') : null;
  const can: Record<HandlingAction, boolean> = {
    'tell-progress': owes !== null,
    'ask-co-department': host && present,
    'add-co-department': changes && coDepartmentChoices(directory, demand, demand.hostDepartment ?? '').length > 0,
    'release-co-department': changes && open,
    'report-up': clock !== null && levelTargets(directory, demand, 'UP').length > 0,
    'send-back': clock !== null && back,
    'send-down': clock !== null && levelTargets(directory, demand, 'DOWN').length > 0,
    'send-external': host,
    'answer-co-question': false,
  };
  return [...answers, ...(Object.keys(can) as HandlingAction[]).filter((name) => can[name])];
}

/** Why an action cannot be done now, in one sentence; null when it can. A form with nothing to choose from would not say it. */
export async function handlingRefusal(
  work: Work,
  demand: Demand,
  action: { name: HandlingAction; title: string },
): Promise<string | null> {
  if ((await possibleHandling(work, demand)).includes(action.name)) return null;
  const host = demand.hostDepartment ? work.directory.department(demand.hostDepartment)?.name : undefined;
  return `现在不能${action.title}：诉求 ${demand.number} 是“${statusTitle(demand.status)}”，${host ? `主办是${host}` : '还没有主办'}，没有可以${action.title}的事项，或者不由你办理。请刷新页面查看最新情况。`;
}

export async function requirePossible(
  work: Work,
  demand: Demand,
  action: { name: HandlingAction; title: string },
): Promise<void> {
  const refusal = await handlingRefusal(work, demand, action);
  if (refusal) throw conflict(refusal, { reason: 'not-possible-now' });
}
