import type { Database } from '../../src/db/sql.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import { EngineRouter } from '../../src/engine/router/index.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { deployProcesses, processXml } from '../../src/modules/processes/index.ts';
import type { TestHouse } from './house.ts';

/** Puts a further version of a process into force beside the running house, its newest diagram changed as text; answers its number. */
export async function deployVersion(
  house: TestHouse,
  processId: string,
  change: (xml: string) => string,
): Promise<number> {
  return deployDiagram(house, processId, change(await processXml(house.house.sql, processId)));
}

/** Puts a diagram into force beside the running house, of a process it may not know yet; answers its version. */
export async function deployDiagram(house: TestHouse, processId: string, xml: string): Promise<number> {
  const database = house.house.sql as Database;
  const node = new EmbeddedEngine({ database, clock: house.clock, logger: silentLogger });
  await node.start();
  const router = new EngineRouter({
    database,
    primary: 'embedded',
    engines: [node],
    homeOf: async () => undefined,
    now: () => Date.now(),
  });
  const [made] = await deployProcesses(database, router, [{ processId, resource: `${processId}.bpmn`, xml }], {
    actor: SYSTEM_ACTOR,
    reason: '测试',
    now: house.clock.now(),
  });
  await node.stop();
  await house.settle();
  return made!.version;
}
