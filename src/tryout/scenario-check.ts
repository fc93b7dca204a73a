import type { Sql } from '../db/sql.ts';
import {
  type Check,
  checkOf,
  diagramOf,
  listProcessVersions,
  listScenarios,
  processesUsing,
  type Release,
} from '../modules/processes/index.ts';
import { designsFrom } from './designs.ts';
import { runScenarios, touchedBy } from './run-scenarios.ts';
import type { OpenTrial } from './trial-house.ts';

/** The gate's 场景: recorded trials that may go another way with what is to be published are replayed with it. */
export const scenarioCheck =
  (open: OpenTrial) =>
  async (release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> => {
    const designs = designsFrom(release.items);
    if (designs.processes.size + designs.ruleSets.size + designs.forms.size === 0) return undefined;
    const touched = touchedBy(designs, await listScenarios(sql), await processesUsing(sql));
    if (touched.length === 0) return checkOf('scenarios', '场景', '没有场景走到这些设计', []);
    const results = await runScenarios(open, designs, touched, await elementNames(sql));
    const failed = results.filter((result) => !result.passed);
    return checkOf(
      'scenarios',
      '场景',
      `重放 ${results.length} 个，与记录相同 ${results.length - failed.length} 个`,
      failed.map((result) => ({
        severity: 'warning',
        where: result.name,
        what: result.difference,
        why: '发布以后，同样的件会走成这样',
        mend: '本来就要这样的，写明理由，并在“试运行”里重新录一遍；不该这样的，改草稿',
        href: `/processes/${result.processId}/try#scenarios`,
      })),
      `/processes/${touched[0]!.processId}/try#scenarios`,
    );
  };

/** Names of elements for sentences, of what is in force; an element that is new is told by its id. */
export async function elementNames(sql: Sql): Promise<(processId: string, elementId: string) => string> {
  const names = new Map<string, string>();
  for (const processId of new Set((await listProcessVersions(sql)).map((version) => version.processId)))
    for (const element of (await diagramOf(sql, processId)).elements) {
      names.set(`${processId} ${element.id}`, element.name);
      if (!names.has(element.id)) names.set(element.id, element.name);
    }
  return (processId, elementId) => names.get(`${processId} ${elementId}`) ?? names.get(elementId) ?? elementId;
}
