import { join } from 'node:path';
import ejs from 'ejs';
import express, { type Express } from 'express';
import { api } from './api/index.ts';
import { errorHandler, unknownPath } from './error-handler.ts';
import type { House } from './house.ts';
import { actor } from './middleware/actor.ts';
import { csrf } from './middleware/csrf.ts';
import { pageLocals } from './middleware/page-locals.ts';
import { parkedForms } from './middleware/parked-form.ts';
import { rateLimits } from './middleware/rate-limits.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { acceptUploads, readUploads } from './middleware/uploads.ts';
import { pageRoutes, pages } from './pages/index.ts';
import { vendor } from './vendor.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The whole request pipeline, one column. */
export function createApp(house: House): Express {
  const app = express();
  const routes = pageRoutes(house);
  app.set('views', join(ROOT, 'views'));
  app.set('view engine', 'ejs');
  // A template is read and compiled once, not for every page, unless somebody is at work on it.
  app.set('view cache', !house.config.WATCH_REPORT_DEPENDENCIES);
  app.engine('ejs', ejs.renderFile as never);
  app.set('trust proxy', house.config.TRUST_PROXY ? 1 : false);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');

  app.use(requestId(house.logger));
  app.use(securityHeaders({ secure: house.config.TRUST_PROXY }));
  app.use('/assets', express.static(join(ROOT, 'assets'), { maxAge: '1h', index: false }));
  app.use('/vendor', vendor());
  app.use(express.urlencoded({ extended: false, limit: '1mb', parameterLimit: 500 }));
  app.use(express.json({ limit: '1mb' }));
  app.use(rateLimits(house));
  app.use(actor(house));
  app.use(readUploads(house));
  app.use('/api/v1', api(house));
  app.use(pageLocals(house, routes));
  app.use(csrf(house));
  app.use(acceptUploads(house));
  app.use(parkedForms(house));
  app.use(pages(routes));
  app.use(unknownPath);
  app.use(errorHandler);
  return app;
}
