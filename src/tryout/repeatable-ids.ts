import { createHash } from 'node:crypto';
import { type Ids, randomIds } from '../kernel/ids.ts';

/**
 * Ids that come out the same when the same is done again at the same moments: whether a demand is drawn for a return visit follows from
 * its id, and a scenario must go the same way every time. Tokens stay unguessable.
 */
export function repeatableIds(now: () => number): Ids {
  const random = randomIds(now);
  let at = 0;
  let count = 0;
  return {
    uuid() {
      if (now() !== at) {
        at = now();
        count = 0;
      }
      count += 1;
      const bytes = createHash('sha256').update(`${at} ${count}`).digest().subarray(0, 16);
      bytes.writeUIntBE(at, 0, 6);
      bytes[6] = (bytes[6]! & 0x0f) | 0x70;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    token: (bytes) => random.token(bytes),
  };
}
