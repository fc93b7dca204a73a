import type { House } from '../../../house.ts';
import type { Ask, Route } from '../../../route.ts';
import { begin, keepWords, retry, rollBack, rollBackNow, sendBack, sign, withdraw } from './actions.ts';
import { showItem } from './item.ts';
import { showList } from './list.ts';
import { showRelease } from './show.ts';

const SCOPE = '全部（设计内容，不含诉求和个人信息）';

/** P25: the publish gate. Reading is open to all who may read processes; changing to process administrators; signing to a second person. */
export function releasePages(house: House): Route[] {
  const page = (path: string, handle: (ask: Ask) => Promise<void>): Route => ({
    method: 'get',
    path,
    permission: 'process.read',
    scope: SCOPE,
    handle,
  });
  const act = (
    path: string,
    permission: 'design.edit' | 'release.sign',
    run: (house: House, ask: Ask) => Promise<void>,
  ): Route => ({ method: 'post', path, permission, scope: SCOPE, handle: (ask) => run(house, ask) });
  return [
    page('/releases', (ask) => showList(house, ask, [])),
    act('/releases', 'design.edit', begin),
    page('/releases/:id', (ask) => showRelease(house, ask)),
    page('/releases/:id/:kind/:designId', (ask) => showItem(house, ask)),
    act('/releases/:id', 'design.edit', keepWords),
    act('/releases/:id/sign', 'release.sign', sign),
    act('/releases/:id/return', 'release.sign', sendBack),
    act('/releases/:id/withdraw', 'design.edit', withdraw),
    act('/releases/:id/retry', 'design.edit', retry),
    act('/releases/:id/roll-back', 'design.edit', rollBack),
    act('/releases/:id/roll-back-now', 'design.edit', rollBackNow),
  ];
}
