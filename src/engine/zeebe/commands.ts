import type { Logger } from '../../kernel/logger.ts';
import { CommandRejected, type CommandResult, type EngineCommand } from '../port.ts';
import type { CommandLog } from './command-log.ts';
import { evidenceOf } from './evidence.ts';
import { type Fault, faultOf, unavailable } from './fault.ts';
import type { Fence } from './fence.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { RecordStore } from './records/record-store.ts';

export interface CommandParts {
  gateway(): GatewayClient;
  log: CommandLog;
  store: RecordStore;
  fence: Fence;
  logger: Logger;
  /** How long a command without an answer may still be under way: the gateway's own patience and a little more. */
  graceMs: number;
  /** How long the record stream is waited for when it has to decide. */
  fenceMs: number;
  /** Key of a deployed definition (migration names it). */
  definitionKey(processId: string, version: number): Promise<string>;
}

/**
 * Carries commands out at most once in effect, however often they are submitted.
 * The id is written down before a command leaves; an attempt without an answer is `UNAVAILABLE` to the caller, who submits it again.
 */
export class Commands {
  readonly #parts: CommandParts;
  /** Ids under way in this process: a second submit of the same id waits for the first. */
  readonly #running = new Map<string, Promise<CommandResult>>();

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    const running = this.#running.get(commandId);
    if (running) return running;
    const work = this.#submit(commandId, command).finally(() => this.#running.delete(commandId));
    this.#running.set(commandId, work);
    return work;
  }

  async #submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    const { log } = this.#parts;
    const before = await log.find(commandId);
    if (before?.state === 'DONE') return before.result;
    if (before?.state === 'REJECTED') throw before.rejection;
    const unclearSince = before?.sentAt;
    if (unclearSince !== undefined && !isRepeatable(command, Date.now() - unclearSince)) {
      const found = await this.#lookBack(command, unclearSince);
      if (found) return this.#done(commandId, found);
    }
    await log.sent(commandId, Date.now());
    let fault: Fault;
    try {
      return await this.#done(commandId, await this.#send(command));
    } catch (error) {
      fault = faultOf(error);
    }
    if (fault.kind === 'unclear') throw unavailable(fault.message);
    if (fault.kind === 'not-sent') {
      // An earlier attempt without an answer remains one.
      if (unclearSince === undefined) await log.notSent(commandId);
      throw unavailable(fault.message);
    }
    return this.#refused(commandId, command, fault.rejection, unclearSince);
  }

  /** A refusal may mean that the first attempt, which had no answer, has done it already. */
  async #refused(
    commandId: string,
    command: EngineCommand,
    rejection: CommandRejected,
    unclearSince: number | undefined,
  ): Promise<CommandResult> {
    // The same message id in its lifetime: it is there.
    if (command.type === 'publishMessage' && command.messageId && rejection.code === 'ALREADY_EXISTS')
      if (unclearSince !== undefined) return this.#done(commandId, {});
    if (unclearSince !== undefined) {
      await this.#parts.fence.pass(this.#parts.gateway(), this.#parts.fenceMs);
      const found = await evidenceOf(command, unclearSince, this.#parts.store);
      if (found) return this.#done(commandId, found);
    }
    await this.#parts.log.rejected(commandId, rejection, Date.now());
    throw rejection;
  }

  /** Before something is repeated that must not happen twice: wait until the first attempt cannot be under way any more, then ask the stream. */
  async #lookBack(command: EngineCommand, since: number): Promise<CommandResult | undefined> {
    const wait = since + this.#parts.graceMs - Date.now();
    if (wait > 0) throw unavailable(`an earlier attempt may still be under way for ${wait} ms`);
    try {
      await this.#parts.fence.pass(this.#parts.gateway(), this.#parts.fenceMs);
    } catch (error) {
      throw error instanceof CommandRejected ? error : unavailable(faultMessage(error));
    }
    return evidenceOf(command, since, this.#parts.store);
  }

  async #done(commandId: string, result: CommandResult): Promise<CommandResult> {
    await this.#parts.log.done(commandId, result, Date.now());
    return result;
  }

  async #send(command: EngineCommand): Promise<CommandResult> {
    const gateway = this.#parts.gateway();
    switch (command.type) {
      case 'publishMessage':
        return {
          key: await gateway.publish({
            name: command.name,
            correlationKey: command.correlationKey,
            ttlMs: command.ttlMs,
            messageId: command.messageId ?? '',
            variables: command.variables ?? {},
          }),
        };
      case 'migrateInstance':
        await gateway.migrate({
          processInstanceKey: command.processInstanceKey,
          targetDefinitionKey: await this.#parts.definitionKey(command.processId, command.version),
          mapping: command.mapping,
        });
        return { key: command.processInstanceKey };
      case 'modifyInstance':
        await gateway.modify(command);
        return { key: command.processInstanceKey };
      default:
        return gateway.send(command);
    }
  }
}

/** Repeating these does no harm while the broker refuses the second one by its key or id, or the effect is the same. */
function isRepeatable(command: EngineCommand, age: number): boolean {
  switch (command.type) {
    case 'publishMessage':
      // The broker remembers an id while the message lives. One without lifetime is not remembered.
      return command.messageId !== undefined && age < command.ttlMs / 2;
    case 'completeJob':
    case 'throwError':
    case 'updateRetries':
    case 'resolveIncident':
    case 'setVariables':
    case 'cancelInstance':
      return true;
    case 'createInstance':
    case 'failJob':
    case 'broadcastSignal':
    case 'migrateInstance':
    case 'modifyInstance':
      return false;
  }
}

function faultMessage(error: unknown): string {
  const fault = faultOf(error);
  return fault.kind === 'rejected' ? fault.rejection.message : fault.message;
}
