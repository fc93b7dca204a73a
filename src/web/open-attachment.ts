import type { Readable } from 'node:stream';
import type { Actor } from '../kernel/actor.ts';
import { forbidden, notFound } from '../kernel/errors.ts';
import { maySeeSensitive } from '../modules/access/index.ts';
import { type Attachment, attachmentsOf, findAttachment, openFile } from '../modules/attachments/index.ts';
import { type Demand, DemandEntity } from '../modules/demands/index.ts';
import type { House, Unit } from './house.ts';
import { hasTaskOf, visibleDemand } from './load-demand.ts';

/** Whether a file with account numbers or medical records opens for somebody who may read its demand. */
export const sensitiveOpen = async (unit: Unit, actor: Actor, demand: Demand, file: Attachment): Promise<boolean> =>
  maySeeSensitive(actor, demand, file, await hasTaskOf(unit, actor, demand));

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
    if (file.sensitive && !(await sensitiveOpen(unit, actor, demand, file)))
      throw forbidden(
        '这个附件含账号、病历等敏感信息，只有经办人、上传人和指定岗位能打开。因工作需要的，请联系主办部门。',
        {
          reason: 'sensitive',
        },
      );
  }
  return { file, bytes: await openFile(unit, house.files, file) };
}

/** Files of a demand that open for this person. */
export async function openAttachmentsOf(unit: Unit, actor: Actor, demand: Demand): Promise<Attachment[]> {
  const worked = await hasTaskOf(unit, actor, demand);
  const files = await attachmentsOf(unit, 'demand', demand.id);
  return files.filter((file) => !file.sensitive || maySeeSensitive(actor, demand, file, worked));
}
