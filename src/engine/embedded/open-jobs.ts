import type { EngineRecord, Key } from '../port.ts';
import type { Batch } from './batch.ts';
import { partitionOf } from './partitions.ts';
import { jobRecord } from './run/job-record.ts';
import { Run } from './run/run.ts';
import { treeOf } from './run/state.ts';

/** The jobs that are open at element instances, each as the record of its creation. Changes nothing: the records are not kept. */
export async function openJobsAt(batch: Batch, keys: readonly number[]): Promise<Map<Key, EngineRecord>> {
  await batch.load(keys);
  const found = new Map<Key, EngineRecord>();
  for (const key of keys) {
    const tree = batch.known(treeOf(key));
    const el = tree?.get(key);
    if (!tree || !el?.job || el.job.st === 'E') continue;
    jobRecord(new Run(batch, tree), 'CREATED', el, el.job);
    const record = batch.records.pop()!;
    found.set(String(key), {
      partition: partitionOf(key),
      position: 0,
      timestamp: batch.now,
      valueType: record.valueType,
      intent: record.intent,
      key: String(record.key),
      processInstanceKey: String(record.processInstanceKey),
      elementId: record.elementId,
      value: record.value,
    });
  }
  return found;
}
