import type { Sql } from '../../../db/sql.ts';
import { runningKeys, shortNumber } from '../instances/list-instances.ts';

/** All instances of the version, those at an element, or some by their keys. */
export type Chosen = { all: true } | { elementId: string } | { keys: string[] };

export interface OfVersion {
  processId: string;
  fromVersion: number;
}

/** Which running instances are meant. */
export async function chosenKeys(sql: Sql, of: OfVersion & { chosen: Chosen }): Promise<string[]> {
  const all = await runningKeys(sql, {
    processId: of.processId,
    version: of.fromVersion,
    ...('elementId' in of.chosen ? { elementId: of.chosen.elementId } : {}),
  });
  if (!('keys' in of.chosen)) return all;
  const wanted = new Set(of.chosen.keys);
  return all.filter((key) => wanted.has(key));
}

/** More than this is a version or an element, not a list. */
export const MOST_CHOSEN = 2000;

export interface Picked {
  keys: string[];
  /** What was typed and cannot be taken, a sentence each. */
  problems: string[];
}

/**
 * Instances by what a person types or pastes: numbers of demands in full or as an administrator sees them (“1123-0001”), or numbers of
 * instances; anything between them. Each must be one running instance of the version.
 */
export async function pickInstances(sql: Sql, of: OfVersion, typed: string): Promise<Picked> {
  const words = [...new Set(typed.split(/[\s,，;；、]+/).map((word) => word.replace(/^…/, '')))].filter(Boolean);
  if (words.length > MOST_CHOSEN)
    return {
      keys: [],
      problems: [`一次最多选 ${MOST_CHOSEN} 件，现在有 ${words.length} 件。请按版本或停在哪一步选。`],
    };
  const rows = await sql.query<{ word: string; key: string; version: number; number: string | null }>(
    `select w.word, p.key, p.process_version as version, d.number from unnest($2::text[]) as w(word)
       join process_instance p on p.process_id = $1 and p.state = 'ACTIVE'
       left join demand d on d.id = p.demand_id
     where p.key = w.word or d.number = w.word or (w.word ~ '^[0-9]{4}-[0-9]{4,}$' and right(d.number, length(w.word)) = w.word)
     order by p.started_at, p.key`,
    [of.processId, words],
  );
  const keys = new Set<string>();
  const problems: string[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const found = rows.filter((row) => row.word === word);
    const here = found.filter((row) => row.version === of.fromVersion);
    if (here.length === 1) keys.add(here[0]!.key);
    else if (here.length > 1) problems.push(`“${word}”有 ${here.length} 件，请写完整的件号或实例号。`);
    else if (found.length > 0)
      problems.push(`“${shortNumber(found[0]!.number)}”在第 ${found[0]!.version} 版上，不在第 ${of.fromVersion} 版。`);
    else unknown.push(word);
  }
  if (unknown.length > 0)
    problems.push(
      `没有找到在办的 ${unknown.length} 件：${unknown.slice(0, 5).join('、')}${unknown.length > 5 ? ' 等' : ''}。请核对件号，已经办完的不用迁移。`,
    );
  return { keys: [...keys], problems };
}
