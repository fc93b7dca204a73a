import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { levelTargets } from '../levels/level-targets.ts';
import { cameFromBelow } from '../levels/shift-level.ts';
import { currentClock } from '../trace.ts';
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
