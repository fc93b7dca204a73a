import type { Readable } from 'node:stream';
import type { Actor } from '../kernel/actor.ts';
import { notFound } from '../kernel/errors.ts';
import { type Attachment, findAttachment, openFile } from '../modules/attachments/index.ts';
import { DemandEntity } from '../modules/demands/index.ts';
import type { House, Unit } from './house.ts';
import { visibleDemand } from './load-demand.ts';

/** A file and its bytes, for whoever may see its demand; one that waits for its form only for its sender. */
export async function openAttachment(
  house: House,
  unit: Unit,
  actor: Actor,
  id: string,
): Promise<{ file: Attachment; bytes: Readable }> {
  const file = await findAttachment(unit, id);
  if (file.subjectType === 'demand') {
    const demand = await unit.em.findOne(DemandEntity, { id: file.subjectId! });
    if (!demand) throw notFound('没有找到这个附件。');
    await visibleDemand(unit, actor, demand.number);
  }
  return { file, bytes: await openFile(unit, house.files, file) };
}
