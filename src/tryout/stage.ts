import type { Sql } from '../db/sql.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { actorOf, createToken, may } from '../modules/access/index.ts';
import type { OrgDirectory } from '../modules/org/index.ts';
import { ApiClient } from './api-client.ts';
import type { Stage } from './drive-demands.ts';

const RENEW_AFTER = 180 * 24 * 3_600_000;

/** What a stage needs of a house. */
export interface StagedHouse {
  house: { sql: Sql; clock: Clock; ids: Ids; directory(): Promise<OrgDirectory> };
  settle(): Promise<void>;
}

/** A stage on a house that listens at `address`. `moveTo` decides how time passes. */
export async function stageOn(
  { house, settle }: StagedHouse,
  address: string,
  moveTo: (instant: Date) => Promise<void>,
): Promise<Stage> {
  const clients = new Map<string, { client: ApiClient; until: number }>();
  const directory = await house.directory();
  return {
    moveTo,
    quiet: settle,
    async api(login) {
      const now = house.clock.now().getTime();
      const known = clients.get(login);
      // Demands may be years apart, and a token lives a year at most.
      if (known && now < known.until) return known.client;
      const work = { sql: house.sql, clock: house.clock, ids: house.ids };
      const { token } = await createToken(work, login, { name: '演示', days: 366 });
      const client = new ApiClient(address, token);
      clients.set(login, { client, until: now + RENEW_AFTER });
      return client;
    },
    reader() {
      const found = directory.data.users.find((user) => user.status === 'ACTIVE' && user.roles.includes('AUDITOR'));
      if (!found) throw new Error('没有审计员，无法查看全部诉求');
      return found.login;
    },
    registrar(orgCode, department) {
      const people = directory.data.users.filter((user) => user.orgCode === orgCode && user.status === 'ACTIVE');
      const able = people.filter((user) => {
        const actor = actorOf(directory, user.login);
        return actor && may(actor, 'demand.register');
      });
      const found = able.find((user) => user.departmentCode === department) ?? (department ? undefined : able[0]);
      if (!found) throw new Error(`单位 ${orgCode}${department ? ` 部门 ${department}` : ''} 没有受理人`);
      return found.login;
    },
  };
}
