import { pipeline } from 'node:stream/promises';
import type { House } from '../house.ts';
import { openAttachment } from '../open-attachment.ts';
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
        const { file, bytes } = await house.transaction(actor, (unit) =>
          openAttachment(house, unit, actor, String(req.params.id)),
        );
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
