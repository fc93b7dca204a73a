import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { CommandResult, EngineCommand, EngineRecord, Json } from '../port.ts';
import { messageRef } from './records/record.ts';
import type { RecordStore } from './records/record-store.ts';

/**
 * Looks in the record stream for the effect of a command that was sent `since` and got no answer.
 * Commands without a name of their own (a new instance, a signal) are recognised by what they carry; records that another command
 * has been answered with are left out, and equal commands are worth each other, so each finds one record of its own.
 */
export async function evidenceOf(
  command: EngineCommand,
  since: number,
  store: RecordStore,
): Promise<CommandResult | undefined> {
  const about = async (valueType: string, intents: string[], key: string): Promise<CommandResult | undefined> => {
    const found = await store.find({ valueType, intents, key, since });
    return found.length > 0 ? { key } : undefined;
  };
  const carrying = async (
    valueType: string,
    intents: string[],
    ref: string,
    fits: (record: EngineRecord) => boolean,
  ): Promise<EngineRecord | undefined> => (await store.find({ valueType, intents, ref, since })).find(fits);
  const sameVariables = (record: EngineRecord, variables: unknown) =>
    canonicalJson((record.value.variables ?? {}) as Json) === canonicalJson((variables ?? {}) as Json);

  switch (command.type) {
    case 'publishMessage': {
      const ref = messageRef(command.name, command.correlationKey, command.messageId ?? '');
      const record = await carrying('MESSAGE', ['PUBLISHED'], ref, (r) => sameVariables(r, command.variables));
      return record && { key: record.key };
    }
    case 'createInstance': {
      const record = await carrying(
        'PROCESS_INSTANCE_CREATION',
        ['CREATED'],
        command.processId,
        (r) =>
          sameVariables(r, command.variables) &&
          (command.version === undefined || Number(r.value.version) === command.version),
      );
      return record && { key: String(record.value.processInstanceKey) };
    }
    case 'broadcastSignal': {
      const record = await carrying('SIGNAL', ['BROADCASTED'], command.name, (r) =>
        sameVariables(r, command.variables),
      );
      return record && { key: record.key };
    }
    case 'completeJob':
      return about('JOB', ['COMPLETED'], command.jobKey);
    case 'failJob':
      return about('JOB', ['FAILED'], command.jobKey);
    case 'throwError':
      return about('JOB', ['ERROR_THROWN'], command.jobKey);
    case 'updateRetries':
      return about('JOB', ['RETRIES_UPDATED'], command.jobKey);
    case 'resolveIncident':
      return about('INCIDENT', ['RESOLVED'], command.incidentKey);
    case 'cancelInstance':
      return about('PROCESS_INSTANCE', ['ELEMENT_TERMINATING', 'ELEMENT_TERMINATED'], command.processInstanceKey);
    case 'migrateInstance':
      return about('PROCESS_INSTANCE', ['ELEMENT_MIGRATED'], command.processInstanceKey);
    case 'modifyInstance': {
      const asked = command.activate.map((item) => item.elementId);
      const record = await carrying('PROCESS_INSTANCE_MODIFICATION', ['MODIFIED'], command.processInstanceKey, (r) => {
        const told = (name: string, field: string) =>
          (r.value[name] as { [field: string]: Json }[]).map((item) => String(item[field]));
        return (
          told('activateInstructions', 'elementId').join() === asked.join() &&
          told('terminateInstructions', 'elementInstanceKey').join() === command.terminate.join()
        );
      });
      return record && { key: command.processInstanceKey };
    }
    case 'setVariables':
      // Setting them again sets the same values.
      return undefined;
  }
}
