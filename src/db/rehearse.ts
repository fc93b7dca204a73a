/** Does something in a transaction and undoes it: what is shown beforehand is what will happen. Answers what the work answered. */
export async function rehearseIn<Unit, T>(
  transaction: (work: (unit: Unit) => Promise<never>) => Promise<never>,
  work: (unit: Unit) => Promise<T>,
): Promise<T> {
  const undo = new Error('rehearsal');
  let result: { value: T } | undefined;
  try {
    await transaction(async (unit) => {
      result = { value: await work(unit) };
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return result!.value;
}
