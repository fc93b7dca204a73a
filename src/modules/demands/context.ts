import type { EntityManager } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Calendar } from '../deadlines/index.ts';
import type { OrgDirectory } from '../org/index.ts';
import type { RoutingDictionary } from './facts/dictionary.ts';

/** Numbers of the rule set `deadlines`, read for one demand. Names as in the parameter table (`handle.single.days`). */
export interface ParameterReader {
  number(name: string): number;
  text(name: string): string;
  /** Version of the rule set the numbers come from. */
  version: number;
}

/** What a parameter may depend on. */
export type ParameterFacts = Record<string, unknown>;

/** What a rule set says to facts, asked for advice; nothing is stored. */
export interface Advice {
  outcome: Record<string, unknown>;
  reason: string;
  version: number;
}

/** One unit of work of the ledger: a transaction, who acts, and what is handed in. */
export interface Work {
  em: EntityManager;
  actor: Actor;
  clock: Clock;
  ids: Ids;
  directory: OrgDirectory;
  calendar: Calendar;
  /** Words of demands and where they lead. */
  dictionary: RoutingDictionary;
  parameters(facts: ParameterFacts): Promise<ParameterReader>;
  /** Asks a rule set in force on a day. */
  advise(ruleSet: string, facts: Record<string, unknown>, day: string): Promise<Advice>;
}
