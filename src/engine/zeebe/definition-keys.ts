import type { Database } from '../../db/sql.ts';
import { CommandRejected, type DeployedProcess } from '../port.ts';

/** Keys of deployed definitions: the broker has no question for them, so they are noted when they are deployed. */
export class DefinitionKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes what was deployed; a version that is known already is a duplicate. */
  async note(deployed: readonly DeployedProcess[]): Promise<DeployedProcess[]> {
    const noted: DeployedProcess[] = [];
    for (const item of deployed) {
      const fresh = await this.#database.query(
        `insert into zeebe_definition (key, process_id, version, resource) values ($1, $2, $3, $4) on conflict (key) do nothing returning key`,
        [item.definitionKey, item.processId, item.version, item.resourceName],
      );
      noted.push({ ...item, duplicate: fresh.length === 0 });
    }
    return noted;
  }

  async find(processId: string, version: number): Promise<string> {
    const [row] = await this.#database.query<{ key: string }>(
      'select key from zeebe_definition where process_id = $1 and version = $2 order by key desc limit 1',
      [processId, version],
    );
    if (row) return row.key;
    throw new CommandRejected('NOT_FOUND', `process ${processId} version ${version} was not deployed from here`);
  }
}
