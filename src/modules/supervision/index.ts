/** Seeing to it that work gets done: urging, handing over, and when people may be told. */
export { peopleFor, reassignTask, takeOverTask } from './hand-over-task.ts';
export {
  tellAnswer,
  tellLevelShift,
  tellOpinion,
  tellPush,
  tellQuestion,
  tellRelease,
  tellSuperior,
} from './joint/tell.ts';
export { passOnTasks, tasksToPassOn } from './pass-on-task.ts';
export { tellingMoment } from './telling-moment.ts';
export { urgeTask } from './urge-task.ts';
