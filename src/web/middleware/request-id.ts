import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../../kernel/logger.ts';

const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** Gives each request an id short enough to read on the phone (`E-7Q2M9K`), and a logger that carries it. */
export function requestId(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const id = `E-${[...randomBytes(6)].map((byte) => LETTERS[byte % LETTERS.length]).join('')}`;
    res.locals.requestId = id;
    res.locals.logger = logger.child({ requestId: id, method: req.method, path: req.path });
    res.setHeader('X-Request-Id', id);
    next();
  };
}
