import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { isDatabaseAway } from '../db/away.ts';
import { DomainError, type ErrorCode, isDomainError, notFound } from '../kernel/errors.ts';

const STATUS: Record<ErrorCode, number> = {
  NotFound: 404,
  Invalid: 422,
  Forbidden: 403,
  Unauthenticated: 401,
  Conflict: 409,
  IllegalTransition: 409,
  TooManyRequests: 429,
  TooLarge: 413,
  Unavailable: 503,
};

/** What HTTP says more exactly than our codes do. */
const STATUS_OF_REASON: Record<string, number> = {
  'malformed-json': 400,
  'method-not-allowed': 405,
  'unsupported-media-type': 415,
};

const HEADING: Record<ErrorCode, string> = {
  NotFound: '没有找到这一页',
  Invalid: '有内容需要修改',
  Forbidden: '你没有查看这一页的权限',
  Unauthenticated: '请先登录',
  Conflict: '这件诉求刚刚有变化',
  IllegalTransition: '这件诉求刚刚有变化',
  TooManyRequests: '操作太频繁',
  TooLarge: '内容太大',
  Unavailable: '暂时不能办理',
};
/** The same for programs, where there is no page. */
const TITLE: Record<ErrorCode, string> = {
  ...HEADING,
  NotFound: '没有找到',
  Forbidden: '没有权限',
  Unauthenticated: '需要有效的访问令牌',
  Conflict: '有冲突',
  IllegalTransition: '状态已变',
};
/** Where the heading of the code would mislead. */
const HEADING_OF_REASON: Record<string, string> = { csrf: '这一步没有提交', scope: '这件诉求不在你的查看范围内' };

/** What somebody changed meanwhile, for the page of a conflict: 字段 / 你打开时 / 现在 / 你填的. */
export interface ConflictingField {
  label: string;
  before: string;
  now: string;
  mine: string;
}

export const unknownPath: RequestHandler = (req) => {
  throw notFound(`没有找到“${decodeSafely(req.path)}”。请核对地址，或从导航进入。`);
};

/** The one place where an error becomes an answer: a page for people, problem+json (RFC 9457) for programs. */
export const errorHandler: ErrorRequestHandler = (thrown: unknown, req, res, next) => {
  if (res.headersSent) return next(thrown);
  const error = asDomainError(thrown);
  if (error?.reason === 'database') {
    res.locals.logger?.error({ err: thrown }, 'the database cannot be reached');
    res.setHeader('Retry-After', '10');
  }
  if (!error) {
    res.locals.logger?.error({ err: thrown }, 'unexpected error');
    return answer(req, res, 500, {
      type: 'about:blank',
      title: '系统出了问题',
      detail: `系统出了问题，这一步没有完成，数据没有改变。请稍后再试；若仍不行，把编号 ${res.locals.requestId} 告诉系统管理员。`,
      code: 'Internal',
    });
  }
  if (error.code === 'Unauthenticated' && !wantsJson(req)) return res.redirect(303, signInAddress(req, res));
  const details = error.details as { until?: string; fields?: ConflictingField[]; revision?: number };
  if (error.code === 'TooManyRequests' && details.until && !res.hasHeader('Retry-After')) {
    const seconds = Math.ceil((Date.parse(details.until) - Number(res.locals.now ?? Date.now())) / 1000);
    res.setHeader('Retry-After', String(Math.max(1, seconds)));
  }
  answer(
    req,
    res,
    STATUS_OF_REASON[error.reason ?? ''] ?? STATUS[error.code],
    {
      type: `urn:suying:error:${error.reason ?? error.code}`,
      title: wantsJson(req) ? TITLE[error.code] : (HEADING_OF_REASON[error.reason ?? ''] ?? HEADING[error.code]),
      detail: error.message,
      code: error.code,
      ...(error.reason ? { reason: error.reason } : {}),
      ...(error.problems.length > 0
        ? { errors: error.problems.map(({ pointer, message }) => ({ pointer, detail: message })) }
        : {}),
    },
    error,
  );
};

interface Problem {
  type: string;
  title: string;
  detail: string;
  code: string;
  reason?: string;
  errors?: { pointer: string; detail: string }[];
}

function answer(req: Request, res: Response, status: number, problem: Problem, error?: DomainError): void {
  res.status(status);
  if (wantsJson(req)) {
    if (status === 401) res.set('WWW-Authenticate', 'Bearer');
    res
      .type('application/problem+json')
      .send(JSON.stringify({ ...problem, status, instance: req.originalUrl, requestId: res.locals.requestId }));
    return;
  }
  const page = {
    title: problem.title,
    status,
    problem,
    permission: error?.details.permission ?? null,
    changes: (error?.details.fields as ConflictingField[] | undefined) ?? [],
    back: backOf(req),
    resubmit: resubmission(req, status, error),
  };
  res.render('errors/error', page, (failure: Error | null, html?: string) => {
    if (!failure) return void res.type('html').send(html);
    res.locals.logger?.error({ err: failure }, 'the error page failed');
    // A page that fails to render must not end in another error: the file that also serves when the program is down.
    res
      .status(500)
      .type('html')
      .send(lastResort(String(res.locals.requestId)));
  });
}

/** Programs ask for JSON: everything of the API, and the scripts of our pages. */
export const wantsJson = (req: Request): boolean =>
  req.originalUrl.startsWith('/api/') || req.accepts(['html', 'json']) === 'json';

/** To the sign-in page, and from there back; what came by POST has been kept before, if it could be. */
function signInAddress(req: Request, res: Response): string {
  const why = res.locals.sessionEnded ? 'why=expired&' : '';
  return `/login?${why}next=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/')}`;
}

/** The page one came from, when it is ours and not the one that failed. */
function backOf(req: Request): string {
  const from = req.headers.referer;
  if (!from || !URL.canParse(from)) return '/';
  const { host, pathname, search } = new URL(from);
  return host === req.headers.host && (req.method !== 'GET' || pathname !== req.path) ? `${pathname}${search}` : '/';
}

/** Waiting is the cure, so the form can be sent again as it was; a conflict can be confirmed against the new state. */
const AGAIN = new Set([409, 429, 500, 503]);
const SECRET = /^(password|current|again)$|^next$/;

function resubmission(req: Request, status: number, error?: DomainError) {
  if (req.method !== 'POST' || !AGAIN.has(status) || !req.body || req.path === '/login') return null;
  const revision = error?.details.revision;
  if (status === 409 && revision === undefined) return null;
  const fields = Object.entries(req.body as Record<string, unknown>).flatMap(([name, value]) =>
    SECRET.test(name) ? [] : (Array.isArray(value) ? value : [value]).map((item) => ({ name, value: String(item) })),
  );
  return {
    action: req.originalUrl,
    fields: fields.map((field) =>
      /^_rev/.test(field.name) && revision !== undefined ? { ...field, value: String(revision) } : field,
    ),
  };
}

let staticPage: string | undefined;
function lastResort(reference: string): string {
  staticPage ??= readFileSync(join(import.meta.dirname, '../../assets/500.html'), 'utf8');
  return staticPage.replace('<!-- reference -->', `编号 ${reference}`);
}

/** Errors of the body parser and of Express that a client has caused are answers too, not bugs. */
function asDomainError(thrown: unknown): DomainError | undefined {
  if (isDomainError(thrown)) return thrown;
  const status = (thrown as { status?: number })?.status;
  const type = (thrown as { type?: string })?.type;
  if (status === 413) return new DomainError('TooLarge', '提交的内容太大。请减少文字或附件后再提交。');
  if (type === 'entity.parse.failed')
    return new DomainError('Invalid', '请求正文不是有效的 JSON。请检查括号、引号和逗号。', {
      reason: 'malformed-json',
      problems: [{ pointer: '', message: '不是有效的 JSON' }],
    });
  if (isDatabaseAway(thrown))
    return new DomainError(
      'Unavailable',
      '数据库暂时连不上，这一步还没有办成。请过一会儿再试一次；重复提交也只办一次。',
      { reason: 'database' },
    );
  if (thrown instanceof URIError) return new DomainError('NotFound', '地址写法有误，没有这一页。');
  if (status && status >= 400 && status < 500) return new DomainError('Invalid', '请求的写法有误，没有处理。');
  return undefined;
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
