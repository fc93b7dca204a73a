/** Seeing to it that work gets done: urging, handing over, cards (黄牌、红牌、提级), and when people may be told. */
export {
  accountForSupervision,
  acknowledgeSupervision,
  decideLifting,
  endSupervision,
} from './cards/close-supervision.ts';
export {
  carryOutRuling,
  considerSupervision,
  type Knowing,
  superviseByHand,
  type Trigger,
} from './cards/issue-supervision.ts';
export { isLevel, LEVELS, type Level, peopleOf, type Ruling, rankOf } from './cards/levels.ts';
export {
  listSupervisions,
  type Supervision,
  type SupervisionFilter,
  supervisionsOf,
} from './cards/read-supervision.ts';
export { supervisionFacts } from './cards/supervision-facts.ts';
export { peopleFor, reassignTask, takeOverTask } from './hand-over-task.ts';
export { actOnHandling } from './joint/act.ts';
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
