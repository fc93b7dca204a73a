import type { Actor } from '../../kernel/actor.ts';
import type { Demand } from './entities.ts';
import type { HandlingAction } from './joint/possible-handling.ts';
import { canMove } from './move-status.ts';
import type { Way } from './possible-ways.ts';

export type DemandAction =
  | 'extend'
  | 'urge'
  | HandlingAction
  | 'divert'
  | 'answer-legal'
  | 'propose-unreasonable'
  | 'appeal-unreasonable'
  | 'withdraw'
  | 'void'
  | 'pass-on'
  | Way;

/** What the state of a demand leaves to do besides its tasks; whether a person's posts allow it is asked elsewhere. */
export function possibleActions(
  demand: Demand,
  actor: Pick<Actor, 'departments'>,
  state: {
    extensionClosed: boolean;
    othersAtWork: boolean;
    legalQuestions?: boolean;
    mayAppeal?: boolean;
    mayPropose?: boolean;
    /** What may be done with other departments, levels and bodies. */
    handling?: readonly HandlingAction[];
  },
): DemandAction[] {
  const hosted = demand.hostDepartment != null && actor.departments.includes(demand.hostDepartment);
  return [
    ...(demand.status === 'HANDLING' && hosted && !state.extensionClosed ? (['extend'] as const) : []),
    ...(state.handling ?? []),
    ...(state.othersAtWork ? (['urge'] as const) : []),
    ...(state.legalQuestions ? (['answer-legal'] as const) : []),
    ...(demand.status === 'HANDLING' ? (['divert'] as const) : []),
    ...(demand.status === 'HANDLING' && state.mayPropose ? (['propose-unreasonable'] as const) : []),
    ...(state.mayAppeal ? (['appeal-unreasonable'] as const) : []),
    ...(canMove(demand, 'WITHDRAWN') && !demand.withdrawalReason ? (['withdraw'] as const) : []),
    ...(canMove(demand, 'VOIDED') ? (['void'] as const) : []),
  ];
}
