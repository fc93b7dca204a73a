import {
  addCoDepartment,
  answerCoQuestion,
  askCoDepartment,
  cameFromBelow,
  type Demand,
  type HandlingAction,
  recordProgressNotice,
  releaseCoDepartment,
  sendExternal,
  shiftLevel,
  type Work,
} from '../../demands/index.ts';
import { tellAnswer, tellQuestion, tellRelease } from './tell.ts';

/** What a form says, already read by its schema. */
type Values = Record<string, any>;

/** Does to a demand in hand what somebody asks for, and tells whom it concerns, in one transaction. Answers what was made. */
export async function actOnHandling(
  work: Work,
  demand: Demand,
  name: HandlingAction,
  values: Values,
): Promise<{ id: string }> {
  switch (name) {
    case 'add-co-department':
      return addCoDepartment(work, demand.id, { department: values.department, reason: values.reason });
    case 'release-co-department': {
      const part = await releaseCoDepartment(work, demand.id, { department: values.department, reason: values.reason });
      await tellRelease(work, demand, part);
      return part;
    }
    case 'ask-co-department': {
      const question = await askCoDepartment(work, demand.id, values as never);
      await tellQuestion(work, demand, question);
      return question;
    }
    case 'answer-co-question': {
      const question = await answerCoQuestion(work, demand.id, values as never);
      await tellAnswer(work, demand, question);
      return question;
    }
    case 'tell-progress':
      return recordProgressNotice(work, demand.id, values as never);
    case 'send-external':
      return sendExternal(work, demand.id, { ...values, pause: values.pause === true } as never);
    case 'report-up':
      return shiftLevel(work, demand.id, 'UP', values as never);
    case 'send-down':
      return shiftLevel(work, demand.id, 'DOWN', values as never);
    case 'send-back': {
      const from = await cameFromBelow(work, demand);
      return shiftLevel(work, demand.id, 'BACK', { ...values, toDepartment: from?.fromDepartment ?? '' } as never);
    }
  }
}
