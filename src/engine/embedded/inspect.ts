import type { InstanceState, Key } from '../port.ts';
import type { Batch } from './batch.ts';
import { treeOf } from './run/state.ts';

/** What is in a running instance: variables by scope, open jobs, running timers. Changes nothing. */
export async function inspect(batch: Batch, processInstanceKey: number): Promise<InstanceState | undefined> {
  await batch.load([processInstanceKey]);
  const tree = batch.known(treeOf(processInstanceKey));
  if (!tree?.get(processInstanceKey)) return undefined;
  const variables: InstanceState['variables'][number][] = [];
  const jobs: InstanceState['jobs'][number][] = [];
  const timers: InstanceState['timers'][number][] = [];
  for (const el of tree.els.values()) {
    if (el.pi !== processInstanceKey) continue;
    const { elements } = batch.definition(el.d).process;
    const elementId = elements[el.e]!.id;
    const elementInstanceKey: Key = String(el.k);
    for (const [name, value] of Object.entries(el.v ?? {}))
      variables.push({ scopeKey: elementInstanceKey, elementId, name, value: structuredClone(value) });
    if (el.job)
      jobs.push({ key: String(el.job.k), type: el.job.type, elementId, elementInstanceKey, retries: el.job.r });
    for (const timer of el.t ?? [])
      timers.push({ elementId: elements[timer.e]!.id, dueAt: timer.due, repetitions: timer.reps });
  }
  return { variables, jobs, timers };
}
