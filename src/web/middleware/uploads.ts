import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import multer from 'multer';
import type { Actor } from '../../kernel/actor.ts';
import { DomainError, type FieldProblem, invalid, isDomainError } from '../../kernel/errors.ts';
import { LARGEST_FILE, MOST_FILES, receiveFile, removePending } from '../../modules/attachments/index.ts';
import { designText } from '../../modules/processes/index.ts';
import type { House } from '../house.ts';

/**
 * Reads multipart bodies of people who are signed in. Files land in a folder of their own and go with the request
 * unless `acceptUploads` takes them over.
 */
export function readUploads(house: House): RequestHandler {
  const read = multer({
    storage: multer.diskStorage({
      destination: (_req, _file, done) => {
        mkdirSync(house.uploadFolder, { recursive: true, mode: 0o700 });
        done(null, house.uploadFolder);
      },
    }),
    fileFilter: (req, _file, done) => done(null, Boolean(req.res?.locals.actor)),
    // A file over the limit is measured and refused by name later; the hard stop keeps a disk from filling.
    limits: {
      fileSize: LARGEST_FILE + 1024 * 1024,
      files: MOST_FILES,
      fields: 500,
      fieldSize: 1024 * 1024,
      parts: 600,
    },
    defParamCharset: 'utf8',
  } as multer.Options).any();
  return (req: Request, res: Response, next: NextFunction) => {
    if (!req.is('multipart/form-data')) return next();
    // What was typed in a session that has ended is read to be kept; its files are not.
    if (!res.locals.actor && !res.locals.endedSession)
      return next(new DomainError('Unauthenticated', '请先登录。登录已过期的，重新登录后回到这一页。'));
    res.on('close', () => {
      for (const file of filesOf(req)) rm(file.path, { force: true }).catch(() => {});
    });
    read(req, res, (error: unknown) => next(error ? asDomainError(error) : undefined));
  };
}

/** Pages that read the text of a file themselves: a design is no attachment. */
const READ_AS_TEXT = /^\/processes\/(import|[^/]+\/xml)$/;

/** The text of an uploaded file and its name; undefined when none was chosen. */
export async function uploadedText(req: Request, field: string): Promise<{ name: string; text: string } | undefined> {
  const file = filesOf(req).find((item) => item.fieldname === field && item.size > 0);
  return file && { name: file.originalname, text: designText(await readFile(file.path), file.originalname) };
}

/** Files of the request, where it had any. */
export const filesOf = (req: Request): Express.Multer.File[] => (Array.isArray(req.files) ? req.files : []);

/** Limits of the parser that only a program or a broken client runs into. */
function asDomainError(error: unknown): unknown {
  if (!(error instanceof multer.MulterError)) return error;
  const message =
    error.code === 'LIMIT_FILE_SIZE'
      ? '有文件超过 20 MB，没有上传。请压缩或拆分后再传。'
      : error.code === 'LIMIT_FILE_COUNT'
        ? `一次最多上传 ${MOST_FILES} 个文件，请分几次上传。`
        : '提交的内容太大。请减少文字或附件后再提交。';
  return new DomainError('TooLarge', message, { reason: 'upload-too-large' });
}

/**
 * Turns the files of a form into ids in its own fields, so that everything after it sees a form without files.
 * What was refused stands in `res.locals.uploadProblems`. `_remove=<field>:<id>` takes one back; both mean `_action=upload`: draw the page again.
 */
export function acceptUploads(house: House): RequestHandler {
  return async (req, res, next) => {
    const actor: Actor | undefined = res.locals.actor;
    const problems: FieldProblem[] = [];
    res.locals.uploadProblems = problems;
    if (!actor || !req.is('multipart/form-data') || READ_AS_TEXT.test(req.path)) return next();
    for (const file of filesOf(req)) {
      if (file.size === 0 && file.originalname === '') continue;
      const field = file.fieldname;
      try {
        const sensitive = listOf(req.body[`${field}-sensitive`]).length > 0;
        const { id } = await house.transaction(actor, (unit) =>
          receiveFile(unit, house.files, {
            path: file.path,
            name: file.originalname,
            size: file.size,
            field,
            sensitive,
            scanned: house.scanUpload !== undefined,
          }),
        );
        // Found at once, it never gets into a form; a scanner that is down leaves it waiting and held back.
        if ((await house.scanUpload?.(id)) === 'FOUND') {
          await house.transaction(actor, (unit) => removePending(unit, id));
          const message = `“${file.originalname}”查出病毒，已经隔离，没有上传。其余文件已保留。`;
          throw invalid(message, [{ pointer: `/${field}`, message }]);
        }
        req.body[field] = [...listOf(req.body[field]), id];
      } catch (error) {
        if (!isDomainError(error)) throw error;
        problems.push(...error.problems);
      }
    }
    const [, field, id] = /^([^:]{1,100}):(.{1,60})$/.exec(String(req.body._remove ?? '')) ?? [];
    if (field && id) {
      await house.transaction(actor, (unit) => removePending(unit, id));
      req.body[field] = listOf(req.body[field]).filter((item) => item !== id);
      req.body._action = 'upload';
    }
    next();
  };
}

const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String).filter(Boolean);
