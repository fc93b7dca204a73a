import { pipeline } from 'node:stream/promises';
import { DomainError, invalid, notFound } from '../../kernel/errors.ts';
import { type Attachment, receiveFile, removePending } from '../../modules/attachments/index.ts';
import type { House } from '../house.ts';
import { filesOf } from '../middleware/uploads.ts';
import { openAttachment, openAttachmentsOf } from '../open-attachment.ts';
import type { ApiRoute } from './api-route.ts';
import { flag, instant, integer, list, object, orNull, text } from './json-schema.ts';
import { withContent } from './seen-demand.ts';

const attachmentSchema = object({
  id: text,
  name: text,
  mediaType: text,
  size: { ...integer, description: '字节' },
  sha256: text,
  sensitive: flag,
  scan: {
    ...text,
    enum: ['NONE', 'WAITING', 'CLEAN', 'FOUND'],
    description: '查毒：未设、正在查毒、没有问题、有风险已隔离',
  },
  uploadedBy: text,
  uploadedAt: instant,
  attachedAt: orNull(instant),
});

const attachmentJson = (file: Attachment) => ({
  id: file.id,
  name: file.name,
  mediaType: file.mediaType,
  size: file.size,
  sha256: file.sha256,
  sensitive: file.sensitive,
  scan: file.scan,
  uploadedBy: file.uploadedBy,
  uploadedAt: file.uploadedAt,
  attachedAt: file.attachedAt ?? null,
});

/** Files over the API: sent first, then named by id in the `attachments` field of a form. */
export function attachmentRoutes(house: House): ApiRoute[] {
  return [
    {
      method: 'post',
      path: '/attachments',
      permission: 'task.work',
      scope: '本人；登记或办理时写入 attachments 才归入诉求件',
      summary: '上传附件',
      upload: object({ file: { type: 'string', format: 'binary' }, sensitive: flag }, ['sensitive']),
      answers: { 201: { description: '已收下，等待随表单提交', schema: attachmentSchema } },
      problems: [422],
      async handle({ req, res, actor }) {
        if (!req.is('multipart/form-data'))
          throw new DomainError('Invalid', '上传的类型应当是 multipart/form-data，文件放在 file 里。', {
            reason: 'unsupported-media-type',
          });
        const files = filesOf(req);
        const file = files[0];
        if (files.length !== 1 || !file || file.fieldname !== 'file')
          throw invalid('一次上传一个文件，放在 file 里。', [{ pointer: '/file', message: '应当是一个文件。' }]);
        const sensitive = ['true', '1', 'yes'].includes(String(req.body.sensitive ?? ''));
        const made = await house.transaction(actor, (unit) =>
          receiveFile(unit, house.files, {
            path: file.path,
            name: file.originalname,
            size: file.size,
            field: 'file',
            sensitive,
            scanned: house.scanUpload !== undefined,
          }),
        );
        const scan = (await house.scanUpload?.(made.id)) ?? made.scan;
        if (scan === 'FOUND') {
          await house.transaction(actor, (unit) => removePending(unit, made.id));
          throw invalid('文件查出病毒，已经隔离。', [{ pointer: '/file', message: '查出病毒，没有收下。' }]);
        }
        res
          .status(201)
          .location(`/api/v1/attachments/${made.id}/content`)
          .json(attachmentJson({ ...made, scan }));
      },
    },
    {
      method: 'get',
      path: '/demands/:number/attachments',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '附件清单（含敏感信息的只列给能打开的人）',
      answers: { 200: { description: '先归入的在前', schema: object({ items: list(attachmentSchema) }) } },
      handle: async (ask) =>
        void ask.res.json(
          await withContent(house, ask, async (unit, demand) => ({
            items: (await openAttachmentsOf(unit, ask.actor, demand)).map(attachmentJson),
          })),
        ),
    },
    {
      method: 'get',
      path: '/attachments/:id/content',
      permission: 'demand.read',
      scope: '同诉求件；未提交的只给上传人',
      summary: '下载附件（记入历史）',
      answers: { 200: { description: '文件内容', schema: null } },
      async handle({ req, res, actor }) {
        const { file, bytes } = await house.transaction(actor, (unit) =>
          openAttachment(house, unit, actor, String(req.params.id)).catch((error: unknown) => {
            // What is out of a program's reach is not found, whether it exists or not.
            if (error instanceof DomainError && error.code === 'Forbidden') throw notFound('没有找到这个附件。');
            throw error;
          }),
        );
        res.type(file.mediaType).setHeader('Content-Length', String(file.size));
        await pipeline(bytes, res);
      },
    },
  ];
}
