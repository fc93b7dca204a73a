import { rehearseIn } from '../db/rehearse.ts';
import type { Actor } from '../kernel/actor.ts';
import type { House, Unit } from './house.ts';

/** Does something as a person would and undoes it. */
export const rehearse = <T>(house: House, actor: Actor, work: (unit: Unit) => Promise<T>): Promise<T> =>
  rehearseIn((all) => house.transaction(actor, all), work);
