import { handOverLegalRoute } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `hand-over-legal-route`: 移送或告知，办结钟停，承接单位的签收和跟踪开始. */
export const handOverLegalRouteJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await handOverLegalRoute(work, demandIdOf(job));
    return {};
  });
