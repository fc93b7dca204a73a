import type { Actor } from '../kernel/actor.ts';
import type { House, Unit } from './house.ts';

/** Does something and undoes it: what a page shows beforehand is what will happen. */
export async function rehearse<T>(house: House, actor: Actor, work: (unit: Unit) => Promise<T>): Promise<T> {
  const undo = new Error('rehearsal');
  let result: { value: T } | undefined;
  try {
    await house.transaction(actor, async (unit) => {
      result = { value: await work(unit) };
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return result!.value;
}
