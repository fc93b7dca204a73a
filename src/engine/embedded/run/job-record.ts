import type { Json } from '../../port.ts';
import type { Run } from './run.ts';
import type { El, Job } from './state.ts';

export function jobRecord(run: Run, intent: string, el: El, job: Job, more: Record<string, Json> = {}): void {
  const definition = run.world.definition(el.d);
  run.record('JOB', intent, job.k, el, {
    type: job.type,
    retries: job.r,
    customHeaders: job.h,
    elementId: definition.process.elements[el.e]!.id,
    elementInstanceKey: String(el.k),
    bpmnProcessId: definition.process.id,
    processDefinitionVersion: definition.version,
    processDefinitionKey: String(el.d),
    processInstanceKey: String(el.pi),
    errorMessage: job.msg ?? '',
    ...more,
  });
}
