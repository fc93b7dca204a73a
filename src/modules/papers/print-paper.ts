import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { conflict } from '../../kernel/errors.ts';
import { type Demand, lockDemand, type Reveal, revealContact, type Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { gatherFacts } from './gather-facts.ts';
import { giveNumber, numberGiven, numberText } from './number-paper.ts';
import type { Block, PaperFacts, PaperKind } from './paper.ts';

/** What would be printed now: nothing is kept, no number given. */
export async function previewPaper(
  work: Work,
  demand: Demand,
  kind: PaperKind,
): Promise<{ blocks: Block[]; refusal: string | undefined; numbered: boolean }> {
  const facts = await gatherFacts(work, demand);
  const refusal = kind.refusal(facts);
  if (refusal) return { blocks: [], refusal, numbered: false };
  const known = kind.word ? await numberGiven(sqlOf(work.em), kind, facts) : undefined;
  const year = known?.year ?? Number(shanghaiDate(facts.now).slice(0, 4));
  return {
    blocks: kind.write(facts, numberText(kind, year, known?.number)),
    refusal: undefined,
    numbered: Boolean(known),
  };
}

/** Which papers there are for a demand now, each with why not. */
export function papersFor(
  kinds: readonly PaperKind[],
  facts: PaperFacts,
): { kind: PaperKind; refusal: string | undefined }[] {
  return kinds.map((kind) => ({ kind, refusal: kind.refusal(facts) }));
}

/**
 * Prints: gives the number, records it in the history of the demand, and keeps the paper as it is now. Its code is the beginning of the hash of
 * that event, so the paper can be held against the history later. The taxpayer's name and phone in full take a reason, each logged as a reveal.
 */
export async function printPaper(
  work: Work,
  demandId: string,
  kind: PaperKind,
  options: { reason?: string } = {},
): Promise<{ id: string; reveals: Reveal[] }> {
  const sql = sqlOf(work.em);
  const demand = await lockDemand(work, demandId);
  const reveals: Reveal[] = [];
  if (options.reason !== undefined)
    for (const field of ['taxpayerName', ...(kind.style === 'TABLE' ? ['contactPhone'] : [])])
      reveals.push(await revealContact(work, demand, { field, reason: options.reason }));
  const facts = await gatherFacts(work, demand);
  const refusal = kind.refusal(facts);
  if (refusal) throw conflict(refusal, { reason: 'paper-not-possible' });
  const numbered = await giveNumber(sql, kind, facts);
  const id = work.ids.uuid();
  const event = await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: demand.id,
    type: 'paper.printed',
    occurredAt: facts.now,
    actor: work.actor,
    payload: { paper: kind.id, print: id, ...(numbered ? { numbered } : {}), fullNames: reveals.length > 0 },
  });
  await sql.query(
    `insert into paper_print (id, demand_id, kind, subject, number_text, blocks, full_names, printed_by, printed_by_name, printed_at, code)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)`,
    [
      id,
      demand.id,
      kind.id,
      kind.subject?.(facts) ?? '',
      numbered || null,
      JSON.stringify(kind.write(facts, numbered)),
      reveals.length > 0,
      work.actor.login,
      work.actor.name,
      facts.now.toISOString(),
      event.hash.slice(0, 8),
    ],
  );
  return { id, reveals };
}
