import { type DeployedProcess, DeploymentRejected } from '../port.ts';
import type { Batch } from './batch.ts';
import type { TimerRow } from './batch-rows.ts';
import { openStartTimer, startName, startSubscriptionRecord, startTimerRecord } from './commands.ts';
import type { Deployed, ReadyResource } from './definitions.ts';
import { Stuck } from './run/run.ts';
import { Run, Tree } from './run/step.ts';
import { type Schedule, scheduleOf } from './run/timers.ts';

/** Deploys resources that were read and checked: new bytes make a new version, start subscriptions move to it. */
export async function deploy(batch: Batch, ready: readonly ReadyResource[]): Promise<DeployedProcess[]> {
  // Whoever works from memory, in whatever partition, must notice that there is a new version.
  batch.requireAll();
  const processes: DeployedProcess[] = [];
  const schedules = planTimers(batch, ready);
  for (const { resource, checksum, processes: compiled } of ready) {
    for (const process of compiled) {
      const before = batch.definitions.latest(process.id);
      if (before && before.checksum === checksum && before.resource === resource.name) {
        processes.push({
          processId: process.id,
          version: before.version,
          definitionKey: String(before.key),
          resourceName: resource.name,
          duplicate: true,
        });
        continue;
      }
      const definition: Deployed = {
        key: batch.newDefinitionKey(),
        version: (before?.version ?? 0) + 1,
        process,
        resource: resource.name,
        checksum,
        xml: resource.content,
      };
      await batch.sql.query(
        'insert into engine_definition (key, process_id, version, resource, checksum, xml, deployed_at) values ($1, $2, $3, $4, $5, $6, $7)',
        [definition.key, process.id, definition.version, resource.name, checksum, resource.content, batch.now],
      );
      batch.definitions.add(definition);
      batch.added.push(definition);
      batch.emit({
        valueType: 'PROCESS',
        intent: 'CREATED',
        key: definition.key,
        processInstanceKey: 0,
        elementId: '',
        value: {
          bpmnProcessId: process.id,
          version: definition.version,
          processDefinitionKey: String(definition.key),
          resourceName: resource.name,
        },
      });
      if (before) await closeStarts(batch, before);
      openStarts(batch, definition, schedules.get(process.id) ?? new Map());
      processes.push({
        processId: process.id,
        version: definition.version,
        definitionKey: String(definition.key),
        resourceName: resource.name,
        duplicate: false,
      });
    }
  }
  batch.emit({
    valueType: 'DEPLOYMENT',
    intent: 'CREATED',
    key: batch.newKey(),
    processInstanceKey: 0,
    elementId: '',
    value: {
      processesMetadata: processes.map((item) => ({
        bpmnProcessId: item.processId,
        version: item.version,
        processDefinitionKey: item.definitionKey,
        resourceName: item.resourceName,
        duplicate: item.duplicate,
      })),
    },
  });
  return processes;
}

/** Start timers are evaluated before anything is deployed: a wrong one refuses the whole deployment. */
function planTimers(batch: Batch, ready: readonly ReadyResource[]): Map<string, Map<number, Schedule>> {
  const run = new Run(batch, new Tree({ id: 0, seq: 0, els: {} }));
  const plans = new Map<string, Map<number, Schedule>>();
  for (const { resource, processes } of ready) {
    for (const process of processes) {
      const plan = new Map<number, Schedule>();
      for (const start of process.elements[0]!.eventStarts) {
        if (!start.event?.timer) continue;
        try {
          plan.set(start.index, scheduleOf(run, start.event.timer, undefined));
        } catch (error) {
          if (!(error instanceof Stuck)) throw error;
          throw new DeploymentRejected([
            {
              resource: resource.name,
              elementId: start.id,
              elementName: start.name,
              reason: `定时开始事件的时间不对：${error.message}`,
            },
          ]);
        }
      }
      plans.set(process.id, plan);
    }
  }
  return plans;
}

async function closeStarts(batch: Batch, before: Deployed): Promise<void> {
  for (const start of before.process.elements[0]!.eventStarts) {
    if (start.eventType === 'MESSAGE') startSubscriptionRecord(batch, before, start.index, 'DELETED');
    if (start.eventType === 'SIGNAL') signalRecord(batch, before, start.index, 'DELETED');
  }
  const timers = await batch.sql.query<{ key: string; due_at: string; data: string }>(
    "select key, due_at, data from engine_timer where owner = $1 and kind = 'START'",
    [before.key],
  );
  for (const timer of timers) {
    const row: TimerRow = {
      key: Number(timer.key),
      owner: before.key,
      kind: 'START',
      dueAt: Number(timer.due_at),
      data: timer.data,
    };
    if (batch.timers.gone.has(row.key)) continue;
    batch.timers.gone.add(row.key);
    startTimerRecord(batch, before, row, 'CANCELED');
  }
  for (const row of [...batch.timers.put.values()]) {
    if (row.owner !== before.key || row.kind !== 'START') continue;
    batch.timers.put.delete(row.key);
    startTimerRecord(batch, before, row, 'CANCELED');
  }
}

function openStarts(batch: Batch, definition: Deployed, schedules: Map<number, Schedule>): void {
  for (const start of definition.process.elements[0]!.eventStarts) {
    if (start.eventType === 'MESSAGE') startSubscriptionRecord(batch, definition, start.index, 'CREATED');
    if (start.eventType === 'SIGNAL') signalRecord(batch, definition, start.index, 'CREATED');
    const schedule = schedules.get(start.index);
    if (schedule)
      openStartTimer(batch, definition, schedule.due, {
        event: start.index,
        reps: schedule.reps,
        ...(schedule.every ? { every: schedule.every } : {}),
      });
  }
}

function signalRecord(batch: Batch, definition: Deployed, event: number, intent: string): void {
  const element = definition.process.elements[event]!;
  batch.emit({
    valueType: 'SIGNAL_SUBSCRIPTION',
    intent,
    key: definition.key + 1 + event,
    processInstanceKey: 0,
    elementId: element.id,
    value: {
      signalName: startName(element.event!.name) ?? '',
      catchEventId: element.id,
      catchEventInstanceKey: '-1',
      processDefinitionKey: String(definition.key),
      bpmnProcessId: definition.process.id,
    },
  });
}
