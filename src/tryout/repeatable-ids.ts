import { createHash } from 'node:crypto';
import { type Ids, randomIds } from '../kernel/ids.ts';

/**
 * Ids that come out the same when the same is done again at the same moments: whether a demand is drawn for a return visit follows from
 * its id, and a scenario must go the same way every time. Tokens stay unguessable.
 */
export function repeatableIds(now: () => number): Ids {
  let at = 0;
  let count = 0;
  return randomIds(now, () => {
    if (now() !== at) {
      at = now();
      count = 0;
    }
    count += 1;
    return createHash('sha256').update(`${at} ${count}`).digest().subarray(0, 16);
  });
}
