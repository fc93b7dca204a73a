import { anonymiseExpired } from '../modules/demands/index.ts';
import type { RunWork } from './once.ts';

/** One transaction takes so many of a bureau: nobody waits for it. */
const AT_ONCE = 200;

/** Takes personal data out of demands whose retention period is over (个人信息保护法 19), bureau by bureau. Nothing to do costs one look at an index for each. */
export async function anonymiseDaily(run: RunWork): Promise<number> {
  let done = 0;
  for (;;) {
    const taken = await run(async (work) => {
      const counts: number[] = [];
      for (const { code } of work.directory.bureaus()) counts.push(await anonymiseExpired(work, code, AT_ONCE));
      return counts;
    });
    done += taken.reduce((sum, count) => sum + count, 0);
    if (!taken.includes(AT_ONCE)) return done;
  }
}
