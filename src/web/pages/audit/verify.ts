import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notFound } from '../../../kernel/errors.ts';
import {
  listAnchors,
  readTimeline,
  searchHistory,
  verdictOf,
  verificationPackage,
  verifyAll,
} from '../../../modules/history/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { numbersOf } from './search.ts';
import { leaveTrail, requireCity } from './trail.ts';

const VERIFIER = join(import.meta.dirname, '../../../../assets/verify-package.mjs');
const MOST_BREAKS = 50;

/** P38: whether the history is whole, over all and for one demand, and what an outsider needs to check it without us. */
export function verifyPages(house: House): Route[] {
  const common = { permission: 'history.verify', scope: '全市（只读，核验留痕）' } as const;
  return [
    { method: 'get', path: '/audit/verify', ...common, handle: (ask) => show(house, ask) },
    { method: 'post', path: '/audit/verify', ...common, handle: (ask) => verify(house, ask) },
    { method: 'get', path: '/audit/verify/package', ...common, handle: (ask) => sendPackage(house, ask) },
    {
      method: 'get',
      path: '/audit/verify/program',
      ...common,
      async handle({ res }) {
        res
          .type('text/javascript')
          .attachment('verify-package.mjs')
          .send(await readFile(VERIFIER, 'utf8'));
      },
    },
  ];
}

async function demandOf(house: House, number: string): Promise<{ id: string; number: string }> {
  const [demand] = await house.sql.query<{ id: string; number: string }>(
    'select id, number from demand where number = $1',
    [number.toUpperCase()],
  );
  if (!demand) throw notFound(`没有找到编号“${number}”。请核对编号。`);
  return demand;
}

async function show(house: House, { req, res, actor }: Ask): Promise<void> {
  requireCity(actor);
  const number = textOf(req.query.number);
  const code =
    textOf(req.query.code)
      ?.replace(/[^0-9a-f]/gi, '')
      .toLowerCase() ?? '';
  const one = number ? await verdictFor(house, number, code) : null;
  if (one)
    await leaveTrail(house, actor, 'audit.verified', {
      number: number!.toUpperCase(),
      breaks: one.verdict && !one.verdict.whole ? 1 : 0,
    });
  const [last] = (await searchHistory(house.sql, { subjectType: 'audit', type: 'audit.verified', limit: 50 })).filter(
    (event) => event.payload.scope === 'all',
  );
  const breaks =
    (last?.payload.found as { subjectType: string; subjectId: string; sequence: number; what: string }[] | undefined) ??
    [];
  const numbers = await numbersOf(
    house,
    breaks.map((item) => item.subjectId),
  );
  res.render('audit/verify', {
    title: '完整性核验',
    number: number ?? '',
    code: textOf(req.query.code) ?? '',
    one,
    last: last
      ? {
          ...last.payload,
          at: format.time(last.occurredAt),
          who: last.actorName,
          total: Number(last.payload.breaks) + (last.payload.anchorBreaks as string[]).length,
        }
      : null,
    breaks: breaks.map((item) => ({
      ...item,
      number: numbers.get(item.subjectId) ?? `${item.subjectType} ${item.subjectId}`,
    })),
    anchors: (await listAnchors(house.sql, 10)).map((anchor) => ({ ...anchor, at: format.time(anchor.madeAt) })),
    anchorFolder: Boolean(house.config.ANCHOR_DIR),
  });
}

async function verdictFor(house: House, number: string, code: string) {
  const [demand] = await house.sql.query<{ id: string; number: string }>(
    'select id, number from demand where number = $1',
    [number.toUpperCase()],
  );
  if (!demand) return { unknown: true as const };
  const verdict = await verdictOf(house.sql, 'demand', demand.id);
  const printed = code ? await printedAt(house, demand.id, code) : null;
  return { unknown: false as const, number: demand.number, verdict, printed, asked: code };
}

/** A paper carries the first eight figures of the head when it was printed; the history knows after which event that was. */
async function printedAt(house: House, demandId: string, code: string) {
  if (code.length < 8) return { state: 'short' as const };
  const events = await readTimeline(house.sql, 'demand', demandId);
  const found = events.find((event) => event.hash.startsWith(code.slice(0, 8)));
  if (!found) return { state: 'unknown' as const };
  return {
    state: found === events[events.length - 1] ? ('current' as const) : ('earlier' as const),
    sequence: found.sequence,
    at: format.time(found.occurredAt),
  };
}

/** Verifies everything now and keeps the result: the page shows it until the next time. */
async function verify(house: House, { res, actor }: Ask): Promise<void> {
  requireCity(actor);
  const report = await verifyAll(house.sql);
  await leaveTrail(house, actor, 'audit.verified', {
    scope: 'all',
    chains: report.chains,
    events: report.events,
    anchors: report.anchors,
    breaks: report.breaks.length,
    anchorBreaks: report.anchorBreaks,
    found: report.breaks.slice(0, MOST_BREAKS),
  });
  res.redirect(303, '/audit/verify');
}

/** One JSON value per line, written as it is read: the whole history need not fit into memory. */
async function sendPackage(house: House, { req, res, actor }: Ask): Promise<void> {
  requireCity(actor);
  const number = textOf(req.query.number);
  const demand = number ? await demandOf(house, number) : undefined;
  await leaveTrail(house, actor, 'audit.package-downloaded', { number: demand?.number ?? null });
  const now = house.clock.now();
  res
    .type('application/jsonl')
    .attachment(`history-${demand?.number ?? 'all'}-${now.toISOString().slice(0, 10)}.jsonl`);
  const subject = demand ? { subjectType: 'demand', subjectId: demand.id } : undefined;
  for await (const lines of verificationPackage(house.sql, now, subject)) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (!res.write(text)) await once(res, 'drain');
  }
  res.end();
}
