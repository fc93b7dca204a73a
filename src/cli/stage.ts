import type { Composed } from '../compose.ts';
import { actorOf, createToken, may } from '../modules/access/index.ts';
import { ApiClient } from './api-client.ts';
import type { Stage } from './drive-demands.ts';

/** A stage on a house that listens at `address`. `moveTo` decides how time passes. */
export async function stageOn(
  { house }: Pick<Composed, 'house'>,
  address: string,
  moveTo: (instant: Date) => Promise<void>,
): Promise<Stage> {
  const clients = new Map<string, ApiClient>();
  const directory = await house.directory();
  return {
    moveTo,
    async api(login) {
      const known = clients.get(login);
      if (known) return known;
      const work = { sql: house.sql, clock: house.clock, ids: house.ids };
      const { token } = await createToken(work, login, { name: '演示', days: 366 });
      const client = new ApiClient(address, token);
      clients.set(login, client);
      return client;
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
