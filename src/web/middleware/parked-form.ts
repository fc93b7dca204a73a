import type { RequestHandler } from 'express';
import { parkedForm } from '../../modules/access/index.ts';
import { fillForm } from '../fill-form.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { textOf } from '../route.ts';

/**
 * Gives a parked form back: the page it stood on is drawn as always, and then filled with what had been typed.
 * So it works for every form of every page, and nothing is submitted until the person does.
 */
export function parkedForms(house: House): RequestHandler {
  return async (req, res, next) => {
    const id = req.method === 'GET' ? textOf(req.query.parked) : undefined;
    const parked =
      id && res.locals.actor
        ? await parkedForm({ sql: house.sql, clock: house.clock, secret: house.secret }, res.locals.actor.login, id)
        : undefined;
    if (!parked) return next();
    const when = format.short(parked.parkedAt);
    res.locals.parkedNotice =
      parked.reason === 'session-ended'
        ? `登录过期前（${when}）你填写的内容已经填回，还没有提交。请核对后再次提交；附件要重新选择。`
        : `这个页面打开后你重新登录过，所以没有提交。你 ${when} 填写的内容已经填回，请核对后再次提交；附件要重新选择。`;
    const send = res.send.bind(res);
    res.send = (body: unknown) => {
      if (typeof body !== 'string' || res.statusCode !== 200) return send(body);
      return send(fillForm(body, { action: parked.action, page: req.path, fields: parked.fields }));
    };
    next();
  };
}
