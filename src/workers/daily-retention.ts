import { anonymiseExpired } from '../modules/demands/index.ts';
import type { RunWork } from './once.ts';

/** One transaction takes so many: nobody waits for it. */
const AT_ONCE = 200;

/** Takes personal data out of demands whose retention period is over (个人信息保护法 19), bureau by bureau. Nothing to do costs one look at an index. */
export async function anonymiseDaily(run: RunWork): Promise<number> {
  const bureaus = await run(async (work) => work.directory.bureaus().map((bureau) => bureau.code));
  let done = 0;
  for (const orgCode of bureaus) {
    let taken = AT_ONCE;
    while (taken === AT_ONCE) {
      taken = await run((work) => anonymiseExpired(work, orgCode, AT_ONCE));
      done += taken;
    }
  }
  return done;
}
