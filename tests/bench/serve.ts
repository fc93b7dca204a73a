/** The whole program for the bench: as `src/main.ts`, but without a limit of requests, and it says its memory when asked. */
import { getHeapSpaceStatistics } from 'node:v8';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createToken } from '../../src/modules/access/index.ts';

const composed = await compose(readConfig());
composed.house.limits = { requestsPerMinute: 1e9, signInsPerTenMinutes: 1e9 };
const address = await composed.listen();
process.send?.({ address });
// Whoever measures is gone: so is the reason to run.
process.on('disconnect', () => process.exit(0));
process.on('message', async (message) => {
  if (typeof message === 'object' && message !== null && 'login' in message) {
    const { sql, clock, ids } = composed.house;
    process.send?.(await createToken({ sql, clock, ids }, String(message.login), { name: '测量', days: 30 }));
  }
  if (message === 'memory') process.send?.({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() });
  if (message === 'collect') globalThis.gc?.();
  if (message === 'collect' || message === 'detail')
    process.send?.({
      ...process.memoryUsage(),
      spaces: Object.fromEntries(getHeapSpaceStatistics().map((space) => [space.space_name, space.space_size])),
    });
  if (message === 'stop') {
    await composed.stop();
    process.exit(0);
  }
});
