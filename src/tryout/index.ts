/** Designs tried in a house of their own: opened in memory, driven step by step, recorded and replayed as scenarios. */
export { type Designs, NOTHING_NEW } from './designs.ts';
export { type TrialParts, trialOpener } from './open-trial.ts';
export type { OpenTrial, TrialHouse } from './trial-house.ts';
