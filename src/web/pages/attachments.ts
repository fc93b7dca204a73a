import { pipeline } from 'node:stream/promises';
import { notFound } from '../../kernel/errors.ts';
import { findAttachment, openFile } from '../../modules/attachments/index.ts';
import { DemandEntity } from '../../modules/demands/index.ts';
import type { House } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import type { Route } from '../route.ts';

/** Downloads of attachments; who may see the demand may have its files, and each download is recorded. */
export function attachmentPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/attachments/:id',
      permission: 'demand.read',
      scope: '同诉求件；未提交的只给上传人',
      async handle({ req, res, actor }) {
        const { file, bytes } = await house.transaction(actor, async (unit) => {
          const found = await findAttachment(unit, String(req.params.id));
          if (found.subjectType === 'demand') {
            const demand = await unit.em.findOne(DemandEntity, { id: found.subjectId! });
            if (!demand) throw notFound('没有找到这个附件。');
            await visibleDemand(unit, actor, demand.number);
          }
          return { file: found, bytes: await openFile(unit, house.files, found) };
        });
        res.setHeader('Content-Type', file.mediaType);
        res.setHeader('Content-Length', String(file.size));
        res.setHeader('Cache-Control', 'private, no-store');
        // Never shown inside the site: a file is somebody else's content.
        res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
        res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
        await pipeline(bytes, res);
      },
    },
  ];
}
