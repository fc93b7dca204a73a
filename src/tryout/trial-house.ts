import type { Sql } from '../db/sql.ts';
import type { CommandResult, EngineCommand, InstanceState } from '../engine/port.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Form, OptionSource } from '../modules/forms/index.ts';
import type { OrgDirectory } from '../modules/org/index.ts';
import type { Designs } from './designs.ts';

/** A whole house of its own in memory: own database, own clock, own engine; nothing leaves it and nothing of it stays. */
export interface TrialHouse {
  sql: Sql;
  clock: Clock;
  ids: Ids;
  forms(): ReadonlyMap<string, Form>;
  directory(): Promise<OrgDirectory>;
  /** What the choices of a form are, for a person and a bureau. */
  options(directory: OrgDirectory, actor: Actor, orgCode?: string): OptionSource;
  submitEngine(commandId: string, command: EngineCommand): Promise<CommandResult>;
  inspect(processInstanceKey: string): Promise<InstanceState | undefined>;
  /** Its own address on this machine: people of a trial act through the same API as those of the real house. */
  address: string;
  /** Until nothing is left to do without people. */
  settle(): Promise<void>;
  /** Moves the clock, then does what falls due. Never back. */
  moveTo(instant: Date): Promise<void>;
  close(): Promise<void>;
}

/** Opens a house in which the designs are in force, with the organisation and the calendar of the real one. Throws what the engine refuses. */
export type OpenTrial = (designs: Designs, start: Date) => Promise<TrialHouse>;
