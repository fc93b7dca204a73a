import type { Sql } from '../../../db/sql.ts';
import type { Json } from '../../../engine/port.ts';
import { notFound } from '../../../kernel/errors.ts';
import { readTimeline, type StoredEvent } from '../../history/index.ts';
import type { Visit } from '../path-in-words.ts';

export interface Instance {
  key: string;
  processId: string;
  version: number;
  parentKey: string | null;
  state: 'ACTIVE' | 'COMPLETED' | 'TERMINATED';
  startedAt: number;
  endedAt: number | null;
  demandId: string | null;
  demandNumber: string | null;
  demandStatus: string | null;
}

/** One instance; `lock` holds it against a second administrator. */
export async function findInstance(sql: Sql, key: string, options: { lock?: boolean } = {}): Promise<Instance> {
  const [row] = await sql.query<any>(
    `select p.*, d.number, d.status from process_instance p left join demand d on d.id = p.demand_id where p.key = $1${options.lock ? ' for update of p' : ''}`,
    [key],
  );
  if (!row) throw notFound('没有找到这个流程实例。请从“运行中的流程”进入。');
  return {
    key: row.key,
    processId: row.process_id,
    version: row.process_version,
    parentKey: row.parent_key,
    state: row.state,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
    demandId: row.demand_id,
    demandNumber: row.number,
    demandStatus: row.status,
  };
}

/** What an instance walked through, and which element instances its tokens stand in. */
export async function visitsOf(sql: Sql, key: string): Promise<(Visit & { key: string; elementType: string })[]> {
  const rows = await sql.query<any>(
    'select key, element_id, element_type, state, entered_at, left_at from element_visit where process_instance_key = $1 order by entered_at, key::numeric',
    [key],
  );
  return rows.map((row) => ({
    key: row.key,
    elementId: row.element_id,
    elementType: row.element_type,
    state: row.state,
    enteredAt: Number(row.entered_at),
    leftAt: row.left_at === null ? null : Number(row.left_at),
  }));
}

export async function flowsOf(sql: Sql, key: string): Promise<Set<string>> {
  const rows = await sql.query<{ flow_id: string }>('select flow_id from flow_visit where process_instance_key = $1', [
    key,
  ]);
  return new Set(rows.map((row) => row.flow_id));
}

export async function calledBy(sql: Sql, key: string): Promise<{ key: string; processId: string; state: string }[]> {
  const rows = await sql.query<any>(
    'select key, process_id, state from process_instance where parent_key = $1 order by started_at, key',
    [key],
  );
  return rows.map((row) => ({ key: row.key, processId: row.process_id, state: row.state }));
}

/** What administrators did to an instance, oldest first. */
export const actsOn = (sql: Sql, key: string): Promise<StoredEvent[]> => readTimeline(sql, 'instance', key);

/**
 * A variable as a process administrator may read it: numbers, states and codes that steer the process. Anything that could be a person's
 * words, name or number is told by its length only.
 */
export function maskedValue(value: Json): string {
  if (value === null) return '空';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return isCode(value) ? value : `已隐藏（${[...value].length} 字）`;
  if (Array.isArray(value)) return value.length === 0 ? '空表' : `〔${value.map(maskedValue).join('，')}〕`;
  return `｛${Object.entries(value)
    .map(([name, item]) => `${name}：${maskedValue(item)}`)
    .join('，')}｝`;
}

/** Codes of departments, states and days, ids; no run of digits as long as a telephone number. */
const isCode = (text: string): boolean =>
  text === '' ||
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text) ||
  /^\d{4}-\d{2}-\d{2}(T[\d:.+Z-]+)?$/.test(text) ||
  (/^[A-Za-z][\w.:-]{0,63}$|^\d{6}(-[A-Z][A-Z0-9]*)?$/.test(text) && !/\d{7}/.test(text));
