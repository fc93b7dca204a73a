/** The embedded engine: a BPMN token engine on our own SQL database, speaking the Zeebe 8.5 dialect. */
import type { DeploymentProblem, Resource } from '../port.ts';
import { readModel } from './model/read-model.ts';

export { EmbeddedEngine } from './engine.ts';

/** What would keep a diagram from being deployed; nothing when it may be. */
export const checkModel = async (resource: Resource): Promise<readonly DeploymentProblem[]> =>
  (await readModel(resource)).problems;
